// SPDX-License-Identifier: GPL-3.0-or-later
#include "cachespage.h"

#include "models/tablemodel.h"
#include "pages/chartgrid.h"
#include "widgets/datatable.h"
#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr std::size_t MostCompared = TimeChart::MaximumSeries;

QString identityOf(const QByteArray &region, const QByteArray &instance)
{
    return QString::fromUtf8(region) + QChar(u'\x1f') + QString::fromUtf8(instance);
}

double shareOf(const std::optional<std::uint64_t> &used, const std::optional<std::uint64_t> &limit)
{
    return used && limit && *limit > 0 ? static_cast<double>(*used) / static_cast<double>(*limit) : Unknown;
}

} // namespace

CachesPage::CachesPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(PageId::Caches, tr("Caches"), pageSession, pageView, parent)
{
    using Kind = TableColumn::Kind;
    m_model = new TableModel(
        {
            {tr("Region"), Kind::Text, Unit::Count, tr("Name of the cache region"), QStringLiteral("region"), true},
            {tr("Instances"), Kind::Text, Unit::Count, tr("The process, or how many processes use the region"), QStringLiteral("instance"), false},
            {tr("Hit rate"), Kind::Number, Unit::Ratio, tr("Gets answered from memory or store, of all gets"), QStringLiteral("hit_ratio"), false},
            {tr("Requests"), Kind::Number, Unit::CountPerSecond, tr("Gets a second"), QStringLiteral("requests_per_second"), false},
            {tr("Entries"), Kind::Share, Unit::Count, tr("Entries in the memory tier; the bar shows their share of the limit"), QStringLiteral("entries"), false},
            {tr("Memory"), Kind::Share, Unit::Bytes, tr("Bytes in the memory tier; the bar shows their share of the limit"), QStringLiteral("bytes"), false},
            {tr("Evictions"), Kind::Number, Unit::CountPerSecond, tr("Entries pushed out of memory a second"), QStringLiteral("evictions_per_second"), false},
            {tr("p50"), Kind::Number, Unit::Seconds, tr("Half of all gets are faster"), QStringLiteral("lookup_p50_seconds"), false},
            {tr("p95"), Kind::Number, Unit::Seconds, tr("19 of 20 gets are faster"), QStringLiteral("lookup_p95_seconds"), false},
            {tr("Load p95"), Kind::Number, Unit::Seconds, tr("19 of 20 values are computed faster after a miss"), QStringLiteral("load_p95_seconds"), false},
        },
        this);
    m_table = new DataTable(tr("Cache regions"), m_model);
    m_table->setEmptyText(tr("No cache regions yet"), tr("A region appears when a service that uses this store opens it."));
    m_table->sortBy(3, Qt::DescendingOrder);

    m_scope = new QComboBox;
    m_scope->addItem(tr("Merged by region"));
    m_scope->addItem(tr("Per instance"));
    m_scope->setAccessibleName(tr("Rows of the table"));
    m_scope->setToolTip(tr("One row for each region, or one for each region in each instance"));
    m_table->addTool(m_scope);

    m_invalidate = new QAction(icon(QStringLiteral("invalidate")), tr("Invalidate region…"), this);
    m_browse = new QAction(icon(QStringLiteral("keys")), tr("Browse keys"), this);
    m_table->addRowAction(m_browse);
    m_table->addRowAction(m_invalidate);

    m_detailTitle = new TextLabel(TextLabel::Role::Strong);
    m_detailText = new TextLabel(TextLabel::Role::Secondary);
    auto *const browse = new QPushButton(m_browse->icon(), m_browse->text());
    browse->setAccessibleName(m_browse->text());
    browse->setToolTip(tr("Lists the keys of the selected region"));
    auto *const invalidate = new QPushButton(m_invalidate->icon(), m_invalidate->text());
    invalidate->setAccessibleName(m_invalidate->text());
    invalidate->setToolTip(tr("Shows first what would be removed (Ctrl+Shift+I)"));

    auto *const heading = new QHBoxLayout;
    heading->setSpacing(Spacing::Row);
    heading->addWidget(m_detailTitle);
    heading->addWidget(m_detailText, 1);
    heading->addWidget(browse);
    heading->addWidget(invalidate);

    m_grid = new ChartGrid;
    addChart(tr("Hit rate"), Unit::Ratio, {Measure::HitRatio}, Measure::HitRatio);
    addChart(tr("Requests"), Unit::CountPerSecond, {Measure::CacheRequestRate}, Measure::CacheRequestRate);
    addChart(tr("Time of a get"), Unit::Seconds, {Measure::LookupP50, Measure::LookupP95}, Measure::LookupP95);
    addChart(tr("Entries in memory"), Unit::Count, {Measure::CacheEntries}, Measure::CacheEntries);
    addChart(tr("Memory"), Unit::Bytes, {Measure::CacheBytes}, Measure::CacheBytes);
    addChart(tr("Evictions"), Unit::CountPerSecond, {Measure::EvictionRate}, Measure::EvictionRate);

    auto *const detail = new QWidget;
    auto *const detailColumn = new QVBoxLayout(detail);
    detailColumn->setContentsMargins(0, Spacing::Row, 0, 0);
    detailColumn->setSpacing(Spacing::Row);
    detailColumn->addLayout(heading);
    detailColumn->addWidget(m_grid, 1);

    auto *const splitter = new QSplitter(Qt::Vertical);
    splitter->setObjectName(QStringLiteral("cachesSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(detail);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(splitter);

    connect(m_table, &DataTable::currentChanged, this, &CachesPage::changeSelection);
    connect(m_scope, &QComboBox::currentIndexChanged, this, [this] {
        if (m_snapshot) {
            m_wanted = QString::fromUtf8(m_region);
            fillTable(*m_snapshot);
        }
        Q_EMIT watchedSeriesChanged();
    });
    connect(m_invalidate, &QAction::triggered, this, [this] {
        if (!m_region.isEmpty())
            Q_EMIT invalidationRequested(m_region, Infra::Target::region());
    });
    connect(m_browse, &QAction::triggered, this, [this] {
        if (!m_region.isEmpty())
            Q_EMIT linkActivated(PageId::Keys, QString::fromUtf8(m_region), std::nullopt);
    });
    connect(browse, &QPushButton::clicked, m_browse, &QAction::trigger);
    connect(invalidate, &QPushButton::clicked, m_invalidate, &QAction::trigger);
    connect(m_table, &DataTable::activated, m_browse, &QAction::trigger);
    const auto follow = [browse, invalidate, this] {
        browse->setEnabled(m_browse->isEnabled());
        invalidate->setEnabled(m_invalidate->isEnabled());
    };
    connect(m_invalidate, &QAction::changed, this, follow);
    connect(m_browse, &QAction::changed, this, follow);
    changeSelection();
}

CachesPage::~CachesPage() = default;

bool CachesPage::isMerged() const
{
    return m_scope->currentIndex() == 0;
}

void CachesPage::setMerged(bool merged)
{
    m_scope->setCurrentIndex(merged ? 0 : 1);
}

void CachesPage::addChart(const QString &title, Unit unit, std::vector<Measure> merged, Measure perInstance)
{
    auto *const chart = new TimeChart(title, unit, view());
    m_grid->addChart(chart);
    m_charts.push_back({chart, std::move(merged), perInstance});
}

void CachesPage::setSnapshot(const SnapshotPointer &snapshot)
{
    m_snapshot = snapshot;
    fillTable(*snapshot);
    fillCharts(*snapshot);
}

void CachesPage::fillTable(const Snapshot &snapshot)
{
    QHash<QByteArray, int> instances;
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() && !row.stale)
            ++instances[row.region];
    }
    std::vector<TableRow> rows;
    for (const CacheRow &row : snapshot.caches) {
        if (row.instanceId.isEmpty() != isMerged())
            continue;
        const int count = instances.value(row.region);
        const QString where = isMerged() ? tr("%Ln instance(s)", nullptr, count) : row.service;
        const QString limits = row.entryLimit ? tr("%1 of %2 entries").arg(formatExact(toValue(row.entries), Unit::Count),
                                                                            formatExact(toValue(row.entryLimit), Unit::Count))
                                              : QString();
        const QString bytes = row.byteLimit ? tr("%1 of %2").arg(formatExact(toValue(row.bytes), Unit::Bytes),
                                                                 formatExact(toValue(row.byteLimit), Unit::Bytes))
                                            : QString();
        rows.push_back({identityOf(row.region, row.instanceId),
                        {
                            {QString::fromUtf8(row.region)},
                            {where, Unknown, isMerged() ? QString() : QString::fromUtf8(row.instanceId)},
                            {toValue(row.hitRatio)},
                            {toValue(row.requestsPerSecond)},
                            {toValue(row.entries), shareOf(row.entries, row.entryLimit), limits},
                            {toValue(row.bytes), shareOf(row.bytes, row.byteLimit), bytes},
                            {toValue(row.evictionsPerSecond)},
                            {toValue(row.lookupP50)},
                            {toValue(row.lookupP95)},
                            {toValue(row.loadP95)},
                        },
                        row.stale});
    }
    m_table->setRows(std::move(rows));
    if (!m_wanted.isEmpty()) {
        for (int row = 0; row < m_model->rowCount(); ++row) {
            if (m_model->row(row).cells.front().value.toString() == m_wanted) {
                m_wanted.clear();
                m_table->selectIdentity(m_model->row(row).identity);
                break;
            }
        }
    }
    if (m_table->currentIdentity().isEmpty() && m_table->view()->model()->rowCount() > 0)
        m_table->selectIdentity(m_table->view()->model()->index(0, 0).data(ItemRole::Identity).toString());
}

