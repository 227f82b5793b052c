// SPDX-License-Identifier: MIT
#include "asyncload.h"

#include <utility>

namespace Infra::Detail {

LoadCoordinator::AsyncLoad::AsyncLoad(std::shared_ptr<LoadCoordinator> coordinator,
                                      std::shared_ptr<LoadRequest> request, const LoadDeadlines &deadlines, Done done)
    : m_coordinator(std::move(coordinator)), m_request(std::move(request)), m_deadlines(deadlines), m_done(std::move(done))
{
}

void LoadCoordinator::AsyncLoad::start()
{
    BackgroundExecutor &executor = *m_coordinator->m_executor;
    {
        const MutexLocker locker(m_mutex);
        if (m_deadlines.soft < m_deadlines.last())
            m_softTimer = executor.callAt(m_deadlines.soft, [self = shared_from_this()] { self->softTimeout(); });
        if (m_deadlines.last() != SteadyTime::max())
            m_lastTimer = executor.callAt(m_deadlines.last(), [self = shared_from_this()] { self->lastTimeout(); });
    }
    join();
}

void LoadCoordinator::AsyncLoad::join()
{
    LoadCoordinator &coordinator = *m_coordinator;
    const auto [flight, isNew] = coordinator.m_table.join(m_request->key, m_request->keyHash,
                                                          coordinator.m_tiers->captureToken(m_request->keyHash),
                                                          m_request->waitingSet);
    {
        const MutexLocker locker(m_mutex);
        m_flight = flight;
    }
    if (isNew && !coordinator.postStart(flight, m_request) && flight->start(m_request.get())) {
        const bool closed = coordinator.m_isClosed;
        coordinator.end(flight, LoadFlight::End::Abandoned,
                        closed ? failure(Error::Kind::Cancelled, QStringLiteral("The cache was closed"))
                               : failure(Error::Kind::Rejected,
                                         QStringLiteral("CacheOptions::backgroundQueue is full (%1)")
                                             .arg(coordinator.m_tiers->options().backgroundQueue)));
    }
    flight->whenEnded([self = shared_from_this(), flight = flight] { self->flightEnded(flight); });
    // The timers may have come before there was a flight to look at, or to give up.
    if (m_deadlines.soft < m_deadlines.last() && coordinator.now() >= m_deadlines.soft)
        softTimeout();
    if (coordinator.now() >= m_deadlines.last())
        lastTimeout();
}

void LoadCoordinator::AsyncLoad::flightEnded(const std::shared_ptr<LoadFlight> &flight)
{
    if (m_isResolved.load())
        return;
    const bool hasLed = flight->isLedBy(m_request.get());
    if (flight->ending() == LoadFlight::End::Abandoned && !hasLed && !m_coordinator->m_isClosed
        && m_coordinator->now() < m_deadlines.last()) {
        join();
        return;
    }
    if (!claim())
        return;
    resolve(m_coordinator->answer(*flight, hasLed));
}

void LoadCoordinator::AsyncLoad::softTimeout()
{
    std::shared_ptr<LoadFlight> flight;
    {
        const MutexLocker locker(m_mutex);
        flight = m_flight;
    }
    if (!flight || m_isResolved.load())
        return;
    if (auto late = m_coordinator->lookLate(*flight, *m_request, MemoryOnly)) {
        if (claim())
            resolve(m_coordinator->answer(*std::move(late)));
        return;
    }
    // The leader may have had no thread in time, or be looking just now, once more perhaps. On the thread of timers again,
    // for it has its factory to call.
    flight->whenStale([self = shared_from_this()] {
        const LoadCoordinator &coordinator = *self->m_coordinator;
        coordinator.m_executor->callAt(coordinator.now(), [self] { self->softTimeout(); });
    });
}

void LoadCoordinator::AsyncLoad::lastTimeout()
{
    std::shared_ptr<LoadFlight> flight;
    {
        const MutexLocker locker(m_mutex);
        flight = m_flight;
    }
    if (!flight || !claim())
        return;
    resolve(m_coordinator->giveUp(flight, m_deadlines, *m_request, MemoryOnly));
}

void LoadCoordinator::AsyncLoad::resolve(Result<Cache::Value> result)
{
    Done done;
    BackgroundExecutor::TimerId softTimer = 0;
    BackgroundExecutor::TimerId lastTimer = 0;
    {
        const MutexLocker locker(m_mutex);
        done = std::exchange(m_done, nullptr);
        softTimer = std::exchange(m_softTimer, 0);
        lastTimer = std::exchange(m_lastTimer, 0);
    }
    m_coordinator->m_executor->cancel(softTimer);
    m_coordinator->m_executor->cancel(lastTimer);
    done(std::move(result));
}

} // namespace Infra::Detail
