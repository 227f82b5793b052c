// SPDX-License-Identifier: MIT
#pragma once

#include <infra/connector.h>
#include <infra/databaseurl.h>

#include <atomic>
#include <chrono>

namespace Infra::Detail {

class PostgreSqlConnector final : public Connector
{
public:
    PostgreSqlConnector(DatabaseUrl url, std::chrono::milliseconds connectTimeout);

    [[nodiscard]] Result<QSqlDatabase> open(const QString &name, ConnectionAccess access) override;
    [[nodiscard]] Result<void> ping(QSqlDatabase &database) override;
    [[nodiscard]] Condition condition(QSqlDatabase &database) override;
    [[nodiscard]] Result<void> clean(QSqlDatabase &database) override;
    [[nodiscard]] bool isTransactionAborted(QSqlDatabase &database) override;
    void close(QSqlDatabase &database) override;
    [[nodiscard]] QString beginStatement(ConnectionAccess access) const override;

private:
    // libpq's functions on a PGconn *, all of them local.
    using Query = int(const void *);

    void findFunctions(const QSqlDatabase &database);
    [[nodiscard]] int call(const std::atomic<Query *> &function, const QSqlDatabase &database, int otherwise) const;

    const DatabaseUrl m_url;
    QString m_connectOptions;
    std::atomic<Query *> m_status{nullptr};
    std::atomic<Query *> m_transactionStatus{nullptr};
    std::atomic<Query *> m_socket{nullptr};
};

} // namespace Infra::Detail
