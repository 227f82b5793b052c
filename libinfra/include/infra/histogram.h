// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace Infra {

// Thread safety: a value; distinct copies may be used from any threads.
//
// Counts of durations in log-linear buckets (eight to an octave, so a bucket is at most 12.5 % wide), the
// layout of HdrHistogram (Tene). Snapshots of any processes add up exactly, and a later snapshot minus an
// earlier one is the histogram of the time between. Unit: nanoseconds. Range: 0 to 2^42 ns (73 min);
// longer durations count in the last bucket, negative ones in the first.
class INFRA_EXPORT HistogramSnapshot
{
public:
    // Two to the power of this are the buckets of an octave.
    static constexpr int SubBucketBits = 3;
    // All buckets: 320.
    static constexpr int BucketCount = (42 - SubBucketBits + 1) << SubBucketBits;

    // The index of the bucket in which a duration counts, 0 to BucketCount - 1.
    [[nodiscard]] static constexpr int bucketOf(std::uint64_t nanoseconds) noexcept
    {
        if (nanoseconds < (1U << SubBucketBits))
            return static_cast<int>(nanoseconds);
        const int exponent = 63 - __builtin_clzll(nanoseconds);
        const int index = ((exponent - SubBucketBits + 1) << SubBucketBits)
            + static_cast<int>((nanoseconds >> (exponent - SubBucketBits)) & ((1U << SubBucketBits) - 1));
        return index < BucketCount ? index : BucketCount - 1;
    }
    // The smallest duration, in nanoseconds, that counts in bucket `index`.
    [[nodiscard]] static constexpr std::uint64_t lowerBound(int index) noexcept
    {
        if (index < (1 << SubBucketBits))
            return static_cast<std::uint64_t>(index);
        const int octave = (index >> SubBucketBits) - 1;
        return (static_cast<std::uint64_t>(index & ((1 << SubBucketBits) - 1)) + (1U << SubBucketBits)) << octave;
    }

    // Samples in all buckets.
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }
    // Of the samples as they were recorded, not of their buckets.
    [[nodiscard]] std::chrono::nanoseconds sum() const noexcept { return std::chrono::nanoseconds(m_sum); }
    // There is no sample.
    [[nodiscard]] bool isEmpty() const noexcept { return m_count == 0; }
    // The duration below which the fraction `quantile` (0 to 1) of the samples lies, as the middle of its
    // bucket; zero when empty.
    [[nodiscard]] std::chrono::nanoseconds quantile(double quantile) const noexcept;
    // sum() over count(); zero when empty.
    [[nodiscard]] std::chrono::nanoseconds mean() const noexcept;
    // Count of bucket `index`; 0 for one that was never reached.
    [[nodiscard]] std::uint64_t bucket(int index) const noexcept
    {
        return index >= 0 && index < bucketEnd() ? m_buckets[static_cast<std::size_t>(index)] : 0;
    }
    // One past the highest bucket that was reached.
    [[nodiscard]] int bucketEnd() const noexcept { return static_cast<int>(m_buckets.size()); }

    // Adds `samples` samples to bucket `index` (ignored when out of range): for decoders.
    void addToBucket(int index, std::uint64_t samples);
    // For decoders. Wraps around: what one reads may be anything.
    void addToSum(std::uint64_t nanoseconds) noexcept
    {
        m_sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(m_sum) + nanoseconds);
    }
    // Adds the samples of `other`.
    void merge(const HistogramSnapshot &other);
    // This minus `earlier`, bucket by bucket; a bucket that shrank (a restart) counts as zero.
    [[nodiscard]] HistogramSnapshot since(const HistogramSnapshot &earlier) const;

    friend bool operator==(const HistogramSnapshot &, const HistogramSnapshot &) = default;

private:
    std::vector<std::uint64_t> m_buckets; // As long as the highest bucket reached.
    std::uint64_t m_count = 0;
    std::int64_t m_sum = 0;
};

// Thread safety: record() and snapshot() may be called from any thread at once; record() is two relaxed
// atomic additions and never blocks. A snapshot taken during record() may miss the newest samples.
class INFRA_EXPORT Histogram
{
public:
    Histogram() = default;
    Histogram(const Histogram &) = delete;
    Histogram &operator=(const Histogram &) = delete;

    // Counts one duration; a negative one as zero.
    void record(std::chrono::nanoseconds duration) noexcept
    {
        const std::uint64_t value = duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
        m_buckets[static_cast<std::size_t>(HistogramSnapshot::bucketOf(value))].fetch_add(1, std::memory_order_relaxed);
        m_sum.fetch_add(value, std::memory_order_relaxed);
    }
    // What was recorded so far, since the object was made.
    [[nodiscard]] HistogramSnapshot snapshot() const;

private:
    std::array<std::atomic<std::uint64_t>, HistogramSnapshot::BucketCount> m_buckets{};
    std::atomic<std::uint64_t> m_sum{0};
};

} // namespace Infra
