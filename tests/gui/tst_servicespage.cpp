// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "models/tablefilter.h"
#include "pages/servicedetail.h"
#include "pages/servicespage.h"
#include "session/livesession.h"
#include "widgets/datatable.h"

#include <infra/cachestore.h>

#include <QElapsedTimer>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTemporaryDir>

using namespace InfraConsole;

class ServicesPageTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void changesThatComeTogetherAreShownTogether();
    void oneServiceIsSelected();
    void anAnswerThatStaysKeepsItsSelection();
};

void ServicesPageTest::changesThatComeTogetherAreShownTogether()
{
    QTemporaryDir home;
    Infra::StoreOptions store;
    store.url = QStringLiteral("sqlite://") + home.filePath(QStringLiteral("cache.db"));
    QVERIFY(Infra::CacheStore::open(store));
    SessionOptions options;
    options.storeUrl = store.url;
    options.services = {{QStringLiteral("data-api"), QUrl(QStringLiteral("http://127.0.0.1:9"))}};
    options.health.interval = std::chrono::minutes(1);
    LiveSession session(options);
    session.start();
    QTRY_COMPARE(session.snapshot()->source, SourceState::Live);
    QTRY_VERIFY(session.snapshot()->services.front().lastCheckedAt);
    QSignalSpy shown(&session, &Session::snapshotChanged);
    QElapsedTimer timer;
    timer.start();
    int changes = 0;
    for (; timer.elapsed() < 1000; ++changes) {
        session.pauseService(QStringLiteral("data-api"), std::chrono::hours(1));
        QTest::qWait(5);
    }
    // Four of the changes and one of the second's round, and one of each that falls on the edge.
    const auto most = 2 * (timer.elapsed() / 1000 + 1) + timer.elapsed() / 250;
    QVERIFY2(shown.count() <= most, qPrintable(QStringLiteral("%1 of %2").arg(shown.count()).arg(changes)));
    // The last is not lost.
    session.pauseService(QStringLiteral("data-api"), std::chrono::milliseconds::max());
    QTRY_VERIFY(session.snapshot()->services.front().pausedUntil == SystemTime::max());
}

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
