// SPDX-License-Identifier: MIT
#include "lives.h"

#include <algorithm>

namespace InfraTorture {

Lives::Lives(std::vector<Touch> touches) : m_touches(std::move(touches))
{
    std::sort(m_touches.begin(), m_touches.end(),
              [](const Touch &a, const Touch &b) { return a.operation->begin < b.operation->begin; });
    std::uint64_t latest = 0;
    for (const Touch &touch : m_touches)
        m_latestEnds.push_back(latest = std::max(latest, touch.latestEnd));
}

std::uint64_t Lives::latestExpiry(const Entry &entry, const Operation &call) const
{
    const auto behind = std::upper_bound(m_touches.begin(), m_touches.end(), call.end,
                                         [](std::uint64_t moment, const Touch &touch) { return moment < touch.operation->begin; });
    const auto count = static_cast<std::size_t>(behind - m_touches.begin());
    // The last touch that is certain to have met this entry ends what it was given before.
    std::uint64_t since = entry.begin;
    std::uint64_t expiry = entry.expiry;
    for (std::size_t i = count; i-- > 0 && m_touches[i].operation->begin > entry.latestEnd;) {
        const Touch &touch = m_touches[i];
        if (touch.isCertain && touch.operation != &call && touch.latestEnd < call.begin) {
            since = touch.operation->begin;
            expiry = touch.expiry;
            break;
        }
    }
    for (std::size_t i = count; i-- > 0 && m_latestEnds[i] >= since && expiry != Never;) {
        if (m_touches[i].latestEnd >= since && m_touches[i].operation != &call)
            expiry = std::max(expiry, m_touches[i].expiry);
    }
    return expiry;
}

} // namespace InfraTorture
