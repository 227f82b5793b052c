// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/metrics.h>

#include <QByteArrayView>

#include <cstdint>
#include <span>

namespace Infra {

// Thread safety: everything in this header is constant or a function of its arguments.
//
// The names under which this library's components publish what they measure. Connection pools and HTTP clients
// use OpenTelemetry's semantic conventions, caches Micrometer's names; what neither has follows their style.
// A source builds its metrics with counterMetric(), gaugeMetric() and histogramMetric(), which take the unit
// from the catalogue:
//
//     Infra::ComponentSnapshot snapshot{Infra::ComponentSnapshot::Kind::Cache, "orders", {}};
//     snapshot.metrics.push_back(Infra::counterMetric(Infra::MetricName::CacheGets, 12, {{"result", "hit"}}));
//
// A value that is not known is left out, or is a gauge of NaN; it is never published as 0. Beside each name stands what
// it measures, or its attributes; MetricDescription::help has a sentence on every one.
namespace MetricName {

// Kind::Cache, one component a region.
inline constexpr char CacheGets[] = "cache.gets";                       // result = hit, miss, failure
// tier = memory, disk; result = hit, miss, expired, outdated, bypass, error
inline constexpr char CacheTierGets[] = "cache.tier.gets";
inline constexpr char CacheNegativeHits[] = "cache.negative.hits";      // Hits on the knowledge that there is no value.
// Expired values served because the factory failed or was late.
inline constexpr char CacheStaleServed[] = "cache.stale.served";
// Values served from memory without proof while the store did not answer.
inline constexpr char CacheDegradedHits[] = "cache.degraded.hits";
inline constexpr char CacheHitRatio[] = "cache.hit.ratio";              // The last minute.
inline constexpr char CacheLookupDuration[] = "cache.lookup.duration";  // Sampled; tier = memory, disk
// tier = memory, disk; result = stored, rejected, error
inline constexpr char CachePuts[] = "cache.puts";
inline constexpr char CacheWriteDuration[] = "cache.write.duration";    // Time that writes to the store took.
inline constexpr char CacheBatches[] = "cache.batches";                 // Calls that wrote to the store.
inline constexpr char CacheBatchedWrites[] = "cache.batched.writes";    // Over CacheBatches: the batch size.
// cause = invalidated, replaced, outdated, expired, capacity
inline constexpr char CacheEvictions[] = "cache.evictions";
// Entries removed by invalidations of this process.
inline constexpr char CacheRemovals[] = "cache.removals";
inline constexpr char CacheEntries[] = "cache.entries";                 // tier = memory
inline constexpr char CacheBytes[] = "cache.bytes";                     // tier = memory
inline constexpr char CacheEntriesLimit[] = "cache.entries.limit";      // tier = memory
inline constexpr char CacheBytesLimit[] = "cache.bytes.limit";          // tier = memory
inline constexpr char CacheLoads[] = "cache.loads";                     // result = success, failure, timeout
inline constexpr char CacheLoadDuration[] = "cache.load.duration";      // The factory alone.
inline constexpr char CacheJoinedLoads[] = "cache.joined.loads";        // Calls that shared the load of another.
inline constexpr char CacheRefreshes[] = "cache.refreshes";             // Loads started before the expiry.
inline constexpr char CacheActiveLoads[] = "cache.active.loads";        // Loads in flight.
inline constexpr char CacheDecodeErrors[] = "cache.decode.errors";      // Values that could not be decoded.
inline constexpr char CachePendingWrites[] = "cache.pending.writes";    // Write-behind sets that are not committed yet.
inline constexpr char CacheLostWrites[] = "cache.lost.writes";          // Write-behind sets given up.
// Backward steps of the wall clock that emptied the region.
inline constexpr char CacheClockSteps[] = "cache.clock.steps";
inline constexpr char CacheStoreOutages[] = "cache.store.outages";      // Times that the store ceased to answer.
inline constexpr char CacheDegraded[] = "cache.degraded";               // 1 while the store is not to be had, else 0.

// Kind::Store, one component a store, named by its redacted URL.
inline constexpr char StoreSize[] = "store.size";                       // Size of the store.
inline constexpr char StoreSizeLimit[] = "store.size.limit";            // Most bytes that the store may take.
inline constexpr char StoreLogSize[] = "store.log.size";                // The write-ahead log.
inline constexpr char StoreCommits[] = "store.commits";                 // Transactions committed by this process.
inline constexpr char StoreOperations[] = "store.operations";           // operation = read, write, invalidate
inline constexpr char StoreCommitDuration[] = "store.commit.duration";  // Time from a writer's turn to its commit.
inline constexpr char StoreReadDuration[] = "store.read.duration";      // Time that reads of the store took.
inline constexpr char StoreLockDuration[] = "store.lock.duration";      // Waiting for the writer's turn.
inline constexpr char StoreBusy[] = "store.busy";                       // Calls that did not get the lock in time.
inline constexpr char StoreErrors[] = "store.errors";                   // Calls that failed otherwise.
// Times that a damaged store was set aside and rebuilt.
inline constexpr char StoreRebuilds[] = "store.rebuilds";
inline constexpr char StoreCulled[] = "store.culled";                   // Rows; cause = expired, size
inline constexpr char StoreAvailable[] = "store.available";             // 1, or 0 while degraded.

// Kind::Pool, one component a pool, named by its redacted URL. What OpenTelemetry has no name for follows its style.
inline constexpr char PoolConnections[] = "db.client.connection.count"; // state = idle, used
inline constexpr char PoolConnectionsMax[] = "db.client.connection.max"; // Most connections, overflow included.
inline constexpr char PoolConnectionsIdleMax[] = "db.client.connection.idle.max"; // The size without overflow.
inline constexpr char PoolConnectionsIdleMin[] = "db.client.connection.idle.min"; // Connections kept without demand.
inline constexpr char PoolOpen[] = "db.client.connection.open";                   // Idle, used and zombies.
inline constexpr char PoolOverflow[] = "db.client.connection.overflow";           // Open above idle.max.
inline constexpr char PoolZombies[] = "db.client.connection.zombies";             // Abandoned because wedged.
inline constexpr char PoolConnecting[] = "db.client.connection.connecting"; // Connects in flight.
inline constexpr char PoolClosing[] = "db.client.connection.closing";   // Connections whose close is under way.
inline constexpr char PoolPending[] = "db.client.connection.pending_requests"; // Callers that wait for a connection.
// Most callers that may wait for a connection.
inline constexpr char PoolPendingMax[] = "db.client.connection.pending_requests.max";
inline constexpr char PoolTimeouts[] = "db.client.connection.timeouts"; // Callers that waited in vain.
inline constexpr char PoolAcquired[] = "db.client.connection.acquired";           // Leases, runs included.
inline constexpr char PoolRejected[] = "db.client.connection.rejected";           // The queue was full.
inline constexpr char PoolDeadlocks[] = "db.client.connection.deadlocks";         // Nested acquires refused.
inline constexpr char PoolCreated[] = "db.client.connection.created";   // Connects that succeeded.
inline constexpr char PoolClosed[] = "db.client.connection.closed";     // For any reason.
inline constexpr char PoolFailures[] = "db.client.connection.failures";           // Connects that failed.
// Connections closed because they were broken.
inline constexpr char PoolQuarantined[] = "db.client.connection.quarantined";
inline constexpr char PoolAbandoned[] = "db.client.connection.abandoned";         // Became zombies.
inline constexpr char PoolLeaks[] = "db.client.connection.leaks";       // Leases held for longer than the leak limit.
inline constexpr char PoolReclaimed[] = "db.client.connection.reclaimed";         // Leases of threads that ended.
inline constexpr char PoolCreateTime[] = "db.client.connection.create_time"; // Time to open a connection.
inline constexpr char PoolWaitTime[] = "db.client.connection.wait_time"; // Time that callers waited for a connection.
inline constexpr char PoolUseTime[] = "db.client.connection.use_time";  // Time that callers held a connection.
// rank = 1 to 5; borrower = file:line function
inline constexpr char PoolLongestUse[] = "db.client.connection.longest_use";
// Since 1970; message = the connect's error
inline constexpr char PoolLastFailure[] = "db.client.connection.last_failure";

// Kind::Client, one component a service that is called.
inline constexpr char ClientRequests[] = "http.client.requests";        // Calls; outcome = callOutcomeName()
inline constexpr char ClientAttempts[] = "http.client.attempts";        // Requests that were sent.
inline constexpr char ClientRetries[] = "http.client.retries";          // reason = retryReasonName()
inline constexpr char ClientRetriesDenied[] = "http.client.retries_denied";       // The retry budget was spent.
inline constexpr char ClientRequestDuration[] = "http.client.request.duration";   // Whole calls, retries included.
inline constexpr char ClientQueueDuration[] = "http.client.queue.duration"; // Time that attempts waited to be sent.
inline constexpr char ClientConnectDuration[] = "http.client.connect.duration"; // Time to connect.
inline constexpr char ClientServerDuration[] = "http.client.server.duration";     // One attempt, sent to answered.
inline constexpr char ClientActive[] = "http.client.active_requests";   // Calls in flight.
inline constexpr char ClientQueued[] = "http.client.queued_requests";   // Attempts that wait to be sent.
inline constexpr char ClientBreakerState[] = "http.client.breaker.state";         // 0 closed, 1 half-open, 2 open.
inline constexpr char ClientBreakerTransitions[] = "http.client.breaker.transitions"; // state = the one entered
inline constexpr char ClientRetryBudget[] = "http.client.retry.budget";           // Retries left.

// Kind::Health, one component a monitor; service = the one that is checked.
// The number of the verdict, see the health header.
inline constexpr char HealthVerdict[] = "health.verdict";
inline constexpr char HealthChecks[] = "health.checks";                 // result = up, degraded, down, unreachable
inline constexpr char HealthFlips[] = "health.flips";                   // Changes of the verdict.
inline constexpr char HealthCheckDuration[] = "health.check.duration";  // Time that health checks took.

// Kind::Process, one component a process; published by TelemetryPublisher itself.
inline constexpr char ProcessCpuTime[] = "process.cpu.time";            // Microseconds of user and system time.
inline constexpr char ProcessMemory[] = "process.memory.usage";         // Resident set.
inline constexpr char ProcessThreads[] = "process.thread.count";        // Of the process, now.
inline constexpr char ProcessDescriptors[] = "process.open_file_descriptor.count"; // Open ones, now.
inline constexpr char ProcessUptime[] = "process.uptime";               // Seconds since the publisher was created.
inline constexpr char TelemetryPublishes[] = "telemetry.publishes";     // result = success, failure
inline constexpr char TelemetryPublishDuration[] = "telemetry.publish.duration"; // Time to write a frame.
inline constexpr char TelemetryFrameSize[] = "telemetry.frame.size";    // Size of the last frame.

} // namespace MetricName

// Thread safety: a value; what it points to lives as long as the program.
//
// What the catalogue says of one name.
struct MetricDescription
{
    // Which alternative of Metric::Value the metric holds: Counter std::uint64_t, Gauge double, Histogram a
    // HistogramSnapshot.
    enum class Type : std::uint8_t { Counter, Gauge, Histogram };

