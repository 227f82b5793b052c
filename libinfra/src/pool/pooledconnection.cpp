// SPDX-License-Identifier: MIT
#include <infra/pooledconnection.h>

#include "connectorsupport.h"
#include "poolcore.h"
#include "poollogging.h"

#include <infra/sqlerror.h>

#include <QSqlDriver>
#include <QThread>

namespace Infra {

namespace {

// Pause before a transaction runs again: grows with each attempt and is spread, so that two which collided do
// not collide again.
void pauseBeforeRetry(Detail::PoolCore &core, int attempt)
{
    constexpr std::chrono::milliseconds step{4};
    const auto pause = std::chrono::duration_cast<std::chrono::nanoseconds>(step * std::min(attempt, 10) * (0.5 + core.jitter() / 2));
    Detail::Mutex mutex;
    std::condition_variable never;
    Detail::MutexLocker locker(mutex);
    core.clock().waitUntil(locker.unique(), never, core.clock().steadyNow() + pause, [] { return false; });
}

Error emptyLease()
{
    return Error{Error::Kind::InvalidArgument,
                 QStringLiteral("the lease holds no connection, or belongs to another thread or process"), {}};
}

} // namespace

namespace Detail {

Error errorFromException(std::exception_ptr exception)
{
    QString text = QStringLiteral("an exception of an unknown type");
    try {
        std::rethrow_exception(exception);
    } catch (const std::exception &known) {
        text = QString::fromUtf8(known.what());
    } catch (...) {
    }
    return Error{Error::Kind::FactoryFailed, QStringLiteral("the function threw: ") + text, {}};
}

} // namespace Detail

// Moves the driver into this thread at the first use of a lease; one that is never used saves the move.
bool PooledConnection::adopt() const
{
    if (!m_connection || m_core->isForkedChild()
        || m_connection->owner.load(std::memory_order_relaxed) != Detail::ThreadToken::current())
        return false;
    if (!m_connection->isAdopted) {
        m_connection->database.driver()->moveToThread(QThread::currentThread());
        m_connection->isAdopted = true;
    }
    return true;
}

QSqlDatabase PooledConnection::database() const
{
    return adopt() ? m_connection->database : QSqlDatabase();
}

Result<QSqlQuery *> PooledConnection::prepared(const QString &sql)
{
    if (!adopt())
        return failure(emptyLease());
    return m_connection->statements.prepare(m_connection->database, sql, m_core->options().statementCacheSize);
}

Result<void> PooledConnection::execute(const QString &sql)
{
    if (!adopt())
        return failure(emptyLease());
    Result<void> done = Detail::executeOn(m_connection->database, sql, QStringLiteral("executing a statement"));
    if (!done && isConnectionLost(done.error().nativeCode))
        m_connection->isBroken = true;
    return done;
}

void PooledConnection::markBroken() noexcept
{
    if (m_connection && m_connection->owner.load(std::memory_order_relaxed) == Detail::ThreadToken::current())
        m_connection->isBroken = true;
}

void PooledConnection::giveBack() noexcept
{
    std::exchange(m_core, nullptr)->giveBack(std::exchange(m_connection, nullptr));
}

Result<void> PooledConnection::transact(const std::function<Result<void>()> &body, const TransactionOptions &options)
{
    if (options.attempts < 1)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("TransactionOptions::attempts must be at least 1"));
    if (!adopt())
        return failure(emptyLease());
    if (m_connection->isInTransaction)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("transactions do not nest"));
    for (int attempt = 1;; ++attempt) {
        Result<void> outcome = execute(m_core->connector().beginStatement(options.access));
        if (!outcome)
            return outcome;
        m_connection->isInTransaction = true;
        outcome = body();
        // The function may have given the lease away.
        if (!adopt())
            return outcome ? Result<void>(failure(emptyLease())) : outcome;
        m_connection->isInTransaction = false;
        if (outcome && m_core->connector().isTransactionAborted(m_connection->database)) {
            outcome = failure(Error::Kind::QueryFailed,
                              QStringLiteral("a statement of the transaction failed, so it cannot be committed"),
                              QStringLiteral("25P02"));
        }
        if (outcome)
            outcome = execute(QStringLiteral("COMMIT"));
        if (outcome)
            return outcome;
        if (isConnectionLost(outcome.error().nativeCode)) {
            m_connection->isBroken = true;
            return outcome;
        }
        // Fails harmlessly where the database has rolled back by itself.
        static_cast<void>(execute(QStringLiteral("ROLLBACK")));
        if (outcome.error().kind != Error::Kind::Serialization || attempt >= options.attempts
            || m_connection->isBroken)
            return outcome;
        pauseBeforeRetry(*m_core, attempt);
    }
}

} // namespace Infra
