// SPDX-License-Identifier: GPL-3.0-or-later
#include "loadprediction.h"

#include "widgets/values.h"

#include <QCoreApplication>
#include <QHash>
#include <QSet>

#include <algorithm>
#include <cmath>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::LoadPrediction)
};

bool isMergedRowOf(const CacheRow &row, const QByteArray &region)
{
    return row.instanceId.isEmpty() && (region.isEmpty() || row.region == region);
}

// The least that each region has: what the largest memory tier of a live process holds. The same keys are in the memory of every
// process that reads them, so the sum of the tiers counts most of them many times.
QHash<QByteArray, std::uint64_t> leastEntries(const Snapshot &snapshot)
{
    QHash<QByteArray, std::uint64_t> least;
    for (const CacheRow &row : snapshot.caches) {
        if (row.instanceId.isEmpty() || row.stale)
            continue;
        std::uint64_t &held = least[row.region];
        held = std::max(held, row.entries.value_or(0));
    }
    return least;
}

} // namespace

LoadPrediction predictLoad(const Snapshot &snapshot, const QByteArray &region, std::uint64_t entries, bool wholeRegion)
{
    LoadPrediction prediction;
    double weightedTime = 0;
    const QHash<QByteArray, std::uint64_t> least = leastEntries(snapshot);
    for (const CacheRow &row : snapshot.caches) {
        if (!isMergedRowOf(row, region) || !row.requestsPerSecond || !row.hitRatio || !row.loadMean)
            continue;
        // The preview may have counted more. A region that has more than both loses a smaller share: the operator is told of too
        // much load then, not of too little.
        const auto held = static_cast<double>(std::max(least.value(row.region), entries));
        const double share = wholeRegion || held <= 0 ? 1 : std::min(1.0, static_cast<double>(entries) / held);
        const double loads = *row.requestsPerSecond * *row.hitRatio * share;
        prediction.isKnown = true;
        prediction.loadsPerSecond += loads;
        weightedTime += loads * toValue(row.loadMean);
    }
    if (!prediction.isKnown)
        return prediction;
    // No key is loaded twice, so no more loads can start in the first second than entries are gone.
    const double most = static_cast<double>(entries);
    const double scale = prediction.loadsPerSecond > most && prediction.loadsPerSecond > 0 ? most / prediction.loadsPerSecond : 1;
    prediction.loadSeconds = prediction.loadsPerSecond > 0 ? weightedTime / prediction.loadsPerSecond : 0;
    prediction.loadsPerSecond *= scale;
    prediction.busyConnections = weightedTime * scale;
    prediction.totalSeconds = prediction.loadSeconds * most;

    QSet<QByteArray> instances;
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() && !row.stale && (region.isEmpty() || row.region == region))
            instances.insert(row.instanceId);
    }
    for (const PoolRow &row : snapshot.pools) {
        if (row.instanceId.isEmpty() || row.stale || !instances.contains(row.instanceId) || !row.limit || !row.used)
            continue;
        prediction.hasPool = true;
        prediction.freeConnections += std::max(0, *row.limit - *row.used);
    }
    return prediction;
}

QString LoadPrediction::sentence() const
{
    if (!isKnown)
        return Text::tr("The extra load is not known: no instance has published hits and load times for this yet.");
    if (loadsPerSecond < 0.05)
        return Text::tr("Hardly any extra load: these entries are seldom read.");
    const QString rate = formatText(loadsPerSecond, Unit::Count);
    const QString time = formatText(loadSeconds, Unit::Seconds);
    if (!hasPool)
        //: %1 is a number, %2 a duration.
        return Text::tr("Up to %1 more loads a second at first, %2 each. No connection pool is known to carry them.").arg(rate, time);
    const QString busy = formatText(std::ceil(busyConnections), Unit::Count);
    const QString free = formatText(freeConnections, Unit::Count);
    if (exceedsCapacity())
        //: %3 and %4 are numbers of connections.
        return Text::tr("Up to %1 more loads a second at first, %2 each: they need %3 connections and %4 are free. Callers will wait.").arg(rate, time, busy, free);
    return Text::tr("Up to %1 more loads a second at first, %2 each: they need %3 of %4 free connections.").arg(rate, time, busy, free);
}

QStringList affectedInstances(const Snapshot &snapshot, const QByteArray &region)
{
    QSet<QByteArray> seen;
    std::map<QString, int> counts;
    for (const CacheRow &row : snapshot.caches) {
        if (row.instanceId.isEmpty() || row.stale || (!region.isEmpty() && row.region != region) || seen.contains(row.instanceId))
            continue;
        seen.insert(row.instanceId);
        ++counts[row.service];
    }
    QStringList result;
    for (const auto &[service, count] : counts)
        result << (count == 1 ? service : QStringLiteral("%1 (%2)").arg(service).arg(count));
    return result;
}

} // namespace InfraConsole
