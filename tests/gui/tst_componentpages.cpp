// SPDX-License-Identifier: MIT
// The Caches and the Pools page.
#include "fakesession.h"
#include "guitest.h"
#include "models/tablefilter.h"
#include "pages/attentionnote.h"
#include "pages/cachespage.h"
#include "pages/chartgrid.h"
#include "pages/poolspage.h"
#include "widgets/datatable.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSet>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include <algorithm>
#include <vector>

using namespace InfraConsole;
using namespace std::chrono_literals;

namespace {

// As the window does: the page says which series it needs, the session adds them.
void feed(InfraTest::FakeSession &session, Page &page)
{
    page.setSnapshot(session.snapshot());
    session.setWatchedSeries(page.watchedSeries());
    page.setSnapshot(session.snapshot());
}

} // namespace

class ComponentPagesTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void everyChartHasData();
    void perInstanceComparesInstances();
    void comparedInstancesStayWhileOthersOvertakeThem();
    void anInstanceHasOneColorOnEveryPage();
    void whoFallsSilentMakesRoomForWhoLives();
    void instancesOfOneServiceAreToldApart();
    void aLinkSelectsTheRegionEvenBeforeItIsKnown();
    void aLinkIsForgottenOnceTheOperatorChooses_data();
    void aLinkIsForgottenOnceTheOperatorChooses();
    void refreshKeepsSelectionAndScroll();
    void countsOfInstancesSortAsNumbers();
    void linksLeadToKeysAndInvalidation();
    void readOnlyDisablesInvalidation();
    void anEmptyStoreSaysSo();
    void poolsShowLimitsAndBorrowers();
    void everythingIsExported();
    void everythingHasANameAndIsReachedByTab();
    void fitsTheSmallestWindow();
    void poolsAreToldApartInTheSmallestWindow();
    void thePageSaysWhatTheNavigationMarksItFor();
    void followsThePalette();
};

void ComponentPagesTest::everyChartHasData()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage caches(session, view);
    PoolsPage pools(session, view);
    for (ComponentPage *page : std::initializer_list<ComponentPage *>{&caches, &pools}) {
        page->resize(1100, 700);
        page->show();
        feed(session, *page);
        QVERIFY(page->isReadyForCapture());
        QVERIFY(!page->charts()->charts().empty());
        for (const TimeChart *chart : page->charts()->charts())
            QVERIFY2(chart->hasData(), qPrintable(chart->title()));
    }
}

void ComponentPagesTest::perInstanceComparesInstances()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.show();
    feed(session, page);
    QCOMPARE(page.table()->filter()->rowCount(), 8);
    QCOMPARE(page.watchedSeries().size(), std::size_t(7));
    QSignalSpy watched(&page, &Page::watchedSeriesChanged);
    page.setMerged(false);
    QVERIFY(watched.count() > 0);
    QCOMPARE(page.table()->filter()->rowCount(), 40);
    const std::vector<SeriesId> ids = page.watchedSeries();
    QCOMPARE(ids.size(), std::size_t(6 * 5));
    for (const SeriesId &id : ids) {
        QCOMPARE(id.component, page.component());
        QVERIFY(!id.instanceId.isEmpty());
    }
}

// Of region "orders", all of one service on one host, heavier the later they come.
static void setInstances(InfraTest::FakeSession &session, int count)
{
    Snapshot &draft = session.draft();
    draft.instances.clear();
    draft.caches.clear();
    CacheRow merged;
    merged.region = "orders";
    merged.requestsPerSecond = 1000;
    draft.caches.push_back(merged);
    for (int i = 0; i < count; ++i) {
        InstanceRow instance;
        instance.id = "instance-" + QByteArray::number(i);
        instance.service = QStringLiteral("data-api");
        instance.host = QStringLiteral("edge-1");
        instance.processId = 4711 + i;
        draft.instances.push_back(instance);
        CacheRow row = merged;
        row.instanceId = instance.id;
        row.service = instance.service;
        row.requestsPerSecond = 10 * (i + 1);
        draft.caches.push_back(row);
    }
    session.publish();
}

// Of the lines of a chart, each with data.
static QStringList lines(const TimeChart &chart)
{
    QStringList names;
    for (const ChartSeries &series : chart.series()) {
        if (series.samples && !series.samples->empty())
            names << series.name;
    }
    return names;
}

