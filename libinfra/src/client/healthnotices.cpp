// SPDX-License-Identifier: MIT
#include "healthnotices.h"

#include <algorithm>
#include <utility>

namespace Infra::Detail {

void HealthNotices::add(Notice notice)
{
    m_notices.push_back(std::move(notice));
    if (m_notices.size() <= Limit)
        return;
    const auto isOfSameService = [&newest = m_notices.back()](const Notice &other) {
        return !other.removed && other.health.service == newest.health.service;
    };
    if (static_cast<std::size_t>(std::count_if(m_notices.begin(), m_notices.end(), isOfSameService)) <= Limit)
        return;
    // Whatever is left out, the newest says how things are.
    const auto newest = std::prev(m_notices.end());
    auto leaves = std::find_if(m_notices.begin(), newest, [&](const Notice &other) { return isOfSameService(other) && !other.changed; });
    if (leaves == newest)
        leaves = std::find_if(m_notices.begin(), newest, isOfSameService);
    m_notices.erase(leaves);
}

std::optional<HealthNotices::Notice> HealthNotices::take()
{
    if (m_notices.empty())
        return {};
    std::optional<Notice> oldest = std::move(m_notices.front());
    m_notices.pop_front();
    return oldest;
}

} // namespace Infra::Detail
