// SPDX-License-Identifier: MIT
#include "poolcore.h"

#include <QScopeGuard>

#include <algorithm>
#include <utility>

// Who waits for a connection, and who may not.

namespace Infra::Detail {

void PoolCore::enqueue(Lane &lane, Waiter *waiter)
{
    lane.waiters.append(waiter);
    ++m_waiterCount;
    lane.parking->changePressure(1);
}

void PoolCore::dequeue(Lane &lane, Waiter *waiter)
{
    lane.waiters.remove(waiter);
    --m_waiterCount;
    lane.parking->changePressure(-1);
}

// Why nobody may join the lane's queue now.
std::optional<Error> PoolCore::refusal(const Lane &lane)
{
    if (m_isStopping)
        return shutDownError();
    int queued = 0;
    const auto isFull = [this, &lane, &queued] {
        m_mutex.assertHeld();
        // Who only waits for a connect or a check depends on no borrower.
        if (lane.waiters.count() < lane.prospects())
            return false;
        queued = 0;
        for (const std::unique_ptr<Lane> &other : m_lanes)
            queued += other->queueLength();
        return queued >= m_options.maxWaiters;
    };
    if (!isFull() || (dropCancelled() && !isFull()))
        return std::nullopt;
    ++m_totals.rejected;
    return Error{Error::Kind::Rejected,
                 QStringLiteral("%1 acquires and runs are waiting already, as many as maxWaiters allows").arg(queued), {}};
}

// Runs whose future has been cancelled since they queued. The scheduler does the same once a second; this is for whoever
// would be refused because of them.
bool PoolCore::dropCancelled()
{
    // Of each lane, so that a long queue does not make refusals expensive when they are most frequent.
    constexpr int LookedAt = 1'000;
    Failures dropped;
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        Waiter *following = lane->waiters.first();
        for (int i = 0; following && i < LookedAt; ++i) {
            Waiter *const waiter = std::exchange(following, following->next);
            if (!waiter->request || !waiter->request->isCanceled())
                continue;
            dequeue(*lane, waiter);
            const std::unique_ptr<Waiter> owned(waiter);
            dropped.emplace_back(std::move(owned->request), cancelledError());
        }
    }
    if (dropped.empty())
        return false;
    post(answerJob(std::move(dropped)));
    return true;
}

Result<Connection *> PoolCore::waitFor(MutexLocker &locker, Lane &lane, SteadyTime since, SteadyTime deadline,
                                       ThreadToken::Id self, const std::source_location &borrower)
{
    if (std::optional<Error> refused = refusal(lane))
        return failure(std::move(*refused));
    if (wouldDeadlock(lane, self)) {
        ++m_totals.deadlocks;
        return failure(Error::Kind::Deadlock,
                       QStringLiteral("nested acquire: this thread holds a connection already, and every thread that "
                                      "could return one is itself waiting (%1 of %2 in use); held by %3")
                           .arg(QString::number(lane.placeCount()), QString::number(lane.limit),
                                borrowers().join(QStringLiteral(", "))));
    }
    Waiter waiter;
    waiter.since = since;
    waiter.deadline = deadline;
    waiter.borrower = borrower;
    waiter.owner = self;
    {
        enqueue(lane, &waiter);
        // However this ends, nothing of this stack stays in the queue.
        const auto leave = qScopeGuard([this, &lane, &waiter] {
            m_mutex.assertHeld();
            if (!waiter.granted && !waiter.error)
                dequeue(lane, &waiter);
        });
        replenish(lane, since);
        // What is under way for this waiter may be without a thread.
        m_workers.nudge();
        m_clock.waitUntil(locker.unique(), waiter.condition, deadline,
                          [&waiter] { return waiter.granted || waiter.error; });
    }
    if (waiter.granted)
        return waiter.granted;
    if (waiter.error)
        return failure(std::move(*waiter.error));
    ++m_totals.timeouts;
    return failure(timeoutError(since, m_clock.steadyNow(), "acquire"));
}

// Nested acquires wait for ever when every thread that could return a connection is itself waiting, on a lane
// of which the same is true. The largest set of such lanes is found by taking lanes out until none changes.
bool PoolCore::wouldDeadlock(const Lane &lane, ThreadToken::Id self) const
{
    const auto held = [self](const std::unique_ptr<Connection> &place) {
        return place->lane->isLent(place.get()) && place->owner.load(std::memory_order_relaxed) == self;
    };
    const bool nested = std::any_of(m_lanes.begin(), m_lanes.end(), [&](const auto &other) {
        return std::any_of(other->places.begin(), other->places.end(), held);
    });
    if (!nested)
        return false;
    std::vector<const Lane *> stuck;
    for (const std::unique_ptr<Lane> &candidate : m_lanes)
        stuck.push_back(candidate.get());
    const auto waitsInStuck = [&](ThreadToken::Id thread) {
        if (thread == self)
            return std::find(stuck.begin(), stuck.end(), &lane) != stuck.end();
        return std::any_of(stuck.begin(), stuck.end(), [thread](const Lane *other) {
            for (const Waiter *waiter = other->waiters.first(); waiter; waiter = waiter->next) {
                if (waiter->owner == thread)
                    return true;
            }
            return false;
        });
    };
    const auto canServe = [&](const Lane *candidate) {
        return !candidate->isFull()
            || std::any_of(candidate->places.begin(), candidate->places.end(), [&](const auto &place) {
                   const ThreadToken::Id owner = place->owner.load(std::memory_order_relaxed);
                   return !candidate->isLent(place.get()) || !owner || !waitsInStuck(owner);
               });
    };
    while (std::erase_if(stuck, canServe) > 0) { }
    return std::find(stuck.begin(), stuck.end(), &lane) != stuck.end();
}

Error PoolCore::cancelledError()
{
    return Error{Error::Kind::Cancelled, QStringLiteral("cancelled before it began"), {}};
}

Error PoolCore::shutDownError()
{
    return Error{Error::Kind::Cancelled, QStringLiteral("the pool is shut down"), {}};
}

Error PoolCore::timeoutError(SteadyTime since, SteadyTime now, const char *what) const
{
    int total = 0;
    int idle = 0;
    int used = 0;
    int zombies = 0;
    int connecting = 0;
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        total += lane->placeCount();
        const Lane::Tally tally = lane->tally();
        idle += tally.idle;
        used += tally.lent + lane->count(State::Checking);
        zombies += lane->count(State::Zombie);
        connecting += lane->count(State::Connecting);
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
    QString message = QStringLiteral("%1 got no connection within %2 ms: total %3 of %4, active %5, idle %6, pending %7")
                          .arg(QLatin1String(what), QString::number(waited.count()), QString::number(total),
                               QString::number(m_totals.maximum), QString::number(used), QString::number(idle),
                               QString::number(m_waiterCount));
    message += QStringLiteral(", connecting %1, zombies %2").arg(connecting).arg(zombies);
    if (m_connectFailuresInRow > 0)
        message += QStringLiteral("; last connect error: ") + m_totals.lastConnectError;
    if (m_workers.isStarved())
        message += QStringLiteral("; the system starts no more threads");
    return Error{Error::Kind::Timeout, message, {}};
}

} // namespace Infra::Detail