void ComponentPagesTest::comparedInstancesStayWhileOthersOvertakeThem()
{
    InfraTest::FakeSession session;
    setInstances(session, 8);
    ViewContext view;
    CachesPage page(session, view);
    connect(&page, &Page::watchedSeriesChanged, &page, [&] { session.setWatchedSeries(page.watchedSeries()); });
    page.resize(1100, 700);
    page.show();
    page.setMerged(false);
    feed(session, page);
    const TimeChart &first = *page.charts()->charts().front();
    const QStringList before = lines(first);
    QCOMPARE(before.size(), 5);
    // Who was lightest is heaviest a second later.
    for (CacheRow &row : session.draft().caches)
        row.requestsPerSecond = 100 - *row.requestsPerSecond;
    session.publish();
    page.setSnapshot(session.snapshot());
    for (const TimeChart *chart : page.charts()->charts()) {
        QCOMPARE(lines(*chart), before);
        QSet<int> colors;
        for (const ChartSeries &series : chart->series())
            colors << series.color;
        QCOMPARE(colors, QSet<int>({0, 1, 2, 3, 4}));
    }
}

void ComponentPagesTest::anInstanceHasOneColorOnEveryPage()
{
    InfraTest::FakeSession session;
    setInstances(session, 5);
    Snapshot &draft = session.draft();
    // The pool is used by three of the five, who would have other places among themselves.
    const PoolRow whole = draft.pools.front();
    draft.pools = {whole};
    for (const std::size_t instance : {std::size_t(4), std::size_t(2), std::size_t(1)}) {
        PoolRow row = whole;
        row.instanceId = draft.instances[instance].id;
        row.service = draft.instances[instance].service;
        draft.pools.push_back(row);
    }
    session.publish();
    ViewContext view;
    CachesPage caches(session, view);
    PoolsPage pools(session, view);
    std::vector<std::map<QString, int>> colors;
    for (ComponentPage *page : std::initializer_list<ComponentPage *>{&caches, &pools}) {
        connect(page, &Page::watchedSeriesChanged, page, [&session, page] { session.setWatchedSeries(page->watchedSeries()); });
        page->show();
        page->setMerged(false);
        feed(session, *page);
        std::map<QString, int> &here = colors.emplace_back();
        for (const ChartSeries &series : page->charts()->charts().front()->series())
            here.emplace(series.name, series.color);
    }
    QCOMPARE(colors[0].size(), std::size_t(5));
    QCOMPARE(colors[1].size(), std::size_t(3));
    for (const auto &[name, color] : colors[1])
        QCOMPARE(color, colors[0].at(name));
}

void ComponentPagesTest::whoFallsSilentMakesRoomForWhoLives()
{
    InfraTest::FakeSession session;
    setInstances(session, 8);
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    page.setMerged(false);
    feed(session, page);
    const TimeChart &chart = *page.charts()->charts().front();
    const auto colorOf = [&chart](int processId) {
        for (const ChartSeries &series : chart.series()) {
            if (series.name.endsWith(QString::number(processId)))
                return series.color;
        }
        return -1;
    };
    const int kept = colorOf(4711 + 5);
    const int freed = colorOf(4711 + 6);
    QVERIFY(kept >= 0 && freed >= 0);
    QCOMPARE(colorOf(4711), -1);
    QSignalSpy watched(&page, &Page::watchedSeriesChanged);
    for (CacheRow &row : session.draft().caches) {
        row.stale = row.instanceId == "instance-6";
        if (row.stale)
            row.requestsPerSecond.reset();
    }
    session.publish();
    page.setSnapshot(session.snapshot());
    QCOMPARE(watched.count(), 1);
    feed(session, page);
    QCOMPARE(watched.count(), 1);
    QCOMPARE(lines(chart).size(), 5);
    QCOMPARE(colorOf(4711 + 5), kept);
    QCOMPARE(colorOf(4711 + 6), -1);
    QCOMPARE(colorOf(4711 + 2), freed);
    // Of three that are left nothing but these is shown.
    setInstances(session, 3);
    feed(session, page);
    QCOMPARE(lines(chart).size(), 3);
}

