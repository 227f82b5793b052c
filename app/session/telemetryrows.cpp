// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetryrows.h"

#include <infra/metriccatalogue.h>
#include <infra/poolstatistics.h>
#include <infra/telemetryreader.h>

#include <algorithm>
#include <cmath>

namespace InfraConsole {

namespace MetricName = Infra::MetricName;
using Infra::ComponentReading;
using Infra::ComponentSnapshot;
using Infra::HistogramSnapshot;

namespace {

// A rate below this is a counter that stands still.
constexpr double NoRate = 1e-9;

template<class T>
void addTo(std::optional<T> &sum, const std::optional<T> &value)
{
    if (value)
        sum = sum.value_or(T{}) + *value;
}

std::optional<std::uint64_t> whole(const std::optional<double> &value)
{
    if (!value || !std::isfinite(*value) || *value < 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(*value));
}

std::optional<int> count(const std::optional<double> &value)
{
    if (!value || !std::isfinite(*value) || std::abs(*value) > 1e9)
        return std::nullopt;
    return static_cast<int>(std::lround(*value));
}

std::optional<Duration> quantile(const HistogramSnapshot &histogram, double at)
{
    return histogram.isEmpty() ? std::nullopt : std::optional<Duration>(histogram.quantile(at));
}

// What cannot be averaged, kept until all instances are added.
struct CacheSums
{
    CacheRow row;
    std::optional<double> hits;
    std::optional<double> memoryHits;
    HistogramSnapshot lookups;
    HistogramSnapshot loads;

    void finish()
    {
        if (row.requestsPerSecond && *row.requestsPerSecond > NoRate) {
            if (hits)
                row.hitRatio = std::clamp(*hits / *row.requestsPerSecond, 0.0, 1.0);
            if (memoryHits)
                row.memoryHitRatio = std::clamp(*memoryHits / *row.requestsPerSecond, 0.0, 1.0);
        }
        row.lookupP50 = quantile(lookups, 0.5);
        row.lookupP95 = quantile(lookups, 0.95);
        row.loadP95 = quantile(loads, 0.95);
        if (!loads.isEmpty())
            row.loadMean = loads.mean();
    }

    void add(const CacheSums &other)
    {
        addTo(row.requestsPerSecond, other.row.requestsPerSecond);
        addTo(row.evictionsPerSecond, other.row.evictionsPerSecond);
        addTo(row.loadsPerSecond, other.row.loadsPerSecond);
        addTo(row.storeErrorsPerSecond, other.row.storeErrorsPerSecond);
        addTo(row.entries, other.row.entries);
        addTo(row.bytes, other.row.bytes);
        addTo(row.entryLimit, other.row.entryLimit);
        addTo(row.byteLimit, other.row.byteLimit);
        addTo(hits, other.hits);
        addTo(memoryHits, other.memoryHits);
        row.requestsTotal += other.row.requestsTotal;
        lookups.merge(other.lookups);
        loads.merge(other.loads);
    }
};

CacheSums readCache(const ComponentReading &reading)
{
    CacheSums sums;
    CacheRow &row = sums.row;
    row.region = reading.component().name;
    row.instanceId = reading.instance().id;
    row.service = reading.instance().service;
    row.stale = reading.instance().stale;
    row.requestsTotal = reading.total(MetricName::CacheGets).value_or(0);
    row.entries = whole(reading.value(MetricName::CacheEntries, {{"tier", "memory"}}));
    row.bytes = whole(reading.value(MetricName::CacheBytes, {{"tier", "memory"}}));
    row.entryLimit = whole(reading.value(MetricName::CacheEntriesLimit, {{"tier", "memory"}}));
    row.byteLimit = whole(reading.value(MetricName::CacheBytesLimit, {{"tier", "memory"}}));
    // Zero means "no limit of that kind".
    if (row.entryLimit == 0U)
        row.entryLimit.reset();
    if (row.byteLimit == 0U)
        row.byteLimit.reset();
    if (row.stale)
        return sums;
    row.requestsPerSecond = reading.rate(MetricName::CacheGets);
    row.evictionsPerSecond = reading.rate(MetricName::CacheEvictions, {{"cause", "capacity"}});
    row.loadsPerSecond = reading.rate(MetricName::CacheLoads, {{"result", "success"}});
    row.storeErrorsPerSecond = reading.rate(MetricName::CacheTierGets, {{"tier", "disk"}, {"result", "error"}});
    sums.hits = reading.rate(MetricName::CacheGets, {{"result", "hit"}});
    sums.memoryHits = reading.rate(MetricName::CacheTierGets, {{"tier", "memory"}, {"result", "hit"}});
    sums.lookups = reading.recent(MetricName::CacheLookupDuration);
    sums.loads = reading.recent(MetricName::CacheLoadDuration);
    return sums;
}

struct PoolSums
{
    PoolRow row;
    HistogramSnapshot wait;
    HistogramSnapshot use;
    HistogramSnapshot create;

    void finish()
    {
        row.waitP50 = quantile(wait, 0.5);
        row.waitP95 = quantile(wait, 0.95);
        row.useP95 = quantile(use, 0.95);
        row.createP95 = quantile(create, 0.95);
        std::sort(row.longestBorrows.begin(), row.longestBorrows.end(),
                  [](const BorrowInfo &a, const BorrowInfo &b) { return a.age > b.age; });
    }

