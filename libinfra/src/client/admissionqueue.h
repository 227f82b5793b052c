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

    // A place at the end of its priority's line. It is granted while fewer are active than `limit` (1 to MaximumLimit) and
    // than the limit of each that is active: whoever wants fewest connections may be the one whose server stands no more.
    Ticket enqueue(ServiceRequest::Priority priority, int limit);
    // The next in line, now active; nothing when such a limit is reached or nobody waits. Call until nothing.
    [[nodiscard]] std::optional<Ticket> grantNext();
    // Gives up waiting; false when the ticket does not wait (any more). Who is behind it may be granted then.
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

    [[nodiscard]] int lowestActiveLimit() const noexcept;
    [[nodiscard]] std::size_t &activeWith(int limit) { return m_activeByLimit[static_cast<std::size_t>(limit)]; }

    std::deque<Place> m_lines[2]; // By priority: High first; each in the order of its tickets.
    std::vector<Place> m_active;
    std::array<std::size_t, MaximumLimit + 1> m_activeByLimit{};
    Ticket m_nextTicket = 1;
};

} // namespace Infra::Detail
