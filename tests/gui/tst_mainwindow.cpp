// SPDX-License-Identifier: MIT
#include "fakesession.h"
#include "guitest.h"
#include "mainwindow.h"
#include "models/tablemodel.h"
#include "pages/cachespage.h"
#include "pages/chartgrid.h"
#include "pages/eventspage.h"
#include "pages/invalidationdialog.h"
#include "pages/keyspage.h"
#include "pages/page.h"
#include "pages/servicespage.h"
#include "session/eventlog.h"
#include "settings.h"
#include "widgets/badge.h"
#include "widgets/datatable.h"
#include "widgets/emptystate.h"
#include "widgets/stattile.h"
#include "widgets/theme.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSet>
#include <QSettings>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTableView>
#include <QTemporaryDir>

#include <algorithm>

using namespace InfraConsole;

class MainWindowTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void shortcutsGoToEveryPage();
    void navigationIsOperatedByKeyboard();
    void spacePausesUnlessItIsTyped();
    void pausedPagesKeepWhatTheyShow();
    void whatIsSelectedWhilePausedGetsItsCharts();
    void zoomingWhilePausedShowsNothingNewer();
    void paletteFindsAServiceAndGoesThere();
    void paletteGoesWithTheSessionOfItsCommands();
    void aLinkToAMomentMovesTheCharts();
    void aLinkToAMomentBeforeTheChartsLeavesThem();
    void resetReturnsToTheRangeBeforeALink();
    void aLinkToAServiceIsForgottenOnceTheOperatorChooses();
    void aStoreThatCannotBeOpenedShowsOneButton();
    void aLostSourceIsSaidAndDated();
    void aLostSourceLeavesTheLastDataGreyed();
    void everyPageHasNamesAndIsReachedByTab();
    void everyPageFitsTheSmallestWindow();
    void pageAndRangeAreRemembered();
    void aCloserLookIsNotRemembered();
    void recentEventsAreNotThoseOfDailyWork();
    void poolPressureIsBadWhenItNeedsAttention();
    void everyModelKeepsItsPromises();
    void anInvalidationReloadsTheKeys();
    void anInvalidationDialogGoesWithItsSession();
    void nothingIsInvalidatedWhileTheStoreIsOpening();
    void aStoreThatMayOnlyBeReadIsShownSo();

private:
    struct Fixture
    {
        QTemporaryDir home;
        Settings settings{std::make_unique<QSettings>(home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat)};
        InfraTest::FakeSession session;
        MainWindow window{settings};

        Fixture()
        {
            window.setSession(&session);
            window.show();
            window.activateWindow();
        }
        ~Fixture() { window.setSession(nullptr); }
    };
};

namespace {

// All texts of a table, by row and column.
QString cells(const QAbstractItemModel &model)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column)
            texts << model.index(row, column).data().toString();
    }
    return texts.join(QLatin1Char('|'));
}

} // namespace

void MainWindowTest::shortcutsGoToEveryPage()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    for (int page = PageCount - 1; page >= 0; --page) {
        QTest::keyClick(&f.window, static_cast<Qt::Key>(Qt::Key_1 + page), Qt::ControlModifier);
        QCOMPARE(static_cast<int>(f.window.currentPageId()), page);
        QVERIFY(f.window.currentPage()->isVisible());
    }
}

void MainWindowTest::navigationIsOperatedByKeyboard()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    auto *const first = f.window.findChild<QAbstractButton *>(QStringLiteral("navigation1"));
    QVERIFY(first);
    first->setFocus();
    QTest::keyClick(first, Qt::Key_Down);
    QCOMPARE(f.window.currentPageId(), PageId::Caches);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Up);
    QCOMPARE(f.window.currentPageId(), PageId::Overview);
}

void MainWindowTest::spacePausesUnlessItIsTyped()
{
    Fixture f;
    f.window.goTo(PageId::Events);
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    QWidget *const field = f.window.currentPage()->filterField();
    QVERIFY(field);
    field->setFocus();
    QTest::keyClick(field, Qt::Key_Space);
    QVERIFY(!f.window.viewContext().isPaused());
    auto *const table = f.window.currentPage()->findChild<QTableView *>();
    QVERIFY(table);
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Space);
    QVERIFY(f.window.viewContext().isPaused());
    QTest::keyClick(table, Qt::Key_Space);
    QVERIFY(!f.window.viewContext().isPaused());
}

