// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/histogram.h>
#include <infra/metrics.h>
#include <infra/removalcause.h>

#include <QByteArray>

#include <array>
#include <cstdint>
#include <optional>

namespace Infra {

// Thread safety: a value.
//
// What one cache region did in one process since the process opened it. Counters only grow; a rate is the
// difference of two snapshots. Every key of a getMany() or setMany() counts on its own.
struct INFRA_EXPORT CacheStatistics
{
    // The tier in this process's memory; all of it 0 for a cache without one.
    struct MemoryTier
    {
        std::uint64_t hits = 0;          // Answered from memory; negative ones included.
        std::uint64_t misses = 0;        // Nothing there.
        std::uint64_t expired = 0;       // There, but past its expiry.
        std::uint64_t outdated = 0;      // There, but changed by another writer since.
        std::uint64_t bypasses = 0;      // Not asked: a write was in flight or coherence was not to be had.
        std::uint64_t puts = 0;          // Taken in, by a set(), a load or a disk hit.
        std::uint64_t rejectedPuts = 0;  // Refused: changed meanwhile, or too large.
        std::array<std::uint64_t, RemovalCauseCount> removals{}; // By RemovalCause.
        std::uint64_t entries = 0;       // Now.
        std::uint64_t bytes = 0;         // Now: keys, values and bookkeeping.
        std::uint64_t maximumEntries = 0; // 0: no limit.
        std::uint64_t maximumBytes = 0;  // 0: no limit.
        HistogramSnapshot lookupTime;    // One lookup in 1024 is timed.

        friend bool operator==(const MemoryTier &, const MemoryTier &) = default;
    };

    // The store, as far as this cache used it.
    struct DiskTier
    {
        std::uint64_t hits = 0;          // Answered from the store; negative ones included.
        std::uint64_t misses = 0;        // Nothing there.
        std::uint64_t expired = 0;       // There, but past its expiry.
        std::uint64_t puts = 0;          // Values committed.
        std::uint64_t rejectedPuts = 0;  // Loads and write-behind sets dropped: the key was changed meanwhile.
        std::uint64_t removals = 0;      // Entries removed by this process's invalidations.
        std::uint64_t batches = 0;       // Calls that wrote, ...
        std::uint64_t batchedWrites = 0; // ... and the writes in them: their quotient is the batch size.
        std::uint64_t readErrors = 0;    // By the store: busy, full, damaged, deadline passed.
        std::uint64_t writeErrors = 0;   // The same, for writes.
        HistogramSnapshot readTime;      // One read in 16 is timed.
        HistogramSnapshot writeTime;     // Every write, waiting for the lock included.

        friend bool operator==(const DiskTier &, const DiskTier &) = default;
    };

    SystemTime at{};   // When these were read.
    MemoryTier memory; // The first tier that is asked.
    DiskTier disk;     // The second, for what memory does not have.

    // Outcomes of get(), getMany() and getOrCompute(), tiers apart: hits + misses + failures = keys asked for.
    std::uint64_t hits = 0;          // A value, or the knowledge that there is none, came from a tier.
    std::uint64_t negativeHits = 0;  // Of those: the knowledge that there is none.
    std::uint64_t misses = 0;        // Neither tier had it; getOrCompute() then loads.
    std::uint64_t failures = 0;      // The store could not be asked.

    std::uint64_t loadSuccesses = 0; // Factories that returned, with a value or with none.
    std::uint64_t loadFailures = 0;  // Factories that returned an error or threw.
    std::uint64_t loadTimeouts = 0;  // Calls whose load was given up: soft or hard timeout, or deadline.
    std::uint64_t joinedLoads = 0;   // Calls that waited for the load of another call or process, and shared it.
    std::uint64_t refreshes = 0;     // Loads started early, in the background.
    std::uint64_t staleServed = 0;   // Expired values served by fail-safe.
    std::uint64_t degradedHits = 0;  // Served from memory without proof, under DegradedReads::ServeMemory.
    std::uint64_t decodeErrors = 0;  // Values that could not be decompressed or decoded.
    std::uint64_t lostWrites = 0;    // Write-behind sets given up: the store failed until the end.
    std::uint64_t clockSteps = 0;    // Backward steps of the wall clock that emptied the region.
    std::uint64_t storeOutages = 0;  // Times that the store ceased to answer reads, or writes, as seen from here.
    HistogramSnapshot loadTime;      // Factories, failed ones included.

    std::uint64_t loadsInFlight = 0; // Now.
    std::uint64_t pendingWrites = 0; // Now: write-behind sets not yet committed.
    bool degraded = false;           // Now: the store does not answer.
    // Hits over hits and misses during the last minute; not set while there were none.
    std::optional<double> hitRateLastMinute;

    // The same since the start.
    [[nodiscard]] std::optional<double> hitRate() const noexcept;
    // Mean writes in a transaction of this process; not set before the first.
    [[nodiscard]] std::optional<double> meanBatch() const noexcept;

    // Under the names of the metric catalogue (Micrometer's where it has one). `region` becomes the snapshot's name.
    [[nodiscard]] ComponentSnapshot toSnapshot(const QByteArray &region) const;
    // The inverse, for readers of published snapshots: metrics that are not there stay 0 or not set, unknown ones
    // are ignored. `at` is not part of a snapshot.
    [[nodiscard]] static CacheStatistics fromSnapshot(const ComponentSnapshot &snapshot);

    friend bool operator==(const CacheStatistics &, const CacheStatistics &) = default;
};

} // namespace Infra