    const char *name = ""; // A MetricName.
    const char *unit = ""; // UCUM: "s", "ms", "us", "ns", "By", "1", or an annotation such as "{entry}".
    Type type = Type::Gauge; // Always this one under this name.
    const char *help = ""; // One sentence.
};

// All of it, in no particular order; static lifetime.
[[nodiscard]] INFRA_EXPORT std::span<const MetricDescription> metricCatalogue() noexcept;
// The description of a name of the catalogue; nullptr for any other name.
[[nodiscard]] INFRA_EXPORT const MetricDescription *describeMetric(QByteArrayView name) noexcept;

// A metric of the catalogue, with the unit it has there ("1" for any other name). `name` must live as long as the
// program (a MetricName); its bytes are not copied. The value of a counter never decreases while the process lives.
[[nodiscard]] INFRA_EXPORT Metric counterMetric(const char *name, std::uint64_t value, Metric::Attributes attributes = {});
// The same for a value as it is now; NaN: not known.
[[nodiscard]] INFRA_EXPORT Metric gaugeMetric(const char *name, double value, Metric::Attributes attributes = {});
// The same for all durations since the process began.
[[nodiscard]] INFRA_EXPORT Metric histogramMetric(const char *name, HistogramSnapshot value,
                                                  Metric::Attributes attributes = {});

} // namespace Infra
