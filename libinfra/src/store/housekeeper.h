// SPDX-License-Identifier: MIT
#pragma once

#include "sqliteconnection.h"
#include "threadannotations.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <thread>

namespace Infra::Detail {

class SqliteStore;
struct StoreSession;

// Thread safety: every member may be called from any thread at once.
//
// The thread "infra-house" of one store: mends what is broken, looks for replaced files and foreign writers, moves
// the log into the database, culls, and lets idle snapshots go. Everything it does to the store takes a writer's turn
// of a few milliseconds at most; checkpoints take none.
class Housekeeper
{
public:
    explicit Housekeeper(SqliteStore &store);
    // Ends the thread; waits for what it does at the moment.
    ~Housekeeper();

    // Looks after the files at once.
    void wake();
    // Moves the log into the database soon, so far that the next writer begins it anew. Cheap while one is wanted.
    void wantCheckpoint();
    // All of an interval's work on the caller's thread.
    void keepHouse();

private:
    void run();
    // Thoroughly: every word of the coherence file too.
    enum class Look { Quick, Thorough };
    void lookAfterFiles(Look look) INFRA_REQUIRES(m_working);
    void checkpoint() INFRA_REQUIRES(m_working);
    // Moved into the database; or also to be written from its beginning again, for which readers must have let go of it.
    enum class Log { Moved, BegunAnew };
    // Pages in the log when it began, all of which are in the database now unless readers hold on to older ones. What
    // writers added meanwhile is not in it. -1: that failed, or somebody else is at it.
    [[nodiscard]] int checkpointPass(Log log) INFRA_REQUIRES(m_working);
    void finishLog() INFRA_REQUIRES(m_working);
    void watchForeignWriters() INFRA_REQUIRES(m_working);
    void cull() INFRA_REQUIRES(m_working);
    [[nodiscard]] bool isStopping();

    SqliteStore &m_store;
    Mutex m_working;                             // Of whoever does the work.
    std::shared_ptr<StoreSession> m_session INFRA_GUARDED_BY(m_working);  // Of m_connection.
    std::unique_ptr<SqliteConnection> m_connection INFRA_GUARDED_BY(m_working);
    std::int64_t m_dataVersion INFRA_GUARDED_BY(m_working) = -1;
    std::uint64_t m_commitCounter INFRA_GUARDED_BY(m_working) = 0;
    bool m_isForeignWriteUntold INFRA_GUARDED_BY(m_working) = false;
    std::uint64_t m_checkpointedCounter INFRA_GUARDED_BY(m_working) = 0;

    std::uint64_t m_lastTickCounter INFRA_GUARDED_BY(m_working) = 0;
    bool m_isCheckpointDue INFRA_GUARDED_BY(m_working) = false; // Pages were given back; the file shrinks then.
    unsigned m_ticks INFRA_GUARDED_BY(m_working) = 0;

    Mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isWoken INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isSnapshotTaken INFRA_GUARDED_BY(m_mutex) = false;
    std::atomic<bool> m_wantsCheckpoint{false};
    bool m_isStopping INFRA_GUARDED_BY(m_mutex) = false;
    std::thread m_thread;
};

} // namespace Infra::Detail
