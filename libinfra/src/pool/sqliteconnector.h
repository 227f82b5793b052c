// SPDX-License-Identifier: MIT
#pragma once

#include "threadannotations.h"

#include <infra/connector.h>
#include <infra/databaseurl.h>

#include <atomic>
#include <memory>

namespace Infra::Detail {

class SqliteConnector final : public Connector
{
public:
    explicit SqliteConnector(DatabaseUrl url);

    [[nodiscard]] Result<QSqlDatabase> open(const QString &name, ConnectionAccess access) override;
    [[nodiscard]] Result<void> ping(QSqlDatabase &database) override;
    [[nodiscard]] Condition condition(QSqlDatabase &database) override;
    [[nodiscard]] Result<void> clean(QSqlDatabase &database) override;
    [[nodiscard]] bool isTransactionAborted(QSqlDatabase &database) override;
    void close(QSqlDatabase &database) override;
    [[nodiscard]] QString beginStatement(ConnectionAccess access) const override;

private:
    using GetAutocommit = int(void *);

    [[nodiscard]] Result<void> configure(QSqlDatabase &database, ConnectionAccess access) const;

    const DatabaseUrl m_url;
    const std::shared_ptr<Mutex> m_switching; // Held while the journal's mode is set.
    std::atomic<GetAutocommit *> m_getAutocommit{nullptr};
};

} // namespace Infra::Detail