void ComponentPagesTest::instancesOfOneServiceAreToldApart()
{
    InfraTest::FakeSession session;
    setInstances(session, 3);
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    page.setMerged(false);
    feed(session, page);
    const TimeChart &chart = *page.charts()->charts().front();
    QCOMPARE(lines(chart), QStringList({QStringLiteral("data-api · pid 4711"), QStringLiteral("data-api · pid 4712"),
                                        QStringLiteral("data-api · pid 4713")}));
    page.table()->filterField()->setText(QStringLiteral("4712"));
    QCOMPARE(page.table()->filter()->rowCount(), 1);
    QCOMPARE(page.table()->filter()->index(0, 1).data().toString(), QStringLiteral("data-api · pid 4712"));
    QVERIFY(page.table()->filter()->index(0, 1).data(Qt::ToolTipRole).toString().contains(QStringLiteral("pid 4712")));
    // On two machines the host says more than the process id.
    session.draft().instances.back().host = QStringLiteral("edge-2");
    session.publish();
    feed(session, page);
    QVERIFY(lines(chart).contains(QStringLiteral("data-api · edge-2, pid 4713")));
}

void ComponentPagesTest::aLinkSelectsTheRegionEvenBeforeItIsKnown()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.showSubject(QStringLiteral("weather"));
    page.show();
    feed(session, page);
    QCOMPARE(page.component(), QByteArray("weather"));
    page.table()->filterField()->setText(QStringLiteral("weather"));
    page.showSubject(QStringLiteral("orders"));
    QCOMPARE(page.component(), QByteArray("orders"));
}

void ComponentPagesTest::countsOfInstancesSortAsNumbers()
{
    InfraTest::FakeSession session;
    Snapshot &draft = session.draft();
    draft.caches.clear();
    draft.pools.clear();
    for (const int count : {100, 2, 12}) {
        CacheRow cache;
        PoolRow pool;
        cache.region = pool.pool = QByteArray::number(count);
        draft.caches.push_back(cache);
        draft.pools.push_back(pool);
        for (int instance = 0; instance < count; ++instance) {
            cache.instanceId = pool.instanceId = "instance-" + QByteArray::number(instance);
            draft.caches.push_back(cache);
            draft.pools.push_back(pool);
        }
    }
    session.publish();
    ViewContext view;
    CachesPage caches(session, view);
    PoolsPage pools(session, view);
    for (ComponentPage *page : std::initializer_list<ComponentPage *>{&caches, &pools}) {
        feed(session, *page);
        page->table()->sortBy(1, Qt::AscendingOrder);
        QStringList counts;
        for (int row = 0; row < page->table()->filter()->rowCount(); ++row)
            counts << page->table()->filter()->index(row, 1).data().toString();
        QCOMPARE(counts.join(QLatin1Char(' ')), QStringLiteral("2 12 100"));
    }
}

void ComponentPagesTest::aLinkIsForgottenOnceTheOperatorChooses_data()
{
    QTest::addColumn<bool>("isOther");
    QTest::newRow("another region") << true;
    QTest::newRow("the region that is current anyway") << false;
}

void ComponentPagesTest::aLinkIsForgottenOnceTheOperatorChooses()
{
    QFETCH(bool, isOther);
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    feed(session, page);
    page.showSubject(QStringLiteral("late"));
    QTableView *const table = page.table()->view();
    const QByteArray before = page.component();
    const int current = table->currentIndex().row();
    const int row = !isOther ? current : current == 0 ? 1 : 0;
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(row, 0)).center());
    const QByteArray chosen = page.component();
    QCOMPARE(chosen != before, isOther);
    CacheRow late = session.draft().caches.front();
    late.region = "late";
    session.draft().caches.push_back(late);
    session.publish();
    page.setSnapshot(session.snapshot());
    QCOMPARE(page.component(), chosen);
}

void ComponentPagesTest::refreshKeepsSelectionAndScroll()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    page.setMerged(false);
    feed(session, page);
    page.showSubject(QStringLiteral("permissions"));
    const QString identity = page.table()->currentIdentity();
    const int scroll = page.table()->view()->verticalScrollBar()->value();
    for (int i = 0; i < 5; ++i) {
        session.advance();
        page.setSnapshot(session.snapshot());
        QCOMPARE(page.table()->currentIdentity(), identity);
        QCOMPARE(page.table()->view()->verticalScrollBar()->value(), scroll);
    }
}

void ComponentPagesTest::linksLeadToKeysAndInvalidation()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.show();
    feed(session, page);
    page.showSubject(QStringLiteral("prices"));
    QSignalSpy linked(&page, &Page::linkActivated);
    QSignalSpy requested(&page, &Page::invalidationRequested);
    QTest::keyClick(page.table()->view(), Qt::Key_Return);
    QCOMPARE(linked.count(), 1);
    QCOMPARE(linked.first().at(1).toString(), QStringLiteral("prices"));
    for (QPushButton *button : page.findChildren<QPushButton *>()) {
        if (button->text().startsWith(QLatin1String("Invalidate")))
            QTest::mouseClick(button, Qt::LeftButton);
    }
    QCOMPARE(requested.count(), 1);
    QCOMPARE(requested.first().at(0).toByteArray(), QByteArray("prices"));
}