void MainWindowTest::pausedPagesKeepWhatTheyShow()
{
    Fixture f;
    f.window.goTo(PageId::Events);
    const auto *const table = f.window.currentPage()->findChild<QTableView *>();
    const int before = table->model()->rowCount();
    const auto happen = [&f](std::uint64_t id) {
        EventRow event;
        event.id = id;
        event.at = f.session.snapshot()->at;
        event.text = QStringLiteral("Something happened.");
        f.session.draft().events.insert(f.session.draft().events.begin(), event);
        f.session.publish();
    };
    f.window.viewContext().setPaused(true);
    happen(900001);
    QCOMPARE(table->model()->rowCount(), before);
    f.window.viewContext().setPaused(false);
    QCOMPARE(table->model()->rowCount(), before + 1);
}

void MainWindowTest::whatIsSelectedWhilePausedGetsItsCharts()
{
    Fixture f;
    f.window.goTo(PageId::Caches);
    auto *const caches = qobject_cast<CachesPage *>(f.window.currentPage());
    QVERIFY(caches);
    f.window.viewContext().setPaused(true);
    const QString before = cells(*caches->table()->view()->model());
    f.session.advance(5);
    f.window.goTo(PageId::Caches, QStringLiteral("weather"));
    QCOMPARE(caches->component(), QByteArray("weather"));
    for (const TimeChart *chart : caches->charts()->charts())
        QVERIFY2(chart->hasData(), qPrintable(chart->title()));
    // With their series nothing else of a newer moment came.
    QCOMPARE(cells(*caches->table()->view()->model()), before);
    caches->setMerged(false);
    for (const TimeChart *chart : caches->charts()->charts())
        QVERIFY2(chart->hasData(), qPrintable(chart->title()));
    f.window.goTo(PageId::Pools);
    auto *const pools = qobject_cast<ComponentPage *>(f.window.currentPage());
    QVERIFY(pools);
    for (const TimeChart *chart : pools->charts()->charts())
        QVERIFY2(chart->hasData(), qPrintable(chart->title()));
}

void MainWindowTest::zoomingWhilePausedShowsNothingNewer()
{
    Fixture f;
    f.window.goTo(PageId::Caches);
    auto *const page = qobject_cast<CachesPage *>(f.window.currentPage());
    QVERIFY(page);
    const QAbstractItemModel &table = *page->table()->view()->model();
    f.window.viewContext().setPaused(true);
    const QString before = cells(table);
    f.session.advance(30);
    f.window.viewContext().setTimeRange({std::chrono::seconds(120), f.session.snapshot()->at - std::chrono::seconds(60)});
    QCOMPARE(cells(table), before);
    f.window.goTo(PageId::Overview);
    f.window.goTo(PageId::Caches);
    QCOMPARE(cells(table), before);
    f.window.viewContext().setPaused(false);
    QVERIFY(cells(table) != before);
}

void MainWindowTest::paletteFindsAServiceAndGoesThere()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    QTest::keyClick(&f.window, Qt::Key_K, Qt::ControlModifier);
    auto *const input = f.window.findChild<QLineEdit *>(QStringLiteral("commandInput"));
    QVERIFY(input && input->isVisible());
    QTest::keyClicks(input, QStringLiteral("ai-query service"));
    const auto *const list = f.window.findChild<QListWidget *>(QStringLiteral("commandList"));
    QCOMPARE(list->count(), 1);
    QTest::keyClick(input, Qt::Key_Return);
    QVERIFY(!input->isVisible());
    QCOMPARE(f.window.currentPageId(), PageId::Services);
}

void MainWindowTest::paletteGoesWithTheSessionOfItsCommands()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    f.window.goTo(PageId::Services);
    QTest::keyClick(&f.window, Qt::Key_K, Qt::ControlModifier);
    auto *const input = f.window.findChild<QLineEdit *>(QStringLiteral("commandInput"));
    QTest::keyClicks(input, QStringLiteral("Add service"));
    const auto *const list = f.window.findChild<QListWidget *>(QStringLiteral("commandList"));
    QCOMPARE(list->count(), 1);
    // A connection to the store that fails only now, while the operator types.
    f.window.showError(QStringLiteral("The store does not answer."));
    QVERIFY(!input->isVisible());
    QCOMPARE(list->count(), 0);
    QTest::keyClick(input, Qt::Key_Return);
    QVERIFY(!f.window.currentPage());
    // Without a session there still are commands.
    QTest::keyClick(&f.window, Qt::Key_K, Qt::ControlModifier);
    QVERIFY(input->isVisible());
    QVERIFY(list->count() > 0);
}

