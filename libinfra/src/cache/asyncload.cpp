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
    const auto [flight, leads] = coordinator.m_table.join(m_request->key, m_request->keyHash,
                                                          coordinator.m_tiers->captureToken(m_request->keyHash),
                                                          m_request->mayHaveWaitingSet);
    {
        const MutexLocker locker(m_mutex);
        m_flight = flight;
        m_leads = leads;
    }
    if (leads && !coordinator.postLead(flight, m_request)) {
        const bool closed = coordinator.m_isClosed;
        coordinator.end(flight, LoadFlight::End::Abandoned,
                        closed ? failure(Error::Kind::Cancelled, QStringLiteral("The cache was closed"))
                               : failure(Error::Kind::Rejected,
                                         QStringLiteral("CacheOptions::backgroundQueue is full (%1)")
                                             .arg(coordinator.m_tiers->options().backgroundQueue)));
    }
    flight->whenEnded([self = shared_from_this(), flight = flight, leads = leads] { self->flightEnded(flight, leads); });
    // The timer may have come before there was a flight to give up.
    if (coordinator.now() >= m_deadlines.last())
        lastTimeout();
}

void LoadCoordinator::AsyncLoad::flightEnded(const std::shared_ptr<LoadFlight> &flight, bool leads)
{
    if (m_isResolved.load())
        return;
    if (flight->ending() == LoadFlight::End::Abandoned && !leads && !m_coordinator->m_isClosed
        && m_coordinator->now() < m_deadlines.last()) {
        join();
        return;
    }
    if (!claim())
        return;
    if (!leads)
        CacheCounters::add(m_coordinator->m_tiers->counters().joinedLoads);
    resolve(m_coordinator->answer(*flight));
}

void LoadCoordinator::AsyncLoad::softTimeout()
{
    std::shared_ptr<LoadFlight> flight;
    {
        const MutexLocker locker(m_mutex);
        flight = m_flight;
    }
    const auto stale = flight ? flight->stale() : std::nullopt;
    if (!stale || !claim())
        return;
    CacheCounters &counters = m_coordinator->m_tiers->counters();
    CacheCounters::add(counters.loadTimeouts);
    CacheCounters::add(counters.staleServed);
    CacheCounters::add(counters.misses);
    resolve(Cache::Value(*stale));
}

void LoadCoordinator::AsyncLoad::lastTimeout()
{
    std::shared_ptr<LoadFlight> flight;
    bool leads = false;
    {
        const MutexLocker locker(m_mutex);
        flight = m_flight;
        leads = m_leads;
    }
    if (!flight || !claim())
        return;
    resolve(m_coordinator->giveUp(flight, leads, m_deadlines.isHard(), *m_request));
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
