// SPDX-License-Identifier: MIT
#pragma once

#include <infra/connector.h>
#include <infra/export.h>
#include <infra/result.h>

#include <QSqlDatabase>
#include <QSqlQuery>

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

namespace Infra {

namespace Detail {
class PoolCore;
struct Connection;

// The shape of what callers pass: a function of PooledConnection & that returns a Result.
template<class Type>
struct IsResult : std::false_type
{};
template<class Value>
struct IsResult<Result<Value>> : std::true_type
{};
INFRA_EXPORT Error errorFromException(std::exception_ptr exception);
} // namespace Detail

// Thread safety: a value.
//
// How a transaction runs.
struct TransactionOptions
{
    // How often the function may run, the first time included (at least 1). It runs again only after a
    // serialization failure or a deadlock (SQLSTATE 40001, 40P01), so it must have no effects outside the
    // database. 1, the default, never runs it twice.
    int attempts = 1;
    // How it begins. ReadWrite: BEGIN IMMEDIATE on SQLite, BEGIN on PostgreSQL. ReadOnly: BEGIN, and BEGIN READ ONLY.
    ConnectionAccess access = ConnectionAccess::ReadWrite;
};

// Thread safety: none; a lease belongs to the thread that acquired it and must be used and returned there.
//
// One connection, lent until this object is destroyed. It goes back clean: prepared queries are finished, an
// open transaction is rolled back (off this thread), and a connection that the server has lost is closed
// instead of being lent again.
//
//     auto lease = pool.acquire(std::chrono::seconds(2));
//     if (!lease)
//         return Infra::failure(lease.error());
//     QSqlQuery query(lease->database());
//
// Own QSqlQuery objects and copies of database() must be gone before the lease is. What one thread must not
// do to another's lease is refused: database() is then an invalid handle. A lease that is still out when its
// thread ends is taken back and its connection closed. A lease may outlive the pool: its connection is closed
// on return. In a child after fork() a lease is dead: everything on it fails and returning it does nothing.
class INFRA_EXPORT PooledConnection
{
public:
    // An empty lease.
    PooledConnection() noexcept = default;
    // `other` is empty afterwards.
    PooledConnection(PooledConnection &&other) noexcept
        : m_core(std::exchange(other.m_core, nullptr)), m_connection(std::exchange(other.m_connection, nullptr))
    {}
    // Returns what this one held first; `other` is empty afterwards.
    PooledConnection &operator=(PooledConnection &&other) noexcept
    {
        if (this != &other) {
            release();
            m_core = std::exchange(other.m_core, nullptr);
            m_connection = std::exchange(other.m_connection, nullptr);
        }
        return *this;
    }
    ~PooledConnection() { release(); }

    // Whether a connection is held.
    [[nodiscard]] bool isValid() const noexcept { return m_connection != nullptr; }
    // The open connection; its driver lives in this thread. Invalid on an empty lease and in other threads.
    // Use the handle, not its name.
    [[nodiscard]] QSqlDatabase database() const;

    // The query for `sql`, prepared once per connection and kept for later leases (PoolOptions::
    // statementCacheSize). Never null; valid until the lease ends. Bind, exec and read it; it is finished on
    // return. A second prepared() of the same text gives the same object.
    [[nodiscard]] Result<QSqlQuery *> prepared(const QString &sql);
    // Executes one statement and drops its rows.
    Result<void> execute(const QString &sql);

    // Runs `function(*this)`, which returns a Result, inside a transaction: commits when it returns a value,
    // rolls back when it returns an error or throws (FactoryFailed). SQLite begins with BEGIN IMMEDIATE when
    // access is ReadWrite. The outcome is the function's, or the error of BEGIN or COMMIT. Transactions do
    // not nest.
    template<class Function>
    std::invoke_result_t<Function &, PooledConnection &> inTransaction(Function function,
                                                                       TransactionOptions options = {})
    {
        using Outcome = std::invoke_result_t<Function &, PooledConnection &>;
        static_assert(Detail::IsResult<Outcome>::value, "the function must return an Infra::Result");
        Outcome outcome = failure(Error::Kind::Internal, QStringLiteral("the transaction did not run"));
        const Result<void> ended = transact(
            [&]() -> Result<void> {
                try {
                    outcome = function(*this);
                } catch (...) {
                    return failure(Detail::errorFromException(std::current_exception()));
                }
                return outcome ? Result<void>() : Result<void>(failure(outcome.error()));
            },
            options);
        if (!ended)
            return failure(ended.error());
        return outcome;
    }

    // Tells the pool that this connection must not be lent again, for example after a protocol error that only
    // the caller can see.
    void markBroken() noexcept;

    // Returns the connection now, or that of ConnectionPool::run() when its function has ended; the lease is empty afterwards.
    void release() noexcept
    {
        if (m_connection)
            giveBack();
    }

private:
    friend class Detail::PoolCore;
    PooledConnection(Detail::PoolCore *core, Detail::Connection *connection) noexcept
        : m_core(core), m_connection(connection)
    {}
    void giveBack() noexcept;
    [[nodiscard]] bool adopt() const;
    Result<void> transact(const std::function<Result<void>()> &body, const TransactionOptions &options);

    Detail::PoolCore *m_core = nullptr;
    Detail::Connection *m_connection = nullptr;
};

} // namespace Infra
