// SPDX-License-Identifier: MIT
#pragma once

#include "threadannotations.h"

#include <infra/clock.h>

#include <functional>
#include <memory>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once.
//
// Threads for work that may hang. A job never waits behind a hung one: when no thread is idle another is
// started. The caller bounds the number of jobs (each of the pool's belongs to one of its connections), and so
// the number of threads. An idle thread ends after 30 s.
//
// Where the system refuses a thread, a job waits for one that becomes free, and for nudge().
class Workers
{
public:
    explicit Workers(const Clock &clock);
    ~Workers(); // stop() without waiting.
    Workers(const Workers &) = delete;
    Workers &operator=(const Workers &) = delete;

    // After stop(), a job gets a thread of its own that nobody waits for. One that cannot have it is left to the next that can.
    void post(std::function<void()> job);
    // post() when there is a thread for the job. False when the system refuses one: the job is the caller's still.
    [[nodiscard]] bool offer(std::function<void()> &job);
    // Tries again to start the threads that were refused.
    void nudge();
    // Whether the system has refused the last thread that was asked for.
    [[nodiscard]] bool isStarved() const noexcept;
    // Runs the queued jobs and waits for the threads to end. What still hangs at the
    // deadline is left to itself: such a thread ends when its call returns. False when there is one.
    // Must not be called from a worker, nor with a lock that a thread may need at its end. A second call only tells.
    bool stop(SteadyTime deadline);
    // Threads alive, idle ones included.
    [[nodiscard]] int threadCount() const;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace Infra::Detail
