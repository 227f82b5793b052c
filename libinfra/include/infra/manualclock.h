// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>

#include <memory>

namespace Infra {

// Thread safety: all members may be called from any thread at once.
//
// A clock that moves only when a test says so. advance() moves both times and wakes every thread that is
// inside waitUntil(), so timeouts happen at once and tests never sleep.
class INFRA_EXPORT ManualClock final : public Clock
{
public:
    // Starts at steady time 1 h and system time 2026-01-01T00:00:00Z unless told otherwise.
    ManualClock();
    explicit ManualClock(SystemTime start);
    ~ManualClock() override;
    ManualClock(const ManualClock &) = delete;
    ManualClock &operator=(const ManualClock &) = delete;

    // As advance() left it.
    [[nodiscard]] SteadyTime steadyNow() const noexcept override;
    // As advance() and stepSystemClock() left it.
    [[nodiscard]] SystemTime systemNow() const noexcept override;
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &ready) const override;

    // Moves both clocks forward. `step` must not be negative.
    void advance(std::chrono::nanoseconds step);
    // Steps the wall clock only, in either direction, as an operator or NTP would.
    void stepSystemClock(std::chrono::milliseconds step);
    // How many threads are inside waitUntil() with an unexpired deadline: lets a test advance only once a
    // waiter has really gone to sleep.
    [[nodiscard]] int waiterCount() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Infra
