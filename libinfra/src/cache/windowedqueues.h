// SPDX-License-Identifier: MIT
#pragma once

#include "frequencysketch.h"
#include "random.h"

#include <array>
#include <atomic>
#include <cstdint>

namespace Infra::Detail {

enum class PolicyQueue : std::uint8_t { Window, Probation, Protected, None };

// What the policy links an entry by; whoever owns the entry derives from it.
struct PolicyNode
{
    PolicyNode *previous = nullptr;
    PolicyNode *next = nullptr;
    std::uint64_t hash = 0;
    std::uint32_t weight = 1;
    PolicyQueue queue = PolicyQueue::None;
    // The tick at which a hit was last passed to the policy; the only member that readers touch.
    std::atomic<std::uint8_t> recordedTick{0};
};

// How WindowedQueues behaves; which values are best depends on the workload.
struct QueueTuning
{
    double windowShare = 0.01; // 0 to 1; 1 is plain LRU.
    // A candidate is let in only if it was seen more often than what it would displace by more than this. With 1 its
    // latest access, which brought it here and which its rivals do not have, counts for nothing: right for loops
    // and for popularity that stays. With 0 newcomers win ties: right when popularity moves.
    int lead = 0;
};

// Thread safety: none; used under its owner's lock.
//
// The three queues of W-TinyLFU (Einziger, Friedman, Manes, 2017) under one tuning: new entries live in the window, in order of use;
// what falls out of it stays if the sketch has seen it more often than what the main part would lose for
// it. The main part is a segmented LRU: Probation, and Protected for four fifths of it.
//
// Weights may differ: a candidate must have been asked for more often than all the entries together that it
// would displace (the "aggregated victims" rule of Einziger, Eytan, Friedman, Manes, "Lightweight Robust Size
// Aware Cache Management", 2022).
class WindowedQueues
{
public:
    WindowedQueues(const FrequencySketch &sketch, QueueTuning tuning, std::uint64_t seed) noexcept
        : m_sketch(sketch), m_random(seed), m_tuning(tuning)
    {
    }

    void setTuning(QueueTuning tuning) noexcept { m_tuning = tuning; }
    [[nodiscard]] QueueTuning tuning() const noexcept { return m_tuning; }

    void add(PolicyNode *node) noexcept;
    void touch(PolicyNode *node) noexcept;
    void remove(PolicyNode *node) noexcept;
    // `replacement` takes the place of `node`, with its own weight.
    void replace(PolicyNode *node, PolicyNode *replacement) noexcept;
    // Unlinks and returns what to evict next; nullptr when there is nothing.
    [[nodiscard]] PolicyNode *evict() noexcept;
    // Lets what no longer fits the window move on; for when nothing has to be evicted.
    void settle() noexcept;

    [[nodiscard]] std::uint64_t weight() const noexcept
    {
        return m_queues[0].weight + m_queues[1].weight + m_queues[2].weight;
    }
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        return m_queues[0].count + m_queues[1].count + m_queues[2].count;
    }
    // From the least to the most valuable.
    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (PolicyQueue queue : {PolicyQueue::Probation, PolicyQueue::Protected, PolicyQueue::Window}) {
            for (PolicyNode *node = m_queues[index(queue)].last; node;) {
                PolicyNode *const previous = node->previous;
                visit(node);
                node = previous;
            }
        }
    }
    // What is wrong with links, counts or weights; nullptr when nothing is.
    [[nodiscard]] const char *validate() const noexcept;

private:
    struct Queue
    {
        PolicyNode *first = nullptr;
        PolicyNode *last = nullptr;
        std::uint64_t count = 0;
        std::uint64_t weight = 0;
    };

    static constexpr std::size_t index(PolicyQueue queue) noexcept { return static_cast<std::size_t>(queue); }
    [[nodiscard]] Queue &of(PolicyQueue queue) noexcept { return m_queues[index(queue)]; }
    [[nodiscard]] std::uint64_t windowTarget() const noexcept;
    [[nodiscard]] bool isAdmitted(const PolicyNode *candidate) noexcept;
    void link(PolicyNode *node, PolicyQueue queue) noexcept;
    void unlink(PolicyNode *node) noexcept;
    void demote() noexcept;

    const FrequencySketch &m_sketch;
    Random m_random;
    QueueTuning m_tuning;
    std::array<Queue, 3> m_queues;
};

} // namespace Infra::Detail
