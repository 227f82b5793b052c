// SPDX-License-Identifier: MIT
#include "sessionkeeper.h"

#include "storefiles.h"

#include <QDir>
#include <QFileInfo>
#include <QSqlError>
#include <QVariant>

#include <fcntl.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace Infra::Detail {

namespace {

// Offsets in FILE.loads; load locks lie behind.
constexpr std::int64_t OpeningByte = 0;
constexpr std::int64_t PresenceByte = 1;
constexpr std::chrono::seconds OpenTimeout{5};
// Every housekeeper looks at the files at least twice within this time.
constexpr std::chrono::milliseconds NoticeTime{1500};
// How soon a read-only store that found none looks for one again.
constexpr std::chrono::milliseconds LookInterval{50};

} // namespace

SessionKeeper::SessionKeeper(StoreContext &context, RegionRegistry &regions, ReaderPool &readers)
    : m_context(context), m_regions(regions), m_readers(readers)
{
}

SessionKeeper::~SessionKeeper() = default;

Result<void> SessionKeeper::open()
{
    const QFileInfo file(m_context.paths.database);
    const QString &name = m_context.paths.database;
    if (file.isDir())
        return failure(Error::Kind::InvalidArgument, name + QStringLiteral(" is a directory"));
    if (!file.dir().exists())
        return failure(Error::Kind::NotFound, file.path() + QStringLiteral(" does not exist"));
    const bool mayCreate = m_context.options.accessMode == StoreOptions::AccessMode::Create;
    if (!file.exists() && !mayCreate)
        return failure(Error::Kind::NotFound, name + QStringLiteral(" does not exist"));
    if (m_context.options.accessMode == StoreOptions::AccessMode::ReadOnly)
        return openReadOnly();
    if (!mayCreate) {
        // Looked at before anything is created beside it.
        if (auto looked = openReadOnly(); !looked)
            return looked;
        m_readers.setSession(nullptr);
        m_session.reset();
    }
    const SteadyTime deadline = m_context.clock.steadyNow() + OpenTimeout;
    if (auto locked = lockOpening(deadline); !locked)
        return locked;
    auto opened = openShared(deadline);
    unlockOpening();
    return opened;
}

Result<void> SessionKeeper::openReadOnly()
{
    if (m_context.options.accessMode == StoreOptions::AccessMode::ReadOnly && FileIdentity::of(m_context.paths.logFile).size > 0) {
        // SQLite would apply a log to whatever database lies beside it.
        const auto coherence = CoherenceFile::open(m_context.paths.coherenceFile);
        const std::uint64_t inode = coherence ? (*coherence)->databaseInode() : 0;
        if (inode != 0 && inode != FileIdentity::of(m_context.paths.databaseFile).inode && !m_context.faults.skipIdentityChecks)
            return failure(Error::Kind::Unavailable, QStringLiteral("%1 was replaced, and the log of the one before is still beside it")
                                                         .arg(m_context.paths.database));
    }
    auto connection = SqliteConnection::open(m_context.paths.database, SqliteConnection::Mode::ReadOnly, m_context.options.busyTimeout);
    if (!connection)
        return failure(connection.error().error);
    // Before the first statement: readers compare with what the path names by then.
    const FileIdentity database = FileIdentity::of(m_context.paths.databaseFile);
    auto inspection = SqliteSchema::inspect(**connection);
    if (!inspection) {
        Error error = inspection.error().error;
        if (error.nativeCode == QLatin1String("26"))
            error.message = m_context.paths.database + QStringLiteral(" is not an SQLite database");
        return failure(std::move(error));
    }
    using State = SqliteSchema::Inspection::State;
    if (inspection->state == State::Newer)
        return failure(Error::Kind::Incompatible, QStringLiteral("%1 has schema %2; this library knows schemas up to %3")
                                                      .arg(m_context.paths.database).arg(inspection->version).arg(SqliteSchema::Version));
    if (inspection->state != State::Store)
        return failure(Error::Kind::Incompatible, m_context.paths.database + QStringLiteral(" is not a cache store"));
    auto session = std::make_shared<StoreSession>();
    session->database = database;
    session->log = FileIdentity::of(m_context.paths.logFile);
    session->setStoreId(inspection->storeId);
    m_session = session;
    m_readers.setSession(std::move(session));
    return {};
}

