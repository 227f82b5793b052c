// SPDX-License-Identifier: MIT
#pragma once

#include <infra/servicerequest.h>

#include <cstdint>
#include <deque>
#include <optional>

namespace Infra::Detail {

// Thread safety: none; one owner.
//
// Who may use one of the few connections to a host. First in, first out within a priority; High goes first.
// Qt has a queue of its own behind six connections, in which transfer timeouts already run; this one keeps
// that one empty.
class AdmissionQueue
{
public:
    using Ticket = std::uint64_t;

    // A place at the end of its priority's line. It is granted while fewer than `limit` are active.
    Ticket enqueue(ServiceRequest::Priority priority, int limit);
    // The next in line, now active; nothing when its limit is reached or nobody waits. Call until nothing.
    [[nodiscard]] std::optional<Ticket> grantNext();
    // Gives up waiting; false when the ticket does not wait (any more).
    bool withdraw(Ticket ticket);
    // An active one is done.
    void release();

    [[nodiscard]] int active() const noexcept { return m_active; }
    [[nodiscard]] std::size_t waiting() const noexcept { return m_lines[0].size() + m_lines[1].size(); }

private:
    struct Waiter
    {
        Ticket ticket;
        int limit;
    };

    std::deque<Waiter> m_lines[2]; // By priority: High first.
    Ticket m_nextTicket = 1;
    int m_active = 0;
};

} // namespace Infra::Detail
