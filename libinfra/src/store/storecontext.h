// SPDX-License-Identifier: MIT
#pragma once

#include "coherencefile.h"
#include "filelock.h"
#include "threadannotations.h"

#include <infra/histogram.h>
#include <infra/storeoptions.h>
#include <infra/storestatistics.h>

#include <QByteArray>
#include <QString>

#include <atomic>
#include <memory>

namespace Infra::Detail {

// Where the files of a store are. The byte strings are for system calls, the text for SQLite.
struct StorePaths
{
    explicit StorePaths(const QString &databaseFile);

    QString database;
    QByteArray databaseFile;
    QByteArray logFile;
    QByteArray sharedMemoryFile;
    QByteArray coherenceFile;
    QByteArray locksFile;
    QString telemetry;
};

// Switches a mechanism off, so that a test can see its guarantee fail, or kills the process at an instant that matters. Only white-box tests can reach it; always
// at its defaults otherwise.
struct StoreFaults
{
    bool skipMarks = false;          // Writers do not mark stripes or regions.
    bool skipLoadGenerations = false;// Invalidations do not move load generations; tokens are not compared.
    bool skipRepair = false;         // What a dead writer left is not repaired.
    bool skipChecksums = false;      // Rows are believed.
    bool skipIdentityChecks = false; // Replaced files are not looked for.
    bool skipLogChecks = false;      // A log that lost its end is believed.
    bool keepSnapshots = false;      // Read snapshots outlive commits.
    bool lateMarks = false;          // Words move behind the commit only, instead of before and behind it.
    bool skipLoadLocks = false;      // Every process loads for itself.
    bool keepOlder = false;          // What a set that is dropped was to replace stays.
    bool ignoreErrors = false;       // A transaction that failed is acknowledged.
    // Where this process is killed (SIGKILL to itself) during its next change.
    enum class Death { Never, BeforeCommit, AfterCommit };
    Death death = Death::Never;
};

struct StoreCounters
{
    std::atomic<std::uint64_t> reads{0};
    std::atomic<std::uint64_t> snapshotReads{0};
    std::atomic<std::uint64_t> writes{0};
    std::atomic<std::uint64_t> droppedWrites{0};
    std::atomic<std::uint64_t> invalidations{0};
    std::atomic<std::uint64_t> transactions{0};
    std::atomic<std::uint64_t> busy{0};
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> checkpoints{0};
    std::atomic<std::uint64_t> culledExpired{0};
    std::atomic<std::uint64_t> culledForSpace{0};
    std::atomic<std::uint64_t> repairs{0};
    std::atomic<std::uint64_t> quarantines{0};
    std::atomic<std::uint64_t> reopens{0};
    std::atomic<std::uint64_t> foreignWrites{0};
    std::atomic<std::uint64_t> databaseBytes{0};
    std::atomic<std::uint64_t> logBytes{0};
    Histogram readDuration;
    Histogram commitDuration;
    Histogram lockDuration;
};

// Which files this process has open: replaced as a whole when they are. Connections keep theirs alive.
//
// Thread safety: constant after construction, but for what its members say.
struct StoreSession
{
    FileIdentity database;
    FileIdentity log;
    std::shared_ptr<CoherenceFile> coherence; // Null for a read-only store.
    std::uint64_t epoch = 0;
    // Enters every row's checksum, so that pages of another store are recognised, whole as they may be.
    std::uint64_t rowSalt = 0;

    // Something about these files is wrong; set by whoever notices, acted upon by the next writer or the housekeeper.
    enum class Verdict : int { Good, Stale, Damaged };
    std::atomic<Verdict> verdict{Verdict::Good};

    void setStoreId(const QByteArray &storeId) noexcept;
    void condemn(Verdict reason) noexcept
    {
        Verdict current = verdict.load();
        while (current < reason && !verdict.compare_exchange_weak(current, reason)) { }
    }
    // The files may still be used.
    [[nodiscard]] bool isGood() const noexcept
    {
        return verdict.load(std::memory_order_acquire) == Verdict::Good && (!coherence || coherence->epoch() == epoch);
    }
};

// Thread safety: every member may be called from any thread at once.
class StoreHealthRecord
{
public:
    explicit StoreHealthRecord(const Clock &clock) : m_clock(clock) {}
    void set(StoreHealth::State state, const QString &reason);
    [[nodiscard]] StoreHealth get() const;

private:
    const Clock &m_clock;
    mutable Mutex m_mutex;
    StoreHealth m_health INFRA_GUARDED_BY(m_mutex);
    std::atomic<StoreHealth::State> m_state{StoreHealth::State::Available};
};

// What the parts of one store share. Constant but for the atomics and the health.
struct StoreContext
{
    StoreContext(const StoreOptions &storeOptions, const QString &databaseFile, const StoreFaults &storeFaults)
        : options(storeOptions), paths(databaseFile), faults(storeFaults), clock(*storeOptions.clock), health(clock)
    {
    }

    // A sync of the files failed: pages that count as moved into the database may be lost, so it is not to be believed.
    void condemnUnsynced(StoreSession &session, const Error &error);

    const StoreOptions options;
    const StorePaths paths;
    const StoreFaults faults;
    const Clock &clock;
    StoreCounters counters;
    StoreHealthRecord health;
};

} // namespace Infra::Detail