void SessionKeeper::followReadOnly()
{
    const auto isReplaced = [](const FileIdentity &opened, const QByteArray &path) {
        const FileIdentity current = FileIdentity::of(path);
        return current.exists() != opened.exists() || (current.exists() && !current.isSameFile(opened));
    };
    const auto isCurrent = [&](const std::shared_ptr<StoreSession> &session) {
        return session && session->isGood()
            && (m_context.faults.skipIdentityChecks || (!isReplaced(session->database, m_context.paths.databaseFile)
                                                        && !isReplaced(session->log, m_context.paths.logFile)));
    };
    if (isCurrent(m_readers.session()))
        return;
    const MutexLocker locker(m_following);
    const std::shared_ptr<StoreSession> session = m_readers.session();
    const SteadyTime now = m_context.clock.steadyNow();
    if (isCurrent(session) || (!session && now < m_nextLook))
        return;
    // What was open belongs to nobody any more; without a session reads fail until there is a store again.
    m_readers.setSession(nullptr);
    if (auto opened = openReadOnly(); opened) {
        m_context.counters.reopens.fetch_add(1, std::memory_order_relaxed);
        m_context.health.set(StoreHealth::State::Available, {});
    } else {
        m_context.health.set(StoreHealth::State::Degraded, opened.error().message);
    }
    m_nextLook = now + LookInterval;
}

