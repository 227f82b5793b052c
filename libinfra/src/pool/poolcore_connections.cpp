// SPDX-License-Identifier: MIT
#include "poolcore.h"

#include "poollogging.h"

#include <infra/sqlerror.h>

#include <QSqlDriver>
#include <QSqlError>
#include <QThread>

#include <algorithm>
#include <utility>

// How connections come to be, are checked, run functions and end: every call that may hang is made here, on a
// worker, outside the lock.

namespace Infra::Detail {

namespace {
// libpq counts connect_timeout in whole seconds: an attempt gets this much longer before it is abandoned.
constexpr std::chrono::seconds ConnectGrace{1};
} // namespace

// Starts what the queue, and the minimum, still need: first checks of idle connections, then connects.
void PoolCore::replenish(Lane &lane, SteadyTime now)
{
    if (m_isStopping)
        return;
    // Idle connections while somebody waits: put back without the lock as he queued, or in need of a check.
    for (std::size_t i = lane.idle.size(); !lane.waiters.isEmpty() && i-- > 0;) {
        Connection *const connection = lane.idle[i];
        if (!lane.claim(connection))
            continue;
        const bool isAged = now >= connection->retireAt;
        if (!isAged && !isFresh(connection, now) && lane.unmetDemand() <= 0) {
            lane.park(connection);
            continue;
        }
        takeFromIdle(connection);
        if (isAged)
            startClose(connection, now);
        else if (isFresh(connection, now))
            supply(connection, now);
        else
            startCheck(connection, Check::Ping, now);
    }
    int connecting = 0;
    for (const std::unique_ptr<Lane> &other : m_lanes)
        connecting += other->count(State::Connecting);
    // While the database does not answer, one connect at a time tells when it does.
    const int cap = m_connectFailuresInRow > 0 ? 1 : m_options.concurrentConnects;
    while (!lane.isFull() && connecting < cap
           && (lane.unmetDemand() > 0 || lane.servingCount() < lane.minimum)) {
        if (now < m_nextConnectAt) {
            wakeScheduler(m_nextConnectAt);
            return;
        }
        startConnect(lane, now);
        ++connecting;
    }
}

void PoolCore::startConnect(Lane &lane, SteadyTime now)
{
    Connection *connection = lane.add();
    connection->name = QStringLiteral("infra-pool-%1-%2").arg(reinterpret_cast<quintptr>(this), 0, 16).arg(++m_nextName);
    connection->busySince.store(now, std::memory_order_relaxed);
    connection->callDeadline = now + m_options.connectTimeout + ConnectGrace;
    wakeScheduler(connection->callDeadline);
    post([this, self = shared_from_this(), connection] { connectJob(connection); });
}

void PoolCore::startCheck(Connection *connection, Check check, SteadyTime now)
{
    connection->lane->setState(connection, State::Checking);
    connection->busySince.store(now, std::memory_order_relaxed);
    connection->callDeadline = now + m_options.pingTimeout;
    wakeScheduler(connection->callDeadline);
    post([this, self = shared_from_this(), connection, check] { checkJob(connection, check); });
}

void PoolCore::startRun(Connection *connection, std::shared_ptr<RunRequest> request, SteadyTime deadline)
{
    connection->request = std::move(request);
    connection->callDeadline = deadline;
    wakeScheduler(deadline);
    post([this, self = shared_from_this(), connection] { runJob(connection); });
}

void PoolCore::startClose(Connection *connection, SteadyTime now)
{
    if (connection->state != State::Zombie) {
        connection->lane->setState(connection, State::Closing);
        connection->busySince.store(now, std::memory_order_relaxed);
        connection->callDeadline = now + m_options.pingTimeout;
        wakeScheduler(connection->callDeadline);
    }
    post([this, self = shared_from_this(), connection] { closeJob(connection); });
}

void PoolCore::quarantine(Connection *connection, SteadyTime now)
{
    ++m_totals.quarantined;
    // What ended one connection has probably ended its neighbours: none is lent without a ping.
    m_suspicion.fetch_add(1, std::memory_order_relaxed);
    startClose(connection, now);
}

Result<QSqlDatabase> PoolCore::open(const QString &name, ConnectionAccess access)
{
    Result<QSqlDatabase> opened = m_connector->open(name, access);
    if (!opened)
        return opened;
    for (const QString &statement : m_options.initStatements) {
        QSqlQuery query(*opened);
        if (query.exec(statement))
            continue;
        const Error error = errorFromSql(query.lastError(), QStringLiteral("initStatements"));
        query = QSqlQuery();
        m_connector->close(*opened);
        *opened = QSqlDatabase();
        QSqlDatabase::removeDatabase(name);
        return failure(error);
    }
    opened->driver()->moveToThread(nullptr);
    return opened;
}

void PoolCore::connectJob(Connection *connection)
{
    std::unique_ptr<Connection> removed;
    const SteadyTime started = m_clock.steadyNow();
    {
        const MutexLocker locker(m_mutex);
        Lane &lane = *connection->lane;
        // Demand may have gone while the thread started; so may have its time, where the system had no thread.
        const bool isWanted = lane.waiters.count() > lane.count(State::Connecting) + lane.count(State::Checking) - 1
            || lane.servingCount() <= lane.minimum;
        if (connection->state != State::Connecting || m_isStopping || !isWanted) {
            removed = removePlace(connection);
            return;
        }
    }
    // What breaks while it connects may break behind the server's answer.
    const std::uint32_t suspicion = m_suspicion.load(std::memory_order_relaxed);
    Result<QSqlDatabase> opened = open(connection->name, connection->lane->access);
    const SteadyTime now = m_clock.steadyNow();
    {
        const MutexLocker locker(m_mutex);
        if (opened) {
            connection->database = std::exchange(*opened, QSqlDatabase());
            ++m_totals.created;
            record(m_totals.createTime, now - started);
        }
        if (connection->state == State::Connecting) {
            if (!opened) {
                connectFailed(opened.error(), now);
                removed = removePlace(connection);
                return;
            }
            m_connectFailuresInRow = 0;
            m_nextConnectAt = {};
            if (m_options.maxLifetime.count() > 0 && !m_isImmortal) {
                connection->retireAt = now
                    + std::chrono::duration_cast<std::chrono::milliseconds>(
                                           m_options.maxLifetime * (1 - m_options.lifetimeJitter * m_random.unit()));
            }
            connection->verifiedAt = now;
            connection->verifiedIn = suspicion;
            connection->idleSince = now;
            supply(connection, now);
            for (const std::unique_ptr<Lane> &lane : m_lanes)
                replenish(*lane, now);
            return;
        }
        // Abandoned, and counted as a failure then. One that has succeeded all the same is closed, so it counts as created too.
        if (!opened) {
            removed = removePlace(connection);
            return;
        }
    }
    closeJob(connection);
}

void PoolCore::connectFailed(const Error &error, SteadyTime now)
{
    ++m_totals.connectFailures;
    m_totals.lastConnectError = m_url.scrub(toString(error));
    m_totals.lastConnectErrorTime = m_clock.systemNow();
    const int doublings = std::min(m_connectFailuresInRow++, 20);
    const auto ceiling = std::min<std::chrono::milliseconds>(m_options.maxConnectBackoff,
                                                             m_options.connectBackoff * (1LL << doublings));
    m_nextConnectAt = now + ceiling / 2
        + std::chrono::duration_cast<std::chrono::nanoseconds>(ceiling / 2 * m_random.unit());
    wakeScheduler(m_nextConnectAt);
}

void PoolCore::checkJob(Connection *connection, Check check)
{
    // What breaks while the call is under way may break behind its answer.
    const std::uint32_t suspicion = m_suspicion.load(std::memory_order_relaxed);
    connection->database.driver()->moveToThread(QThread::currentThread());
    const Result<void> outcome = check == Check::Ping ? m_connector->ping(connection->database)
                                                      : m_connector->clean(connection->database);
    connection->database.driver()->moveToThread(nullptr);
    {
        const MutexLocker locker(m_mutex);
        const SteadyTime now = m_clock.steadyNow();
        if (connection->state == State::Checking || mustStay()) {
            if (outcome || m_isImmortal) {
                connection->verifiedAt = now;
                connection->verifiedIn = suspicion;
                // A ping is no use: it must not put off the idle timeout.
                if (check == Check::Clean)
                    connection->idleSince = now;
                supply(connection, now);
            } else {
                quarantine(connection, now);
            }
            replenish(*connection->lane, now);
            return;
        }
    }
    closeJob(connection);
}

void PoolCore::runJob(Connection *connection)
{
    std::shared_ptr<RunRequest> request;
    PooledConnection lease(this, connection);
    {
        const MutexLocker locker(m_mutex);
        connection->owner.store(ThreadToken::current(), std::memory_order_relaxed);
        connection->isRun = true;
        connection->isReturned = false;
        request = connection->request;
    }
    const bool isWanted = request && !request->isCanceled();
    if (isWanted)
        request->invoke(lease);
    lease.release();
    bool isReturned = false;
    bool isMine = false;
    {
        const MutexLocker locker(m_mutex);
        isReturned = connection->isReturned;
        // The function has kept the lease, which is from now on like any other of this thread.
        if (!isReturned)
            isMine = endRun(connection, request.get());
    }
    if (isReturned)
        isMine = giveBackOfRun(connection, request.get());
    if (isMine && isWanted)
        request->finish();
    else if (isMine)
        request->fail(cancelledError());
}

// False when the scheduler has abandoned the run, and answered for it.
bool PoolCore::endRun(Connection *connection, const RunRequest *request)
{
    connection->isRun = false;
    if (!std::exchange(connection->request, nullptr))
        return false;
    // It was the run's. A lease that the function has kept would be abandoned for it.
    connection->callDeadline = SteadyTime::max();
    if (isConnectionLost(request->nativeCode()))
        connection->isBroken = true;
    return true;
}

void PoolCore::closeDatabase(Connection *connection)
{
    if (!connection->database.isValid())
        return;
    if (connection->database.driver()->thread() == nullptr)
        connection->database.driver()->moveToThread(QThread::currentThread());
    connection->statements.clear();
    m_connector->close(connection->database);
    connection->database = QSqlDatabase();
    QSqlDatabase::removeDatabase(connection->name);
}

void PoolCore::closeJob(Connection *connection)
{
    closeDatabase(connection);
    std::unique_ptr<Connection> removed;
    const MutexLocker locker(m_mutex);
    ++m_totals.closed;
    removed = removePlace(connection);
}

// In a job, which keeps the pool alive until it has returned.
std::unique_ptr<Connection> PoolCore::removePlace(Connection *connection)
{
    Lane &lane = *connection->lane;
    keepLog(*connection);
    std::unique_ptr<Connection> removed = lane.remove(connection);
    // The clock may be gone when the last lease outlived the pool.
    if (!m_isStopping) {
        const SteadyTime now = m_clock.steadyNow();
        // All of them: connects of one lane count against the cap that the other waits for.
        for (const std::unique_ptr<Lane> &other : m_lanes)
            replenish(*other, now);
    }
    m_drained.notify_all();
    letGo();
    return removed;
}

void PoolCore::post(std::function<void()> job)
{
    m_workers.post(std::move(job));
}

// One job for all: each of its own could start a thread of its own.
std::function<void()> PoolCore::answerJob(Failures failures)
{
    return [failures = std::move(failures)] {
        for (const auto &[request, error] : failures)
            request->fail(error);
    };
}

} // namespace Infra::Detail
