// SPDX-License-Identifier: MIT
#pragma once

#include "connection.h"
#include "parking.h"
#include "waiterqueue.h"

#include <infra/connector.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; under the pool's lock, but for the parking.
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
    std::vector<Connection *> idle; // State::Idle, those lent from the parking included; the latest return last.
    std::shared_ptr<Parking> parking;
    std::vector<int> freeSlots;
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
    // Connections that can be lent without anybody returning one: they are, or can be, opened or checked for it, if only
    // where another is being closed.
    [[nodiscard]] int prospects() const noexcept
    {
        return limit - placeCount() + count(Connection::State::Connecting) + count(Connection::State::Checking)
            + count(Connection::State::Closing) + tally().idle;
    }
    // Waiters who depend on a return.
    [[nodiscard]] int queueLength() const noexcept { return std::max(0, waiters.count() - prospects()); }
    // Waiters for whom nothing is under way yet.
    [[nodiscard]] int unmetDemand() const noexcept
    {
        return waiters.count() - count(Connection::State::Connecting) - count(Connection::State::Checking);
    }

    struct Tally
    {
        int idle = 0;
        int lent = 0;
    };
    [[nodiscard]] bool isLent(const Connection *connection) const noexcept
    {
        return connection->state == Connection::State::Used
            || (connection->state == Connection::State::Idle && parking->isEmpty(connection->slot));
    }
    // Each connection is looked at once, so that the sum is right whatever happens meanwhile.
    [[nodiscard]] Tally tally() const noexcept
    {
        Tally result{0, count(Connection::State::Used)};
        for (const Connection *connection : idle)
            ++(parking->isEmpty(connection->slot) ? result.lent : result.idle);
        return result;
    }

    Connection *add()
    {
        Connection *connection = places.emplace_back(std::make_unique<Connection>()).get();
        connection->lane = this;
        connection->slot = freeSlots.back();
        freeSlots.pop_back();
        ++counts[static_cast<std::size_t>(connection->state)];
        return connection;
    }
    // An idle connection for the lock's holder; false when it is lent.
    [[nodiscard]] bool claim(const Connection *connection) noexcept
    {
        return !parking->isEmpty(connection->slot) && parking->take(connection->slot) == connection;
    }
    void park(Connection *connection) noexcept { parking->put(connection->slot, connection); }
    void setState(Connection *connection, Connection::State state) noexcept
    {
        --counts[static_cast<std::size_t>(connection->state)];
        ++counts[static_cast<std::size_t>(state)];
        connection->state = state;
    }
    void removeIdle(Connection *connection) noexcept { std::erase(idle, connection); }
    // Takes the place away; the caller destroys it outside the lock.
    [[nodiscard]] std::unique_ptr<Connection> remove(Connection *connection)
    {
        --counts[static_cast<std::size_t>(connection->state)];
        const auto place = std::find_if(places.begin(), places.end(),
                                        [connection](const auto &other) { return other.get() == connection; });
        std::unique_ptr<Connection> removed = std::move(*place);
        *place = std::move(places.back());
        places.pop_back();
        freeSlots.push_back(removed->slot);
        return removed;
    }
};

} // namespace Infra::Detail