void MainWindowTest::aLinkToAMomentMovesTheCharts()
{
    Fixture f;
    const SystemTime moment = f.session.snapshot()->at - std::chrono::minutes(8);
    f.window.goTo(PageId::Caches, {}, moment);
    const TimeRange range = f.window.viewContext().timeRange();
    QVERIFY(range.end.has_value());
    QVERIFY(*range.end > moment && *range.end - range.length < moment);
}

void MainWindowTest::aLinkToAMomentBeforeTheChartsLeavesThem()
{
    Fixture f;
    const TimeRange before = f.window.viewContext().timeRange();
    f.window.goTo(PageId::Caches, QStringLiteral("weather"), f.session.snapshot()->at - std::chrono::hours(2));
    QCOMPARE(f.window.viewContext().timeRange(), before);
    const auto *const page = qobject_cast<CachesPage *>(f.window.currentPage());
    QVERIFY(page);
    QCOMPARE(page->component(), QByteArray("weather"));
    for (const TimeChart *chart : page->charts()->charts())
        QVERIFY2(chart->hasData(), qPrintable(chart->title()));
    QVERIFY2(f.window.statusBar()->currentMessage().contains(QStringLiteral("15 minutes")), qPrintable(f.window.statusBar()->currentMessage()));
}

void MainWindowTest::resetReturnsToTheRangeBeforeALink()
{
    Fixture f;
    const TimeRange chosen{std::chrono::seconds(900), std::nullopt};
    f.window.viewContext().setTimeRange(chosen);
    const SystemTime now = f.session.snapshot()->at;
    f.window.goTo(PageId::Caches, {}, now - std::chrono::minutes(8));
    f.window.goTo(PageId::Pools, {}, now - std::chrono::minutes(4));
    QVERIFY(f.window.viewContext().timeRange() != chosen);
    auto *const pools = qobject_cast<ComponentPage *>(f.window.currentPage());
    QVERIFY(pools);
    // On a chart that knows of no zoom of its own.
    pools->charts()->charts().front()->resetZoom();
    QCOMPARE(f.window.viewContext().timeRange(), chosen);
    // There is nothing to go back from any more.
    pools->charts()->charts().front()->resetZoom();
    QCOMPARE(f.window.viewContext().timeRange(), chosen);
}

void MainWindowTest::aLinkToAServiceIsForgottenOnceTheOperatorChooses()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    const auto publish = [&f](const QString &name) {
        ServiceRow row = f.session.draft().services.front();
        row.name = name;
        f.session.draft().services.push_back(row);
        f.session.publish();
    };
    f.window.goTo(PageId::Services, QStringLiteral("late"));
    const auto *const page = qobject_cast<ServicesPage *>(f.window.currentPage());
    QVERIFY(page);
    auto *const table = page->findChild<DataTable *>(QStringLiteral("serviceTable"));
    QTest::keyClick(table->view(), Qt::Key_Down);
    QCOMPARE(page->currentService(), QStringLiteral("ai-query-service"));
    publish(QStringLiteral("late"));
    QCOMPARE(page->currentService(), QStringLiteral("ai-query-service"));
    // Who chose nothing is still taken there.
    f.window.goTo(PageId::Services, QStringLiteral("later"));
    publish(QStringLiteral("later"));
    QCOMPARE(page->currentService(), QStringLiteral("later"));
}

void MainWindowTest::aStoreThatCannotBeOpenedShowsOneButton()
{
    Fixture f;
    const QString message = QStringLiteral("Cannot open cache.db: it is not a database. Choose another file.");
    f.window.showError(message);
    QVERIFY(!f.window.currentPage());
    QList<QPushButton *> shown;
    for (QPushButton *button : f.window.findChildren<QPushButton *>()) {
        if (button->isVisible())
            shown << button;
    }
    QCOMPARE(shown.size(), 1);
    QSignalSpy asked(&f.window, &MainWindow::openStoreRequested);
    shown.front()->click();
    QCOMPARE(asked.count(), 1);
}

