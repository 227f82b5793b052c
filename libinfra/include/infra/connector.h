// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/result.h>

#include <QSqlDatabase>
#include <QString>

#include <chrono>
#include <memory>

namespace Infra {

class DatabaseUrl;
struct PoolOptions;

// What a borrower means to do. SQLite has one writer: ReadWrite waits for it, ReadOnly gets one of the readers,
// where a write fails. PostgreSQL serves both from the same connections, and refuses writes of a ReadOnly transaction only
// (PooledConnection::inTransaction).
enum class ConnectionAccess { ReadWrite, ReadOnly };

// Thread safety: open(), ping(), clean() and close() are called from the pool's threads, several at once but
// never two for one connection; condition() and isTransactionAborted() from the borrower's thread.
//
// How a pool opens, checks and closes one kind of database. The pool's own connectors serve QSQLITE and QPSQL;
// another one is for other drivers and for tests that inject faults. Any of the first four may block: the
// pool abandons a call that outlives its timeout.
class INFRA_EXPORT Connector
{
public:
    // What can be done with a connection that a borrower returned.
    enum class Condition {
        Clean, // Lend it again.
        Dirty, // A transaction is open: clean() it first.
        Broken // Close it.
    };

    virtual ~Connector();

    // Opens and configures a connection, registered with QSqlDatabase under `name`. On an error nothing may
    // stay registered. The driver must live in the calling thread; the pool hands it on.
    [[nodiscard]] virtual Result<QSqlDatabase> open(const QString &name, ConnectionAccess access) = 0;
    // One round trip.
    [[nodiscard]] virtual Result<void> ping(QSqlDatabase &database) = 0;
    // Must not block and not talk to the server.
    [[nodiscard]] virtual Condition condition(QSqlDatabase &database) = 0;
    // Ends what a borrower left: rolls back.
    [[nodiscard]] virtual Result<void> clean(QSqlDatabase &database) = 0;
    // Whether the open transaction can only be rolled back, so that COMMIT would silently do that.
    [[nodiscard]] virtual bool isTransactionAborted(QSqlDatabase &database) = 0;
    // Closes, and returns only once the server has given the connection up.
    virtual void close(QSqlDatabase &database) = 0;
    // The statement that begins a transaction which may write ("BEGIN IMMEDIATE" for SQLite).
    [[nodiscard]] virtual QString beginStatement(ConnectionAccess access) const = 0;

    // The pool's own connector for `url`. Unavailable when the Qt driver plugin is not installed.
    [[nodiscard]] static Result<std::shared_ptr<Connector>> create(const DatabaseUrl &url, const PoolOptions &options);

protected:
    Connector() = default;
    Connector(const Connector &) = delete;
    Connector &operator=(const Connector &) = delete;
};

} // namespace Infra
