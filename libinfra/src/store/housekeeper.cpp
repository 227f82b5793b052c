// SPDX-License-Identifier: MIT
#include "housekeeper.h"

#include "accesslog.h"
#include "sqlitestore.h"

#include <QVariant>

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace Infra::Detail {

namespace {

// Replaced files are noticed at least this often; SessionKeeper counts on it.
constexpr std::chrono::milliseconds LongestTick{500};
// A snapshot that nobody reads in any more keeps the log from being begun anew.
constexpr std::chrono::milliseconds SnapshotTick{50};
constexpr std::chrono::milliseconds TurnPatience{1000};
// For readers to let go of the log, while writers wait.
constexpr std::chrono::milliseconds RestartPatience{10};
// Pages wait in the log until there are so many, or until nothing was written for an interval.
constexpr std::int64_t CheckpointBytes = 4 * 1024 * 1024;
constexpr int MaximumSteps = 64;
// What writers add to the log during one pass of a checkpoint is moved by the next, until little is left for the
// one that they wait for. Each adds about half as much as the one before.
constexpr int MaximumPasses = 6;
constexpr int FewPages = 200;
constexpr unsigned TagSweepTicks = 4;
// Events beyond those that are kept, before they are removed together.
constexpr std::int64_t EventsTooMany = 100;

} // namespace

Housekeeper::Housekeeper(SqliteStore &store) : m_store(store)
{
    m_store.m_readers.setSnapshotListener([this] {
        {
            const MutexLocker locker(m_mutex);
            m_isSnapshotTaken = true;
        }
        m_changed.notify_all();
    });
    m_thread = std::thread([this] { run(); });
    pthread_setname_np(m_thread.native_handle(), "infra-house");
}

Housekeeper::~Housekeeper()
{
    {
        const MutexLocker locker(m_mutex);
        m_isStopping = true;
    }
    m_changed.notify_all();
    m_thread.join();
    const MutexLocker working(m_working);
    m_connection.reset();
    m_session.reset();
}

void Housekeeper::wake()
{
    {
        const MutexLocker locker(m_mutex);
        m_isWoken = true;
    }
    m_changed.notify_all();
}

void Housekeeper::wantCheckpoint()
{
    if (m_wantsCheckpoint.exchange(true))
        return;
    {
        // Behind the look that the thread takes before it sleeps.
        const MutexLocker locker(m_mutex);
    }
    m_changed.notify_all();
}

bool Housekeeper::isStopping()
{
    const MutexLocker locker(m_mutex);
    return m_isStopping;
}

void Housekeeper::run()
{
    const Clock &clock = m_store.m_context.clock;
    const std::chrono::milliseconds interval = m_store.m_context.options.housekeepingInterval;
    SteadyTime next = clock.steadyNow() + interval;
    SteadyTime nextLook = clock.steadyNow() + LongestTick;
    for (;;) {
        bool woken = false;
        {
            MutexLocker locker(m_mutex);
            SteadyTime tick = std::min(next, nextLook);
            // Of one that was taken a moment ago its reader may be in use just now; not to be told of it again before the tick.
            if (std::exchange(m_isSnapshotTaken, false) || m_store.m_readers.awaitSnapshot())
                tick = std::min(tick, clock.steadyNow() + SnapshotTick);
            clock.waitUntil(locker.unique(), m_changed, tick, [this] {
                m_mutex.assertHeld();
                return m_isWoken || m_isSnapshotTaken || m_wantsCheckpoint || m_isStopping;
            });
            if (m_isStopping)
                return;
            woken = std::exchange(m_isWoken, false);
        }
        const SteadyTime now = clock.steadyNow();
        if (now >= next) {
            keepHouse();
            next = clock.steadyNow() + interval;
            nextLook = clock.steadyNow() + LongestTick;
            continue;
        }
        m_store.m_readers.dropOldSnapshots();
        const MutexLocker working(m_working);
        if (woken || now >= nextLook) {
            lookAfterFiles(Look::Quick);
            nextLook = clock.steadyNow() + LongestTick;
        }
        if (m_wantsCheckpoint) {
            watchForeignWriters(); // Opens the connection.
            finishLog();
            m_wantsCheckpoint = false;
        }
    }
}

void Housekeeper::keepHouse()
{
    const MutexLocker working(m_working);
    lookAfterFiles(Look::Thorough);
    m_store.m_readers.dropSnapshots();
    watchForeignWriters();
    cull();
    checkpoint();
}

void Housekeeper::lookAfterFiles(Look look)
{
    const StoreContext &context = m_store.m_context;
    const std::shared_ptr<StoreSession> session = m_store.m_readers.session();
    CoherenceFile *coherence = m_store.m_keeper.current();
    bool troubled = !session || !session->isGood() || coherence->isLost()
        || (coherence->isWriterActive() && !context.faults.skipRepair);
    if (!troubled && !context.faults.skipIdentityChecks) {
        const FileIdentity log = FileIdentity::of(context.paths.logFile);
        troubled = !FileIdentity::of(context.paths.databaseFile).isSameFile(session->database) || !log.isSameFile(session->log)
            || !FileIdentity::of(context.paths.coherenceFile).isSameFile(coherence->identity());
    }
    // Damage where nobody reads now would be believed by whoever opens the file next.
    const bool damaged = look == Look::Thorough && !coherence->isSound();
    troubled |= damaged;
    if (!troubled)
        return;
    if (session && m_session == session && !session->isGood()) {
        m_connection.reset();
        m_session.reset();
    }
    const SteadyTime deadline = context.clock.steadyNow() + TurnPatience;
    // A turn repairs by itself what a dead writer left, and mends what was condemned.
    static_cast<void>(m_store.m_queue.run([this, deadline, damaged]() -> Result<void> {
        if (damaged && !m_store.m_keeper.coherence().isSound())
            m_store.m_keeper.condemnCoherence();
        if (m_store.m_keeper.verifyFiles())
            return {};
        return m_store.m_keeper.recover(deadline);
    }, deadline));
}

void Housekeeper::watchForeignWriters()
{
    StoreContext &context = m_store.m_context;
    const std::shared_ptr<StoreSession> session = m_store.m_readers.session();
    if (!session || !session->isGood())
        return;
    if (m_session != session) {
        m_connection.reset();
        auto connection = SqliteConnection::open(context.paths.database, SqliteConnection::Mode::ReadWrite, RestartPatience);
        if (!connection)
            return;
        (*connection)->setLeavesLog(true);
        // Before the first statement, like SqliteReader::open().
        if (!context.faults.skipIdentityChecks && !FileIdentity::of(context.paths.databaseFile).isSameFile(session->database)) {
            session->condemn(StoreSession::Verdict::Stale);
            return;
        }
        if (!SqliteSchema::configure(**connection, context.options.synchronous))
            return;
        m_session = session;
        m_connection = std::move(*connection);
        m_dataVersion = -1;
    }
    // The counter first and last: a change of the version with neither moving was nobody's of ours.
    const std::uint64_t before = session->coherence->commitCounter();
    const auto version = m_connection->value(QStringLiteral("PRAGMA data_version"));
    const bool quiet = before == session->coherence->commitCounter() && !session->coherence->isWriterActive();
    if (!version)
        return;
    const bool foreign = quiet && m_dataVersion >= 0 && before == m_commitCounter && version->toLongLong() != m_dataVersion;
    m_dataVersion = quiet ? version->toLongLong() : -1;
    m_commitCounter = before;
    if (foreign)
        context.counters.foreignWrites.fetch_add(1, std::memory_order_relaxed);
    m_isForeignWriteUntold |= foreign;
    if (!m_isForeignWriteUntold)
        return;
    const SteadyTime deadline = context.clock.steadyNow() + TurnPatience;
    // The foreign program may still be in the way of this, and nothing shows its change a second time.
    m_isForeignWriteUntold = !m_store.m_queue.run([this, deadline] {
        return m_store.m_transaction.run(deadline, [](StoreTransaction::Scope &scope) {
            scope.markAllRegions();
            return tl::expected<void, SqliteError>();
        });
    }, deadline);
}

void Housekeeper::cull()
{
    StoreContext &context = m_store.m_context;
    const auto turn = [&](const std::function<bool(SteadyTime)> &step) {
        bool more = false;
        const SteadyTime deadline = context.clock.steadyNow() + TurnPatience;
        const auto done = m_store.m_queue.run([&]() -> Result<void> {
            if (auto room = m_store.m_space.makeRoom(0, deadline); !room)
                return room;
            more = step(deadline);
            return {};
        }, deadline);
        return done && more && !isStopping();
    };
    SpaceKeeper &space = m_store.m_space;
    std::vector<AccessRecord> accesses = m_store.m_accesses->take();
    std::vector<AccessRecord> read = m_store.m_readers.takeAccesses();
    accesses.insert(accesses.end(), std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()));
    if (!accesses.empty()) {
        turn([&](SteadyTime deadline) {
            space.recordAccesses(accesses, deadline);
            return false;
        });
    }
    // Looked at without a turn first: nothing to do must cost the writers nothing.
    if (!m_connection)
        return;
    const auto number = [&connection = *m_connection](const QString &sql) {
        const auto value = connection.value(sql);
        return value && !value->isNull() ? value->toLongLong() : 0;
    };
    // A turn each, so that writers come in between; bounded, so that snapshots and files are looked after too.
    const auto repeat = [&](const std::function<bool(SteadyTime)> &step) {
        for (int i = 0; i < MaximumSteps && turn(step); ++i) { }
    };
    if (number(QStringLiteral("SELECT EXISTS (SELECT 1 FROM entries WHERE stale <= %1)")
                   .arg(context.clock.systemNow().time_since_epoch().count())) != 0)
        repeat([&](SteadyTime deadline) { return space.cullExpired(deadline); });
    const auto pages = static_cast<std::uint64_t>(number(QStringLiteral("PRAGMA page_count")));
    const auto free = static_cast<std::uint64_t>(number(QStringLiteral("PRAGMA freelist_count")));
    if ((pages - std::min(free, pages)) * 4096 > space.databaseLimit() / 2)
        repeat([&](SteadyTime deadline) { return space.cullColdest(deadline); });
    if (free > 0) {
        bool hasShrunk = false;
        repeat([&](SteadyTime deadline) {
            const bool given = space.giveBack(deadline);
            hasShrunk |= given;
            return given;
        });
        m_isCheckpointDue |= hasShrunk;
    }
    // Two selects: SQLite would walk the whole table for both in one.
    const auto events = [&] {
        return number(QStringLiteral("SELECT (SELECT max(position) FROM events) - (SELECT min(position) FROM events)"));
    };
    if (events() >= space.keptEvents() + EventsTooMany)
        repeat([&](SteadyTime deadline) { return space.trimJournal(deadline) && events() >= space.keptEvents(); });
    if (++m_ticks % TagSweepTicks == 0 && number(QStringLiteral("SELECT EXISTS (SELECT 1 FROM tags)")) != 0) {
        turn([&](SteadyTime deadline) {
            space.sweepTags(deadline);
            return false;
        });
    }
}