void MainWindowTest::aLostSourceIsSaidAndDated()
{
    Fixture f;
    const auto *const text = f.window.findChild<QLabel *>(QStringLiteral("sourceBannerText"));
    QVERIFY(!text->isVisible());
    f.session.draft().source = SourceState::Lost;
    f.session.draft().sourceMessage = QStringLiteral("The file was deleted.");
    f.session.draft().lastDataAt = f.session.snapshot()->at - std::chrono::seconds(12);
    f.session.publish();
    QVERIFY(text->isVisible());
    QVERIFY(text->text().startsWith(QStringLiteral("The file was deleted. Shown is what was known at ")));
    f.session.draft().source = SourceState::Live;
    f.session.publish();
    QVERIFY(!text->isVisible());
}

void MainWindowTest::aLostSourceLeavesTheLastDataGreyed()
{
    Fixture f;
    f.window.goTo(PageId::Overview);
    const QList<StatTile *> tiles = f.window.currentPage()->findChildren<StatTile *>();
    const auto greyed = [&tiles]() -> qsizetype {
        return std::count_if(tiles.begin(), tiles.end(), [](const StatTile *tile) { return tile->isStale(); });
    };
    QCOMPARE(greyed(), qsizetype{0});
    f.window.goTo(PageId::Caches);
    auto *const page = qobject_cast<CachesPage *>(f.window.currentPage());
    QVERIFY(page);
    const QAbstractItemModel &table = *page->table()->view()->model();
    const QString before = cells(table);
    QVERIFY(table.rowCount() > 0);
    QVERIFY(!table.index(0, 0).data(ItemRole::Stale).toBool());
    // For longer than any chart reaches back.
    f.session.draft().source = SourceState::Lost;
    f.session.draft().at += std::chrono::minutes(20);
    f.session.publish();
    QCOMPARE(cells(table), before);
    for (int row = 0; row < table.rowCount(); ++row)
        QVERIFY(table.index(row, 0).data(ItemRole::Stale).toBool());
    for (const TimeChart *chart : page->charts()->charts())
        QVERIFY2(chart->hasData(), qPrintable(chart->title()));
    f.window.goTo(PageId::Overview);
    // All but the services, which the console asks itself.
    QCOMPARE(greyed(), tiles.size() - 1);
}

void MainWindowTest::everyPageHasNamesAndIsReachedByTab()
{
    Fixture f;
    QVERIFY(QTest::qWaitForWindowActive(&f.window));
    for (int page = 0; page < PageCount; ++page) {
        f.window.goTo(static_cast<PageId>(page));
        QCOMPARE(InfraTest::namelessWidgets(f.window), QStringList());
        f.window.findChild<QAbstractButton *>(QStringLiteral("navigation1"))->setFocus();
        const QList<QWidget *> visited = InfraTest::tabOrder(f.window);
        for (QAbstractButton *button : f.window.currentPage()->findChildren<QAbstractButton *>()) {
            const bool takesTab = (button->focusPolicy() & Qt::TabFocus) && button->isVisible() && button->isEnabled();
            if (takesTab)
                QVERIFY2(visited.contains(button), qPrintable(f.window.currentPage()->title() + QLatin1Char(' ') + button->accessibleName()));
        }
    }
}

void MainWindowTest::everyPageFitsTheSmallestWindow()
{
    Fixture f;
    f.window.resize(1024, 640);
    for (int page = 0; page < PageCount; ++page) {
        f.window.goTo(static_cast<PageId>(page));
        QCoreApplication::processEvents();
        QCOMPARE(f.window.size(), QSize(1024, 640));
        const QSize needed = f.window.currentPage()->minimumSizeHint();
        QVERIFY2(needed.width() <= f.window.currentPage()->width() && needed.height() <= f.window.currentPage()->height(),
                 qPrintable(f.window.currentPage()->title()));
    }
}

void MainWindowTest::pageAndRangeAreRemembered()
{
    Fixture f;
    f.window.goTo(PageId::Pools);
    f.window.viewContext().setTimeRange({std::chrono::seconds(900), std::nullopt});
    f.window.close();
    MainWindow again(f.settings);
    again.setSession(&f.session);
    QCOMPARE(again.currentPageId(), PageId::Pools);
    QCOMPARE(again.viewContext().timeRange().length, std::chrono::seconds(900));
    again.setSession(nullptr);
}

