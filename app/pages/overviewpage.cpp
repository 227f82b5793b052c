// SPDX-License-Identifier: GPL-3.0-or-later
#include "overviewpage.h"

#include "models/tablemodel.h"
#include "pages/attentionlist.h"
#include "pages/chartgrid.h"
#include "pages/eventtable.h"
#include "widgets/card.h"
#include "widgets/datatable.h"
#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/stattile.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr std::size_t RecentEvents = 50;

} // namespace

OverviewPage::OverviewPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(PageId::Overview, tr("Overview"), pageSession, pageView, parent)
{
    const auto tile = [this](const QString &label, Unit unit, PageId page) {
        auto *const made = new StatTile(label, unit);
        connect(made, &QAbstractButton::clicked, this, [this, page] { Q_EMIT linkActivated(page, {}, std::nullopt); });
        return made;
    };
    setWhatsThis(tr("<b>Overview</b><p>How all services that share this store are doing, and what needs attention, worst first. A tile leads to its "
                    "page; a sentence leads to the chart and the moment that it speaks of.</p>"));
    m_hitRate = tile(tr("Hit rate"), Unit::Ratio, PageId::Caches);
    m_requests = tile(tr("Requests"), Unit::CountPerSecond, PageId::Caches);
    m_pools = tile(tr("Pool pressure"), Unit::Ratio, PageId::Pools);
    m_health = tile(tr("Services up"), Unit::Count, PageId::Services);
    auto *const tiles = new QHBoxLayout;
    tiles->setSpacing(Spacing::Card);
    for (StatTile *each : {m_hitRate, m_requests, m_pools, m_health})
        tiles->addWidget(each, 1);

    auto *const attentionCard = new Card;
    auto *const attentionColumn = new QVBoxLayout(attentionCard);
    attentionColumn->setContentsMargins(Spacing::Unit, Spacing::Row, Spacing::Unit, Spacing::Unit);
    attentionColumn->setSpacing(Spacing::Unit);
    m_attentionTitle = new TextLabel(TextLabel::Role::Strong, tr("Needs attention"));
    auto *const attentionHeading = new QHBoxLayout;
    attentionHeading->setContentsMargins(Spacing::Row, Spacing::Unit, Spacing::Row, 0);
    attentionHeading->addWidget(m_attentionTitle);
    attentionColumn->addLayout(attentionHeading);
    m_attention = new AttentionList;
    attentionColumn->addWidget(m_attention, 1);
    m_attention->setWhatsThis(tr("<b>Needs attention</b><p>What is wrong now, in order of severity. Enter goes to the row and the moment. From when on a "
                                 "figure is listed is set in Settings.</p>"));
    connect(m_attention, &AttentionList::linkActivated, this, &OverviewPage::linkActivated);

    m_grid = new ChartGrid;
    m_grid->setMaximumColumns(1);
    m_hitChart = new TimeChart(tr("Hit rate"), Unit::Ratio, pageView);
    m_requestChart = new TimeChart(tr("Requests"), Unit::CountPerSecond, pageView);
    m_hitChart->setNoDataReason(tr("No process of this store has used a cache in this time"));
    m_requestChart->setNoDataReason(tr("No process of this store has published in this time"));
    m_grid->addChart(m_hitChart);
    m_grid->addChart(m_requestChart);

    m_model = new TableModel(eventColumns(), this);
    m_events = new DataTable(tr("Recent events"), m_model);
    m_events->setObjectName(QStringLiteral("recentEventTable"));
    m_events->setEmptyText(tr("Nothing has happened yet"),
                           tr("Invalidations, starts, stops and changes of health are listed here."));
    m_events->sortBy(0, Qt::DescendingOrder);
    m_events->filterField()->setPlaceholderText(tr("Filter recent events"));
    connect(m_events, &DataTable::activated, this,
            [this] { Q_EMIT linkActivated(PageId::Events, {}, std::nullopt); });

    auto *const lower = new QGridLayout;
    lower->setSpacing(Spacing::Card);
    lower->addWidget(attentionCard, 0, 0);
    lower->addWidget(m_grid, 0, 1);
    lower->setColumnStretch(0, 1);
    lower->setColumnStretch(1, 1);

    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Spacing::Card);
    column->addLayout(tiles);
    column->addLayout(lower, 5);
    column->addWidget(m_events, 3);
}

OverviewPage::~OverviewPage() = default;

std::vector<SeriesId> OverviewPage::watchedSeries() const
{
    return {{Measure::HitRatio, {}, {}}, {Measure::CacheRequestRate, {}, {}}, {Measure::PoolPressure, {}, {}},
            {Measure::HealthyShare, {}, {}}};
}

void OverviewPage::setSnapshot(const SnapshotPointer &snapshot)
{
    m_snapshot = snapshot;
    fillTiles(*snapshot);
    m_attention->setItems(snapshot->attention);
    m_attentionTitle->setText(snapshot->attention.empty()
                                  ? tr("Needs attention")
                                  : tr("Needs attention · %1").arg(snapshot->attention.size()));
    fillCharts(*snapshot);
    fillEvents(*snapshot);
}

