// SPDX-License-Identifier: MIT
#pragma once

#include "core/random.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace InfraTest {

// `length` numbers below `items`, the k-th most popular with a probability of 1 / k^exponent; which number is how
// popular is shuffled.
[[nodiscard]] inline std::vector<std::uint32_t> zipfSequence(std::uint32_t items, double exponent, std::size_t length,
                                                             std::uint64_t seed)
{
    Infra::Detail::Random random(seed);
    std::vector<std::uint32_t> byRank(items);
    std::iota(byRank.begin(), byRank.end(), 0U);
    for (std::uint32_t i = items; i > 1; --i)
        std::swap(byRank[i - 1], byRank[random.below(i)]);
    std::vector<double> cumulative(items);
    double sum = 0;
    for (std::uint32_t rank = 0; rank < items; ++rank)
        cumulative[rank] = sum += 1 / std::pow(rank + 1, exponent);
    std::vector<std::uint32_t> sequence(length);
    for (std::uint32_t &item : sequence) {
        const auto found = std::lower_bound(cumulative.begin(), cumulative.end(), random.unit() * sum);
        item = byRank[static_cast<std::size_t>(std::min(found - cumulative.begin(), std::ptrdiff_t{items} - 1))];
    }
    return sequence;
}

} // namespace InfraTest
