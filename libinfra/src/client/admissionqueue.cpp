// SPDX-License-Identifier: MIT
#include "admissionqueue.h"

#include <algorithm>

namespace Infra::Detail {

AdmissionQueue::Ticket AdmissionQueue::enqueue(ServiceRequest::Priority priority, int limit)
{
    const Place place{m_nextTicket++, std::clamp(limit, 1, MaximumLimit)};
    m_lines[priority == ServiceRequest::Priority::High ? 0 : 1].push_back(place);
    ++ticketsOf(place.limit);
    return place.ticket;
}

std::optional<AdmissionQueue::Ticket> AdmissionQueue::grantNext()
{
    std::deque<Place> &line = m_lines[0].empty() ? m_lines[1] : m_lines[0];
    if (line.empty() || active() >= lowestLimit())
        return {};
    m_active.push_back(line.front());
    line.pop_front();
    return m_active.back().ticket;
}

bool AdmissionQueue::withdraw(Ticket ticket)
{
    for (std::deque<Place> &line : m_lines) {
        const auto found = std::lower_bound(line.begin(), line.end(), ticket,
                                            [](const Place &place, Ticket sought) { return place.ticket < sought; });
        if (found == line.end() || found->ticket != ticket)
            continue;
        --ticketsOf(found->limit);
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
    --ticketsOf(found->limit);
    *found = m_active.back();
    m_active.pop_back();
}

int AdmissionQueue::lowestLimit() const noexcept
{
    for (int limit = 1; limit < MaximumLimit; ++limit) {
        if (m_ticketsByLimit[static_cast<std::size_t>(limit)] > 0)
            return limit;
    }
    return MaximumLimit;
}

} // namespace Infra::Detail