void CachesPage::changeSelection()
{
    const QStringList parts = m_table->currentIdentity().split(QChar(u'\x1f'));
    m_region = parts.value(0).toUtf8();
    m_instance = parts.value(1).toUtf8();
    const bool hasRegion = !m_region.isEmpty();
    m_invalidate->setEnabled(hasRegion && !session().isReadOnly());
    m_browse->setEnabled(hasRegion);
    const QString reason = hasRegion ? tr("No instance has published this yet") : tr("Select a region above");
    for (const Chart &chart : m_charts)
        chart.chart->setNoDataReason(reason);
    if (m_snapshot)
        fillCharts(*m_snapshot);
    Q_EMIT watchedSeriesChanged();
}

std::vector<const CacheRow *> CachesPage::compared(const Snapshot &snapshot) const
{
    std::vector<const CacheRow *> rows;
    for (const CacheRow &row : snapshot.caches) {
        if (row.region == m_region && !row.instanceId.isEmpty())
            rows.push_back(&row);
    }
    std::stable_sort(rows.begin(), rows.end(), [this](const CacheRow *a, const CacheRow *b) {
        const bool aSelected = a->instanceId == m_instance;
        const bool bSelected = b->instanceId == m_instance;
        if (aSelected != bSelected)
            return aSelected;
        return a->requestsPerSecond.value_or(0) > b->requestsPerSecond.value_or(0);
    });
    if (rows.size() > MostCompared)
        rows.resize(MostCompared);
    // Busiest first decides who is shown; the order of the legend must not change with every second.
    std::sort(rows.begin(), rows.end(), [](const CacheRow *a, const CacheRow *b) {
        return a->service != b->service ? a->service < b->service : a->instanceId < b->instanceId;
    });
    return rows;
}

