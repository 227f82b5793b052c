// SPDX-License-Identifier: MIT
#include "workers.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <list>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace Infra::Detail {

namespace {
constexpr std::chrono::seconds IdleTime{30};
constexpr std::chrono::seconds LeaveTimeout{10};
}

// Shared with the threads, because one that hangs outlives Workers.
struct Workers::State
{
    struct Thread
    {
        std::thread handle;
        bool isEnded = false;
    };

    explicit State(const Clock &clockToUse) : clock(clockToUse) {}

    const Clock &clock;
    Mutex mutex;
    std::condition_variable work;
    std::condition_variable ended;
    std::deque<std::function<void()>> jobs INFRA_GUARDED_BY(mutex);
    std::list<Thread> threads INFRA_GUARDED_BY(mutex);
    int idle INFRA_GUARDED_BY(mutex) = 0;
    int alive INFRA_GUARDED_BY(mutex) = 0;
    int starting INFRA_GUARDED_BY(mutex) = 0; // Of those alive: will look for a job, but have not begun.
    std::atomic<bool> isStarved{false}; // The system has refused a thread. Written under the lock.
    bool isStopping INFRA_GUARDED_BY(mutex) = false;

    // Threads that have done their last job. What they destroy at their end, thread-local objects, may wait for any lock.
    [[nodiscard]] std::list<Thread> takeEnded() INFRA_REQUIRES(mutex)
    {
        std::list<Thread> result;
        for (auto thread = threads.begin(); thread != threads.end();) {
            const auto following = std::next(thread);
            if (thread->isEnded)
                result.splice(result.end(), threads, thread);
            thread = following;
        }
        return result;
    }

    [[nodiscard]] std::function<void()> takeFirst() INFRA_REQUIRES(mutex)
    {
        std::function<void()> job = std::move(jobs.front());
        jobs.pop_front();
        return job;
    }

    // One thread more, for a loop, or behind the end for what is queued. False when the system refuses it.
    bool start(const std::shared_ptr<State> &self) INFRA_REQUIRES(mutex)
    {
        if (!isStopping) {
            // Not joined: they may wait for a lock that the caller holds.
            for (Thread &gone : takeEnded())
                gone.handle.detach();
        }
        std::list<Thread> started(1);
        Thread &thread = started.front();
        try {
            if (isStopping)
                std::thread([self] { self->drain(); }).detach();
            else
                thread.handle = std::thread([self, &thread] { self->loop(thread); });
        } catch (const std::system_error &) {
            return false;
        }
        if (!isStopping) {
            threads.splice(threads.end(), started);
            ++alive;
            ++starting;
        }
        return true;
    }

    // A thread for each job that nobody is free for. False when the system refuses one.
    bool startMissing(const std::shared_ptr<State> &self) INFRA_REQUIRES(mutex)
    {
        bool isComplete = true;
        while (isComplete && static_cast<int>(jobs.size()) > idle + starting)
            isComplete = start(self);
        isStarved.store(!isComplete, std::memory_order_relaxed);
        return isComplete;
    }

    // For the job that has been queued last.
    bool provide(const std::shared_ptr<State> &self) INFRA_REQUIRES(mutex)
    {
        if (isStopping)
            return start(self);
        work.notify_one();
        return startMissing(self);
    }

    // Behind the end.
    void drain()
    {
        MutexLocker locker(mutex);
        while (!jobs.empty()) {
            std::function<void()> job = takeFirst();
            locker.unlock();
            job();
            job = nullptr;
            locker.lock();
        }
    }

    void loop(Thread &self)
    {
        pthread_setname_np(pthread_self(), "infra-pool-work");
        MutexLocker locker(mutex);
        --starting;
        while (!isStopping || !jobs.empty()) {
            // The clock is asked only before the end: a job, or a thread that had not begun, may have outlived stop(), and
            // the clock with it.
            if (jobs.empty()) {
                ++idle;
                const bool woken = clock.waitUntil(locker.unique(), work, clock.steadyNow() + IdleTime, [this] {
                    mutex.assertHeld();
                    return !jobs.empty() || isStopping;
                });
                --idle;
                if (isStopping)
                    ended.notify_all();
                if (!woken || jobs.empty())
                    break;
            }
            std::function<void()> job = takeFirst();
            locker.unlock();
            job();
            // What it captured may be the last reference to the pool.
            job = nullptr;
            locker.lock();
        }
        self.isEnded = true;
        --alive;
        ended.notify_all();
    }
};

Workers::Workers(const Clock &clock) : m_state(std::make_shared<State>(clock)) {}

Workers::~Workers()
{
    stop(SteadyTime::min());
}

bool Workers::offer(std::function<void()> &job)
{
    State &state = *m_state;
    const MutexLocker locker(state.mutex);
    state.jobs.push_back(std::move(job));
    if (state.provide(m_state))
        return true;
    job = std::move(state.jobs.back());
    state.jobs.pop_back();
    return false;
}

void Workers::post(std::function<void()> job)
{
    State &state = *m_state;
    const MutexLocker locker(state.mutex);
    state.jobs.push_back(std::move(job));
    static_cast<void>(state.provide(m_state));
}

void Workers::nudge()
{
    if (!isStarved())
        return;
    const MutexLocker locker(m_state->mutex);
    if (!m_state->isStopping)
        static_cast<void>(m_state->startMissing(m_state));
}

bool Workers::isStarved() const noexcept
{
    return m_state->isStarved.load(std::memory_order_relaxed);
}

bool Workers::stop(SteadyTime deadline)
{
    State &state = *m_state;
    std::list<State::Thread> gone;
    bool all = false;
    {
        MutexLocker locker(state.mutex);
        // A second time the clock may be gone.
        if (state.isStopping)
            return state.alive == 0;
        // What is queued because the system refused a thread gets a last chance; else whoever posts next does it.
        static_cast<void>(state.startMissing(m_state));
        state.isStopping = true;
        state.work.notify_all();
        // Who is idle has been woken and leaves the clock at once, however fast the clock's own time passes.
        state.ended.wait_until(locker.unique(), std::chrono::steady_clock::now() + LeaveTimeout, [&state] {
            state.mutex.assertHeld();
            return state.idle == 0;
        });
        all = state.clock.waitUntil(locker.unique(), state.ended, deadline, [&state] {
            state.mutex.assertHeld();
            return state.alive == 0;
        });
        gone = state.takeEnded();
        for (State::Thread &thread : state.threads)
            thread.handle.detach();
    }
    // Without the lock: they may wait for one whose holder posts.
    for (State::Thread &thread : gone)
        thread.handle.join();
    return all;
}

int Workers::threadCount() const
{
    const MutexLocker locker(m_state->mutex);
    return m_state->alive;
}

} // namespace Infra::Detail
