// SPDX-License-Identifier: MIT
#include <infra/histogram.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace Infra {

std::chrono::nanoseconds HistogramSnapshot::quantile(double quantile) const noexcept
{
    if (m_count == 0)
        return {};
    const double wanted = std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(m_count));
    const std::uint64_t rank = wanted < 0x1p63 ? static_cast<std::uint64_t>(wanted) : m_count;
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < m_buckets.size(); ++index) {
        seen += m_buckets[index];
        if (seen >= std::max<std::uint64_t>(rank, 1)) {
            const std::uint64_t low = lowerBound(static_cast<int>(index));
            const std::uint64_t high = lowerBound(static_cast<int>(index) + 1);
            return std::chrono::nanoseconds(low + (high - low) / 2);
        }
    }
    return std::chrono::nanoseconds(lowerBound(static_cast<int>(m_buckets.size()) - 1));
}

std::chrono::nanoseconds HistogramSnapshot::mean() const noexcept
{
    if (m_count == 0)
        return {};
    // What a store says may be any numbers, and their sums wrap around.
    const std::uint64_t mean = static_cast<std::uint64_t>(m_sum) / m_count;
    return std::chrono::nanoseconds(std::min<std::uint64_t>(mean, std::numeric_limits<std::int64_t>::max()));
}

void HistogramSnapshot::addToBucket(int index, std::uint64_t samples)
{
    if (index < 0 || index >= BucketCount || samples == 0)
        return;
    if (m_buckets.size() <= static_cast<std::size_t>(index))
        m_buckets.resize(static_cast<std::size_t>(index) + 1);
    m_buckets[static_cast<std::size_t>(index)] += samples;
    m_count += samples;
}

void HistogramSnapshot::merge(const HistogramSnapshot &other)
{
    if (m_buckets.size() < other.m_buckets.size())
        m_buckets.resize(other.m_buckets.size());
    for (std::size_t index = 0; index < other.m_buckets.size(); ++index)
        m_buckets[index] += other.m_buckets[index];
    m_count += other.m_count;
    addToSum(static_cast<std::uint64_t>(other.m_sum));
}

HistogramSnapshot HistogramSnapshot::since(const HistogramSnapshot &earlier) const
{
    HistogramSnapshot difference;
    for (std::size_t index = 0; index < m_buckets.size(); ++index) {
        const std::uint64_t before = earlier.bucket(static_cast<int>(index));
        if (m_buckets[index] > before)
            difference.addToBucket(static_cast<int>(index), m_buckets[index] - before);
    }
    if (m_sum > earlier.m_sum)
        difference.addToSum(static_cast<std::uint64_t>(m_sum) - static_cast<std::uint64_t>(earlier.m_sum));
    return difference;
}

HistogramSnapshot Histogram::snapshot() const
{
    HistogramSnapshot snapshot;
    for (int index = HistogramSnapshot::BucketCount - 1; index >= 0; --index) {
        const std::uint64_t samples = m_buckets[static_cast<std::size_t>(index)].load(std::memory_order_relaxed);
        if (samples != 0)
            snapshot.addToBucket(index, samples);
    }
    snapshot.addToSum(m_sum.load(std::memory_order_relaxed));
    return snapshot;
}

} // namespace Infra
