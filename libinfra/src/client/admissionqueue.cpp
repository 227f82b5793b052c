// SPDX-License-Identifier: MIT
#include "admissionqueue.h"

#include <algorithm>

namespace Infra::Detail {

AdmissionQueue::Ticket AdmissionQueue::enqueue(ServiceRequest::Priority priority, int limit)
{
    m_lines[priority == ServiceRequest::Priority::High ? 0 : 1].push_back({m_nextTicket, std::clamp(limit, 1, MaximumLimit)});
    return m_nextTicket++;
}

std::optional<AdmissionQueue::Ticket> AdmissionQueue::grantNext()
{
    std::deque<Place> &line = m_lines[0].empty() ? m_lines[1] : m_lines[0];
    if (line.empty() || active() >= std::min(line.front().limit, lowestActiveLimit()))
        return {};
    m_active.push_back(line.front());
    line.pop_front();
    ++activeWith(m_active.back().limit);
    return m_active.back().ticket;
}

bool AdmissionQueue::withdraw(Ticket ticket)
{
    for (std::deque<Place> &line : m_lines) {
        const auto found = std::lower_bound(line.begin(), line.end(), ticket,
                                            [](const Place &place, Ticket sought) { return place.ticket < sought; });
        if (found == line.end() || found->ticket != ticket)
            continue;
        line.erase(found);
        return true;
    }
    return false;
}

void AdmissionQueue::release(Ticket ticket)
{
    const auto found = std::find_if(m_active.begin(), m_active.end(),
                                    [ticket](const Place &place) { return place.ticket == ticket; });
    if (found == m_active.end())
        return;
    --activeWith(found->limit);
    *found = m_active.back();
    m_active.pop_back();
}

int AdmissionQueue::lowestActiveLimit() const noexcept
{
    for (int limit = 1; limit < MaximumLimit; ++limit) {
        if (m_activeByLimit[static_cast<std::size_t>(limit)] > 0)
            return limit;
    }
    return MaximumLimit;
}

} // namespace Infra::Detail
