// SPDX-License-Identifier: MIT
#pragma once

#include "coherencefile.h"
#include "readerpool.h"
#include "regionregistry.h"
#include "sqliteschema.h"
#include "sqlitewriter.h"
#include "storecontext.h"
#include "threadannotations.h"

#include <atomic>
#include <memory>

namespace Infra::Detail {

// Thread safety: open() before anything else; current() and followReadOnly() from any thread; the rest only in the
// writer's turn (WriteQueue).
//
// Keeps the files of a store usable: opens them, notices that they were damaged, deleted or replaced, moves aside
// and rebuilds, repairs what a dead writer left, and tells every process of the store through the epoch.
class SessionKeeper
{
public:
    SessionKeeper(StoreContext &context, RegionRegistry &regions, ReaderPool &readers);
    ~SessionKeeper();

    [[nodiscard]] Result<void> open();
    // Empties the log when this is the last process.
    void close();

    // Of a read-only store, before each read: opens what the paths name now, when those are other files than were open.
    // Costs two looks at the directory, as no housekeeper and no epoch tells such a store that its files were replaced.
    void followReadOnly();

    // Takes the lock across processes and leaves everything ready to write; endTurn() gives it back.
    [[nodiscard]] Result<void> beginTurn(SteadyTime deadline);
    void endTurn();

    // Within a turn. There is no writer behind a recover() that failed, until ensureWriter() or another succeeds.
    [[nodiscard]] bool hasWriter() const noexcept { return m_writer != nullptr; }
    [[nodiscard]] Result<void> ensureWriter(SteadyTime deadline);
    [[nodiscard]] SqliteWriter &writer() noexcept { return *m_writer; }
    [[nodiscard]] CoherenceFile &coherence() noexcept { return *m_coherence; }
    // Whether the paths still name the files that are open; condemns the session when not. Called after a commit,
    // which went into the right files only if this says so.
    [[nodiscard]] bool verifyFiles();
    // Of the commit that verifyFiles() has just confirmed.
    void recordCommitted();
    void recordLogBytes(std::int64_t bytes);
    // No snapshot of any process passes for current any more, and ours that nobody reads in end at once: the log can be begun
    // anew when nobody reads in it.
    void recallSnapshots();
    // Mends a condemned session, or a coherence file found damaged, without giving up the turn where possible.
    [[nodiscard]] Result<void> recover(SteadyTime deadline);
    void condemnCoherence() noexcept { m_isCoherenceBad = true; }

    // The coherence file of now; null for a read-only store. Stays valid as long as the registry of regions.
    [[nodiscard]] CoherenceFile *current() const noexcept { return m_current.load(std::memory_order_acquire); }

private:
    enum class Rebuild { No, Yes };
    struct OpenedDatabase
    {
        std::unique_ptr<SqliteConnection> connection;
        QByteArray storeId;
        FileIdentity identity; // Of what was opened; the path may name another by now.
        bool isNew = false;
    };

    [[nodiscard]] Result<void> openReadOnly();
    [[nodiscard]] Result<void> openShared(SteadyTime deadline);
    [[nodiscard]] Result<void> lockOpening(SteadyTime deadline);
    void unlockOpening() noexcept;
    // `expected`: what to do with the log beside it was decided for that file. Another fails with Conflict, untouched.
    [[nodiscard]] Result<OpenedDatabase> openDatabase(Rebuild rebuild, bool mayQuarantine, const FileIdentity &expected);
    [[nodiscard]] static bool holdsLastCommit(const SqliteConnection &connection, const CoherenceFile &coherence);
    [[nodiscard]] Result<void> adoptOrRebuild(OpenedDatabase database, bool mayQuarantine);
    [[nodiscard]] tl::expected<void, SqliteError> adopt(OpenedDatabase database);
    void dropSession();
    [[nodiscard]] Result<void> replaceCoherence(SteadyTime deadline);
    [[nodiscard]] Result<void> lockCoherence(SteadyTime deadline);
    [[nodiscard]] Result<void> reopenDatabase();
    void useCoherence(std::shared_ptr<CoherenceFile> file);
    void announceChange();

    StoreContext &m_context;
    RegionRegistry &m_regions;
    ReaderPool &m_readers;
    FileDescriptor m_locks;          // FILE.loads: the opening lock, and the presence of this process.
    std::shared_ptr<CoherenceFile> m_coherence;
    std::atomic<CoherenceFile *> m_current{nullptr};
    std::shared_ptr<StoreSession> m_session;
    FileIdentity m_previous;         // The session's database before the one that is being opened, until that was done.
    FileIdentity m_spared;           // The database that had another's log beside it, until it was opened.
    FileIdentity m_condemned;        // The database to be set aside, until that was done.
    std::unique_ptr<SqliteWriter> m_writer;
    QByteArray m_storeId;
    std::int64_t m_logBytes = -1;
    Mutex m_following;
    SteadyTime m_nextLook INFRA_GUARDED_BY(m_following){};
    bool m_isLocked = false;
    bool m_isCoherenceBad = false;
};

} // namespace Infra::Detail