    void add(const PoolSums &other)
    {
        addTo(row.used, other.row.used);
        addTo(row.idle, other.row.idle);
        addTo(row.overflow, other.row.overflow);
        addTo(row.size, other.row.size);
        addTo(row.limit, other.row.limit);
        addTo(row.pending, other.row.pending);
        addTo(row.zombies, other.row.zombies);
        addTo(row.timeoutsPerSecond, other.row.timeoutsPerSecond);
        addTo(row.acquiresPerSecond, other.row.acquiresPerSecond);
        row.timeoutsTotal += other.row.timeoutsTotal;
        row.longestBorrows.insert(row.longestBorrows.end(), other.row.longestBorrows.begin(),
                                  other.row.longestBorrows.end());
        wait.merge(other.wait);
        use.merge(other.use);
        create.merge(other.create);
    }
};

PoolSums readPool(const ComponentReading &reading)
{
    PoolSums sums;
    PoolRow &row = sums.row;
    row.pool = reading.component().name;
    row.instanceId = reading.instance().id;
    row.service = reading.instance().service;
    row.stale = reading.instance().stale;
    row.used = count(reading.value(MetricName::PoolConnections, {{"state", "used"}}));
    row.idle = count(reading.value(MetricName::PoolConnections, {{"state", "idle"}}));
    row.size = count(reading.value(MetricName::PoolConnectionsIdleMax));
    row.limit = count(reading.value(MetricName::PoolConnectionsMax));
    row.pending = count(reading.value(MetricName::PoolPending));
    row.timeoutsTotal = reading.total(MetricName::PoolTimeouts).value_or(0);
    if (row.stale)
        return sums;
    row.timeoutsPerSecond = reading.rate(MetricName::PoolTimeouts);
    sums.wait = reading.recent(MetricName::PoolWaitTime);
    sums.use = reading.recent(MetricName::PoolUseTime);
    sums.create = reading.recent(MetricName::PoolCreateTime);
    // About the last ten seconds of the histogram.
    row.acquiresPerSecond = static_cast<double>(sums.wait.count()) / 10.0;
    row.overflow = count(reading.value(MetricName::PoolOverflow));
    row.zombies = count(reading.value(MetricName::PoolZombies));
    if (const auto statistics = Infra::PoolStatistics::fromSnapshot(reading.snapshot())) {
        for (const auto &borrow : statistics->longestBorrows)
            row.longestBorrows.push_back({borrow.borrower, std::chrono::duration_cast<std::chrono::milliseconds>(borrow.held)});
    }
    return sums;
}

// Merged rows by name, then the rows of every instance.
template<class Sums, class Row>
std::vector<Row> mergeAndFlatten(std::vector<Sums> &all, QByteArray Row::*name)
{
    std::map<QByteArray, Sums> merged;
    for (const Sums &each : all) {
        auto [found, isNew] = merged.try_emplace(each.row.*name);
        if (isNew) {
            found->second.row.*name = each.row.*name;
            found->second.row.stale = true;
        }
        if (!each.row.stale) {
            found->second.row.stale = false;
            found->second.add(each);
        }
    }
    std::vector<Row> rows;
    rows.reserve(all.size() + merged.size());
    for (auto &[key, sums] : merged) {
        sums.finish();
        rows.push_back(std::move(sums.row));
    }
    for (Sums &each : all) {
        each.finish();
        rows.push_back(std::move(each.row));
    }
    return rows;
}

} // namespace

std::vector<InstanceRow> readInstances(const Infra::TelemetryReader &reader)
{
    std::vector<InstanceRow> rows;
    std::map<QByteArray, std::size_t> rowById;
    for (const Infra::InstanceInfo &info : reader.instances()) {
        rowById.emplace(info.id, rows.size());
        InstanceRow row;
        row.id = info.id;
        row.service = info.service;
        row.host = info.host;
        row.processId = info.processId;
        row.version = info.version;
        row.startedAt = info.startedAt;
        row.lastSeenAt = info.lastSeenAt;
        row.stale = info.stale;
        rows.push_back(std::move(row));
    }
    reader.visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading) {
        const auto found = rowById.find(reading.instance().id);
        if (found == rowById.end())
            return;
        InstanceRow &row = rows[found->second];
        row.requestsTotal += reading.total(MetricName::CacheGets).value_or(0);
        if (!row.stale)
            addTo(row.requestsPerSecond, reading.rate(MetricName::CacheGets));
    });
    return rows;
}

std::vector<CacheRow> readCaches(const Infra::TelemetryReader &reader)
{
    std::vector<CacheSums> all;
    reader.visit(ComponentSnapshot::Kind::Cache,
                 [&all](const ComponentReading &reading) { all.push_back(readCache(reading)); });
    return mergeAndFlatten<CacheSums, CacheRow>(all, &CacheRow::region);
}

std::vector<PoolRow> readPools(const Infra::TelemetryReader &reader)
{
    std::vector<PoolSums> all;
    reader.visit(ComponentSnapshot::Kind::Pool,
                 [&all](const ComponentReading &reading) { all.push_back(readPool(reading)); });
    return mergeAndFlatten<PoolSums, PoolRow>(all, &PoolRow::pool);
}

std::map<QString, QString> readBreakers(const Infra::TelemetryReader &reader)
{
    std::map<QString, double> worst;
    reader.visit(ComponentSnapshot::Kind::Client, [&worst](const ComponentReading &reading) {
        if (reading.instance().stale)
            return;
        if (const auto state = reading.value(MetricName::ClientBreakerState)) {
            double &entry = worst[QString::fromUtf8(reading.component().name)];
            entry = std::max(entry, *state);
        }
    });
    std::map<QString, QString> result;
    for (const auto &[name, state] : worst)
        result.emplace(name, state >= 2 ? QStringLiteral("open")
                                        : state >= 1 ? QStringLiteral("half-open") : QStringLiteral("closed"));
    return result;
}

} // namespace InfraConsole
