// SPDX-License-Identifier: MIT
#pragma once

#include "loadcoordinator.h"

#include <algorithm>
#include <atomic>

namespace Infra::Detail {

// When a caller of getOrCompute() stops waiting.
struct LoadDeadlines
{
    LoadDeadlines(const LoadRequest &request, SteadyTime begin)
        : soft(after(begin, request.options.softFactoryTimeout)),
          hard(after(begin, request.options.hardFactoryTimeout)),
          call(request.deadline)
    {
    }

    [[nodiscard]] SteadyTime last() const { return std::min(hard, call); }
    [[nodiscard]] bool isHard() const { return hard < call; }

    SteadyTime soft;
    SteadyTime hard;
    SteadyTime call;

private:
    static SteadyTime after(SteadyTime begin, std::chrono::milliseconds timeout)
    {
        return timeout.count() > 0 ? begin + timeout : SteadyTime::max();
    }
};

// Thread safety: all members may be called from any thread at once.
//
// A getOrComputeAsync(): what LoadCoordinator::load() does by waiting, done by callbacks.
class LoadCoordinator::AsyncLoad : public std::enable_shared_from_this<AsyncLoad>
{
public:
    AsyncLoad(std::shared_ptr<LoadCoordinator> coordinator, std::shared_ptr<LoadRequest> request,
              const LoadDeadlines &deadlines, Done done);

    void start();

private:
    void join();
    void flightEnded(const std::shared_ptr<LoadFlight> &flight);
    void softTimeout();
    void lastTimeout();
    // The first to claim may resolve.
    [[nodiscard]] bool claim() noexcept { return !m_isResolved.exchange(true); }
    void resolve(Result<Cache::Value> result);

    const std::shared_ptr<LoadCoordinator> m_coordinator;
    const std::shared_ptr<LoadRequest> m_request;
    const LoadDeadlines m_deadlines;
    std::atomic<bool> m_isResolved{false};
    Mutex m_mutex;
    std::shared_ptr<LoadFlight> m_flight INFRA_GUARDED_BY(m_mutex);
    Done m_done INFRA_GUARDED_BY(m_mutex);
    BackgroundExecutor::TimerId m_softTimer INFRA_GUARDED_BY(m_mutex) = 0;
    BackgroundExecutor::TimerId m_lastTimer INFRA_GUARDED_BY(m_mutex) = 0;
};

} // namespace Infra::Detail
