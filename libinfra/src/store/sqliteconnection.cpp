// SPDX-License-Identifier: MIT
#include "sqliteconnection.h"

#include "sqlitefunctions.h"

#include <QSqlError>
#include <QUrl>
#include <QVariant>

#include <atomic>

namespace Infra::Detail {

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
    else if (mode == Mode::Immutable)
        access = QLatin1String("ro&immutable=1");
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
    m_statements.clear();
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

SqliteStatement SqliteConnection::statement(QLatin1String sql) const
{
    return SqliteStatement(m_database, sql);
}

SqliteStatement &SqliteConnection::keptStatement(QLatin1String sql) const
{
    const auto found = m_statements.find(sql);
    if (found != m_statements.end())
        return found->second;
    return m_statements.emplace(sql, statement(sql)).first->second;
}

tl::expected<void, SqliteError> SqliteConnection::execute(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.exec(sql))
        return tl::unexpected(sqliteError(query.lastError(), sql.section(QLatin1Char('('), 0, 0)));
    // Some pragmas do their work row by row.
    while (query.next()) { }
    if (query.lastError().isValid())
        return tl::unexpected(sqliteError(query.lastError(), sql.section(QLatin1Char('('), 0, 0)));
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

void SqliteConnection::setLeavesLog(bool leaves) const noexcept
{
    if (const SqliteFunctions *functions = SqliteFunctions::of(m_database.driver()))
        functions->configure(SqliteFunctions::handle(m_database.driver()), SqliteFunctions::NoCheckpointOnClose, leaves ? 1 : 0, nullptr);
}

tl::expected<void, SqliteError> SqliteConnection::syncDatabase() const
{
    const SqliteFunctions *functions = SqliteFunctions::of(m_database.driver());
    if (!functions)
        return {};
    SqliteFile *file = nullptr;
    int code = functions->fileControl(SqliteFunctions::handle(m_database.driver()), "main", SqliteFile::OfDatabase, &file);
    if (code == 0 && file && file->methods)
        code = file->methods->sync(file, SqliteFile::SyncDataOnly);
    if (code != 0)
        return tl::unexpected(sqliteError(code, QStringLiteral("the disk refused"), QStringLiteral("writing the database to the disk")));
    return {};
}

} // namespace Infra::Detail