Result<void> SessionKeeper::lockOpening(SteadyTime deadline)
{
    if (!m_locks.isOpen()) {
        auto locks = FileDescriptor::open(m_context.paths.locksFile, O_RDWR | O_CREAT);
        if (!locks)
            return failure(locks.error());
        m_locks = std::move(*locks);
    }
    // Rare and short, so looking again now and then is enough. Bounded by the machine's clock too.
    const auto last = std::chrono::steady_clock::now() + OpenTimeout;
    for (;;) {
        auto locked = tryLockRange(m_locks.get(), LockMode::Exclusive, OpeningByte, 1);
        if (!locked)
            return failure(locked.error());
        if (*locked)
            return {};
        if (m_context.clock.steadyNow() >= deadline || std::chrono::steady_clock::now() >= last)
            return failure(Error::Kind::Busy, QStringLiteral("another process was opening or repairing %1").arg(m_context.paths.database));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

void SessionKeeper::unlockOpening() noexcept
{
    unlockRange(m_locks.get(), OpeningByte, 1);
}

Result<void> SessionKeeper::openShared(SteadyTime deadline)
{
    const auto lockWriter = [&](CoherenceFile &file) -> Result<void> {
        auto locked = file.lockWriter(m_context.clock, deadline);
        if (!locked)
            return failure(locked.error());
        if (!*locked)
            return failure(Error::Kind::Busy, QStringLiteral("another process kept the writer's lock of %1 for %2 s")
                                                  .arg(m_context.paths.database).arg(OpenTimeout.count()));
        return {};
    };
    // Whether any process has the store open. The lock is shared from here to the end of the process.
    auto alone = tryLockRange(m_locks.get(), LockMode::Exclusive, PresenceByte, 1);
    if (!alone)
        return failure(alone.error());
    auto found = CoherenceFile::open(m_context.paths.coherenceFile);
    if (!found && found.error().kind == Error::Kind::Incompatible)
        return failure(found.error());
    const auto isOfAnother = [this](const CoherenceFile &file) {
        const QByteArray storeId = storeIdWithoutLog(m_context);
        return !storeId.isEmpty() && storeId != file.storeId();
    };
    // Others still trust the words of a file that was deleted or exchanged. Until they have looked, nothing may change.
    if (!*alone && (!found || isOfAnother(**found)))
        std::this_thread::sleep_for(NoticeTime);
    if (found) {
        // Files are changed under the writer's lock only: whoever writes now would take what is being made for the old files.
        if (auto locked = lockWriter(**found); !locked)
            return locked;
    }
    // Without a coherence file only the log itself can still say that it is damaged.
    const bool wasStore = found || found.error().kind != Error::Kind::NotFound || !storeIdWithoutLog(m_context).isEmpty();
    const bool mayQuarantine = m_context.options.accessMode == StoreOptions::AccessMode::Create && wasStore;
    const FileIdentity database = FileIdentity::of(m_context.paths.databaseFile);
    Rebuild rebuild = Rebuild::No;
    if (found && (*found)->databaseInode() != 0 && database.exists() && (*found)->databaseInode() != database.inode) {
        // The database was exchanged, or the coherence file was. With the same store's, the log is not this file's; with
        // another's nobody can tell whose it is, and to leave it out, or to apply it, would bring back what is outdated.
        const QByteArray storeId = storeIdWithoutLog(m_context);
        if (!*alone || storeId.isEmpty() || storeId == (*found)->storeId())
            quarantineLog(m_context);
        else if (mayQuarantine && FileIdentity::of(m_context.paths.logFile).size > 0 && !m_context.faults.skipLogChecks)
            rebuild = Rebuild::Yes;
    } else if (*alone && mayQuarantine && !m_context.faults.skipLogChecks) {
        const bool isKnown = found && (*found)->isOfThisBoot();
        const std::int64_t expected = isKnown ? (*found)->logBytes() : -1;
        const std::optional<std::uint64_t> frames = isKnown ? (*found)->logFrames() : std::nullopt;
        if (FileIdentity::of(m_context.paths.logFile).size < expected || isLogDamaged(m_context.paths, frames))
            rebuild = Rebuild::Yes;
    }
    auto opened = openDatabase(rebuild, mayQuarantine, database);
    if (!opened && opened.error().kind == Error::Kind::Conflict)
        return failure(Error::Kind::Unavailable, opened.error().message);
    if (!opened)
        return failure(opened.error());
    if (*alone && found && !opened->isNew && (*found)->isOfThisBoot() && mayQuarantine && !m_context.faults.skipLogChecks
        && (*found)->databaseInode() == opened->identity.inode && !holdsLastCommit(*opened->connection, **found)) {
        opened->connection.reset();
        opened = openDatabase(Rebuild::Yes, mayQuarantine, {});
        if (!opened)
            return failure(opened.error());
    }
    // Nobody holds copies stamped with the old words, or the words are of another store, or stopped being trusted meanwhile.
    if (*alone || !found || (*found)->storeId() != opened->storeId || !(*found)->isSound()) {
        auto created = CoherenceFile::create(m_context.paths.coherenceFile, opened->storeId, opened->identity.inode);
        if (!created)
            return failure(created.error());
        if (found)
            (*found)->retire();
        found = std::move(created);
        if (auto locked = lockWriter(**found); !locked)
            return locked;
    }
    auto present = tryLockRange(m_locks.get(), LockMode::Shared, PresenceByte, 1);
    if (!present)
        return failure(present.error());
    m_storeId = opened->storeId;
    useCoherence(*found);
    if (m_coherence->isWriterActive() && !m_coherence->repair())
        m_isCoherenceBad = true;
    if (opened->isNew || m_coherence->databaseInode() != opened->identity.inode)
        announceChange();
    auto adopted = adoptOrRebuild(std::move(*opened), mayQuarantine);
    m_coherence->unlockWriter();
    return adopted;
}

Result<SessionKeeper::OpenedDatabase> SessionKeeper::openDatabase(Rebuild rebuild, bool mayQuarantine, const FileIdentity &expected)
{
    const bool mayCreate = m_context.options.accessMode == StoreOptions::AccessMode::Create;
    for (int attempt = 0;; ++attempt) {
        if (rebuild == Rebuild::Yes) {
            if (!mayCreate)
                return failure(Error::Kind::Corrupt, m_context.paths.database + QStringLiteral(" is damaged"));
            if (auto moved = quarantineStore(m_context); !moved)
                return failure(moved.error());
            m_context.counters.quarantines.fetch_add(1, std::memory_order_relaxed);
        }
        SqliteError problem;
        OpenedDatabase opened;
        auto connection = SqliteConnection::open(m_context.paths.database,
                                                 mayCreate ? SqliteConnection::Mode::Create : SqliteConnection::Mode::ReadWrite,
                                                 m_context.options.busyTimeout);
        if (!connection)
            return failure(connection.error().error);
        opened.connection = std::move(*connection);
        opened.connection->setLeavesLog(true);
        // Before the first statement, with which SQLite opens the log at the path and would apply it.
        opened.identity = FileIdentity::of(m_context.paths.databaseFile);
        const bool isExpected = expected.exists() ? opened.identity.isSameFile(expected) : opened.identity.size == 0;
        if (rebuild == Rebuild::No && !isExpected && !m_context.faults.skipIdentityChecks)
            return failure(Error::Kind::Conflict, m_context.paths.database + QStringLiteral(" was replaced while it was opened"));
        auto inspection = SqliteSchema::inspect(*opened.connection);
        if (inspection) {
            using State = SqliteSchema::Inspection::State;
            if (inspection->state == State::Newer)
                return failure(Error::Kind::Incompatible,
                               QStringLiteral("%1 has schema %2; this library knows schemas up to %3")
                                   .arg(m_context.paths.database).arg(inspection->version).arg(SqliteSchema::Version));
            opened.storeId = inspection->storeId;
            if (inspection->state == State::Store || (inspection->state == State::Empty && mayCreate)) {
                tl::expected<void, SqliteError> ready;
                opened.isNew = inspection->state == State::Empty || rebuild == Rebuild::Yes;
                if (inspection->state == State::Empty) {
                    auto created = SqliteSchema::create(*opened.connection, m_context.clock.systemNow());
                    if (created)
                        opened.storeId = *created;
                    else
                        ready = tl::unexpected(created.error());
                }
                if (ready)
                    ready = SqliteSchema::configure(*opened.connection, m_context.options.synchronous);
                if (ready)
                    return opened;
                problem = ready.error();
            } else {
                problem = {SqliteFault::Damage, {Error::Kind::Incompatible, m_context.paths.database + QStringLiteral(" is another program's database"), {}}};
            }
        } else {
            problem = inspection.error();
        }
        opened.connection.reset();
        // A file that cannot be opened, for want of descriptors perhaps, is not one that is damaged.
        const bool isDamaged = problem.fault == SqliteFault::Damage && problem.error.kind != Error::Kind::Unavailable;
        if (!isDamaged || attempt > 0 || !mayQuarantine)
            return failure(problem.error);
        rebuild = Rebuild::Yes;
    }
}

bool SessionKeeper::holdsLastCommit(const SqliteConnection &connection, const CoherenceFile &coherence)
{
    const auto agrees = [&](const CommitRecord &record) {
        QSqlQuery query = connection.prepare(QStringLiteral("SELECT checksum FROM entries WHERE region = ? AND key = ?"));
        query.bindValue(0, record.regionId);
        query.bindValue(1, record.key);
        if (!query.exec())
            return false;
        const bool present = query.next();
        if (record.kind == CommitRecord::Kind::Absent)
            return !present;
        return present && static_cast<std::uint64_t>(query.value(0).toLongLong()) == record.rowChecksum;
    };
    const std::vector<CommitRecord> possible = coherence.possibleCommits();
    return possible.empty() || std::any_of(possible.begin(), possible.end(), agrees);
}

void SessionKeeper::useCoherence(std::shared_ptr<CoherenceFile> file)
{
    m_coherence = std::move(file);
    m_isCoherenceBad = false;
    m_current.store(m_coherence.get(), std::memory_order_release);
    m_regions.publish(m_coherence);
}

void SessionKeeper::announceChange()
{
    const bool counts = m_coherence->beginFlight();
    if (!m_coherence->markAllRegions() || !counts)
        m_isCoherenceBad = true;
    m_coherence->advanceAllLoads();
    m_coherence->advanceEpoch();
    m_coherence->publishMarks();
    m_coherence->endFlight();
}

Result<void> SessionKeeper::adoptOrRebuild(OpenedDatabase database, bool mayQuarantine)
{
    auto adopted = adopt(std::move(database));
    if (!adopted && adopted.error().error.kind == Error::Kind::Corrupt && mayQuarantine) {
        // Its schema could be read and a row cannot be written: nobody could ever do more with it.
        auto rebuilt = openDatabase(Rebuild::Yes, true, {});
        if (!rebuilt)
            return failure(rebuilt.error());
        announceChange();
        adopted = adopt(std::move(*rebuilt));
    }
    if (!adopted)
        return failure(adopted.error().error);
    return {};
}

tl::expected<void, SqliteError> SessionKeeper::adopt(OpenedDatabase database)
{
    auto session = std::make_shared<StoreSession>();
    session->coherence = m_coherence;
    session->setStoreId(database.storeId);
    session->epoch = m_coherence->epoch();
    auto writer = SqliteWriter::prepare(m_context, session, std::move(database.connection));
    if (!writer)
        return tl::unexpected(writer.error());
    m_writer = std::move(*writer);
    m_storeId = database.storeId;
    // The first write makes SQLite open the log, so that its identity is known.
    const SteadyTime deadline = m_context.clock.steadyNow() + m_context.options.busyTimeout;
    // A commit that moves no counter would pass for a foreign program's, and empty every process's memory.
    if (!m_coherence->beginFlight())
        m_isCoherenceBad = true;
    auto done = m_writer->begin(deadline);
    for (RegionSlot *region : m_regions.all()) {
        if (done)
            done = m_writer->addRegion(*region);
    }
    if (done)
        done = m_writer->connection().execute(QStringLiteral("INSERT OR REPLACE INTO meta VALUES ('opened', %1)")
                                                  .arg(m_context.clock.systemNow().time_since_epoch().count()));
    if (done) {
        m_coherence->recordPending({});
        done = m_writer->commit();
    }
    if (!done)
        m_writer->rollBack();
    m_coherence->endFlight();
    if (!done) {
        m_writer.reset();
        return done;
    }
    session->database = database.identity;
    session->log = FileIdentity::of(m_context.paths.logFile);
    m_logBytes = session->log.size;
    recordCommitted();
    m_coherence->recordDatabase(session->database.inode);
    m_session = session;
    m_readers.setSession(std::move(session));
    m_context.health.set(StoreHealth::State::Available, {});
    return {};
}

void SessionKeeper::dropSession()
{
    if (m_session)
        m_session->condemn(StoreSession::Verdict::Stale);
    m_readers.setSession(nullptr);
    m_writer.reset();
    m_session.reset();
}

bool SessionKeeper::verifyFiles()
{
    const FileIdentity log = FileIdentity::of(m_context.paths.logFile);
    m_logBytes = log.size;
    if (m_context.faults.skipIdentityChecks)
        return true;
    const FileIdentity database = FileIdentity::of(m_context.paths.databaseFile);
    if (!FileIdentity::of(m_context.paths.coherenceFile).isSameFile(m_coherence->identity()) || m_coherence->isLost())
        m_isCoherenceBad = true;
    if (!database.isSameFile(m_session->database))
        m_session->condemn(StoreSession::Verdict::Stale);
    else if (!log.isSameFile(m_session->log))
        // Commits are in a log that nobody will read again, and what is in the database may be half of one.
        m_session->condemn(StoreSession::Verdict::Damaged);
    const bool good = !m_isCoherenceBad && m_session->verdict.load() == StoreSession::Verdict::Good;
    if (good) {
        m_context.counters.databaseBytes.store(static_cast<std::uint64_t>(database.size), std::memory_order_relaxed);
        m_context.counters.logBytes.store(static_cast<std::uint64_t>(log.size), std::memory_order_relaxed);
    }
    return good;
}

void SessionKeeper::recordCommitted()
{
    m_coherence->recordCommitted(m_logBytes);
    if (m_writer->hasLogged())
        m_coherence->recordLogFrames(m_writer->logPages());
}

void SessionKeeper::recordLogBytes(std::int64_t bytes)
{
    m_coherence->recordLogBytes(bytes);
}

void SessionKeeper::recallSnapshots()
{
    m_coherence->recallSnapshots();
    m_readers.dropIdleSnapshots();
}

Result<void> SessionKeeper::lockCoherence(SteadyTime deadline)
{
    // The one who has the lock may wait for our snapshots, to begin the log anew.
    auto locked = m_coherence->lockWriter(m_context.clock, deadline, [this] { m_readers.dropOldSnapshots(); });
    if (!locked)
        return failure(locked.error());
    if (!*locked) {
        m_context.counters.busy.fetch_add(1, std::memory_order_relaxed);
        return failure(Error::Kind::Busy, QStringLiteral("another process kept the writer's lock of %1 until the deadline")
                                              .arg(m_context.paths.database));
    }
    m_isLocked = true;
    return {};
}

Result<void> SessionKeeper::beginTurn(SteadyTime deadline)
{
    if (!m_coherence)
        return failure(Error::Kind::ReadOnly, m_context.paths.database + QStringLiteral(" was opened read-only"));
    // Its file may be gone; then the lock excludes nobody any more.
    if (m_isCoherenceBad || m_coherence->isLost()) {
        if (auto replaced = replaceCoherence(deadline); !replaced) {
            m_context.health.set(StoreHealth::State::Degraded, replaced.error().message);
            return replaced;
        }
    }
    if (!m_isLocked) {
        if (auto locked = lockCoherence(deadline); !locked)
            return locked;
    }
    if (m_coherence->isWriterActive() && !m_context.faults.skipRepair) {
        m_context.counters.repairs.fetch_add(1, std::memory_order_relaxed);
        if (!m_coherence->repair())
            m_isCoherenceBad = true;
    }
    if (!m_isCoherenceBad && m_session && m_session->isGood())
        return {};
    if (auto recovered = recover(deadline); !recovered) {
        endTurn();
        return recovered;
    }
    return {};
}

void SessionKeeper::endTurn()
{
    if (std::exchange(m_isLocked, false))
        m_coherence->unlockWriter();
}

Result<void> SessionKeeper::ensureWriter(SteadyTime deadline)
{
    return m_writer ? Result<void>() : recover(deadline);
}

Result<void> SessionKeeper::recover(SteadyTime deadline)
{
    const auto degraded = [this](Error error) {
        const bool final = error.kind == Error::Kind::Incompatible;
        m_context.health.set(final ? StoreHealth::State::Unavailable : StoreHealth::State::Degraded, error.message);
        return failure(std::move(error));
    };
    for (int attempt = 0; attempt < 3; ++attempt) {
        if (m_isCoherenceBad || m_coherence->isLost()) {
            if (auto replaced = replaceCoherence(deadline); !replaced)
                return degraded(replaced.error());
        }
        if (!m_session || !m_session->isGood()) {
            if (auto reopened = reopenDatabase(); !reopened) {
                if (reopened.error().kind == Error::Kind::Conflict)
                    continue;
                return degraded(reopened.error());
            }
        }
        if (verifyFiles())
            return {};
    }
    return degraded({Error::Kind::Unavailable, QStringLiteral("the files of %1 keep changing").arg(m_context.paths.database), {}});
}

Result<void> SessionKeeper::replaceCoherence(SteadyTime deadline)
{
    // Everybody who has the old file mapped stops trusting it now. Its lock goes with it: who opens the store meanwhile waits for
    // that lock, and is waited for here.
    m_isLocked = false;
    m_coherence->retire();
    if (auto locked = lockOpening(deadline); !locked)
        return locked;
    // Somebody else may have replaced it already, perhaps by a file with the old one's inode. Ours is lost, also at its path.
    auto file = CoherenceFile::open(m_context.paths.coherenceFile);
    if (!file || (*file)->isLost())
        file = CoherenceFile::create(m_context.paths.coherenceFile, m_storeId, m_session ? m_session->database.inode : 0);
    unlockOpening();
    if (!file)
        return failure(file.error());
    useCoherence(std::move(*file));
    if (auto locked = lockCoherence(deadline); !locked)
        return locked;
    // Which database the words belong to is the matter of who made the file: ours may be gone, and the log at its path
    // another's.
    announceChange();
    return {};
}

Result<void> SessionKeeper::reopenDatabase()
{
    const FileIdentity database = FileIdentity::of(m_context.paths.databaseFile);
    const bool sameEpoch = m_session && m_session->epoch == m_coherence->epoch();
    const bool sameFile = m_session && database.isSameFile(m_session->database);
    const bool isDamaged = m_session && m_session->verdict.load() == StoreSession::Verdict::Damaged;
    // Damage that somebody else has dealt with meanwhile is not dealt with twice.
    if (isDamaged && sameFile && sameEpoch)
        m_condemned = database;
    const Rebuild rebuild = database.isSameFile(m_condemned) ? Rebuild::Yes : Rebuild::No;
    if (m_session)
        m_previous = m_session->database;
    // Also when an attempt to open it has failed since, but once for each: then the log may be that of who uses it.
    if (m_previous.exists() && !database.isSameFile(m_previous) && m_coherence->databaseInode() == m_previous.inode
        && !database.isSameFile(m_spared)) {
        quarantineLog(m_context);
        m_spared = database;
    }
    dropSession();
    auto opened = openDatabase(rebuild, true, database);
    if (!opened)
        return failure(opened.error());
    m_condemned = {};
    m_previous = {};
    m_spared = {};
    m_context.counters.reopens.fetch_add(1, std::memory_order_relaxed);
    if (opened->isNew || m_coherence->databaseInode() != opened->identity.inode)
        announceChange();
    return adoptOrRebuild(std::move(*opened), true);
}

void SessionKeeper::close()
{
    m_readers.setSession(nullptr);
    if (!m_coherence || !m_session || !m_locks.isOpen())
        return;
    // One after the other: of two that close at once neither would know that it is the last, and a log that is taken away
    // without a word looks, to whoever opens the store next, like one that lost its end.
    const bool isLocked = lockOpening(m_context.clock.steadyNow() + OpenTimeout).has_value();
    const auto alone = tryLockRange(m_locks.get(), LockMode::Exclusive, PresenceByte, 1);
    if (isLocked && alone && *alone && m_session->isGood() && m_writer) {
        // The log's end is no longer expected before SQLite takes the log away.
        m_coherence->recordLogBytes(-1);
        m_writer->connection().setLeavesLog(false);
    }
    m_writer.reset();
    unlockRange(m_locks.get(), PresenceByte, 1);
    if (isLocked)
        unlockOpening();
}

} // namespace Infra::Detail
