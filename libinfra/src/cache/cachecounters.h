// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/histogram.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>

namespace Infra::Detail {

// Thread safety: all members may be changed and read from any thread at once.
//
// What the cache counts off the memory-hit path; the memory tier counts its own. See CacheStatistics.
struct CacheCounters
{
    using Counter = std::atomic<std::uint64_t>;

    Counter diskHits{0};
    Counter diskMisses{0};
    Counter diskExpired{0};
    Counter diskPuts{0};
    Counter diskRejectedPuts{0};
    Counter diskRemovals{0};
    Counter batches{0};
    Counter batchedWrites{0};
    Counter readErrors{0};
    Counter writeErrors{0};
    Counter reads{0}; // For sampling only.
    Histogram readTime;
    Histogram writeTime;

    Counter hitsBelowMemory{0}; // Answered from the store, a write-behind buffer, another's store read, or degraded.
    Counter negativeHitsBelowMemory{0};
    Counter misses{0};
    Counter failures{0};
    Counter loadSuccesses{0};
    Counter loadFailures{0};
    Counter loadTimeouts{0};
    Counter joinedLoads{0};
    Counter refreshes{0};
    Counter staleServed{0};
    Counter degradedHits{0};
    Counter decodeErrors{0};
    Counter lostWrites{0};
    Counter clockSteps{0};
    Histogram loadTime;
    Counter loadsInFlight{0};

    static void add(Counter &counter, std::uint64_t value = 1) noexcept
    {
        counter.fetch_add(value, std::memory_order_relaxed);
    }
    static std::uint64_t get(const Counter &counter) noexcept { return counter.load(std::memory_order_relaxed); }
};

// Thread safety: none; its owner's lock guards it.
//
// Hits and misses sampled about once a second, to answer for the last minute.
class HitRateWindow
{
public:
    static constexpr std::chrono::seconds Length{60};

    void sample(SteadyTime at, std::uint64_t hits, std::uint64_t misses)
    {
        m_samples.push_back({at, hits, misses});
        // One sample at or before the window's start is kept: the difference to it covers the window.
        while (m_samples.size() > 2 && m_samples[1].at <= at - Length)
            m_samples.pop_front();
    }
    [[nodiscard]] std::optional<double> rate(std::uint64_t hits, std::uint64_t misses) const
    {
        const Sample first = m_samples.empty() ? Sample{} : m_samples.front();
        const std::uint64_t newHits = hits - first.hits;
        const std::uint64_t asked = newHits + misses - first.misses;
        return asked ? std::optional(static_cast<double>(newHits) / static_cast<double>(asked)) : std::nullopt;
    }

private:
    struct Sample
    {
        SteadyTime at{};
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
    };
    std::deque<Sample> m_samples;
};

} // namespace Infra::Detail
