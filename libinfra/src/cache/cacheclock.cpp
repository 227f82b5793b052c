// SPDX-License-Identifier: MIT
#include "cacheclock.h"

#include <time.h>

#include <utility>

namespace Infra::Detail {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::int64_t Second = 1'000'000'000;
// Nanoseconds from the first to the last of three readings of clocks.
constexpr std::int64_t ReadTogether = 20'000;
constexpr int MaximumReads = 5;

std::int64_t read(clockid_t id) noexcept
{
    timespec time{};
    ::clock_gettime(id, &time);
    return time.tv_sec * Second + time.tv_nsec;
}

// The same for every process, to some microseconds: whole milliseconds would set their clocks apart by one.
std::int64_t systemDifference() noexcept
{
    std::int64_t steady = read(CLOCK_MONOTONIC);
    for (int attempt = 1;; ++attempt) {
        const std::int64_t utc = read(CLOCK_REALTIME);
        const std::int64_t before = std::exchange(steady, read(CLOCK_MONOTONIC));
        // Another thread may have run in between.
        if (steady - before < ReadTogether || attempt == MaximumReads)
            return utc - steady;
    }
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
    if (m_isSystem)
        return systemDifference();
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
    // What a slow reading, or a clock in milliseconds, makes of no step at all; only more than that is news.
    return ahead > nanoseconds(milliseconds(2)).count() ? Drift::Ahead : Drift::None;
}

} // namespace Infra::Detail
