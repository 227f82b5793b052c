// SPDX-License-Identifier: MIT
#include "admissionpolicy.h"

#include <algorithm>
#include <cmath>

namespace Infra::Detail {

namespace {

// The leader must be ahead by this part of all accesses that the scores remember: below it lies the noise of
// a sample, and every change costs some entries their place.
constexpr double Lead = 0.002;
constexpr double HalfLife = 10; // Capacities of accesses.

} // namespace

AdmissionPolicy::AdmissionPolicy(std::uint64_t expectedEntries, std::uint64_t seed)
    : m_seed(seed), m_sketch(Random(seed).next()),
      m_sketchCapacity(std::clamp<std::uint64_t>(expectedEntries, 16, 1024)), m_queues(m_sketch, Tunings.front(), seed)
{
    m_sketch.ensureCapacity(m_sketchCapacity);
}

void AdmissionPolicy::record(std::uint64_t hash)
{
    m_sketch.increment(hash);
    if (!m_contenders.empty() && ((hash >> 20) & m_sampleMask) == 0)
        observe(hash);
}

void AdmissionPolicy::add(PolicyNode *node)
{
    m_queues.add(node);
    // One more than the capacity is held while the victim is chosen.
    if (m_queues.count() > m_sketchCapacity + 1) {
        m_sketchCapacity *= 2;
        m_sketch.ensureCapacity(m_sketchCapacity);
    }
}

PolicyNode *AdmissionPolicy::evict()
{
    const std::uint64_t held = m_queues.count();
    // A tier bounded by bytes may come to hold far more or fewer entries than the shadows were scaled to.
    if (m_contenders.empty() || held > m_startedAtCount * 2 || held * 2 < m_startedAtCount)
        startShadows();
    return m_queues.evict();
}

void AdmissionPolicy::startShadows()
{
    m_startedAtCount = std::max<std::uint64_t>(m_queues.count(), 2);
    // evict() is called with the newcomer in place.
    m_shadowCapacity = m_startedAtCount - 1;
    m_sampleMask = 0;
    while (m_shadowCapacity > ShadowCapacity) {
        m_shadowCapacity /= 2;
        m_sampleMask = m_sampleMask * 2 + 1;
    }
    m_contenders.clear();
    m_contenders.reserve(Tunings.size());
    for (QueueTuning tuning : Tunings)
        m_contenders.push_back({ShadowCache(m_shadowCapacity, tuning, m_sketch, m_seed)});
    m_queues.forEach([this](const PolicyNode *node) {
        if (((node->hash >> 20) & m_sampleMask) == 0) {
            for (Contender &contender : m_contenders)
                contender.cache.access(node->hash);
        }
    });
    m_observed = 0;
    m_observedWeight = 0;
    m_decay = std::pow(0.5, 1.0 / (HalfLife * static_cast<double>(m_shadowCapacity)));
}

void AdmissionPolicy::observe(std::uint64_t hash)
{
    ++m_observed;
    m_observedWeight = m_observedWeight * m_decay + 1;
    for (Contender &contender : m_contenders)
        contender.score = contender.score * m_decay + (contender.cache.access(hash) ? 1 : 0);
    if (m_observed % std::max<std::uint64_t>(1, m_shadowCapacity / 8) == 0)
        choose();
}

void AdmissionPolicy::choose() noexcept
{
    const auto best = std::max_element(m_contenders.begin(), m_contenders.end(),
                                       [](const Contender &a, const Contender &b) { return a.score < b.score; });
    if (best->score > m_contenders[m_leader].score + Lead * m_observedWeight + 1) {
        m_leader = static_cast<std::size_t>(best - m_contenders.begin());
        m_queues.setTuning(Tunings[m_leader]);
    }
}

} // namespace Infra::Detail
