// SPDX-License-Identifier: GPL-3.0-or-later
#include "cachespage.h"

#include "session/instancenames.h"
#include "widgets/actionbutton.h"
#include "widgets/datatable.h"
#include "widgets/icons.h"
#include "widgets/values.h"

#include <QAction>
#include <QCoreApplication>

#include <algorithm>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::CachesPage)
};

std::vector<TableColumn> tableColumns()
{
    using Kind = TableColumn::Kind;
    return {
        {Text::tr("Region"), Kind::Text, Unit::Count, Text::tr("Name of the cache region"), QStringLiteral("region"), true},
        {Text::tr("Instances"), Kind::Text, Unit::Count, Text::tr("The process, or how many live processes use the region"),
         QStringLiteral("instance"), false, true},
        {Text::tr("Hit rate"), Kind::Number, Unit::Ratio, Text::tr("Gets answered from memory or store, of all gets"),
         QStringLiteral("hit_ratio"), false},
        {Text::tr("Requests"), Kind::Number, Unit::CountPerSecond, Text::tr("Gets a second"), QStringLiteral("requests_per_second"), false},
        {Text::tr("Entries"), Kind::Share, Unit::Count, Text::tr("Entries in the memory tier; the bar shows their share of the limit"),
         QStringLiteral("entries"), false},
        {Text::tr("Memory"), Kind::Share, Unit::Bytes, Text::tr("Bytes in the memory tier; the bar shows their share of the limit"),
         QStringLiteral("bytes"), false},
        {Text::tr("Evictions"), Kind::Number, Unit::CountPerSecond, Text::tr("Entries pushed out of memory a second"),
         QStringLiteral("evictions_per_second"), false},
        {Text::tr("p50"), Kind::Number, Unit::Seconds, Text::tr("Half of all gets are faster"), QStringLiteral("lookup_p50_seconds"), false},
        {Text::tr("p95"), Kind::Number, Unit::Seconds, Text::tr("19 of 20 gets are faster"), QStringLiteral("lookup_p95_seconds"), false},
        {Text::tr("Load p95"), Kind::Number, Unit::Seconds, Text::tr("19 of 20 values are computed faster after a miss"),
         QStringLiteral("load_p95_seconds"), false},
    };
}

std::vector<ComponentChart> detailCharts()
{
    return {
        {Text::tr("Hit rate"), Unit::Ratio, {{Measure::HitRatio, {}}}, Measure::HitRatio},
        {Text::tr("Requests"), Unit::CountPerSecond, {{Measure::CacheRequestRate, {}}}, Measure::CacheRequestRate},
        {Text::tr("Time of a get"), Unit::Seconds, {{Measure::LookupP50, Text::tr("p50")}, {Measure::LookupP95, Text::tr("p95")}}, Measure::LookupP95},
        {Text::tr("Entries in memory"), Unit::Count, {{Measure::CacheEntries, {}}}, Measure::CacheEntries},
        {Text::tr("Memory"), Unit::Bytes, {{Measure::CacheBytes, {}}}, Measure::CacheBytes},
        {Text::tr("Evictions"), Unit::CountPerSecond, {{Measure::EvictionRate, {}}}, Measure::EvictionRate},
    };
}

TableCell limited(const std::optional<std::uint64_t> &used, const std::optional<std::uint64_t> &limit, Unit unit)
{
    TableCell cell{toValue(used)};
    if (used && limit && *limit > 0) {
        cell.share = static_cast<double>(*used) / static_cast<double>(*limit);
        //: Used, limit, share in percent.
        cell.tip = Text::tr("%1 of %2 (%3)").arg(formatExact(toValue(used), unit), formatExact(toValue(limit), unit), formatText(cell.share, Unit::Ratio));
    }
    return cell;
}

} // namespace

