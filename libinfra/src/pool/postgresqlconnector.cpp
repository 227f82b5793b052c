// SPDX-License-Identifier: MIT
#include "postgresqlconnector.h"

#include "connectorsupport.h"
#include "driversymbols.h"
#include "socketwatch.h"

#include <infra/sqlerror.h>

#include <QSqlDriver>
#include <QSqlError>

#include <algorithm>

namespace Infra::Detail {

namespace {

// libpq's ConnStatusType and PGTransactionStatusType.
constexpr int ConnectionOk = 0;
constexpr int TransactionIdle = 0;
constexpr int TransactionInTransaction = 2;
constexpr int TransactionInError = 3;

QString quoted(QString value)
{
    value.replace(u'\\', QStringLiteral("\\\\"));
    value.replace(u'\'', QStringLiteral("\\'"));
    return u'\'' + value + u'\'';
}

} // namespace

PostgreSqlConnector::PostgreSqlConnector(DatabaseUrl url, std::chrono::milliseconds connectTimeout)
    : m_url(std::move(url))
{
    QMap<QString, QString> options = m_url.options();
    const auto setDefault = [&options](const char *name, const QString &value) {
        const QString key = QLatin1String(name);
        if (!options.contains(key))
            options.insert(key, value);
    };
    const auto seconds = std::max<qint64>(2, std::chrono::ceil<std::chrono::seconds>(connectTimeout).count());
    setDefault("connect_timeout", QString::number(seconds));
    // A peer that vanishes without a word is noticed within half a minute, not in two hours.
    setDefault("keepalives_idle", QStringLiteral("10"));
    setDefault("keepalives_interval", QStringLiteral("5"));
    setDefault("keepalives_count", QStringLiteral("4"));
    setDefault("tcp_user_timeout", QStringLiteral("30000"));
    setDefault("fallback_application_name", QStringLiteral("libinfra"));
    QStringList parts;
    for (auto option = options.cbegin(); option != options.cend(); ++option)
        parts.append(option.key() + u'=' + quoted(option.value()));
    m_connectOptions = parts.join(u';');
}

Result<QSqlDatabase> PostgreSqlConnector::open(const QString &name, ConnectionAccess access)
{
    Q_UNUSED(access);
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
    database.setHostName(m_url.host());
    database.setPort(m_url.port() == 0 ? -1 : m_url.port());
    database.setDatabaseName(m_url.database());
    database.setUserName(m_url.user());
    database.setPassword(m_url.password());
    database.setConnectOptions(m_connectOptions);
    if (!database.open()) {
        Error error = errorFromSql(database.lastError(), QStringLiteral("connecting to ") + m_url.redacted());
        error.message = m_url.scrub(error.message);
        return failure(dropFailed(database, name, std::move(error)));
    }
    findFunctions(database);
    // Qt ignores a server that goes away after the handshake, while it sets the session up.
    if (condition(database) == Condition::Broken) {
        return failure(dropFailed(database, name,
                                  {Error::Kind::Unavailable,
                                   QStringLiteral("connecting to ") + m_url.redacted()
                                       + QStringLiteral(": the server closed the new connection"),
                                   QStringLiteral("08006")}));
    }
    return database;
}

void PostgreSqlConnector::findFunctions(const QSqlDatabase &database)
{
    if (m_status.load(std::memory_order_acquire))
        return;
    const QSqlDriver *const driver = database.driver();
    m_transactionStatus.store(driverFunction<Query>(driver, "PQtransactionStatus"), std::memory_order_relaxed);
    m_socket.store(driverFunction<Query>(driver, "PQsocket"), std::memory_order_relaxed);
    m_status.store(driverFunction<Query>(driver, "PQstatus"), std::memory_order_release);
}

int PostgreSqlConnector::call(const std::atomic<Query *> &function, const QSqlDatabase &database, int otherwise) const
{
    Query *const query = function.load(std::memory_order_acquire);
    const void *const connection = query ? driverHandle(database.driver(), "pg_conn") : nullptr;
    return connection ? query(connection) : otherwise;
}

Result<void> PostgreSqlConnector::ping(QSqlDatabase &database)
{
    return executeOn(database, QStringLiteral("SELECT 1"), QStringLiteral("ping"));
}

Connector::Condition PostgreSqlConnector::condition(QSqlDatabase &database)
{
    if (!database.isOpen() || call(m_status, database, ConnectionOk) != ConnectionOk)
        return Condition::Broken;
    // Unknown counts as dirty: ROLLBACK outside a transaction is harmless.
    switch (call(m_transactionStatus, database, TransactionInTransaction)) {
    case TransactionIdle: return Condition::Clean;
    case TransactionInTransaction:
    case TransactionInError: return Condition::Dirty;
    default: return Condition::Broken; // A result is still being read: draining it could take for ever.
    }
}

Result<void> PostgreSqlConnector::clean(QSqlDatabase &database)
{
    return executeOn(database, QStringLiteral("ROLLBACK"), QStringLiteral("cleaning"));
}

bool PostgreSqlConnector::isTransactionAborted(QSqlDatabase &database)
{
    return call(m_transactionStatus, database, TransactionInTransaction) == TransactionInError;
}

void PostgreSqlConnector::close(QSqlDatabase &database)
{
    // The server drops a session some time after the client has closed its socket. PostgreSQL closes its end
    // only when the backend has ended (libpq's "synchronous close"), so a second descriptor of the same socket
    // tells when the place is really free.
    SocketWatch watch(call(m_socket, database, -1));
    database.close();
    watch.waitForEnd();
}

QString PostgreSqlConnector::beginStatement(ConnectionAccess access) const
{
    return access == ConnectionAccess::ReadWrite ? QStringLiteral("BEGIN") : QStringLiteral("BEGIN READ ONLY");
}

} // namespace Infra::Detail
