// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace Infra::Detail {

// Thread safety: none; one owner.
//
// Functions to run at moments of a steady clock, in their order; one event-loop timer serves them all.
class TimerQueue
{
public:
    using Id = std::uint64_t;

    // Ids are never 0.
    Id add(SteadyTime when, std::function<void()> function);
    // Nothing happens for an id that is unknown or has run.
    void remove(Id id);
    // Runs everything due at `now`. A function may add and remove.
    void runDue(SteadyTime now);
    [[nodiscard]] std::optional<SteadyTime> next() const;
    [[nodiscard]] bool isEmpty() const noexcept { return m_functions.empty(); }

private:
    std::map<std::pair<SteadyTime, Id>, std::function<void()>> m_functions;
    std::unordered_map<Id, SteadyTime> m_when;
    Id m_nextId = 1;
};

} // namespace Infra::Detail