void ComponentPagesTest::readOnlyDisablesInvalidation()
{
    InfraTest::FakeSession session;
    session.setReadOnly(true);
    ViewContext view;
    CachesPage page(session, view);
    page.show();
    feed(session, page);
    for (const QPushButton *button : page.findChildren<QPushButton *>()) {
        if (button->text().startsWith(QLatin1String("Invalidate")))
            QVERIFY(!button->isEnabled());
    }
}

void ComponentPagesTest::anEmptyStoreSaysSo()
{
    InfraTest::FakeSession session;
    session.draft().caches.clear();
    session.draft().pools.clear();
    session.publish();
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    page.setSnapshot(session.snapshot());
    QVERIFY(page.watchedSeries().empty());
    bool said = false;
    for (const QWidget *widget : page.findChildren<QWidget *>())
        said = said || (widget->isVisible() && widget->accessibleName() == QLatin1String("No cache regions yet"));
    QVERIFY(said);
}

void ComponentPagesTest::poolsShowLimitsAndBorrowers()
{
    InfraTest::FakeSession session;
    ViewContext view;
    PoolsPage page(session, view);
    page.resize(1100, 700);
    page.show();
    feed(session, page);
    QCOMPARE(page.component(), QByteArray("postgresql://db-1/orders"));
    // The limit of all instances is within the axis.
    QVERIFY(page.charts()->charts().front()->scale().high >= 45);
    QTableView *borrows = nullptr;
    for (QTableView *candidate : page.findChildren<QTableView *>()) {
        if (candidate->accessibleName() == QLatin1String("Longest borrows"))
            borrows = candidate;
    }
    QVERIFY(borrows);
    QCOMPARE(borrows->model()->index(0, 0).data().toString(), QStringLiteral("orders.cpp:84 loadOrders"));
    page.showSubject(QStringLiteral("sqlite:///cache.db"));
    QVERIFY(!borrows->isVisible());
}

void ComponentPagesTest::everythingIsExported()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    feed(session, page);
    const std::vector<ExportItem> items = page.exportItems();
    QCOMPARE(items.size(), std::size_t(7));
    for (const ExportItem &item : items) {
        for (const QString &suffix : item.suffixes)
            QVERIFY2(!item.render(suffix).isEmpty(), qPrintable(item.title + suffix));
    }
}

void ComponentPagesTest::everythingHasANameAndIsReachedByTab()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage caches(session, view);
    PoolsPage pools(session, view);
    for (ComponentPage *page : std::initializer_list<ComponentPage *>{&caches, &pools}) {
        page->resize(1100, 700);
        page->show();
        page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(page));
        feed(session, *page);
        QCOMPARE(InfraTest::namelessWidgets(*page).join(QLatin1Char('\n')), QString());
        const QList<QWidget *> visited = InfraTest::tabOrder(*page);
        QVERIFY(visited.contains(page->table()->filterField()));
        QVERIFY(visited.contains(page->table()->view()));
        for (TimeChart *chart : page->charts()->charts())
            QVERIFY2(visited.contains(chart), qPrintable(chart->title()));
        for (QPushButton *button : page->findChildren<QPushButton *>())
            QVERIFY2(!button->isVisible() || visited.contains(button), qPrintable(button->text()));
        page->hide();
    }
}

void ComponentPagesTest::fitsTheSmallestWindow()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage caches(session, view);
    PoolsPage pools(session, view);
    for (ComponentPage *page : std::initializer_list<ComponentPage *>{&caches, &pools}) {
        page->resize(800, 540);
        page->show();
        feed(session, *page);
        QCoreApplication::processEvents();
        for (const TimeChart *chart : page->charts()->charts())
            QVERIFY2(chart->height() >= 130 && chart->geometry().right() < 800, qPrintable(chart->title()));
        QVERIFY(page->table()->view()->viewport()->height() >= 2 * Spacing::RowHeight);
        for (const bool merged : {true, false}) {
            page->setMerged(merged);
            feed(session, *page);
            QCoreApplication::processEvents();
            const QTableView *const rows = page->table()->view();
            QVERIFY2(rows->horizontalScrollBar()->maximum() == 0,
                     qPrintable(QStringLiteral("%1: %2 too wide").arg(page->title()).arg(rows->horizontalScrollBar()->maximum())));
        }
        // 1024 × 640 without navigation, header and status bar.
        QVERIFY2(page->minimumSizeHint().width() <= 800, qPrintable(QString::number(page->minimumSizeHint().width())));
        QVERIFY2(page->minimumSizeHint().height() <= 540, qPrintable(QStringLiteral("%1: %2, table %3, charts %4").arg(page->title()).arg(page->minimumSizeHint().height())
                            .arg(page->table()->minimumSizeHint().height()).arg(page->charts()->minimumSizeHint().height())));
    }
}

