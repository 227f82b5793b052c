// SPDX-License-Identifier: MIT
#include "sqliteconnector.h"

#include "connectorsupport.h"
#include "driversymbols.h"
#include "perprocess.h"

#include <infra/sqlerror.h>

#include <QHash>
#include <QSqlDriver>
#include <QSqlError>
#include <QUrl>

namespace Infra::Detail {

namespace {

// By path, for as long as a pool has the file open.
struct Switches
{
    Mutex mutex;
    QHash<QString, std::weak_ptr<Mutex>> ofPath INFRA_GUARDED_BY(mutex);
};

// One for all pools of a file, and for no other: who waits for a locked database holds it.
std::shared_ptr<Mutex> switchOf(const QString &path)
{
    Switches &switches = perProcess<Switches>();
    const MutexLocker locker(switches.mutex);
    std::shared_ptr<Mutex> found = switches.ofPath.value(path).lock();
    if (!found) {
        switches.ofPath.removeIf([](const auto &entry) { return entry.value().expired(); });
        found = std::make_shared<Mutex>();
        switches.ofPath.insert(path, found);
    }
    return found;
}

} // namespace

SqliteConnector::SqliteConnector(DatabaseUrl url) : m_url(std::move(url)), m_switching(switchOf(m_url.database())) {}

Result<QSqlDatabase> SqliteConnector::open(const QString &name, ConnectionAccess access)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), name);
    const QString busyTimeout = m_url.options().value(QStringLiteral("busy_timeout"), QStringLiteral("5000"));
    QString options = QStringLiteral("QSQLITE_BUSY_TIMEOUT=") + busyTimeout;
    if (m_url.isInMemory()) {
        database.setDatabaseName(QStringLiteral(":memory:"));
    } else {
        // A URI is the only way to open without creating.
        options += QStringLiteral(";QSQLITE_OPEN_URI");
        database.setDatabaseName(QStringLiteral("file://")
                                 + QString::fromLatin1(QUrl::toPercentEncoding(m_url.database(), "/"))
                                 + QStringLiteral("?mode=")
                                 + m_url.options().value(QStringLiteral("mode"), QStringLiteral("rwc")));
    }
    database.setConnectOptions(options);
    if (!database.open()) {
        const Error error = errorFromSql(database.lastError(), QStringLiteral("opening ") + m_url.redacted());
        return failure(dropFailed(database, name, error));
    }
    if (const Result<void> configured = configure(database, access); !configured)
        return failure(dropFailed(database, name, configured.error()));
    if (!m_getAutocommit.load(std::memory_order_relaxed)) {
        m_getAutocommit.store(driverFunction<GetAutocommit>(database.driver(), "sqlite3_get_autocommit"),
                              std::memory_order_relaxed);
    }
    return database;
}

Result<void> SqliteConnector::configure(QSqlDatabase &database, ConnectionAccess access) const
{
    const QString doing = QStringLiteral("configuring ") + m_url.redacted();
    const bool readOnlyFile = m_url.options().value(QStringLiteral("mode")) == QLatin1String("ro");
    if (!m_url.isInMemory() && !readOnlyFile) {
        // SQLite does not wait for the lock that the switch to WAL takes: at least our own threads take turns. Where somebody
        // has locked the database, each turn lasts for busy_timeout.
        const MutexLocker locker(*m_switching);
        const QString mode = m_url.options().value(QStringLiteral("journal_mode"), QStringLiteral("WAL"));
        if (const Result<void> set = executeOn(database, QStringLiteral("PRAGMA journal_mode=") + mode, doing); !set)
            return set;
    }
    const QString synchronous = m_url.options().value(QStringLiteral("synchronous"), QStringLiteral("NORMAL"));
    const QString foreignKeys = m_url.options().value(QStringLiteral("foreign_keys"), QStringLiteral("on"));
    QStringList statements{QStringLiteral("PRAGMA synchronous=") + synchronous,
                           QStringLiteral("PRAGMA foreign_keys=") + foreignKeys};
    if (access == ConnectionAccess::ReadOnly)
        statements.append(QStringLiteral("PRAGMA query_only=ON"));
    for (const QString &statement : std::as_const(statements)) {
        if (const Result<void> set = executeOn(database, statement, doing); !set)
            return set;
    }
    return {};
}

Result<void> SqliteConnector::ping(QSqlDatabase &database)
{
    return executeOn(database, QStringLiteral("SELECT 1"), QStringLiteral("ping"));
}

Connector::Condition SqliteConnector::condition(QSqlDatabase &database)
{
    if (!database.isOpen())
        return Condition::Broken;
    GetAutocommit *const getAutocommit = m_getAutocommit.load(std::memory_order_relaxed);
    void *const handle = getAutocommit ? driverHandle(database.driver(), "sqlite3") : nullptr;
    // Unknown counts as dirty: a needless ROLLBACK is an error that clean() expects.
    return handle && getAutocommit(handle) != 0 ? Condition::Clean : Condition::Dirty;
}

Result<void> SqliteConnector::clean(QSqlDatabase &database)
{
    // Fails when there is no transaction, which is what is wanted.
    static_cast<void>(executeOn(database, QStringLiteral("ROLLBACK"), QStringLiteral("cleaning")));
    return ping(database);
}

bool SqliteConnector::isTransactionAborted(QSqlDatabase &database)
{
    // Some errors (a full disk, SQLITE_IOERR) roll back by themselves; then COMMIT fails, which is an answer.
    Q_UNUSED(database);
    return false;
}

void SqliteConnector::close(QSqlDatabase &database)
{
    database.close();
}

QString SqliteConnector::beginStatement(ConnectionAccess access) const
{
    // A deferred transaction that turns to writing cannot wait: SQLite answers SQLITE_BUSY at once.
    return access == ConnectionAccess::ReadWrite ? QStringLiteral("BEGIN IMMEDIATE") : QStringLiteral("BEGIN");
}

} // namespace Infra::Detail
