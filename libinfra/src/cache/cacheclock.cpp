// SPDX-License-Identifier: MIT
#include "cacheclock.h"

#include <time.h>

namespace Infra::Detail {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::int64_t Second = 1'000'000'000;

std::int64_t read(clockid_t id) noexcept
{
    timespec time{};
    ::clock_gettime(id, &time);
    return time.tv_sec * Second + time.tv_nsec;
}

SystemTime toSystem(std::int64_t nanosecondsUtc) noexcept
{
    return SystemTime(std::chrono::floor<milliseconds>(nanoseconds(nanosecondsUtc)));
}

} // namespace

CacheClock::CacheClock(const Clock &clock)
    : m_clock(clock), m_isSystem(&clock == &Clock::system()), m_offset(difference())
{
    timespec resolution{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
    m_tick = resolution.tv_sec * Second + resolution.tv_nsec;
}

std::int64_t CacheClock::difference() const noexcept
{
    return duration_cast<nanoseconds>(m_clock.systemNow().time_since_epoch()).count()
        - duration_cast<nanoseconds>(m_clock.steadyNow().time_since_epoch()).count();
}

SystemTime CacheClock::now() const noexcept
{
    return toSystem(duration_cast<nanoseconds>(m_clock.steadyNow().time_since_epoch()).count()
                    + m_offset.load(std::memory_order_relaxed));
}

SystemTime CacheClock::hitTime() const noexcept
{
    if (!m_isSystem)
        return now();
    return toSystem(read(CLOCK_MONOTONIC_COARSE) + m_tick + m_offset.load(std::memory_order_relaxed));
}

CacheClock::Drift CacheClock::drift() const noexcept
{
    const std::int64_t ahead = difference() - m_offset.load(std::memory_order_relaxed);
    if (-ahead > nanoseconds(Tolerance).count())
        return Drift::SteppedBack;
    // Reading a clock in milliseconds makes the difference jitter by one; only more than that is news.
    return ahead > nanoseconds(milliseconds(2)).count() ? Drift::Ahead : Drift::None;
}

} // namespace Infra::Detail
