// SPDX-License-Identifier: MIT
#include "telemetrydatabase.h"

#include "rowcodec.h"
#include "storefiles.h"

#include <QFile>
#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <array>

#include <unistd.h>

namespace Infra::Detail {

namespace {

constexpr int ApplicationId = 0x494e4654; // "INFT"
constexpr int Version = 1;
// Deleted a publish at most, twice and more what a publish adds, so that the ring also shrinks.
constexpr int DeletedAtOnce = 32;
constexpr std::chrono::minutes FutureTolerance{1};

qlonglong milliseconds(SystemTime time)
{
    return static_cast<qlonglong>(time.time_since_epoch().count());
}

tl::expected<void, SqliteError> exec(QSqlQuery &query, const char *doing)
{
    if (query.exec())
        return {};
    return tl::unexpected(sqliteError(query.lastError(), QString::fromLatin1(doing)));
}

} // namespace

TelemetryDatabase::TelemetryDatabase(std::shared_ptr<SqliteStore> store)
    : m_store(std::move(store)), m_path(m_store->context().paths.telemetry), m_file(QFile::encodeName(m_path))
{
}

TelemetryDatabase::~TelemetryDatabase() = default;

bool TelemetryDatabase::isReadOnly() const noexcept
{
    return m_store->context().options.accessMode == StoreOptions::AccessMode::ReadOnly;
}

tl::expected<void, SqliteError> TelemetryDatabase::ensureOpen()
{
    if (m_connection && !FileIdentity::of(m_file).isSameFile(m_identity))
        closeStale();
    if (m_connection)
        return {};
    const StoreOptions &options = m_store->context().options;
    auto connection = SqliteConnection::open(m_path, isReadOnly() ? SqliteConnection::Mode::ReadOnly : SqliteConnection::Mode::Create,
                                             options.busyTimeout);
    if (!connection)
        return tl::unexpected(connection.error());
    const SqliteConnection &on = **connection;
    const auto version = on.value(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return tl::unexpected(version.error());
    if (version->toInt() > Version)
        return tl::unexpected(SqliteError{SqliteFault::Other, {Error::Kind::Incompatible, m_path + QStringLiteral(" was written by a newer version"), {}}});
    if (!isReadOnly()) {
        const qlonglong first = milliseconds(m_store->context().clock.systemNow());
        const std::array<QString, 10> statements{
            QStringLiteral("PRAGMA auto_vacuum = INCREMENTAL"), QStringLiteral("PRAGMA journal_mode = WAL"),
            QStringLiteral("PRAGMA synchronous = OFF"), QStringLiteral("BEGIN IMMEDIATE"),
            QStringLiteral("CREATE TABLE IF NOT EXISTS instances (id BLOB PRIMARY KEY, service TEXT NOT NULL, host TEXT NOT NULL, "
                           "process INTEGER NOT NULL, version TEXT NOT NULL, started INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID"),
            QStringLiteral("CREATE TABLE IF NOT EXISTS frames (position INTEGER PRIMARY KEY AUTOINCREMENT, instance BLOB NOT NULL, "
                           "at INTEGER NOT NULL, received INTEGER NOT NULL, payload BLOB NOT NULL)"),
            // Positions go on growing when the file is rebuilt.
            QStringLiteral("INSERT INTO sqlite_sequence (name, seq) SELECT 'frames', %1 WHERE NOT EXISTS "
                           "(SELECT 1 FROM sqlite_sequence WHERE name = 'frames')").arg(first),
            QStringLiteral("PRAGMA application_id = %1").arg(ApplicationId), QStringLiteral("PRAGMA user_version = %1").arg(Version),
            QStringLiteral("COMMIT")};
        for (const QString &sql : statements) {
            if (auto done = on.execute(sql); !done)
                return done;
        }
    }
    m_identity = FileIdentity::of(m_file);
    m_connection = std::move(*connection);
    return {};
}

void TelemetryDatabase::closeStale()
{
    const FileDescriptor guard = guardInode(m_identity);
    m_connection.reset();
}

void TelemetryDatabase::removeDamaged()
{
    // A few minutes of charts are not worth keeping aside. Only if nobody has replaced it already.
    const bool mine = !m_identity.exists() || FileIdentity::of(m_file).isSameFile(m_identity);
    if (mine && !isReadOnly()) {
        for (const char *suffix : {"-wal", "-shm", ""})
            ::unlink(QByteArray(m_file + suffix).constData());
    }
    closeStale();
    m_identity = {};
}

Result<void> TelemetryDatabase::perform(Deadline deadline, const Work &work)
{
    const Clock &clock = m_store->context().clock;
    const SteadyTime end = deadline.resolve(clock);
    {
        MutexLocker locker(m_mutex);
        const bool free = clock.waitUntil(locker.unique(), m_released, end, [this] {
            m_mutex.assertHeld();
            return !m_isInUse;
        });
        if (!free)
            return failure(Error::Kind::Timeout, QStringLiteral("the telemetry file stayed in use"));
        m_isInUse = true;
    }
    tl::expected<void, SqliteError> done;
    for (int attempt = 0; attempt < 2; ++attempt) {
        done = ensureOpen();
        if (done) {
            const auto remaining = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::min(end, clock.steadyNow()));
            const auto patience = std::clamp<std::chrono::milliseconds::rep>(remaining.count(), 0, m_store->context().options.busyTimeout.count());
            done = m_connection->execute(QStringLiteral("PRAGMA busy_timeout = %1").arg(patience));
        }
        if (done)
            done = work(*m_connection);
        if (done)
            break;
        if (m_connection)
            static_cast<void>(m_connection->execute(QStringLiteral("ROLLBACK")));
        if (done.error().fault != SqliteFault::Damage || isReadOnly())
            break;
        removeDamaged();
    }
    {
        const MutexLocker locker(m_mutex);
        m_isInUse = false;
    }
    m_released.notify_one();
    if (!done)
        return failure(done.error().error);
    return {};
}

Result<void> TelemetryDatabase::publish(const InstanceRow &instance, const FrameRow &frame, Deadline deadline)
{
    if (isReadOnly())
        return failure(Error::Kind::ReadOnly, m_path + QStringLiteral(" was opened read-only"));
    const SystemTime now = m_store->context().clock.systemNow();
    const SystemTime oldest = now - m_store->context().options.telemetryWindow;
    return perform(deadline, [&](const SqliteConnection &connection) -> tl::expected<void, SqliteError> {
        if (auto begun = connection.execute(QStringLiteral("BEGIN IMMEDIATE")); !begun)
            return begun;
        QSqlQuery upsert = connection.prepare(QStringLiteral(
            "REPLACE INTO instances (id, service, host, process, version, started, seen) VALUES (?, ?, ?, ?, ?, ?, ?)"));
        upsert.bindValue(0, notNull(instance.id));
        upsert.bindValue(1, instance.service.isNull() ? QStringLiteral("") : instance.service);
        upsert.bindValue(2, instance.host.isNull() ? QStringLiteral("") : instance.host);
        upsert.bindValue(3, static_cast<qlonglong>(instance.processId));
        upsert.bindValue(4, instance.version.isNull() ? QStringLiteral("") : instance.version);
        upsert.bindValue(5, milliseconds(instance.startedAt));
        upsert.bindValue(6, milliseconds(instance.lastSeenAt));
        if (auto done = exec(upsert, "publishing an instance"); !done)
            return done;
        QSqlQuery insert = connection.prepare(QStringLiteral("INSERT INTO frames (instance, at, received, payload) VALUES (?, ?, ?, ?)"));
        insert.bindValue(0, notNull(frame.instanceId));
        insert.bindValue(1, milliseconds(frame.at));
        insert.bindValue(2, milliseconds(now));
        insert.bindValue(3, notNull(frame.payload));
        if (auto done = exec(insert, "publishing a frame"); !done)
            return done;
        // A clock that was set back leaves rows of the future; they go too.
        QSqlQuery expire = connection.prepare(QStringLiteral(
            "DELETE FROM frames WHERE position IN (SELECT position FROM frames ORDER BY position LIMIT ?) AND (received < ? OR received > ?)"));
        expire.bindValue(0, DeletedAtOnce);
        expire.bindValue(1, milliseconds(oldest));
        expire.bindValue(2, milliseconds(now + FutureTolerance));
        if (auto done = exec(expire, "expiring frames"); !done)
            return done;
        QSqlQuery forget = connection.prepare(QStringLiteral("DELETE FROM instances WHERE seen < ?"));
        forget.bindValue(0, milliseconds(oldest));
        if (auto done = exec(forget, "expiring instances"); !done)
            return done;
        return connection.execute(QStringLiteral("COMMIT"));
    });
}

Result<std::vector<InstanceRow>> TelemetryDatabase::instances(Deadline deadline)
{
    std::vector<InstanceRow> rows;
    const auto done = perform(deadline, [&](const SqliteConnection &connection) -> tl::expected<void, SqliteError> {
        rows.clear();
        QSqlQuery query = connection.prepare(QStringLiteral(
            "SELECT id, service, host, process, version, started, seen FROM instances ORDER BY service, started"));
        if (auto read = exec(query, "reading instances"); !read)
            return read;
        while (query.next())
            rows.push_back({query.value(0).toByteArray(), query.value(1).toString(), query.value(2).toString(), query.value(3).toLongLong(),
                            query.value(4).toString(), decodeTime(query.value(5)), decodeTime(query.value(6))});
        return {};
    });
    if (!done)
        return failure(done.error());
    return rows;
}

Result<std::vector<FrameRow>> TelemetryDatabase::frames(std::uint64_t after, int limit, Deadline deadline)
{
    std::vector<FrameRow> rows;
    const auto done = perform(deadline, [&](const SqliteConnection &connection) -> tl::expected<void, SqliteError> {
        rows.clear();
        QSqlQuery query = connection.prepare(QStringLiteral(
            "SELECT position, instance, at, payload FROM frames WHERE position > ? ORDER BY position LIMIT ?"));
        query.bindValue(0, static_cast<qlonglong>(after));
        query.bindValue(1, limit);
        if (auto read = exec(query, "reading frames"); !read)
            return read;
        while (query.next())
            rows.push_back({query.value(0).toULongLong(), query.value(1).toByteArray(), decodeTime(query.value(2)), query.value(3).toByteArray()});
        return {};
    });
    if (!done)
        return failure(done.error());
    return rows;
}

Result<std::uint64_t> TelemetryDatabase::appendEvent(const EventRow &event, Deadline deadline)
{
    return m_store->appendEvent(event, deadline);
}

Result<std::vector<EventRow>> TelemetryDatabase::events(std::uint64_t after, int limit, Deadline deadline)
{
    return m_store->events(after, limit, deadline);
}

} // namespace Infra::Detail
