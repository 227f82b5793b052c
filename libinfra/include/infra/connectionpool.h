// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/connector.h>
#include <infra/databaseurl.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/pooledconnection.h>
#include <infra/pooloptions.h>
#include <infra/poolstatistics.h>
#include <infra/result.h>
#include <infra/sqlerror.h>

#include <QFuture>
#include <QPromise>

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>

namespace Infra {

namespace Detail {

// One run(): what the pool's threads call. The pool decides under its lock whether the function's outcome or
// an error is published, so exactly one of finish() and fail() is called.
class INFRA_EXPORT RunRequest
{
public:
    virtual ~RunRequest();
    // Calls the function and keeps its outcome; never throws.
    virtual void invoke(PooledConnection &connection) = 0;
    virtual void finish() = 0;
    virtual void fail(Error error) = 0;
    [[nodiscard]] virtual bool isCanceled() const = 0;
    // The outcome's native code when it is an error: tells a lost connection.
    [[nodiscard]] virtual QString nativeCode() const = 0;
};

template<class Function, class Outcome>
class RunFunction final : public RunRequest
{
public:
    explicit RunFunction(Function function) : m_function(std::move(function)) { m_promise.start(); }
    [[nodiscard]] QFuture<Outcome> future() const { return m_promise.future(); }

    void invoke(PooledConnection &connection) override
    {
        try {
            m_outcome.emplace(m_function(connection));
        } catch (...) {
            m_outcome.emplace(failure(errorFromException(std::current_exception())));
        }
    }
    void finish() override { publish(std::move(*m_outcome)); }
    void fail(Error error) override { publish(failure(std::move(error))); }
    bool isCanceled() const override { return m_promise.isCanceled(); }
    QString nativeCode() const override { return m_outcome && !*m_outcome ? m_outcome->error().nativeCode : QString(); }

private:
    void publish(Outcome outcome)
    {
        m_promise.addResult(std::move(outcome));
        m_promise.finish();
    }

    Function m_function;
    QPromise<Outcome> m_promise;
    std::optional<Outcome> m_outcome;
};

} // namespace Detail

// Thread safety: all members may be called from any thread at once.
//
// A bounded set of connections to one database.
//
//     const auto url = Infra::DatabaseUrl::parse(QStringLiteral("sqlite:orders.db"));
//     if (!url)
//         return Infra::failure(url.error());
//     auto pool = Infra::ConnectionPool::create(*url);
//     if (!pool)
//         return Infra::failure(pool.error());
//     auto count = (*pool)->run([](Infra::PooledConnection &connection) -> Infra::Result<int> {
//         auto query = connection.prepared(QStringLiteral("SELECT count(*) FROM orders"));
//         if (!query)
//             return Infra::failure(query.error());
//         if (!(*query)->exec() || !(*query)->next())
//             return Infra::failure(Infra::errorFromSql((*query)->lastError(), QStringLiteral("counting orders")));
//         return (*query)->value(0).toInt();
//     }, std::chrono::seconds(2));
//
// What it promises:
// - First come, first served: a connection goes to whoever waits longest, acquire or run; nobody in the queue
//   is ever overtaken. (HikariCP lets newcomers barge; that leaves others waiting.) While nobody waits, a thread
//   gets the connection again that it returned last. A thread that finds every connection lent gives way once
//   (sched_yield) before it queues.
// - No acquire and no run ends later than its deadline. acquire() cannot bound what the borrower then does in
//   its own thread: only run() bounds a driver that hangs, by abandoning the pool's thread.
// - The server never sees more than poolSize + maxOverflow connections. One that hangs is abandoned and counted
//   as a zombie; its place is free again only when the call has returned and the server has closed it.
// - Connects, pings, rollbacks and closes happen on the pool's own threads.
//
// SQLite: one connection writes, the others read (ConnectionAccess); waiting for the writer is fair within the
// process, and bounded by busy_timeout against others. WAL is switched on. A database in memory is one
// connection that is never closed, but when its lease is returned by another thread than the one that acquired it.
//
// fork(): a pool belongs to the process that created it. In a child, acquire() and run() fail with Unavailable;
// shutdown() and destroying the pool or a lease do nothing; statistics() and snapshot() have the limits only. Create a new
// pool there.
class INFRA_EXPORT ConnectionPool final : public MetricSource
{
public:
    // What tests replace.
    struct Environment
    {
        const Clock *clock = &Clock::system(); // Not owned; must outlive the pool. Null is InvalidArgument.
        std::shared_ptr<Connector> connector;  // Null: the one for the URL, see Connector::create().
        std::uint64_t seed = 0;                // Of the jitter; 0 takes a random one.
    };

