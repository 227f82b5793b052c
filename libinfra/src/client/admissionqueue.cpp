// SPDX-License-Identifier: MIT
#include "admissionqueue.h"

#include <algorithm>

namespace Infra::Detail {

AdmissionQueue::Ticket AdmissionQueue::enqueue(ServiceRequest::Priority priority, int limit)
{
    const Ticket ticket = m_nextTicket++;
    m_lines[priority == ServiceRequest::Priority::High ? 0 : 1].push_back({ticket, limit});
    return ticket;
}

std::optional<AdmissionQueue::Ticket> AdmissionQueue::grantNext()
{
    std::deque<Waiter> &line = m_lines[0].empty() ? m_lines[1] : m_lines[0];
    if (line.empty() || m_active >= line.front().limit)
        return {};
    const Ticket ticket = line.front().ticket;
    line.pop_front();
    ++m_active;
    return ticket;
}

bool AdmissionQueue::withdraw(Ticket ticket)
{
    for (std::deque<Waiter> &line : m_lines) {
        if (std::erase_if(line, [ticket](const Waiter &waiter) { return waiter.ticket == ticket; }) > 0)
            return true;
    }
    return false;
}

void AdmissionQueue::release()
{
    m_active = std::max(0, m_active - 1);
}

} // namespace Infra::Detail