void ComponentPagesTest::poolsAreToldApartInTheSmallestWindow()
{
    InfraTest::FakeSession session;
    for (PoolRow &row : session.draft().pools)
        row.pool.prepend("sqlite:///tmp/infra-console-XQrTyZ/ai-automation-service/");
    session.publish();
    ViewContext view;
    PoolsPage page(session, view);
    page.resize(800, 540);
    page.show();
    for (const bool merged : {true, false}) {
        page.setMerged(merged);
        feed(session, page);
        QCoreApplication::processEvents();
        const QTableView *const table = page.table()->view();
        QVERIFY2(table->columnWidth(0) >= 240, qPrintable(QString::number(table->columnWidth(0))));
        QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
    }
}

void ComponentPagesTest::thePageSaysWhatTheNavigationMarksItFor()
{
    InfraTest::FakeSession session;
    ViewContext view;
    PoolsPage page(session, view);
    page.resize(800, 540);
    page.show();
    feed(session, page);
    QCoreApplication::processEvents();
    const auto *const note = page.findChild<AttentionNote *>();
    QVERIFY(note);
    QVERIFY(note->text().isEmpty());
    const QRect filter = page.table()->filterField()->geometry();
    const QRect table = page.table()->view()->geometry();
    const auto item = [](PageId where, Severity severity, const QString &sentence) {
        return Attention{severity, sentence, where, QStringLiteral("pool"), {}, AttentionKind::PoolPressure, sentence.toUtf8()};
    };
    const QString worst = QStringLiteral("ai-training-service gives up waiting for connections: 1.20 /s timeouts.");
    session.draft().attention = {item(PageId::Services, Severity::Critical, QStringLiteral("data-api is down.")),
                                 item(PageId::Pools, Severity::Critical, worst),
                                 item(PageId::Pools, Severity::Warning, QStringLiteral("data-api has 2 wedged database connections.")),
                                 item(PageId::Pools, Severity::Information, QStringLiteral("Not marked."))};
    session.publish();
    page.setSnapshot(session.snapshot());
    QCoreApplication::processEvents();
    QCOMPARE(note->text(), QString(worst + QStringLiteral(" And 1 more.")));
    QVERIFY(note->width() > 200);
    // Nothing moves under the pointer for it.
    QCOMPARE(page.table()->filterField()->geometry(), filter);
    QCOMPARE(page.table()->view()->geometry(), table);
    session.draft().attention.clear();
    session.publish();
    page.setSnapshot(session.snapshot());
    QVERIFY(note->text().isEmpty());
}

// Of the grabbed picture: its text and lines are few against its background.
static int medianLightness(const QPixmap &grabbed)
{
    const QImage image = grabbed.toImage();
    std::vector<int> lightness;
    for (int y = 0; y < image.height(); y += 7) {
        for (int x = 0; x < image.width(); x += 7)
            lightness.push_back(image.pixelColor(x, y).lightness());
    }
    std::nth_element(lightness.begin(), lightness.begin() + std::ssize(lightness) / 2, lightness.end());
    return lightness[lightness.size() / 2];
}

void ComponentPagesTest::followsThePalette()
{
    InfraTest::FakeSession session;
    ViewContext view;
    CachesPage page(session, view);
    page.resize(1100, 700);
    page.show();
    feed(session, page);
    page.setPalette(InfraConsole::Theme::lightPalette());
    const int light = medianLightness(page.grab());
    page.setPalette(InfraConsole::Theme::darkPalette());
    const int dark = medianLightness(page.grab());
    QVERIFY2(light > 200, qPrintable(QString::number(light)));
    QVERIFY2(dark < 60, qPrintable(QString::number(dark)));
}

QTEST_MAIN(ComponentPagesTest)
#include "tst_componentpages.moc"
