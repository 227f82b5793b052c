// SPDX-License-Identifier: MIT
#include "poolcore.h"

#include "poollogging.h"

#include <algorithm>

#include <pthread.h>

// What happens because time has passed, and how the pool ends.

namespace Infra::Detail {

namespace {
// Idle connections, ages and leaks are looked after this often; deadlines are met exactly.
constexpr std::chrono::seconds SweepInterval{1};
} // namespace

void PoolCore::wakeScheduler(SteadyTime moment)
{
    if (moment >= m_nextTick)
        return;
    m_nextTick = moment;
    m_isTickDue = true;
    m_schedulerWake.notify_one();
}

void PoolCore::schedule()
{
    pthread_setname_np(pthread_self(), "infra-pool");
    MutexLocker locker(m_mutex);
    while (!m_isSchedulerStopping) {
        m_isTickDue = false;
        m_nextTick = SteadyTime::max();
        Expired expired;
        const SteadyTime next = tick(m_clock.steadyNow(), expired);
        if (!expired.failures.empty() || !expired.warnings.empty()) {
            locker.unlock();
            report(expired);
            locker.lock();
        }
        m_nextTick = std::min(m_nextTick, next);
        // Somebody may have asked for an earlier tick while the lock was released.
        m_isTickDue = false;
        m_clock.waitUntil(locker.unique(), m_schedulerWake, m_nextTick, [this] {
            m_mutex.assertHeld();
            return m_isTickDue || m_isSchedulerStopping;
        });
    }
}

// Does what is due; returns when to look again.
SteadyTime PoolCore::tick(SteadyTime now, Expired &expired)
{
    SteadyTime next = now + SweepInterval;
    m_workers.nudge();
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        expireWaiters(*lane, now, expired);
        abandonLate(*lane, now, expired);
        if (!m_isStopping)
            tendIdle(*lane, now);
        replenish(*lane, now);
        for (const std::unique_ptr<Connection> &place : lane->places)
            next = std::min(next, place->callDeadline);
        for (const Waiter *waiter = lane->waiters.first(); waiter; waiter = waiter->next) {
            if (waiter->request)
                next = std::min(next, waiter->deadline);
        }
    }
    if (m_nextConnectAt > now)
        next = std::min(next, m_nextConnectAt);
    return next;
}

// Runs in the queue; threads in acquire() watch their own deadline.
void PoolCore::expireWaiters(Lane &lane, SteadyTime now, Expired &expired)
{
    for (Waiter *waiter = lane.waiters.first(); waiter;) {
        Waiter *const following = waiter->next;
        if (waiter->request && waiter->request->isCanceled()) {
            dequeue(lane, waiter);
            const std::unique_ptr<Waiter> owned(waiter);
            expired.failures.emplace_back(std::move(owned->request), cancelledError());
        } else if (waiter->request && waiter->deadline <= now) {
            dequeue(lane, waiter);
            const std::unique_ptr<Waiter> owned(waiter);
            ++m_totals.timeouts;
            expired.failures.emplace_back(std::move(owned->request), timeoutError(owned->since, now, "run"));
        }
        waiter = following;
    }
}

void PoolCore::abandonLate(Lane &lane, SteadyTime now, Expired &expired)
{
    for (const std::unique_ptr<Connection> &place : lane.places) {
        const SteadyTime since = place->busySince.load(std::memory_order_relaxed);
        if (m_options.leakThreshold.count() > 0 && lane.isLent(place.get()) && since != Connection::NotBusy
            && now - since >= m_options.leakThreshold && since != place->leakReportedFor) {
            place->leakReportedFor = since;
            ++m_totals.leaks;
            const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
            expired.warnings.append(QStringLiteral("a connection has been held for %1 ms, possibly leaked, by %2")
                                        .arg(QString::number(held.count()), borrowerText(place->borrower)));
        }
        if (place->callDeadline > now)
            continue;
        place->callDeadline = SteadyTime::max();
        if (place->request) {
            ++m_totals.timeouts;
            const auto ran = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
            expired.failures.emplace_back(
                std::exchange(place->request, nullptr),
                Error{Error::Kind::Timeout,
                      QStringLiteral("the run begun at %1 had its connection for %2 ms and was abandoned")
                          .arg(borrowerText(place->borrower), QString::number(ran.count())), {}});
        }
        if (place->state == State::Connecting) {
            connectFailed(Error{Error::Kind::Timeout, QStringLiteral("the connect hangs; it was abandoned"), {}}, now);
        }
        ++m_totals.abandoned;
        lane.setState(place.get(), State::Zombie);
        // shutdown() waits for no zombie.
        m_drained.notify_all();
    }
}

void PoolCore::tendIdle(Lane &lane, SteadyTime now)
{
    if (m_isImmortal)
        return;
    // Closing and checking change the list.
    const std::vector<Connection *> idle = lane.idle;
    for (Connection *connection : idle) {
        if (!lane.claim(connection))
            continue;
        const auto idleFor = now - connection->idleSince;
        const int serving = lane.servingCount();
        const bool isAged = now >= connection->retireAt;
        const bool isSpare = serving > lane.minimum && m_options.idleTimeout.count() > 0 && idleFor >= m_options.idleTimeout;
        const bool isOverflow = serving > lane.size && m_options.overflowIdleTimeout.count() > 0
            && idleFor >= m_options.overflowIdleTimeout;
        if (isAged || isSpare || isOverflow) {
            lane.removeIdle(connection);
            startClose(connection, now);
        } else if (m_options.keepAliveInterval.count() > 0 && now - connection->verifiedAt >= m_options.keepAliveInterval) {
            lane.removeIdle(connection);
            startCheck(connection, Check::Ping, now);
        } else {
            lane.park(connection);
        }
    }
}

