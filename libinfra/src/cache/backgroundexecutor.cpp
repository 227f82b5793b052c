// SPDX-License-Identifier: MIT
#include "backgroundexecutor.h"

#include <pthread.h>

#include <thread>

namespace Infra::Detail {
namespace {

constexpr std::chrono::seconds LeaveTimeout{10};
// More than one cache has kinds of own work: only a store that hangs makes so many wait.
constexpr int MostOwnTasks = 8;

// Threads count themselves in State and hold a share of it, so a detached one that outlives the executor touches
// nothing that is gone.
template<class Function>
void startThread(const char *name, Function function)
{
    std::thread([name, function = std::move(function)] {
        ::pthread_setname_np(::pthread_self(), name);
        function();
    }).detach();
}

} // namespace

BackgroundExecutor::BackgroundExecutor(const Clock &clock, int threads, int queueLimit)
    : m_state(std::make_shared<State>(clock)),
      m_maximumThreads(threads),
      m_queueLimit(static_cast<std::size_t>(queueLimit))
{
}

BackgroundExecutor::~BackgroundExecutor()
{
    {
        // A task that outlived the shutdown may be the last to let go, when the clock is gone already.
        const MutexLocker locker(m_state->mutex);
        if (m_state->stopping)
            return;
    }
    shutdown(m_state->clock.steadyNow());
}

bool BackgroundExecutor::post(Task task)
{
    return enqueue(std::move(task), false);
}

bool BackgroundExecutor::postOwn(Task task)
{
    return enqueue(std::move(task), true);
}

bool BackgroundExecutor::enqueue(Task task, bool isOwn)
{
    State &state = *m_state;
    const MutexLocker locker(state.mutex);
    const std::size_t others = state.queue.size() - static_cast<std::size_t>(state.ownTasks);
    if (state.stopping || (isOwn ? state.ownTasks >= MostOwnTasks : others >= m_queueLimit))
        return false;
    state.queue.insert(isOwn ? state.queue.begin() + state.ownTasks : state.queue.end(), std::move(task));
    if (isOwn)
        ++state.ownTasks;
    const bool isThreadMissing = static_cast<std::size_t>(state.idleThreads) < state.queue.size()
        && state.threads < m_maximumThreads;
    // An idle thread would take it first. Only the extra one ends before shutdown(), so at the maximum there is none.
    const bool isExtra = isOwn && state.idleThreads == 0 && state.threads == m_maximumThreads;
    if (isThreadMissing || isExtra) {
        ++state.threads;
        startThread("infra-cache", [shared = m_state, isExtra] { work(shared, isExtra); });
    } else {
        state.work.notify_one();
    }
    return true;
}

BackgroundExecutor::TimerId BackgroundExecutor::callAt(SteadyTime moment, std::function<void()> callback)
{
    State &state = *m_state;
    const MutexLocker locker(state.mutex);
    if (state.stopping)
        return 0;
    const TimerId id = state.nextTimer++;
    const auto added = state.timers.emplace(std::pair(moment, id), std::move(callback));
    if (!state.timerRuns) {
        state.timerRuns = true;
        startThread("infra-cachetime", [shared = m_state] { runTimers(shared); });
    } else if (added == state.timers.begin()) {
        state.timer.notify_one();
    }
    return id;
}

void BackgroundExecutor::cancel(TimerId timer)
{
    if (timer == 0)
        return;
    State &state = *m_state;
    std::function<void()> dropped; // Destroyed behind the lock: it may own anything.
    const MutexLocker locker(state.mutex);
    for (auto it = state.timers.begin(); it != state.timers.end(); ++it) {
        if (it->first.second == timer) {
            dropped = std::move(it->second);
            state.timers.erase(it);
            return;
        }
    }
}

void BackgroundExecutor::work(const std::shared_ptr<State> &shared, bool isExtra)
{
    State &state = *shared;
    MutexLocker locker(state.mutex);
    // The clock is asked only before the end: a task may have outlived the shutdown, and the clock with it.
    while (!state.stopping || !state.queue.empty()) {
        if (!isExtra) {
            ++state.idleThreads;
            state.clock.waitUntil(locker.unique(), state.work, SteadyTime::max(), [&state] {
                state.mutex.assertHeld();
                return state.stopping || !state.queue.empty();
            });
            --state.idleThreads;
            if (state.stopping)
                state.idle.notify_all();
        }
        if (isExtra ? state.ownTasks == 0 : state.queue.empty())
            break;
        Task task = std::move(state.queue.front());
        state.queue.pop_front();
        if (state.ownTasks > 0)
            --state.ownTasks;
        locker.unlock();
        task(Outcome::Run);
        task = nullptr;
        locker.lock();
    }
    --state.threads;
    state.idle.notify_all();
}

void BackgroundExecutor::runTimers(const std::shared_ptr<State> &shared)
{
    State &state = *shared;
    MutexLocker locker(state.mutex);
    while (!state.stopping) {
        const SteadyTime next = state.timers.empty() ? SteadyTime::max() : state.timers.begin()->first.first;
        state.timerSleeps = true;
        state.clock.waitUntil(locker.unique(), state.timer, next, [&state, next] {
            state.mutex.assertHeld();
            return state.stopping || (!state.timers.empty() && state.timers.begin()->first.first < next);
        });
        state.timerSleeps = false;
        if (state.stopping)
            state.idle.notify_all();
        while (!state.stopping && !state.timers.empty()
               && state.timers.begin()->first.first <= state.clock.steadyNow()) {
            std::function<void()> callback = std::move(state.timers.begin()->second);
            state.timers.erase(state.timers.begin());
            locker.unlock();
            callback();
            callback = nullptr;
            locker.lock();
        }
    }
    state.timerRuns = false;
    state.idle.notify_all();
}

void BackgroundExecutor::shutdown(SteadyTime deadline)
{
    State &state = *m_state;
    std::deque<Task> queued;
    std::multimap<std::pair<SteadyTime, TimerId>, std::function<void()>> timers;
    MutexLocker locker(state.mutex);
    state.stopping = true;
    queued.swap(state.queue);
    state.ownTasks = 0;
    timers.swap(state.timers);
    state.work.notify_all();
    state.timer.notify_all();
    locker.unlock();
    for (Task &task : queued)
        task(Outcome::Cancelled);
    timers.clear();
    locker.lock();
    // Who sleeps has been woken and leaves the clock at once, however fast the clock's own time passes.
    state.idle.wait_until(locker.unique(), std::chrono::steady_clock::now() + LeaveTimeout, [&state] {
        state.mutex.assertHeld();
        return state.idleThreads == 0 && !state.timerSleeps;
    });
    state.clock.waitUntil(locker.unique(), state.idle, deadline, [&state] {
        state.mutex.assertHeld();
        return state.threads == 0 && !state.timerRuns;
    });
}

} // namespace Infra::Detail
