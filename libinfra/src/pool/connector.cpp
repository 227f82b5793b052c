// SPDX-License-Identifier: MIT
#include <infra/connector.h>

#include "connectorsupport.h"
#include "postgresqlconnector.h"
#include "sqliteconnector.h"

#include <infra/databaseurl.h>
#include <infra/pooloptions.h>
#include <infra/sqlerror.h>

#include <QSqlError>
#include <QSqlQuery>

namespace Infra {

Connector::~Connector() = default;

Result<std::shared_ptr<Connector>> Connector::create(const DatabaseUrl &url, const PoolOptions &options)
{
    const bool sqlite = url.driver() == DatabaseUrl::Driver::Sqlite;
    const QString driver = sqlite ? QStringLiteral("QSQLITE") : QStringLiteral("QPSQL");
    if (!QSqlDatabase::isDriverAvailable(driver)) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("the Qt SQL driver %1 is not installed").arg(driver));
    }
    if (sqlite)
        return std::shared_ptr<Connector>(std::make_shared<Detail::SqliteConnector>(url));
    return std::shared_ptr<Connector>(std::make_shared<Detail::PostgreSqlConnector>(url, options.connectTimeout));
}

namespace Detail {

Result<void> executeOn(const QSqlDatabase &database, const QString &sql, const QString &doing)
{
    // Qt would print a warning.
    if (!database.isOpen())
        return failure(Error::Kind::Unavailable, doing + QStringLiteral(": the connection is closed"), QStringLiteral("08003"));
    QSqlQuery query(database);
    if (!query.exec(sql))
        return failure(errorFromSql(query.lastError(), doing));
    return {};
}

Error dropFailed(QSqlDatabase &database, const QString &name, Error error)
{
    database.close();
    database = QSqlDatabase();
    QSqlDatabase::removeDatabase(name);
    return error;
}

} // namespace Detail

} // namespace Infra
