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
// How exactly a deadline is told to SQLite: telling it takes as long as a statement, and most calls' are alike.
using PatienceStep = std::chrono::duration<std::chrono::milliseconds::rep, std::ratio<1, 20>>;

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

// Whether its rows were all there are, and not those before a damaged page.
tl::expected<void, SqliteError> ended(const QSqlQuery &query, const char *doing)
{
    if (!query.lastError().isValid())
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

tl::expected<void, SqliteError> TelemetryDatabase::ensureOpen(SteadyTime deadline)
{
    if (m_connection && !FileIdentity::of(m_file).isSameFile(m_identity))
        closeStale();
    if (m_connection)
        return {};
    const std::chrono::milliseconds patienceToOpen = patience(deadline);
    auto connection = SqliteConnection::open(m_path, isReadOnly() ? SqliteConnection::Mode::ReadOnly : SqliteConnection::Mode::Create,
                                             patienceToOpen);
    if (!connection)
        return tl::unexpected(connection.error());
    m_patience = patienceToOpen;
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
            if (auto told = waitUntil(on, deadline); !told)
                return told;
            if (auto done = on.execute(sql); !done)
                return done;
        }
    }
    m_identity = FileIdentity::of(m_file);
    m_connection = std::move(*connection);
    return {};
}

std::chrono::milliseconds TelemetryDatabase::patience(SteadyTime deadline) const
{
    const StoreContext &context = m_store->context();
    const auto remaining = std::chrono::floor<PatienceStep>(deadline - std::min(deadline, context.clock.steadyNow()));
    return std::min<std::chrono::milliseconds>(remaining, context.options.busyTimeout);
}

tl::expected<void, SqliteError> TelemetryDatabase::waitUntil(const SqliteConnection &connection, SteadyTime deadline)
{
    const std::chrono::milliseconds wanted = patience(deadline);
    if (wanted == m_patience)
        return {};
    auto done = connection.execute(QStringLiteral("PRAGMA busy_timeout = %1").arg(wanted.count()));
    if (done)
        m_patience = wanted;
    return done;
}

void TelemetryDatabase::closeStale()
{
    if (m_connection)
        m_connection->setLeavesLog(true); // The path may name a newer database's.
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
        done = ensureOpen(end);
        if (done)
            done = waitUntil(*m_connection, end);
        if (done)
            done = work(*m_connection);
        if (done)
            break;
        if (m_connection)
            static_cast<void>(m_connection->execute(QStringLiteral("ROLLBACK")));
        // A file that cannot be opened, for want of descriptors perhaps, is not one that is damaged.
        if (done.error().fault != SqliteFault::Damage || done.error().error.kind == Error::Kind::Unavailable || isReadOnly())
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
    const QByteArray service = instance.service.toUtf8();
    const QByteArray host = instance.host.toUtf8();
    const QByteArray version = instance.version.toUtf8();
    // Once a second for as long as the process lives, so nothing is prepared twice.
    return perform(deadline, [&](const SqliteConnection &connection) -> tl::expected<void, SqliteError> {
        if (auto begun = connection.keptStatement(QLatin1String("BEGIN IMMEDIATE")).execute("publishing"); !begun)
            return begun;
        SqliteStatement &upsert = connection.keptStatement(QLatin1String(
            "REPLACE INTO instances (id, service, host, process, version, started, seen) VALUES (?, ?, ?, ?, ?, ?, ?)"));
        upsert.bind(0, instance.id);
        upsert.bindText(1, service);
        upsert.bindText(2, host);
        upsert.bind(3, static_cast<std::int64_t>(instance.processId));
        upsert.bindText(4, version);
        upsert.bind(5, instance.startedAt);
        upsert.bind(6, instance.lastSeenAt);
        if (auto done = upsert.execute("publishing an instance"); !done)
            return done;
        SqliteStatement &insert = connection.keptStatement(QLatin1String(
            "INSERT INTO frames (instance, at, received, payload) VALUES (?, ?, ?, ?)"));
        insert.bind(0, frame.instanceId);
        insert.bind(1, frame.at);
        insert.bind(2, now);
        insert.bind(3, frame.payload);
        if (auto done = insert.execute("publishing a frame"); !done)
            return done;
        // A clock that was set back leaves rows of the future; they go too.
        SqliteStatement &expire = connection.keptStatement(QLatin1String(
            "DELETE FROM frames WHERE position IN (SELECT position FROM frames ORDER BY position LIMIT ?) AND (received < ? OR received > ?)"));
        expire.bind(0, std::int64_t{DeletedAtOnce});
        expire.bind(1, oldest);
        expire.bind(2, now + FutureTolerance);
        if (auto done = expire.execute("expiring frames"); !done)
            return done;
        SqliteStatement &forget = connection.keptStatement(QLatin1String("DELETE FROM instances WHERE seen < ?"));
        forget.bind(0, oldest);
        if (auto done = forget.execute("expiring instances"); !done)
            return done;
        return connection.keptStatement(QLatin1String("COMMIT")).execute("publishing");
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
        return ended(query, "reading instances");
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
        return ended(query, "reading frames");
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