    // Does not connect: minimumIdle connections are opened in the background. InvalidArgument names a bad
    // option; Unavailable a missing Qt driver, or a system that starts no thread.
    [[nodiscard]] static Result<std::unique_ptr<ConnectionPool>> create(const DatabaseUrl &url,
                                                                        const PoolOptions &options = {});
    [[nodiscard]] static Result<std::unique_ptr<ConnectionPool>> create(const DatabaseUrl &url,
                                                                        const PoolOptions &options,
                                                                        const Environment &environment);

    // shutdown(shutdownTimeout). A lease still out stays usable; on its return, which must come before main()
    // ends, a thread of its own closes the connection.
    ~ConnectionPool() override;

    // A connection for the calling thread. Errors: Timeout (the message has total, active, idle, pending and
    // the last connect error), Rejected (maxWaiters), Deadlock (this thread already holds a connection, and
    // everybody who could return one is waiting too), Cancelled (shutdown).
    // Without a deadline it waits for at most acquireTimeout.
    [[nodiscard]] Result<PooledConnection> acquire(std::source_location borrower = std::source_location::current());
    [[nodiscard]] Result<PooledConnection> acquire(Deadline deadline,
                                                   std::source_location borrower = std::source_location::current());
    [[nodiscard]] Result<PooledConnection> acquire(Deadline deadline, ConnectionAccess access,
                                                   std::source_location borrower = std::source_location::current());

    // Runs `function(PooledConnection &)`, which returns a Result, on a thread of the pool. The future finishes
    // by the deadline, with the function's outcome, FactoryFailed when it threw, or one of acquire()'s errors.
    // A function still running at the deadline is abandoned: the future gets Timeout, the outcome is dropped,
    // the connection is closed whenever the function returns. So it must own all it uses. One whose deadline has
    // passed already is not run. Cancelling the future drops a run that has not begun. Continuations run on a
    // pool thread and must not block.
    template<class Function>
    [[nodiscard]] auto run(Function function, Deadline deadline,
                           ConnectionAccess access = ConnectionAccess::ReadWrite,
                           std::source_location borrower = std::source_location::current())
        -> QFuture<std::invoke_result_t<Function &, PooledConnection &>>
    {
        using Outcome = std::invoke_result_t<Function &, PooledConnection &>;
        static_assert(Detail::IsResult<Outcome>::value, "the function must return an Infra::Result");
        auto request = std::make_shared<Detail::RunFunction<Function, Outcome>>(std::move(function));
        QFuture<Outcome> future = request->future();
        submit(std::move(request), deadline, access, borrower);
        return future;
    }

    // acquire() and PooledConnection::inTransaction() in one; the deadline bounds the acquire.
    template<class Function>
    auto inTransaction(Function function, Deadline deadline, TransactionOptions options = {},
                       std::source_location borrower = std::source_location::current())
        -> std::invoke_result_t<Function &, PooledConnection &>
    {
        Result<PooledConnection> lease = acquire(deadline, options.access, borrower);
        if (!lease)
            return failure(lease.error());
        return lease->inTransaction(std::move(function), options);
    }

    // Refuses new work, cancels who waits, waits until the deadline for leases and runs to end, closes
    // everything. Timeout names the borrowers that still hold a lease; their connections close on return. Or it counts the
    // connections that hang in a call, and apart from them those whose close was under way and goes on. Later calls do
    // nothing.
    Result<void> shutdown(Deadline deadline);

    // As given to create(), password included: show url().redacted() only.
    [[nodiscard]] const DatabaseUrl &url() const noexcept;
    // As given to create(); they never change.
    [[nodiscard]] const PoolOptions &options() const noexcept;
    // The gauges are of one moment and add up.
    [[nodiscard]] PoolStatistics statistics() const;
    // statistics() under metric names; see PoolStatistics::toSnapshot().
    [[nodiscard]] ComponentSnapshot snapshot() const override;

private:
    friend class PoolRegistry;
    explicit ConnectionPool(std::shared_ptr<Detail::PoolCore> core);
    // shutdown() without the waiting.
    void beginShutdown();
    void submit(std::shared_ptr<Detail::RunRequest> request, Deadline deadline, ConnectionAccess access,
                const std::source_location &borrower);

    std::shared_ptr<Detail::PoolCore> d;
};

} // namespace Infra