void MainWindowTest::aCloserLookIsNotRemembered()
{
    Fixture f;
    f.window.viewContext().setTimeRange({std::chrono::seconds(900), std::nullopt});
    f.window.goTo(PageId::Caches, {}, f.session.snapshot()->at - std::chrono::minutes(8));
    QVERIFY(f.window.viewContext().isZoomed());
    f.window.close();
    QCOMPARE(f.settings.rangeSeconds(), 900);
    // Nor does the next store begin with it.
    InfraTest::FakeSession other;
    f.window.setSession(&other);
    QVERIFY(!f.window.viewContext().isZoomed());
    QCOMPARE(f.window.viewContext().timeRange().length, std::chrono::seconds(900));
    // One that changes nothing is none.
    f.window.viewContext().zoomTo({std::chrono::seconds(2000), std::nullopt});
    QVERIFY(!f.window.viewContext().isZoomed());
    f.window.setSession(&f.session);
}

void MainWindowTest::recentEventsAreNotThoseOfDailyWork()
{
    Fixture f;
    const SystemTime now = f.session.snapshot()->at;
    std::vector<EventRow> &events = f.session.draft().events;
    for (int i = 0; i < 400; ++i) {
        EventRow row;
        row.id = static_cast<std::uint64_t>(1000 - i);
        row.at = now - std::chrono::milliseconds(100 * i);
        row.kind = EventKind::Invalidation;
        row.text = QStringLiteral("Invalidated key “sensor/7” of descriptions: 1 entry.");
        row.routine = true;
        events.push_back(row);
    }
    EventRow down;
    down.id = 1;
    down.at = now - std::chrono::minutes(5);
    down.kind = EventKind::HealthChanged;
    down.text = QStringLiteral("data-api is down: no model is loaded");
    events.push_back(down);
    f.session.publish();
    f.window.goTo(PageId::Overview);
    const auto *const table = f.window.findChild<DataTable *>(QStringLiteral("recentEventTable"));
    QVERIFY(table);
    const QString recent = cells(*table->view()->model());
    QVERIFY2(recent.contains(down.text), qPrintable(recent.left(200)));
    QVERIFY(!recent.contains(QStringLiteral("sensor/7")));
    // They are all on the page of events.
    f.window.goTo(PageId::Events);
    const QString all = cells(*f.window.findChild<DataTable *>(QStringLiteral("eventTable"))->view()->model());
    QVERIFY(all.contains(down.text) && all.contains(QStringLiteral("sensor/7")));
    // How many of each are kept is what its explanation says.
    const QString explanation = f.window.currentPage()->whatsThis();
    for (const std::size_t limit : {EventLog::RoutineLimit, EventLog::Limit})
        QVERIFY2(explanation.contains(f.window.locale().toString(limit)), qPrintable(explanation));
}

void MainWindowTest::poolPressureIsBadWhenItNeedsAttention()
{
    Fixture f;
    f.window.goTo(PageId::Overview);
    const auto describe = [&f]() -> QString {
        f.session.publish();
        for (const StatTile *tile : f.window.currentPage()->findChildren<StatTile *>()) {
            if (tile->accessibleName() == QLatin1String("Pool pressure"))
                return tile->accessibleDescription();
        }
        return {};
    };
    // Full at this moment, and so far nothing to say of it.
    for (PoolRow &row : f.session.draft().pools)
        row.used = row.limit;
    f.session.draft().attention.clear();
    QVERIFY2(!describe().isEmpty() && !describe().contains(QStringLiteral("degraded")), qPrintable(describe()));
    f.session.draft().attention = {{Severity::Warning, QStringLiteral("data-api uses 15 of 15 database connections, 4 waiting."),
                                    PageId::Pools, QStringLiteral("sqlite:///cache.db"), {}, AttentionKind::PoolPressure, "4711-1"}};
    QVERIFY2(describe().contains(QStringLiteral("degraded")), qPrintable(describe()));
}

