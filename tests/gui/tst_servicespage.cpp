// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "models/tablefilter.h"
#include "pages/servicedetail.h"
#include "pages/servicespage.h"
#include "widgets/datatable.h"

#include <QPlainTextEdit>
#include <QTableView>

using namespace InfraConsole;

class ServicesPageTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void oneServiceIsSelected();
    void anAnswerThatStaysKeepsItsSelection();
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

void ServicesPageTest::anAnswerThatStaysKeepsItsSelection()
{
    ViewContext view;
    ServiceDetail detail(view);
    ServiceRow service;
    service.name = QStringLiteral("data-api");
    service.body = "first line\r\nsecond line\r\n";
    detail.setService(&service, Snapshot());
    auto *const body = detail.findChild<QPlainTextEdit *>();
    QVERIFY(body);
    body->selectAll();
    QVERIFY(body->textCursor().hasSelection());
    detail.setService(&service, Snapshot());
    QVERIFY(body->textCursor().hasSelection());
    service.body = "another";
    detail.setService(&service, Snapshot());
    QCOMPARE(body->toPlainText(), QStringLiteral("another"));
    // Nothing is left of it where nothing is selected.
    detail.setService(nullptr, Snapshot());
    QCOMPARE(body->toPlainText(), QString());
    detail.setService(&service, Snapshot());
    QCOMPARE(body->toPlainText(), QStringLiteral("another"));
}

QTEST_MAIN(ServicesPageTest)
#include "tst_servicespage.moc"