void OverviewPage::fillTiles(const Snapshot &snapshot)
{
    std::optional<double> hits;
    std::optional<double> known;
    std::optional<double> requests;
    int regions = 0;
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() || row.stale)
            continue;
        ++regions;
        if (row.requestsPerSecond)
            requests = requests.value_or(0) + *row.requestsPerSecond;
        if (row.requestsPerSecond && row.hitRatio) {
            hits = hits.value_or(0) + *row.hitRatio * *row.requestsPerSecond;
            known = known.value_or(0) + *row.requestsPerSecond;
        }
    }
    m_hitRate->setValue(hits && *known > 0 ? *hits / *known : Unknown);
    m_hitRate->setSeries(seriesOf(snapshot, {Measure::HitRatio, {}, {}}), 0);
    // Before anything was read, nothing can be said of what there is.
    const bool isRead = snapshot.lastDataAt != SystemTime{};
    m_hitRate->setNote(!isRead ? QString() : regions == 1 ? tr("1 region") : tr("%1 regions").arg(regions));
    m_requests->setValue(toValue(requests));
    m_requests->setSeries(seriesOf(snapshot, {Measure::CacheRequestRate, {}, {}}), 1);

    int used = 0;
    int limit = 0;
    for (const PoolRow &row : snapshot.pools) {
        if (row.instanceId.isEmpty() || row.stale || !row.used || !row.limit || *row.limit <= 0)
            continue;
        used += *row.used;
        limit += *row.limit;
    }
    m_pools->setValue(limit > 0 ? static_cast<double>(used) / limit : Unknown);
    m_pools->setNote(limit > 0 ? tr("%1 of %2 connections").arg(used).arg(limit)
                     : isRead  ? tr("No pool has published yet")
                               : QString());
    const bool isPressed = std::any_of(snapshot.attention.begin(), snapshot.attention.end(),
                                       [](const Attention &item) { return item.kind == AttentionKind::PoolPressure; });
    m_pools->setStatus(isPressed ? std::optional(Verdict::Degraded) : std::nullopt);
    m_pools->setSeries(seriesOf(snapshot, {Measure::PoolPressure, {}, {}}), 2);
    // Not the services: the console asks them itself.
    for (StatTile *each : {m_hitRate, m_requests, m_pools})
        each->setStale(snapshot.isLost());

    int up = 0;
    int checked = 0;
    Verdict worstVerdict = Verdict::Up;
    QString note = tr("All services answer");
    for (const ServiceRow &row : snapshot.services) {
        if (row.verdict == Verdict::Paused || row.verdict == Verdict::NeverChecked)
            continue;
        ++checked;
        up += row.verdict == Verdict::Up ? 1 : 0;
        // The verdicts from Up to Unreachable are in rising order of badness.
        if (row.verdict > worstVerdict) {
            worstVerdict = row.verdict;
            note = tr("%1 %2").arg(row.name, statusWord(row.verdict));
        }
    }
    m_health->setStatus(checked > 0 ? std::optional(worstVerdict) : std::nullopt);
    if (checked > 0)
        m_health->setText(locale().toString(up), tr("of %1").arg(checked));
    else
        m_health->setValue(Unknown);
    m_health->setNote(checked > 0 ? note : tr("Never checked"));
    m_health->setSeries(seriesOf(snapshot, {Measure::HealthyShare, {}, {}}), 3);
}

void OverviewPage::fillCharts(const Snapshot &snapshot)
{
    const auto fill = [&snapshot](TimeChart *chart, Measure measure, int color) {
        std::vector<ChartSeries> series;
        if (auto samples = seriesOf(snapshot, {measure, {}, {}}))
            series.push_back({chart->title(), color, std::move(samples)});
        chart->setData(snapshot.dataAt(), std::move(series), snapshot.marks);
    };
    fill(m_hitChart, Measure::HitRatio, 0);
    fill(m_requestChart, Measure::CacheRequestRate, 1);
}

void OverviewPage::fillEvents(const Snapshot &snapshot)
{
    // Services at their daily work write that many in seconds: these are on the page of events.
    std::vector<EventRow> events;
    for (const EventRow &event : snapshot.events) {
        if (events.size() == RecentEvents)
            break;
        if (!event.routine)
            events.push_back(event);
    }
    m_events->setRows(eventRows(events, RecentEvents));
}

std::vector<ExportItem> OverviewPage::exportItems() const
{
    std::vector<ExportItem> items = m_grid->exportItems();
    items.push_back({tr("Recent events"), {QStringLiteral("csv"), QStringLiteral("json")},
                     [this](const QString &suffix) { return m_events->exported(suffix); }});
    return items;
}

bool OverviewPage::isReadyForCapture() const
{
    return m_hitChart->hasData() && m_requestChart->hasData() && m_snapshot && !m_snapshot->events.empty();
}

} // namespace InfraConsole