void MainWindowTest::everyModelKeepsItsPromises()
{
    Fixture f;
    std::vector<std::unique_ptr<QAbstractItemModelTester>> testers;
    QSet<const QAbstractItemModel *> models;
    for (int page = 0; page < PageCount; ++page)
        f.window.goTo(static_cast<PageId>(page));
    for (const QAbstractItemView *const view : f.window.findChildren<QAbstractItemView *>()) {
        if (view->model() && !models.contains(view->model())) {
            models.insert(view->model());
            testers.push_back(std::make_unique<QAbstractItemModelTester>(view->model(), QAbstractItemModelTester::FailureReportingMode::QtTest));
        }
    }
    QVERIFY(testers.size() >= 8);
    for (int round = 0; round < 3; ++round) {
        for (int page = 0; page < PageCount; ++page) {
            f.window.goTo(static_cast<PageId>(page));
            f.session.advance(7);
            if (auto *const field = qobject_cast<QLineEdit *>(f.window.currentPage()->filterField()))
                field->setText(round == 1 ? QStringLiteral("or") : QString());
            QCoreApplication::processEvents();
        }
    }
    f.session.draft().caches.clear();
    f.session.draft().services.clear();
    f.session.draft().attention.clear();
    f.session.draft().events.clear();
    f.session.publish();
    for (int page = 0; page < PageCount; ++page)
        f.window.goTo(static_cast<PageId>(page));
    QVERIFY(!QTest::currentTestFailed());
}

void MainWindowTest::anInvalidationReloadsTheKeys()
{
    Fixture f;
    f.window.goTo(PageId::Keys, QStringLiteral("orders"));
    const auto *const page = qobject_cast<KeysPage *>(f.window.currentPage());
    QTRY_VERIFY(page->model()->rowCount() > 0);
    const QByteArray first = page->model()->entry(0).key;
    f.window.openInvalidation("orders", Infra::Target::key(first));
    QPointer<InvalidationDialog> dialog = f.window.findChild<InvalidationDialog *>();
    QVERIFY(dialog);
    QTRY_VERIFY(dialog->invalidateButton()->isEnabled());
    QTest::mouseClick(dialog->invalidateButton(), Qt::LeftButton);
    QTRY_VERIFY(page->model()->rowCount() > 0 && page->model()->entry(0).key != first);
    dialog->close();
}

void MainWindowTest::anInvalidationDialogGoesWithItsSession()
{
    Fixture f;
    f.window.openInvalidation("orders", Infra::Target::region());
    const QPointer<InvalidationDialog> dialog = f.window.findChild<InvalidationDialog *>();
    QVERIFY(dialog && dialog->isVisible());
    f.window.showError(QStringLiteral("The store keeps no telemetry."));
    QVERIFY(!dialog);
}

void MainWindowTest::nothingIsInvalidatedWhileTheStoreIsOpening()
{
    Fixture f;
    const auto *const action = f.window.findChild<QAction *>(QStringLiteral("invalidate"));
    QVERIFY(action && action->isEnabled());
    f.session.draft().source = SourceState::Opening;
    f.session.publish();
    QVERIFY(!action->isEnabled());
    f.window.openInvalidation("orders", Infra::Target::region());
    QVERIFY(!f.window.findChild<InvalidationDialog *>());
    f.session.draft().source = SourceState::Live;
    f.session.publish();
    QVERIFY(action->isEnabled());
}

void MainWindowTest::aStoreThatMayOnlyBeReadIsShownSo()
{
    Fixture f;
    const auto *const action = f.window.findChild<QAction *>(QStringLiteral("invalidate"));
    QVERIFY(action && action->isEnabled());
    const auto badge = [&f]() -> QString {
        for (const Badge *each : f.window.findChildren<Badge *>()) {
            if (each->text() == QLatin1String("read-only"))
                return each->toolTip();
        }
        return {};
    };
    QCOMPARE(badge(), QString());
    f.session.refuseChanges();
    QVERIFY(!action->isEnabled());
    QVERIFY2(badge().contains(f.session.readOnlyReason()), qPrintable(badge()));
    QCOMPARE(f.window.statusBar()->currentMessage(), f.session.readOnlyReason());
    for (const PageId id : {PageId::Caches, PageId::Keys}) {
        f.window.goTo(id);
        for (const QAction *each : f.window.currentPage()->pageActions())
            QVERIFY2(!each->text().startsWith(QStringLiteral("Invalidate")) || !each->isEnabled(), qPrintable(each->text()));
    }
    f.window.openInvalidation("orders", Infra::Target::region());
    QVERIFY(!f.window.findChild<InvalidationDialog *>());
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