std::vector<SeriesId> CachesPage::watchedSeries() const
{
    std::vector<SeriesId> ids;
    if (m_region.isEmpty())
        return ids;
    const auto instances = m_snapshot && !isMerged() ? compared(*m_snapshot) : std::vector<const CacheRow *>();
    for (const Chart &chart : m_charts) {
        if (isMerged()) {
            for (const Measure measure : chart.merged)
                ids.push_back({measure, m_region, {}});
        } else {
            for (const CacheRow *row : instances)
                ids.push_back({chart.perInstance, m_region, row->instanceId});
        }
    }
    return ids;
}

void CachesPage::fillCharts(const Snapshot &snapshot)
{
    m_detailTitle->setText(m_region.isEmpty() ? tr("No region selected") : QString::fromUtf8(m_region));
    const auto selected = std::find_if(snapshot.caches.begin(), snapshot.caches.end(), [this](const CacheRow &row) {
        return row.region == m_region && row.instanceId == m_instance;
    });
    const bool hasRow = selected != snapshot.caches.end();
    if (m_region.isEmpty())
        m_detailText->setText({});
    else if (isMerged())
        m_detailText->setText(tr("all instances"));
    else
        m_detailText->setText(hasRow ? tr("%1 beside the busiest other instances").arg(selected->service) : QString());

    const auto instances = isMerged() ? std::vector<const CacheRow *>() : compared(snapshot);
    for (const Chart &chart : m_charts) {
        std::vector<ChartSeries> series;
        if (isMerged()) {
            for (std::size_t i = 0; i < chart.merged.size(); ++i) {
                const QString name = chart.merged[i] == Measure::LookupP50 ? tr("p50") : chart.merged[i] == Measure::LookupP95 ? tr("p95") : QString();
                if (auto samples = seriesOf(snapshot, {chart.merged[i], m_region, {}}))
                    series.push_back({name, static_cast<int>(i), std::move(samples)});
            }
        } else {
            for (const CacheRow *row : instances) {
                const auto at = std::find_if(snapshot.instances.begin(), snapshot.instances.end(),
                                             [row](const InstanceRow &instance) { return instance.id == row->instanceId; });
                const auto color = static_cast<int>(std::distance(snapshot.instances.begin(), at));
                if (auto samples = seriesOf(snapshot, {chart.perInstance, m_region, row->instanceId}))
                    series.push_back({row->service, color, std::move(samples)});
            }
        }
        if (chart.perInstance == Measure::CacheBytes && hasRow && selected->byteLimit)
            chart.chart->setLimits({{toValue(selected->byteLimit), tr("limit %1").arg(formatText(toValue(selected->byteLimit), Unit::Bytes))}});
        else if (chart.perInstance == Measure::CacheEntries && hasRow && selected->entryLimit)
            chart.chart->setLimits({{toValue(selected->entryLimit), tr("limit %1").arg(formatText(toValue(selected->entryLimit), Unit::Count))}});
        else
            chart.chart->setLimits({});
        chart.chart->setData(snapshot.at, std::move(series), snapshot.marks);
    }
}

void CachesPage::showSubject(const QString &subject)
{
    if (subject.isEmpty())
        return;
    m_table->filterField()->clear();
    m_wanted = subject;
    if (m_snapshot)
        fillTable(*m_snapshot);
}

QWidget *CachesPage::filterField() const
{
    return m_table->filterField();
}

std::vector<ExportItem> CachesPage::exportItems() const
{
    std::vector<ExportItem> items{{tr("Cache regions"), {QStringLiteral("csv"), QStringLiteral("json")},
                                   [this](const QString &suffix) { return m_table->exported(suffix); }}};
    for (ExportItem &item : m_grid->exportItems())
        items.push_back(std::move(item));
    return items;
}

QList<QAction *> CachesPage::pageActions() const
{
    return {m_browse, m_invalidate};
}

void CachesPage::prepareCapture()
{
    if (m_snapshot)
        fillTable(*m_snapshot);
}

bool CachesPage::isReadyForCapture() const
{
    return std::all_of(m_charts.begin(), m_charts.end(), [](const Chart &chart) { return chart.chart->hasData(); });
}

} // namespace InfraConsole
