// SPDX-License-Identifier: MIT
#pragma once

#include "frequencysketch.h"
#include "shadowcache.h"
#include "windowedqueues.h"

#include <array>
#include <cstdint>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; used under the tier's mutex.
//
// Which entry to give up: W-TinyLFU (Einziger, Friedman, Manes, 2017) whose tuning follows the workload.
//
// The tuning is not climbed towards; it is measured. Small shadow caches, one for each of Tunings, see a sample of the same accesses: every access while the tier has at most ShadowCapacity entries, else the accesses
// of a fixed fraction of all keys against a capacity scaled alike (Waldspurger, Saemundsson, Ahmad, Park,
// "Cache Modeling and Optimization using Miniature Simulations", 2017). Each keeps a count of its hits that
// forgets half in HalfLife capacities of accesses; the tier takes the tuning of the leader. So a change of the
// workload is answered within a few capacities of accesses, and nothing has to be tried out on real entries.
class AdmissionPolicy
{
public:
    static constexpr std::array Tunings{QueueTuning{0.01, 0}, QueueTuning{0.01, 1}, QueueTuning{0.2, 1},
                                        QueueTuning{0.6, 1}, QueueTuning{1.0, 1}};
    static constexpr std::uint64_t ShadowCapacity = 512;

    // `expectedEntries`: the tier's capacity where it is known; it grows with what is added anyway.
    AdmissionPolicy(std::uint64_t expectedEntries, std::uint64_t seed);

    // An access, a hit or the put after a miss: to be called once for each, before touch() or add().
    void record(std::uint64_t hash);
    void add(PolicyNode *node);
    void touch(PolicyNode *node) noexcept { m_queues.touch(node); }
    void remove(PolicyNode *node) noexcept { m_queues.remove(node); }
    void replace(PolicyNode *node, PolicyNode *replacement) noexcept { m_queues.replace(node, replacement); }
    // Unlinks and returns what must go next; nullptr when it holds nothing. From the first eviction on the
    // shadows run.
    [[nodiscard]] PolicyNode *evict();
    void settle() noexcept { m_queues.settle(); }

    [[nodiscard]] std::uint64_t count() const noexcept { return m_queues.count(); }
    [[nodiscard]] std::uint64_t weight() const noexcept { return m_queues.weight(); }
    [[nodiscard]] QueueTuning tuning() const noexcept { return m_queues.tuning(); }
    [[nodiscard]] const char *validate() const noexcept { return m_queues.validate(); }

private:
    struct Contender
    {
        ShadowCache cache;
        double score = 0;
    };

    void startShadows();
    void observe(std::uint64_t hash);
    void choose() noexcept;

    std::uint64_t m_seed;
    FrequencySketch m_sketch;
    std::uint64_t m_sketchCapacity;
    WindowedQueues m_queues;

    std::vector<Contender> m_contenders; // Empty until the tier was full once.
    std::size_t m_leader = 0;
    std::uint64_t m_sampleMask = 0;
    std::uint64_t m_startedAtCount = 0;
    std::uint64_t m_shadowCapacity = 0;
    std::uint64_t m_observed = 0;
    double m_decay = 1;
    double m_observedWeight = 0;
};

} // namespace Infra::Detail
