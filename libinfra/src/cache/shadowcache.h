// SPDX-License-Identifier: MIT
#pragma once

#include "windowedqueues.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; used under its owner's lock.
//
// A cache of hashes without values: what WindowedQueues under this tuning would have hit. About 36 bytes
// for each entry of capacity.
class ShadowCache
{
public:
    // `capacity` is 1 to MaximumCapacity.
    static constexpr std::uint64_t MaximumCapacity = 8192;

    ShadowCache(std::uint64_t capacity, QueueTuning tuning, const FrequencySketch &sketch, std::uint64_t seed);

    // True when `hash` would have been found; puts it in otherwise.
    bool access(std::uint64_t hash) noexcept;

private:
    static constexpr std::uint16_t Empty = 0xffff;

    [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept;
    void forget(std::uint64_t hash) noexcept;

    std::unique_ptr<PolicyNode[]> m_nodes;
    std::vector<std::uint16_t> m_index; // Node numbers by hash, linear probing, at most half full.
    std::uint64_t m_used = 0;
    std::uint64_t m_capacity;
    WindowedQueues m_queues;
};

} // namespace Infra::Detail
