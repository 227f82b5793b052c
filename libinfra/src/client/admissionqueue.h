// SPDX-License-Identifier: MIT
#pragma once

#include <infra/servicerequest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

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
    static constexpr int MaximumLimit = 6; // Qt's own.

    // A place at the end of its priority's line. Until it is given back, nobody is granted while `limit` (1 to
    // MaximumLimit) are active: whoever wants fewest connections may be the one whose server stands no more.
    Ticket enqueue(ServiceRequest::Priority priority, int limit);
    // The next in line, now active; nothing when the lowest limit is reached or nobody waits. Call until nothing.
    [[nodiscard]] std::optional<Ticket> grantNext();
    // Gives up waiting; false when the ticket does not wait (any more). Its limit no longer binds the others.
    bool withdraw(Ticket ticket);
    // An active one is done.
    void release(Ticket ticket);

    [[nodiscard]] int active() const noexcept { return static_cast<int>(m_active.size()); }
    [[nodiscard]] std::size_t waiting() const noexcept { return m_lines[0].size() + m_lines[1].size(); }

private:
    struct Place
    {
        Ticket ticket;
        int limit;
    };

    [[nodiscard]] int lowestLimit() const noexcept;
    [[nodiscard]] std::size_t &ticketsOf(int limit) { return m_ticketsByLimit[static_cast<std::size_t>(limit)]; }

    std::deque<Place> m_lines[2]; // By priority: High first; each in the order of its tickets.
    std::vector<Place> m_active;
    std::array<std::size_t, MaximumLimit + 1> m_ticketsByLimit{}; // Waiting and active ones.
    Ticket m_nextTicket = 1;
};

} // namespace Infra::Detail