// Outside the lock. User code that waits for a run's future may continue in this call: on a worker, so that
// it cannot delay the scheduler.
void PoolCore::report(Expired &expired)
{
    for (const QString &warning : std::as_const(expired.warnings))
        qCWarning(poolLog).noquote() << m_url.redacted() + QStringLiteral(": ") + warning;
    if (expired.failures.empty())
        return;
    // Where the system has no thread, late user code is better than none.
    std::function<void()> job = answerJob(std::move(expired.failures));
    if (!m_workers.offer(job))
        job();
}

QStringList PoolCore::borrowers() const
{
    QStringList result;
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        for (const std::unique_ptr<Connection> &place : lane->places) {
            if (lane->isLent(place.get()))
                result.append(borrowerText(place->borrower));
        }
    }
    return result;
}

void PoolCore::beginShutdown()
{
    if (m_fork.isForkedChild())
        return;
    Expired expired;
    {
        const MutexLocker locker(m_mutex);
        if (m_isStopping)
            return;
        m_isStopping = true;
        const Error cancelled = shutDownError();
        const SteadyTime now = m_clock.steadyNow();
        for (const std::unique_ptr<Lane> &lane : m_lanes) {
            while (Waiter *waiter = lane->waiters.first()) {
                dequeue(*lane, waiter);
                if (waiter->request) {
                    const std::unique_ptr<Waiter> owned(waiter);
                    expired.failures.emplace_back(std::move(owned->request), cancelled);
                } else {
                    waiter->error = cancelled;
                    waiter->condition.notify_one();
                }
            }
            lane->parking->changePressure(1); // For good: from here on leases come back under the lock.
            while (!lane->idle.empty()) {
                Connection *connection = lane->idle.back();
                const bool isMine = lane->claim(connection);
                takeFromIdle(connection);
                if (isMine)
                    startClose(connection, now);
            }
        }
    }
    report(expired);
}

Result<void> PoolCore::shutdown(const Deadline &deadline)
{
    // The connections are the parent's, whose sessions a close would end.
    if (m_fork.isForkedChild())
        return {};
    const SteadyTime until = deadline.resolve(m_clock);
    beginShutdown();
    Expired expired;
    QStringList holders;
    int hanging = 0;
    int closing = 0;
    {
        MutexLocker locker(m_mutex);
        if (m_isShutdownRunning)
            return {};
        m_isShutdownRunning = true;
        m_clock.waitUntil(locker.unique(), m_drained, until, [this] {
            m_mutex.assertHeld();
            return std::all_of(m_lanes.begin(), m_lanes.end(), [](const auto &lane) {
                return lane->placeCount() == lane->count(State::Zombie);
            });
        });
        for (const std::unique_ptr<Lane> &lane : m_lanes) {
            // Runs that did not end are abandoned like late ones.
            for (const std::unique_ptr<Connection> &place : lane->places) {
                if (place->request) {
                    expired.failures.emplace_back(std::exchange(place->request, nullptr), shutDownError());
                    lane->setState(place.get(), State::Zombie);
                    ++m_totals.abandoned;
                }
            }
            closing += lane->count(State::Closing);
            hanging += lane->placeCount() - lane->count(State::Closing);
        }
        holders = borrowers();
        hanging -= static_cast<int>(holders.size());
        m_isSchedulerStopping = true;
        m_schedulerWake.notify_all();
    }
    report(expired);
    if (m_scheduler.joinable())
        m_scheduler.join();
    {
        const MutexLocker locker(m_mutex);
        m_isTerminated = true;
    }
    m_workers.stop(hanging + closing > 0 ? m_clock.steadyNow() : std::max(until, m_clock.steadyNow() + std::chrono::seconds(1)));
    if (!holders.isEmpty()) {
        return failure(Error::Kind::Timeout, QStringLiteral("shutdown: connections are still held by ")
                           + holders.join(QStringLiteral(", ")));
    }
    QStringList left;
    if (hanging > 0)
        left.append(QStringLiteral("%1 connections hang in a call and were abandoned").arg(hanging));
    if (closing > 0)
        left.append(QStringLiteral("%1 connections are still being closed").arg(closing));
    if (!left.isEmpty())
        return failure(Error::Kind::Timeout, QStringLiteral("shutdown: ") + left.join(QStringLiteral(", ")));
    return {};
}

void PoolCore::retire(std::shared_ptr<PoolCore> core)
{
    if (core->isForkedChild()) {
        // Its threads do not exist here and its lock may be held by one of them.
        static_cast<void>(new std::shared_ptr<PoolCore>(std::move(core)));
        return;
    }
    static_cast<void>(core->shutdown(core->m_options.shutdownTimeout));
    const MutexLocker locker(core->m_mutex);
    core->m_self = core;
    core->letGo();
}

void PoolCore::letGo()
{
    if (m_isTerminated && m_revoked.empty()
        && std::all_of(m_lanes.begin(), m_lanes.end(), [](const auto &lane) { return lane->places.empty(); }))
        m_self.reset();
}

} // namespace Infra::Detail
