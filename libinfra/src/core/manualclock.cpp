// SPDX-License-Identifier: MIT
#include <infra/manualclock.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <thread>
#include <vector>

namespace Infra {

struct ManualClock::Private
{
    struct Waiter
    {
        std::mutex *mutex;
        std::condition_variable *condition;
        SteadyTime deadline;
    };

    std::atomic<SteadyTime::rep> steady;
    std::atomic<SystemTime::rep> system;
    mutable std::mutex waitersMutex;
    std::list<Waiter> waiters;
};

ManualClock::ManualClock() : ManualClock(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) {}

ManualClock::ManualClock(SystemTime start) : d(std::make_unique<Private>())
{
    d->steady = SteadyTime(std::chrono::hours(1)).time_since_epoch().count();
    d->system = start.time_since_epoch().count();
}

ManualClock::~ManualClock() = default;

SteadyTime ManualClock::steadyNow() const noexcept
{
    return SteadyTime(SteadyTime::duration(d->steady.load()));
}

SystemTime ManualClock::systemNow() const noexcept
{
    return SystemTime(SystemTime::duration(d->system.load()));
}

bool ManualClock::waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition,
                            SteadyTime deadline, const std::function<bool()> &ready) const
{
    std::list<Private::Waiter>::iterator entry;
    {
        const std::lock_guard guard(d->waitersMutex);
        entry = d->waiters.insert(d->waiters.end(), Private::Waiter{lock.mutex(), &condition, deadline});
    }
    condition.wait(lock, [&] { return ready() || steadyNow() >= deadline; });
    {
        const std::lock_guard guard(d->waitersMutex);
        d->waiters.erase(entry);
    }
    return ready();
}

void ManualClock::advance(std::chrono::nanoseconds step)
{
    d->steady += std::chrono::duration_cast<SteadyTime::duration>(step).count();
    d->system += std::chrono::duration_cast<SystemTime::duration>(step).count();

    // The registry stays locked so that no waiter's mutex can be destroyed while it is used here. A waiter
    // takes the registry lock while holding its own mutex, so that mutex may only be tried for: one that is
    // busy belongs to a thread that has not gone to sleep yet or is awake, and is tried again.
    std::unique_lock guard(d->waitersMutex);
    std::vector<Private::Waiter> pending(d->waiters.begin(), d->waiters.end());
    while (!pending.empty()) {
        std::erase_if(pending, [this](const Private::Waiter &waiter) {
            const bool known = std::any_of(d->waiters.begin(), d->waiters.end(), [&](const Private::Waiter &other) {
                return other.condition == waiter.condition && other.mutex == waiter.mutex;
            });
            if (!known)
                return true;
            const std::unique_lock held(*waiter.mutex, std::try_to_lock);
            if (!held.owns_lock())
                return false;
            waiter.condition->notify_all();
            return true;
        });
        if (!pending.empty()) {
            guard.unlock();
            std::this_thread::yield();
            guard.lock();
        }
    }
}

void ManualClock::stepSystemClock(std::chrono::milliseconds step)
{
    d->system += step.count();
}

int ManualClock::waiterCount() const
{
    const std::lock_guard guard(d->waitersMutex);
    const SteadyTime now = steadyNow();
    return static_cast<int>(std::count_if(d->waiters.begin(), d->waiters.end(),
                                          [now](const Private::Waiter &waiter) { return waiter.deadline > now; }));
}

} // namespace Infra
