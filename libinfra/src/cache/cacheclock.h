// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>

#include <atomic>
#include <cstdint>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once.
//
// UTC as one process sees it: the monotonic clock plus an offset, so that a step of the wall clock cannot change the
// life of an entry unnoticed. drift() compares the two clocks. A wall clock that is ahead is to be followed at once
// (entries expire early, at worst). One that is behind by more than Tolerance was stepped back: whatever was stored before
// has a life that is too long by then, and what has expired would live again, so it must be gone before follow().
// Less than that is kept as it is: entries expire that much early.
class CacheClock
{
public:
    static constexpr std::chrono::milliseconds Tolerance{2000};

    explicit CacheClock(const Clock &clock);

    [[nodiscard]] const Clock &clock() const noexcept { return m_clock; }
    [[nodiscard]] SteadyTime steadyNow() const noexcept { return m_clock.steadyNow(); }
    [[nodiscard]] SystemTime now() const noexcept;
    // For memory hits: costs a few nanoseconds, and is ahead of now() by at most a scheduler tick or two, never behind
    // it: an entry may expire that much early, not late.
    [[nodiscard]] SystemTime hitTime() const noexcept;

    // Of the wall clock, since follow().
    enum class Drift { None, Ahead, SteppedBack };
    [[nodiscard]] Drift drift() const noexcept;
    // now() is the wall clock's time from here on.
    void follow() noexcept { m_offset.store(difference(), std::memory_order_relaxed); }

private:
    [[nodiscard]] std::int64_t difference() const noexcept;

    const Clock &m_clock;
    const bool m_isSystem;
    std::int64_t m_tick = 0; // Resolution of the coarse clock, nanoseconds.
    std::atomic<std::int64_t> m_offset; // UTC minus steady, nanoseconds.
};

} // namespace Infra::Detail
