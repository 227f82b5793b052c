// SPDX-License-Identifier: MIT
#include "workers.h"

#include <condition_variable>
#include <deque>
#include <iterator>
#include <list>
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

    void loop(Thread &self)
    {
        pthread_setname_np(pthread_self(), "infra-pool-work");
        MutexLocker locker(mutex);
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
            std::function<void()> job = std::move(jobs.front());
            jobs.pop_front();
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

void Workers::post(std::function<void()> job)
{
    const MutexLocker locker(m_state->mutex);
    if (m_state->isStopping) {
        std::thread([job = std::move(job)] { job(); }).detach();
        return;
    }
    m_state->jobs.push_back(std::move(job));
    if (static_cast<int>(m_state->jobs.size()) <= m_state->idle) {
        m_state->work.notify_one();
        return;
    }
    // Not joined: they may wait for a lock that the caller holds.
    for (State::Thread &gone : m_state->takeEnded())
        gone.handle.detach();
    State::Thread &thread = m_state->threads.emplace_back();
    ++m_state->alive;
    thread.handle = std::thread([state = m_state, &thread] { state->loop(thread); });
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