CachesPage::CachesPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : ComponentPage(PageId::Caches, tr("Caches"), tr("Cache regions"), tableColumns(), detailCharts(), pageSession, pageView, parent)
{
    setWhatsThis(tr("<b>Caches</b><p>Every region, merged over all processes or one row for each of them. Hits count in memory and on disk together; rates "
                    "are of the last seconds; p50 and p95 are of the last ten. Memory's entries and bytes stand against their limits.</p><p>The charts below "
                    "are of the selected row.</p>"));
    table()->setEmptyText(tr("No cache regions yet"), tr("A region appears when a service that uses this store opens it."));
    table()->sortBy(3, Qt::DescendingOrder);

    m_browse = new QAction(icon(QStringLiteral("keys")), tr("Browse keys"), this);
    m_browse->setToolTip(tr("Lists the keys of the selected region (Enter)"));
    m_invalidate = new QAction(icon(QStringLiteral("invalidate")), tr("Invalidate region…"), this);
    m_invalidate->setToolTip(tr("Shows first what would be removed (Ctrl+Shift+I)"));
    table()->addRowAction(m_browse);
    table()->addRowAction(m_invalidate);
    addDetailTool(new ActionButton(m_browse));
    addDetailTool(new ActionButton(m_invalidate));

    connect(m_invalidate, &QAction::triggered, this, [this] { Q_EMIT invalidationRequested(component(), Infra::Target::region()); });
    connect(m_browse, &QAction::triggered, this, [this] { Q_EMIT linkActivated(PageId::Keys, QString::fromUtf8(component()), std::nullopt); });
    connect(table(), &DataTable::activated, m_browse, &QAction::trigger);
    m_browse->setEnabled(false);
    m_invalidate->setEnabled(false);
}

CachesPage::~CachesPage() = default;

std::vector<ComponentRow> CachesPage::rows(const Snapshot &snapshot, bool merged) const
{
    QHash<QByteArray, int> instances;
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() && !row.stale)
            ++instances[row.region];
    }
    const InstanceNames names(snapshot.instances);
    std::vector<ComponentRow> result;
    for (const CacheRow &row : snapshot.caches) {
        if (row.instanceId.isEmpty() != merged)
            continue;
        const QString name = merged ? QString() : names.name(row.instanceId, row.service);
        result.push_back({row.region, row.instanceId, name, row.stale, row.requestsPerSecond.value_or(0),
                          {
                              {QString::fromUtf8(row.region)},
                              merged ? countCell(instances.value(row.region))
                                     : TableCell{name, Unknown, QString(name + QLatin1Char('\n') + QString::fromUtf8(row.instanceId))},
                              {toValue(row.hitRatio)},
                              {toValue(row.requestsPerSecond)},
                              limited(row.entries, row.entryLimit, Unit::Count),
                              limited(row.bytes, row.byteLimit, Unit::Bytes),
                              {toValue(row.evictionsPerSecond)},
                              {toValue(row.lookupP50)},
                              {toValue(row.lookupP95)},
                              {toValue(row.loadP95)},
                          }});
    }
    return result;
}

std::vector<ChartLimit> CachesPage::limits(const Snapshot &snapshot, Measure measure) const
{
    const auto row = std::find_if(snapshot.caches.begin(), snapshot.caches.end(), [this](const CacheRow &candidate) {
        return candidate.region == component() && candidate.instanceId == instanceId();
    });
    if (row == snapshot.caches.end())
        return {};
    const auto line = [](const std::optional<std::uint64_t> &limit, Unit unit) -> std::vector<ChartLimit> {
        if (!limit || *limit == 0)
            return {};
        return {{toValue(limit), tr("limit %1").arg(formatText(toValue(limit), unit))}};
    };
    if (measure == Measure::CacheEntries)
        return line(row->entryLimit, Unit::Count);
    if (measure == Measure::CacheBytes)
        return line(row->byteLimit, Unit::Bytes);
    return {};
}

void CachesPage::updateDetails(const Snapshot &)
{
    m_browse->setEnabled(!component().isEmpty());
    m_invalidate->setEnabled(!component().isEmpty() && !session().isReadOnly());
}

QList<QAction *> CachesPage::pageActions() const
{
    return {m_browse, m_invalidate};
}

} // namespace InfraConsole
