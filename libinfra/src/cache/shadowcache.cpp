// SPDX-License-Identifier: MIT
#include "shadowcache.h"

#include <bit>

namespace Infra::Detail {

ShadowCache::ShadowCache(std::uint64_t capacity, QueueTuning tuning, const FrequencySketch &sketch,
                         std::uint64_t seed)
    : m_nodes(std::make_unique<PolicyNode[]>(capacity + 1)), m_index(std::bit_ceil((capacity + 1) * 2), Empty),
      m_capacity(capacity), m_queues(sketch, tuning, seed)
{
}

std::size_t ShadowCache::home(std::uint64_t hash) const noexcept
{
    return static_cast<std::size_t>((hash * 0x9e3779b97f4a7c15ULL) >> 32) & (m_index.size() - 1);
}

bool ShadowCache::access(std::uint64_t hash) noexcept
{
    const std::size_t mask = m_index.size() - 1;
    std::size_t at = home(hash);
    for (; m_index[at] != Empty; at = (at + 1) & mask) {
        PolicyNode &node = m_nodes[m_index[at]];
        if (node.hash == hash) {
            m_queues.touch(&node);
            return true;
        }
    }
    // One node more than the capacity, so that the newcomer takes part in the contest.
    PolicyNode *node = &m_nodes[m_used];
    if (m_used < m_capacity) {
        ++m_used;
    } else {
        node->hash = hash;
        m_queues.add(node);
        PolicyNode *const victim = m_queues.evict();
        m_queues.settle();
        if (victim == node)
            return false;
        forget(victim->hash);
        // The victim's node takes over the newcomer's place, and the spare node is free again.
        victim->hash = hash;
        m_queues.replace(node, victim);
        const auto number = static_cast<std::uint16_t>(victim - m_nodes.get());
        for (at = home(hash); m_index[at] != Empty; at = (at + 1) & mask) { }
        m_index[at] = number;
        return false;
    }
    node->hash = hash;
    m_queues.add(node);
    m_queues.settle();
    m_index[at] = static_cast<std::uint16_t>(node - m_nodes.get());
    return false;
}

void ShadowCache::forget(std::uint64_t hash) noexcept
{
    const std::size_t mask = m_index.size() - 1;
    std::size_t hole = home(hash);
    while (m_nodes[m_index[hole]].hash != hash)
        hole = (hole + 1) & mask;
    // Moves back what probed past the hole, so that no lookup stops short of it.
    for (std::size_t at = (hole + 1) & mask; m_index[at] != Empty; at = (at + 1) & mask) {
        const std::size_t wanted = home(m_nodes[m_index[at]].hash);
        if (((at - wanted) & mask) >= ((at - hole) & mask)) {
            m_index[hole] = m_index[at];
            hole = at;
        }
    }
    m_index[hole] = Empty;
}

} // namespace Infra::Detail
