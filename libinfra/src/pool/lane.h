// SPDX-License-Identifier: MIT
#pragma once

#include "connection.h"
#include "waiterqueue.h"

#include <infra/connector.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; under the pool's lock.
//
// Interchangeable connections and the queue for them. PostgreSQL has one lane; an SQLite file has one for the
// writer and one for the readers.
struct Lane
{
    ConnectionAccess access = ConnectionAccess::ReadWrite;
    int size = 0;    // Connections above it are overflow.
    int limit = 0;   // Places.
    int minimum = 0; // Connections kept without demand.

    std::vector<std::unique_ptr<Connection>> places;
    std::vector<Connection *> idle; // The most recently verified last.
    std::array<int, Connection::StateCount> counts{};
    WaiterQueue waiters;

    [[nodiscard]] int count(Connection::State state) const noexcept
    {
        return counts[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] int placeCount() const noexcept { return static_cast<int>(places.size()); }
    [[nodiscard]] bool isFull() const noexcept { return placeCount() >= limit; }
    // Connections that serve, or are about to.
    [[nodiscard]] int servingCount() const noexcept
    {
        return placeCount() - count(Connection::State::Closing) - count(Connection::State::Zombie);
    }
    // Waiters for whom nothing is under way yet.
    [[nodiscard]] int unmetDemand() const noexcept
    {
        return waiters.count() - count(Connection::State::Connecting) - count(Connection::State::Checking);
    }

    Connection *add()
    {
        Connection *connection = places.emplace_back(std::make_unique<Connection>()).get();
        connection->lane = this;
        ++counts[static_cast<std::size_t>(connection->state)];
        return connection;
    }
    void setState(Connection *connection, Connection::State state) noexcept
    {
        --counts[static_cast<std::size_t>(connection->state)];
        ++counts[static_cast<std::size_t>(state)];
        connection->state = state;
    }
    void removeIdle(Connection *connection) noexcept { std::erase(idle, connection); }
    // Takes the place away; the caller destroys it outside the lock.
    [[nodiscard]] std::unique_ptr<Connection> remove(Connection *connection) noexcept
    {
        --counts[static_cast<std::size_t>(connection->state)];
        const auto place = std::find_if(places.begin(), places.end(),
                                        [connection](const auto &other) { return other.get() == connection; });
        std::unique_ptr<Connection> removed = std::move(*place);
        *place = std::move(places.back());
        places.pop_back();
        return removed;
    }
};

} // namespace Infra::Detail
