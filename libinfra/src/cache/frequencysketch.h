// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; used under its owner's lock.
//
// How often a hash was seen lately: a count-min sketch of 4-bit counters (Cormode and Muthukrishnan, 2005)
// that are halved every ten capacities of additions, as TinyLFU ages it (Einziger, Friedman, Manes, "TinyLFU: A
// Highly Efficient Cache Admission Policy", 2017). The four counters of a hash lie in one cache line. Eight to
// sixteen bytes for each entry of capacity, four times as much for small ones.
class FrequencySketch
{
public:
    static constexpr int Maximum = 15;

    explicit FrequencySketch(std::uint64_t seed) noexcept : m_seed(seed) {}

    // Makes room for `entries` different keys; what was counted stays. Never shrinks.
    void ensureCapacity(std::uint64_t entries);
    void increment(std::uint64_t hash) noexcept;
    // Never below the true count since the last halving, up to Maximum.
    [[nodiscard]] int frequency(std::uint64_t hash) const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept { return m_words.size() * sizeof(std::uint64_t); }

private:
    static constexpr std::uint64_t WordsPerBlock = 8;

    [[nodiscard]] std::uint64_t spread(std::uint64_t hash) const noexcept;
    void halve() noexcept;

    std::vector<std::uint64_t> m_words;
    std::uint64_t m_seed;
    std::uint64_t m_blockMask = 0;
    std::uint64_t m_additions = 0;
    std::uint64_t m_sampleSize = 0;
};

} // namespace Infra::Detail