void Housekeeper::checkpoint()
{
    StoreContext &context = m_store.m_context;
    if (!m_session || !m_session->isGood() || !m_connection)
        return;
    const FileIdentity log = FileIdentity::of(context.paths.logFile);
    const std::uint64_t counter = m_session->coherence->commitCounter();
    const bool idle = counter == std::exchange(m_lastTickCounter, counter);
    if (!log.isSameFile(m_session->log) || log.size <= 0)
        return;
    if (!m_isCheckpointDue && (counter == m_checkpointedCounter || (log.size < CheckpointBytes && !idle)))
        return;
    m_isCheckpointDue = false;
    if (checkpointPass(Log::Moved) >= 0)
        m_checkpointedCounter = counter;
    context.counters.databaseBytes.store(static_cast<std::uint64_t>(std::max<std::int64_t>(FileIdentity::of(context.paths.databaseFile).size, 0)));
    context.counters.logBytes.store(static_cast<std::uint64_t>(log.size));
}

int Housekeeper::checkpointPass(Log log)
{
    // Nobody waits for a passive checkpoint: it takes no lock that a writer wants.
    SqliteStatement &checkpoint = m_connection->keptStatement(log == Log::Moved ? QLatin1String("PRAGMA wal_checkpoint(PASSIVE)")
                                                                               : QLatin1String("PRAGMA wal_checkpoint(RESTART)"));
    const auto done = checkpoint.step("moving the log into the database");
    if (!done && done.error().fault == SqliteFault::Unsynced)
        m_store.m_context.condemnUnsynced(*m_session, done.error().error);
    if (!done || !*done)
        return -1;
    const bool busy = checkpoint.integer(0) != 0;
    const auto pages = static_cast<int>(checkpoint.integer(1));
    checkpoint.finish();
    if (busy)
        return -1;
    m_store.m_context.counters.checkpoints.fetch_add(1, std::memory_order_relaxed);
    return pages;
}

void Housekeeper::finishLog()
{
    if (!m_session || !m_session->isGood() || !m_connection)
        return;
    int pages = 0;
    for (int pass = 0; pass < MaximumPasses; ++pass) {
        const int before = std::exchange(pages, checkpointPass(Log::Moved));
        if (pages <= before)
            return; // Nobody wrote during the pass before, which thus moved everything; or another has begun the log anew.
        // SQLite does that in the pass that moves the last page, and then writers would wait for it.
        if (auto synced = m_connection->syncDatabase(); !synced) {
            m_store.m_context.condemnUnsynced(*m_session, synced.error().error);
            return;
        }
        if (pages - before <= FewPages)
            break;
        // A slow disk takes seconds for a pass.
        if (isStopping())
            return;
        lookAfterFiles(Look::Quick);
        if (!m_session || !m_session->isGood() || !m_connection)
            return;
    }
    const SteadyTime deadline = m_store.m_context.clock.steadyNow() + TurnPatience;
    static_cast<void>(m_store.m_queue.run([this]() -> Result<void> {
        m_working.assertHeld();
        m_store.m_keeper.recallSnapshots();
        static_cast<void>(checkpointPass(Log::BegunAnew));
        return {};
    }, deadline));
}

} // namespace Infra::Detail
