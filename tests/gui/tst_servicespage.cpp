// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "models/tablefilter.h"
#include "pages/servicespage.h"
#include "widgets/datatable.h"

#include <QTableView>

using namespace InfraConsole;

class ServicesPageTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void oneServiceIsSelected();
};

void ServicesPageTest::oneServiceIsSelected()
{
    InfraTest::FakeSession session;
    ViewContext view;
    ServicesPage page(session, view);
    page.resize(1000, 700);
    page.show();
    page.setSnapshot(session.snapshot());
    QTableView *const table = page.table()->view();
    QVERIFY(table->model()->rowCount() > 2);
    const auto click = [table](int row, Qt::KeyboardModifiers modifiers) {
        QTest::mouseClick(table->viewport(), Qt::LeftButton, modifiers, table->visualRect(table->model()->index(row, 1)).center());
    };
    click(0, {});
    click(2, Qt::ShiftModifier);
    QCOMPARE(page.table()->selectedIdentities(), QStringList{page.currentService()});
    click(1, Qt::ControlModifier);
    QCOMPARE(page.table()->selectedIdentities(), QStringList{page.currentService()});
}

QTEST_MAIN(ServicesPageTest)
#include "tst_servicespage.moc"
