// SPDX-License-Identifier: MIT
#include "sqliteconnection.h"

#include <QSqlError>
#include <QUrl>
#include <QVariant>

#include <atomic>

namespace Infra::Detail {

SqliteError sqliteError(const QSqlError &error, const QString &doing)
{
    // Result codes of SQLite (sqlite.org/rescode.html); the low byte is the primary one.
    const int code = error.nativeErrorCode().toInt();
    SqliteError result;
    result.error.nativeCode = error.nativeErrorCode();
    result.error.message = doing + QStringLiteral(": ") + error.databaseText();
    switch (code & 0xff) {
    case 5: // BUSY
    case 6: // LOCKED
    case 15: // PROTOCOL: too many retries for a WAL lock
        result.fault = SqliteFault::Busy;
        result.error.kind = Error::Kind::Busy;
        break;
    case 13: // FULL
        result.fault = SqliteFault::Space;
        result.error.kind = Error::Kind::DiskFull;
        break;
    case 8: // READONLY
        result.fault = SqliteFault::ReadOnly;
        result.error.kind = Error::Kind::ReadOnly;
        break;
    case 3: // PERM
    case 23: // AUTH
        result.fault = SqliteFault::Other;
        result.error.kind = Error::Kind::PermissionDenied;
        break;
    case 11: // CORRUPT
    case 26: // NOTADB
        result.fault = SqliteFault::Damage;
        result.error.kind = Error::Kind::Corrupt;
        break;
    case 14: // CANTOPEN: gone, while the store is open
        result.fault = SqliteFault::Damage;
        result.error.kind = Error::Kind::Unavailable;
        break;
    case 10: // IOERR
        // A short read is a truncated file; anything else is the device.
        result.fault = code == 522 ? SqliteFault::Damage : SqliteFault::Other;
        result.error.kind = Error::Kind::Io;
        break;
    case 1: { // ERROR: as our statements are fixed, a table that they do not find was taken away
        const bool missing = error.databaseText().contains(QLatin1String("no such"));
        result.fault = missing ? SqliteFault::Damage : SqliteFault::Other;
        result.error.kind = missing ? Error::Kind::Corrupt : Error::Kind::QueryFailed;
        break;
    }
    default:
        result.fault = SqliteFault::Other;
        result.error.kind = Error::Kind::QueryFailed;
        break;
    }
    return result;
}

tl::expected<std::unique_ptr<SqliteConnection>, SqliteError>
SqliteConnection::open(const QString &path, Mode mode, std::chrono::milliseconds busyTimeout)
{
    static std::atomic<std::uint64_t> counter{0};
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
    connection->m_name = QStringLiteral("infra-store-%1").arg(++counter);
    connection->m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connection->m_name);
    QLatin1String access("rwc");
    if (mode == Mode::ReadWrite)
        access = QLatin1String("rw");
    else if (mode == Mode::ReadOnly)
        access = QLatin1String("ro");
    // A URI, because only that can open for writing without creating.
    const QString uri = QStringLiteral("file:") + QString::fromLatin1(QUrl::toPercentEncoding(path, "/"))
        + QStringLiteral("?mode=") + access;
    connection->m_database.setDatabaseName(uri);
    connection->m_database.setConnectOptions(
        QStringLiteral("QSQLITE_OPEN_URI;QSQLITE_BUSY_TIMEOUT=%1").arg(busyTimeout.count()));
    if (!connection->m_database.open())
        return tl::unexpected(sqliteError(connection->m_database.lastError(), QStringLiteral("opening ") + path));
    return connection;
}

SqliteConnection::~SqliteConnection()
{
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_name);
}

QSqlQuery SqliteConnection::prepare(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    query.prepare(sql);
    return query;
}

tl::expected<void, SqliteError> SqliteConnection::execute(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.exec(sql))
        return tl::unexpected(sqliteError(query.lastError(), sql.section(QLatin1Char('('), 0, 0)));
    // Some pragmas do their work row by row.
    while (query.next()) { }
    return {};
}

tl::expected<QVariant, SqliteError> SqliteConnection::value(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.exec(sql))
        return tl::unexpected(sqliteError(query.lastError(), sql));
    return query.next() ? query.value(0) : QVariant();
}

} // namespace Infra::Detail
