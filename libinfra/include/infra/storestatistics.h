// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/histogram.h>

#include <QByteArray>
#include <QString>

#include <cstdint>

namespace Infra {

// Thread safety: a value.
//
// A region as CacheStore::regions() lists it.
struct RegionInfo
{
    std::uint32_t id = 0;       // The store's number for it.
    QByteArray name;            // As given to Cache::create().
    std::uint64_t entries = 0;  // Expired ones that were not culled yet included.
    std::uint64_t bytes = 0;    // Keys and values as stored.
};

// Thread safety: a value.
//
// What this process did with the store since it opened it, and what the files are now.
struct StoreStatistics
{
    std::uint64_t reads = 0;               // Keys looked up.
    std::uint64_t snapshotReads = 0;       // Of these, answered from a read snapshot kept open.
    std::uint64_t writes = 0;              // Operations: set, touch, remove.
    std::uint64_t droppedWrites = 0;       // Operations whose token had moved.
    std::uint64_t invalidations = 0;       // Calls of invalidate().
    std::uint64_t transactions = 0;        // Commits; writes / transactions is the mean batch.
    std::uint64_t busy = 0;                // Calls that did not get a lock by their deadline.
    std::uint64_t errors = 0;              // Calls that failed for any other reason.
    std::uint64_t checkpoints = 0;         // Passes that moved the write-ahead log into the database.
    std::uint64_t culledExpired = 0;       // Rows.
    std::uint64_t culledForSpace = 0;      // Rows.
    std::uint64_t repairs = 0;             // A writer had died in flight.
    std::uint64_t quarantines = 0;         // A damaged store was moved aside and rebuilt.
    std::uint64_t reopens = 0;             // Another process, or an operator, had replaced the files.
    std::uint64_t foreignWrites = 0;       // Changes that did not follow the coherence protocol were seen.
    std::uint64_t databaseBytes = 0;       // Of the database file, at the last look.
    std::uint64_t logBytes = 0;            // Of the write-ahead log, at the last look.
    std::uint64_t maximumBytes = 0;        // StoreOptions::maximumBytes of this process.
    HistogramSnapshot readDuration;        // One call in 64.
    HistogramSnapshot commitDuration;      // Transactions, from the writer's turn to the commit.
    HistogramSnapshot lockDuration;        // Waiting for the writer's turn, within and across processes.
};

// Thread safety: a value.
//
// Whether a store works, as one process sees it.
struct StoreHealth
{
    // What to expect of the next call.
    enum class State : std::uint8_t {
        Available,   // Reads and writes work.
        Degraded,    // Reads may miss or writes fail; `reason` says why. It is tried again every second.
        Unavailable  // Nothing works until the cause is removed, for example a store of a newer schema.
    };

    State state = State::Available; // Now.
    QString reason;         // Empty while available.
    SystemTime since{};     // Of the state.
};

} // namespace Infra
