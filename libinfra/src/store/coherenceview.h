// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace Infra::Detail {

// What a cached copy was read under. Equal to the words of now: the copy is current.
struct CoherenceStamp
{
    std::uint64_t stripe = 0;
    std::uint64_t region = 0;

    friend bool operator==(const CoherenceStamp &, const CoherenceStamp &) = default;
};

// Thread safety: a value; all members may be called from any thread at once. Whoever publishes a view keeps
// the words mapped for as long as any reader may hold it.
//
// The part of the coherence protocol that a memory hit pays for: two acquire loads. The words live in the file
// that every process of a store maps, or in this process for a store without one. Every word only grows; a
// writer makes a word odd before it commits and even, and larger, after; an odd word means that what is in
// memory may be out of date any moment, so the reader goes to the store. A change of a whole region, of
// everything, or a repair moves the region's word.
class CoherenceView
{
public:
    CoherenceView() = default;
    CoherenceView(const std::atomic<std::uint64_t> *stripes, std::uint64_t stripeMask,
                  const std::atomic<std::uint64_t> *region) noexcept
        : m_stripes(stripes), m_mask(stripeMask), m_region(region)
    {
    }

    [[nodiscard]] static constexpr bool isInFlight(CoherenceStamp stamp) noexcept
    {
        return ((stamp.stripe | stamp.region) & 1U) != 0;
    }

    // Captured before the store is read or a factory is called.
    [[nodiscard]] CoherenceStamp capture(std::uint64_t keyHash) const noexcept
    {
        return {m_stripes[keyHash & m_mask].load(std::memory_order_acquire), m_region->load(std::memory_order_acquire)};
    }

    [[nodiscard]] bool isCurrent(std::uint64_t keyHash, CoherenceStamp stamp) const noexcept
    {
        return capture(keyHash) == stamp && !isInFlight(stamp);
    }

private:
    const std::atomic<std::uint64_t> *m_stripes = nullptr;
    std::uint64_t m_mask = 0;
    const std::atomic<std::uint64_t> *m_region = nullptr;
};

} // namespace Infra::Detail
