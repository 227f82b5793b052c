// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace Infra::Detail {

// Thread safety: none; one per thread or under its owner's lock.
//
// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Not for secrets:
// it spreads jitter and sampling, and a seed replays a test.
class Random
{
public:
    explicit constexpr Random(std::uint64_t seed) noexcept : m_state(seed) {}

    constexpr std::uint64_t next() noexcept
    {
        std::uint64_t z = (m_state += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // Uniform in [0, 1).
    constexpr double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    // Uniform in [0, bound); bound must not be 0. The bias is below 2^-32 for bounds below 2^32.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

private:
    std::uint64_t m_state;
};

} // namespace Infra::Detail
