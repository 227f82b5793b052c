// SPDX-License-Identifier: MIT
#include <infra/metriccatalogue.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace Infra {

namespace {

constexpr MetricDescription Descriptions[] = {
    {MetricName::CacheGets, "{get}", MetricDescription::Type::Counter,
     "Keys asked for, by result."},
    {MetricName::CacheTierGets, "{get}", MetricDescription::Type::Counter,
     "Lookups in one tier, by result."},
    {MetricName::CacheNegativeHits, "{get}", MetricDescription::Type::Counter,
     "Hits on the knowledge that there is no value."},
    {MetricName::CacheStaleServed, "{get}", MetricDescription::Type::Counter,
     "Expired values served because the factory failed or was late."},
    {MetricName::CacheDegradedHits, "{get}", MetricDescription::Type::Counter,
     "Values served from memory without proof while the store did not answer."},
    {MetricName::CacheHitRatio, "1", MetricDescription::Type::Gauge,
     "Hits over gets during the last minute."},
    {MetricName::CacheLookupDuration, "s", MetricDescription::Type::Histogram,
     "Time that lookups took, sampled, by tier."},
    {MetricName::CachePuts, "{put}", MetricDescription::Type::Counter,
     "Values put into a tier, by result."},
    {MetricName::CacheWriteDuration, "s", MetricDescription::Type::Histogram,
     "Time that writes to the store took."},
    {MetricName::CacheBatches, "{batch}", MetricDescription::Type::Counter,
     "Calls that wrote to the store."},
    {MetricName::CacheBatchedWrites, "{write}", MetricDescription::Type::Counter,
     "Writes in those calls."},
    {MetricName::CacheEvictions, "{entry}", MetricDescription::Type::Counter,
     "Entries that left memory, by cause."},
    {MetricName::CacheRemovals, "{entry}", MetricDescription::Type::Counter,
     "Entries removed by invalidations of this process."},
    {MetricName::CacheEntries, "{entry}", MetricDescription::Type::Gauge,
     "Entries held, by tier."},
    {MetricName::CacheBytes, "By", MetricDescription::Type::Gauge,
     "Bytes held, by tier."},
    {MetricName::CacheEntriesLimit, "{entry}", MetricDescription::Type::Gauge,
     "Most entries that a tier may hold; 0 without a limit."},
    {MetricName::CacheBytesLimit, "By", MetricDescription::Type::Gauge,
     "Most bytes that a tier may hold; 0 without a limit."},
    {MetricName::CacheLoads, "{load}", MetricDescription::Type::Counter,
     "Values asked of a factory, by result."},
    {MetricName::CacheLoadDuration, "s", MetricDescription::Type::Histogram,
     "Time that factories took."},
    {MetricName::CacheJoinedLoads, "{load}", MetricDescription::Type::Counter,
     "Calls that shared the load of another."},
    {MetricName::CacheRefreshes, "{load}", MetricDescription::Type::Counter,
     "Loads started before the expiry."},
    {MetricName::CacheActiveLoads, "{load}", MetricDescription::Type::Gauge,
     "Loads in flight."},
    {MetricName::CacheDecodeErrors, "{error}", MetricDescription::Type::Counter,
     "Values that could not be decoded."},
    {MetricName::CachePendingWrites, "{write}", MetricDescription::Type::Gauge,
     "Write-behind sets that are not committed yet."},
    {MetricName::CacheLostWrites, "{write}", MetricDescription::Type::Counter,
     "Write-behind sets given up."},
    {MetricName::CacheClockSteps, "{step}", MetricDescription::Type::Counter,
     "Backward steps of the wall clock that emptied the region."},
    {MetricName::CacheStoreOutages, "{outage}", MetricDescription::Type::Counter,
     "Times that the store ceased to answer reads, or writes."},
    {MetricName::CacheDegraded, "1", MetricDescription::Type::Gauge,
     "1 while the store is not to be had."},
    {MetricName::StoreSize, "By", MetricDescription::Type::Gauge,
     "Size of the store."},
    {MetricName::StoreSizeLimit, "By", MetricDescription::Type::Gauge,
     "Most bytes that the store may take."},
    {MetricName::StoreLogSize, "By", MetricDescription::Type::Gauge,
     "Size of the write-ahead log."},
    {MetricName::StoreCommits, "{commit}", MetricDescription::Type::Counter,
     "Transactions committed by this process."},
    {MetricName::StoreOperations, "{operation}", MetricDescription::Type::Counter,
     "Calls to the store, by operation."},
    {MetricName::StoreCommitDuration, "s", MetricDescription::Type::Histogram,
     "Time from a writer's turn to its commit."},
    {MetricName::StoreReadDuration, "s", MetricDescription::Type::Histogram,
     "Time that reads of the store took."},
    {MetricName::StoreLockDuration, "s", MetricDescription::Type::Histogram,
     "Time spent waiting for the writer's turn."},
    {MetricName::StoreBusy, "{call}", MetricDescription::Type::Counter,
     "Calls that did not get the lock in time."},
    {MetricName::StoreErrors, "{error}", MetricDescription::Type::Counter,
     "Calls that failed otherwise."},
    {MetricName::StoreRebuilds, "{rebuild}", MetricDescription::Type::Counter,
     "Times that a damaged store was set aside and rebuilt."},
    {MetricName::StoreCulled, "{row}", MetricDescription::Type::Counter,
     "Rows culled, by cause."},
    {MetricName::StoreAvailable, "1", MetricDescription::Type::Gauge,
     "1 while the store can be used."},
    {MetricName::PoolConnections, "{connection}", MetricDescription::Type::Gauge,
     "Open connections, by state."},
    {MetricName::PoolConnectionsMax, "{connection}", MetricDescription::Type::Gauge,
     "Most connections, overflow included."},
    {MetricName::PoolConnectionsIdleMax, "{connection}", MetricDescription::Type::Gauge,
     "Size of the pool without overflow."},
    {MetricName::PoolConnectionsIdleMin, "{connection}", MetricDescription::Type::Gauge,
     "Connections kept without demand."},
    {MetricName::PoolOpen, "{connection}", MetricDescription::Type::Gauge,
     "Open connections, wedged ones included."},
    {MetricName::PoolOverflow, "{connection}", MetricDescription::Type::Gauge,
     "Open connections above the pool's size."},
    {MetricName::PoolZombies, "{connection}", MetricDescription::Type::Gauge,
     "Wedged connections that were abandoned."},
    {MetricName::PoolConnecting, "{connection}", MetricDescription::Type::Gauge,
     "Connects in flight."},
    {MetricName::PoolClosing, "{connection}", MetricDescription::Type::Gauge,
     "Connections whose close is under way."},
    {MetricName::PoolPending, "{request}", MetricDescription::Type::Gauge,
     "Callers that wait for a connection."},
    {MetricName::PoolPendingMax, "{request}", MetricDescription::Type::Gauge,
     "Most callers that may wait for a connection."},
    {MetricName::PoolTimeouts, "{timeout}", MetricDescription::Type::Counter,
     "Callers that waited in vain."},
    {MetricName::PoolAcquired, "{lease}", MetricDescription::Type::Counter,
     "Connections lent."},
    {MetricName::PoolRejected, "{request}", MetricDescription::Type::Counter,
     "Callers refused because too many were waiting."},
    {MetricName::PoolDeadlocks, "{request}", MetricDescription::Type::Counter,
     "Nested acquires refused because they could never have been served."},
    {MetricName::PoolCreated, "{connection}", MetricDescription::Type::Counter,
     "Connections opened."},
    {MetricName::PoolClosed, "{connection}", MetricDescription::Type::Counter,
     "Connections closed."},
    {MetricName::PoolFailures, "{connection}", MetricDescription::Type::Counter,
     "Attempts to connect that failed."},
    {MetricName::PoolQuarantined, "{connection}", MetricDescription::Type::Counter,
     "Connections closed because they were broken."},
    {MetricName::PoolAbandoned, "{connection}", MetricDescription::Type::Counter,
     "Connections abandoned in a call that hung."},
    {MetricName::PoolLeaks, "{connection}", MetricDescription::Type::Counter,
     "Leases held for longer than the leak limit."},
    {MetricName::PoolReclaimed, "{lease}", MetricDescription::Type::Counter,
     "Leases taken back from threads that had ended."},
    {MetricName::PoolCreateTime, "s", MetricDescription::Type::Histogram,
     "Time to open a connection."},
    {MetricName::PoolWaitTime, "s", MetricDescription::Type::Histogram,
     "Time that callers waited for a connection."},
    {MetricName::PoolUseTime, "s", MetricDescription::Type::Histogram,
     "Time that callers held a connection."},
    {MetricName::PoolLongestUse, "s", MetricDescription::Type::Gauge,
     "Age of a lease now out, by borrower."},
    {MetricName::PoolLastFailure, "s", MetricDescription::Type::Gauge,
     "When a connect failed last, with its error, as seconds since 1970."},
    {MetricName::ClientRequests, "{request}", MetricDescription::Type::Counter,
     "Calls, by outcome."},
    {MetricName::ClientAttempts, "{attempt}", MetricDescription::Type::Counter,
     "Requests that were sent."},
    {MetricName::ClientRetries, "{retry}", MetricDescription::Type::Counter,
     "Attempts behind the first."},
    {MetricName::ClientRetriesDenied, "{retry}", MetricDescription::Type::Counter,
     "Retries that the budget refused."},
    {MetricName::ClientRequestDuration, "s", MetricDescription::Type::Histogram,
     "Time of whole calls, retries included."},
    {MetricName::ClientQueueDuration, "s", MetricDescription::Type::Histogram,
     "Time that attempts waited to be sent."},
    {MetricName::ClientConnectDuration, "s", MetricDescription::Type::Histogram,
     "Time to connect."},
    {MetricName::ClientServerDuration, "s", MetricDescription::Type::Histogram,
     "Time from sending to the answer."},
    {MetricName::ClientActive, "{request}", MetricDescription::Type::Gauge,
     "Calls in flight."},
    {MetricName::ClientQueued, "{request}", MetricDescription::Type::Gauge,
     "Attempts that wait to be sent."},
    {MetricName::ClientBreakerState, "1", MetricDescription::Type::Gauge,
     "Circuit breaker: 0 closed, 1 half-open, 2 open."},
    {MetricName::ClientBreakerTransitions, "{transition}", MetricDescription::Type::Counter,
     "Changes of the circuit breaker, by the state entered."},
    {MetricName::ClientRetryBudget, "{retry}", MetricDescription::Type::Gauge,
     "Retries that the budget would still allow."},
    {MetricName::HealthVerdict, "1", MetricDescription::Type::Gauge,
     "Number of the verdict."},
    {MetricName::HealthChecks, "{check}", MetricDescription::Type::Counter,
     "Health checks, by result."},
    {MetricName::HealthFlips, "{flip}", MetricDescription::Type::Counter,
     "Changes of the verdict."},
    {MetricName::HealthCheckDuration, "s", MetricDescription::Type::Histogram,
     "Time that health checks took."},
    {MetricName::ProcessCpuTime, "us", MetricDescription::Type::Counter,
     "Processor time used."},
    {MetricName::ProcessMemory, "By", MetricDescription::Type::Gauge,
     "Resident memory."},
    {MetricName::ProcessThreads, "{thread}", MetricDescription::Type::Gauge,
     "Threads."},
    {MetricName::ProcessDescriptors, "{descriptor}", MetricDescription::Type::Gauge,
     "Open file descriptors."},
    {MetricName::ProcessUptime, "s", MetricDescription::Type::Gauge,
     "Time since the publisher was created."},
    {MetricName::TelemetryPublishes, "{frame}", MetricDescription::Type::Counter,
     "Frames published, by result."},
    {MetricName::TelemetryPublishDuration, "s", MetricDescription::Type::Histogram,
     "Time to write a frame."},
    {MetricName::TelemetryFrameSize, "By", MetricDescription::Type::Gauge,
     "Size of the last frame."},
};

bool nameLess(const MetricDescription *left, const MetricDescription *right)
{
    return std::strcmp(left->name, right->name) < 0;
}

// Sorted by name once, for the look-up.
const auto &sortedDescriptions()
{
    static const auto sorted = [] {
        std::array<const MetricDescription *, std::size(Descriptions)> pointers{};
        std::transform(std::begin(Descriptions), std::end(Descriptions), pointers.begin(),
                       [](const MetricDescription &description) { return &description; });
        std::sort(pointers.begin(), pointers.end(), nameLess);
        return pointers;
    }();
    return sorted;
}

Metric makeMetric(const char *name, Metric::Attributes &&attributes, Metric::Value &&value)
{
    const MetricDescription *description = describeMetric(name);
    const char *unit = description != nullptr ? description->unit : "1";
    return {QByteArray::fromRawData(name, static_cast<qsizetype>(std::strlen(name))),
            QByteArray::fromRawData(unit, static_cast<qsizetype>(std::strlen(unit))), std::move(attributes),
            std::move(value)};
}

} // namespace

std::span<const MetricDescription> metricCatalogue() noexcept
{
    return Descriptions;
}

const MetricDescription *describeMetric(QByteArrayView name) noexcept
{
    const auto &sorted = sortedDescriptions();
    const auto found = std::lower_bound(sorted.begin(), sorted.end(), name,
                                        [](const MetricDescription *description, QByteArrayView wanted) {
                                            return QByteArrayView(description->name) < wanted;
                                        });
    return found != sorted.end() && name == QByteArrayView((*found)->name) ? *found : nullptr;
}

Metric counterMetric(const char *name, std::uint64_t value, Metric::Attributes attributes)
{
    return makeMetric(name, std::move(attributes), value);
}

Metric gaugeMetric(const char *name, double value, Metric::Attributes attributes)
{
    return makeMetric(name, std::move(attributes), value);
}

Metric histogramMetric(const char *name, HistogramSnapshot value, Metric::Attributes attributes)
{
    return makeMetric(name, std::move(attributes), std::move(value));
}

} // namespace Infra
