// SPDX-License-Identifier: MIT
#include "frequencysketch.h"

#include <algorithm>
#include <bit>

namespace Infra::Detail {

namespace {

// Where row `row` of a spread hash counts: a word of the block and the position of four bits in it.
struct Position
{
    std::uint64_t word;
    int shift;
};

Position position(std::uint64_t spread, int row) noexcept
{
    const std::uint64_t bits = spread >> (32 + row * 8);
    return {static_cast<std::uint64_t>(row) * 2 + (bits & 1), static_cast<int>((bits >> 1) & 15) * 4};
}

} // namespace

void FrequencySketch::ensureCapacity(std::uint64_t entries)
{
    m_sampleSize = std::max(m_sampleSize, 10 * entries);
    // Small caches suffer most from keys that are taken for one another, and can afford more counters.
    constexpr std::uint64_t FewWords = 4096;
    const std::uint64_t wanted = std::bit_ceil(std::max({entries, std::min(entries * 4, FewWords), WordsPerBlock}));
    if (m_words.empty()) {
        m_words.resize(wanted, 0);
    } else {
        // A hash keeps its low bits, so both halves of a doubled table start with the counts that it had.
        while (m_words.size() < wanted) {
            const std::size_t size = m_words.size();
            m_words.resize(size * 2);
            std::copy_n(m_words.begin(), size, m_words.begin() + static_cast<std::ptrdiff_t>(size));
        }
    }
    m_blockMask = m_words.size() / WordsPerBlock - 1;
}

std::uint64_t FrequencySketch::spread(std::uint64_t hash) const noexcept
{
    std::uint64_t z = hash ^ m_seed;
    z = (z ^ (z >> 31)) * 0x9e3779b97f4a7c15ULL;
    return z ^ (z >> 29);
}

void FrequencySketch::increment(std::uint64_t hash) noexcept
{
    const std::uint64_t bits = spread(hash);
    std::uint64_t *block = m_words.data() + (bits & m_blockMask) * WordsPerBlock;
    bool added = false;
    for (int row = 0; row < 4; ++row) {
        const Position at = position(bits, row);
        std::uint64_t &word = block[at.word];
        if (((word >> at.shift) & Maximum) < Maximum) {
            word += std::uint64_t{1} << at.shift;
            added = true;
        }
    }
    if (added && ++m_additions >= m_sampleSize)
        halve();
}

int FrequencySketch::frequency(std::uint64_t hash) const noexcept
{
    const std::uint64_t bits = spread(hash);
    const std::uint64_t *block = m_words.data() + (bits & m_blockMask) * WordsPerBlock;
    int least = Maximum;
    for (int row = 0; row < 4; ++row) {
        const Position at = position(bits, row);
        least = std::min(least, static_cast<int>((block[at.word] >> at.shift) & Maximum));
    }
    return least;
}

void FrequencySketch::halve() noexcept
{
    for (std::uint64_t &word : m_words)
        word = (word >> 1) & 0x7777777777777777ULL;
    m_additions /= 2;
}

} // namespace Infra::Detail
