// SPDX-License-Identifier: MIT
#pragma once

#include "threadannotations.h"

#include <infra/clock.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once, except the destructor.
//
// A few threads ("infra-cache") with a bounded queue, and one ("infra-cachetime") that calls what is due; all
// started when first needed. Factories may keep all threads busy without end, so what the cache itself has to do goes
// before them, and meanwhile gets one thread more (an "infra-cache", too), which ends when there is no such work left.
// Timers only decide and hand over: what may block is posted to the queue.
class BackgroundExecutor
{
public:
    enum class Outcome : std::uint8_t { Run, Cancelled };
    // Called once: on one of the threads, or with Cancelled by shutdown().
    using Task = std::function<void(Outcome)>;
    using TimerId = std::uint64_t;

    BackgroundExecutor(const Clock &clock, int threads, int queueLimit);
    ~BackgroundExecutor();
    BackgroundExecutor(const BackgroundExecutor &) = delete;
    BackgroundExecutor &operator=(const BackgroundExecutor &) = delete;

    // False, and the task was not called, when the queue is full or the executor was shut down.
    [[nodiscard]] bool post(Task task);
    // The same for work of the cache itself, of which a few tasks may wait beside a queue that is full.
    [[nodiscard]] bool postOwn(Task task);
    // Runs `callback` on the timer thread at `moment`, unless cancelled or shut down before. 0 after shutdown.
    TimerId callAt(SteadyTime moment, std::function<void()> callback);
    void cancel(TimerId timer);

    // Stops timers, cancels what is queued and waits for what runs until `deadline`. Threads that are still busy then
    // are left to themselves; they end with their task. Later calls do nothing.
    void shutdown(SteadyTime deadline);

private:
    struct State
    {
        explicit State(const Clock &systemClock) : clock(systemClock) {}

        const Clock &clock;
        Mutex mutex;
        std::condition_variable work;
        std::condition_variable timer;
        std::condition_variable idle;
        std::deque<Task> queue INFRA_GUARDED_BY(mutex);
        int ownTasks INFRA_GUARDED_BY(mutex) = 0;     // So many at the front of the queue are the cache's own.
        std::multimap<std::pair<SteadyTime, TimerId>, std::function<void()>> timers INFRA_GUARDED_BY(mutex);
        TimerId nextTimer INFRA_GUARDED_BY(mutex) = 1;
        int threads INFRA_GUARDED_BY(mutex) = 0;      // Workers alive, the extra one included.
        int idleThreads INFRA_GUARDED_BY(mutex) = 0;
        bool timerRuns INFRA_GUARDED_BY(mutex) = false;
        bool timerSleeps INFRA_GUARDED_BY(mutex) = false;
        bool stopping INFRA_GUARDED_BY(mutex) = false;
    };

    [[nodiscard]] bool enqueue(Task task, bool isOwn);
    static void work(const std::shared_ptr<State> &state, bool isExtra);
    static void runTimers(const std::shared_ptr<State> &state);

    const std::shared_ptr<State> m_state;
    const int m_maximumThreads;
    const std::size_t m_queueLimit;
};

} // namespace Infra::Detail
