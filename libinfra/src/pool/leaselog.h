// SPDX-License-Identifier: MIT
#pragma once

#include <infra/histogram.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace Infra::Detail {

// Thread safety: one writer at a time, whoever holds the connection; any reader at any time.
//
// What the borrowers of one connection have done. One log a connection, so that processors do not fight over a
// common one; plain additions instead of locked ones, since there is one writer.
class LeaseLog
{
public:
    void countLease() noexcept { add(m_leases, 1); }
    void recordUse(std::chrono::nanoseconds duration) noexcept
    {
        const auto value = static_cast<std::uint64_t>(std::max(duration, std::chrono::nanoseconds::zero()).count());
        add(m_use[static_cast<std::size_t>(HistogramSnapshot::bucketOf(value))], 1);
        add(m_useSum, value);
    }

    [[nodiscard]] std::uint64_t leases() const noexcept { return m_leases.load(std::memory_order_relaxed); }
    void addUseTo(HistogramSnapshot &histogram) const
    {
        for (std::size_t index = 0; index < m_use.size(); ++index)
            histogram.addToBucket(static_cast<int>(index), m_use[index].load(std::memory_order_relaxed));
        histogram.addToSum(m_useSum.load(std::memory_order_relaxed));
    }

private:
    static void add(std::atomic<std::uint64_t> &counter, std::uint64_t amount) noexcept
    {
        counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> m_leases{0}; // Those taken without the pool's lock.
    std::atomic<std::uint64_t> m_useSum{0};
    std::array<std::atomic<std::uint64_t>, HistogramSnapshot::BucketCount> m_use{};
};

} // namespace Infra::Detail
