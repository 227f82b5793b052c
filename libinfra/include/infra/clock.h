// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ratio>
#include <utility>

namespace Infra {

// Monotonic: for deadlines, timeouts and latencies inside one process.
using SteadyTime = std::chrono::steady_clock::time_point;
// UTC wall time in milliseconds: for anything stored or shown (expiry, journal, snapshots).
using SystemTime = std::chrono::sys_time<std::chrono::milliseconds>;

// Thread safety: all members may be called from any thread at once.
//
// The only source of time in this library. Everything that waits, expires or measures takes a Clock, so a
// test replaces it with a ManualClock and never sleeps. Must outlive every object that it was given to;
// Clock::system() lives for the whole process.
class INFRA_EXPORT Clock
{
public:
    virtual ~Clock();

    // The monotonic time: never goes back, means nothing outside this process.
    [[nodiscard]] virtual SteadyTime steadyNow() const noexcept = 0;
    // The wall clock, in UTC: an operator or NTP may step it in either direction at any time.
    [[nodiscard]] virtual SystemTime systemNow() const noexcept = 0;

    // Waits on `condition` until `ready()` holds or `deadline` has passed on this clock; returns ready().
    // `lock` must hold the mutex that guards what ready() reads. The thread that makes ready() true must
    // notify `condition`. SteadyTime::max() waits without end.
    virtual bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition,
                           SteadyTime deadline, const std::function<bool()> &ready) const = 0;

    // The machine's clocks.
    [[nodiscard]] static const Clock &system() noexcept;
};

// Thread safety: a value.
//
// The latest moment at which a call may return: a duration counted from the call, or an absolute time so
// that several calls share one budget.
//
//     auto user = users.acquire(std::chrono::seconds(2));
//     const auto budget = Infra::Deadline::at(clock.steadyNow() + std::chrono::seconds(5));
//     auto order = orders.acquire(budget);
class Deadline
{
public:
    // Relative to the moment the call reads its clock. Zero or negative means "do not wait".
    template<class Rep, class Period>
    constexpr Deadline(std::chrono::duration<Rep, Period> fromNow) noexcept : m_fromNow(saturated(fromNow)), m_relative(true)
    {
    }
    // A moment on the steady clock of whatever is called. One that has passed means "do not wait".
    [[nodiscard]] static constexpr Deadline at(SteadyTime moment) noexcept { return Deadline(moment); }
    // The call may wait without end.
    [[nodiscard]] static constexpr Deadline never() noexcept { return Deadline(SteadyTime::max()); }

    // The absolute moment on `clock`; saturates at SteadyTime::max().
    [[nodiscard]] SteadyTime resolve(const Clock &clock) const noexcept
    {
        if (!m_relative)
            return m_moment;
        const SteadyTime now = clock.steadyNow();
        return m_fromNow >= SteadyTime::max() - now ? SteadyTime::max() : now + m_fromNow;
    }

private:
    explicit constexpr Deadline(SteadyTime moment) noexcept : m_moment(moment) {}
    // Whatever the unit and the type of the count: a conversion that overflows is undefined.
    template<class Rep, class Period>
    [[nodiscard]] static constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> duration) noexcept
    {
        using std::chrono::nanoseconds;
        if (!(duration > duration.zero())) // So written for a duration that is no number.
            return nanoseconds::zero();
        if constexpr (std::chrono::treat_as_floating_point_v<Rep>) {
            if (duration >= std::chrono::duration<Rep, Period>(nanoseconds::max()))
                return nanoseconds::max();
        } else if constexpr (!std::ratio_less_v<Period, std::nano>) {
            using Unit = std::ratio_divide<Period, std::nano>;
            if (std::cmp_greater_equal(duration.count(), nanoseconds::max().count() / Unit::num))
                return nanoseconds::max();
        }
        return std::chrono::duration_cast<nanoseconds>(duration);
    }

    SteadyTime m_moment{};
    std::chrono::nanoseconds m_fromNow{};
    bool m_relative = false;
};

} // namespace Infra
