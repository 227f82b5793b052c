// SPDX-License-Identifier: MIT
#pragma once

#include "threadtoken.h"

#include <infra/clock.h>
#include <infra/error.h>

#include <condition_variable>
#include <memory>
#include <optional>
#include <source_location>

namespace Infra::Detail {

class RunRequest;
struct Connection;

// Someone in the queue for a connection: a thread asleep in acquire(), or a run.
struct Waiter
{
    SteadyTime since{};
    SteadyTime deadline{};
    std::source_location borrower;
    ThreadToken::Id owner = nullptr; // Null for a run.

    // How a thread is woken: one of the two is set, then the condition is notified.
    std::condition_variable condition;
    Connection *granted = nullptr;
    std::optional<Error> error;

    std::shared_ptr<RunRequest> request; // Null for a thread.

    Waiter *previous = nullptr;
    Waiter *next = nullptr;
};

// Thread safety: none; under the pool's lock.
//
// First in, first out, with removal from the middle. Links the waiters themselves, which stay their owners'.
class WaiterQueue
{
public:
    [[nodiscard]] bool isEmpty() const noexcept { return !m_first; }
    [[nodiscard]] int count() const noexcept { return m_count; }
    [[nodiscard]] Waiter *first() const noexcept { return m_first; }

    void append(Waiter *waiter) noexcept
    {
        waiter->previous = m_last;
        waiter->next = nullptr;
        (m_last ? m_last->next : m_first) = waiter;
        m_last = waiter;
        ++m_count;
    }
    void remove(Waiter *waiter) noexcept
    {
        (waiter->previous ? waiter->previous->next : m_first) = waiter->next;
        (waiter->next ? waiter->next->previous : m_last) = waiter->previous;
        --m_count;
    }

private:
    Waiter *m_first = nullptr;
    Waiter *m_last = nullptr;
    int m_count = 0;
};

} // namespace Infra::Detail
