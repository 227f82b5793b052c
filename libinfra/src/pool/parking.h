// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace Infra::Detail {

struct Connection;

// Thread safety: all members may be called from any thread at once.
//
// Where a lane's idle connections stand, so that a thread can take its last one again, and put it back, without the
// pool's lock. Whoever takes a connection owns it: nobody else touches its unguarded members until it is put back.
// The lock's holders take idle connections from here too; one that is gone has been lent.
//
// It outlives the pool for as long as a thread remembers a slot of it: a thread that has put its connection back
// may not touch the pool any more, since that can be gone by then, but still has to look whether somebody queued.
//
// Nobody is forgotten: a waiter counts itself (seq_cst) and then looks through the slots; a borrower puts back
// (seq_cst) and then looks whether there are waiters. One of them sees the other (Dekker).
class Parking
{
public:
    explicit Parking(int slots) : m_slots(std::make_unique<Slot[]>(static_cast<std::size_t>(slots))) {}

    // Non-zero: everything goes through the pool's lock, because somebody waits or the pool is ending.
    [[nodiscard]] bool isClosed() const noexcept { return m_pressure.load() != 0; }
    void changePressure(int change) noexcept { m_pressure.fetch_add(change); }

    // Null when it is lent, or has none.
    [[nodiscard]] Connection *take(int slot) noexcept { return m_slots[static_cast<std::size_t>(slot)].connection.exchange(nullptr); }
    // Only this one; false when it is gone.
    [[nodiscard]] bool takeBack(int slot, Connection *connection) noexcept
    {
        return m_slots[static_cast<std::size_t>(slot)].connection.compare_exchange_strong(connection, nullptr);
    }
    void put(int slot, Connection *connection) noexcept { m_slots[static_cast<std::size_t>(slot)].connection.store(connection); }
    [[nodiscard]] bool isEmpty(int slot) const noexcept
    {
        return m_slots[static_cast<std::size_t>(slot)].connection.load() == nullptr;
    }

private:
    // A cache line each: neighbours are used by different processors.
    struct alignas(64) Slot
    {
        std::atomic<Connection *> connection{nullptr};
    };

    alignas(64) std::atomic<int> m_pressure{0};
    alignas(64) const std::unique_ptr<Slot[]> m_slots;
};

// What a thread remembers: the slot of the connection that it returned last.
struct ParkingHint
{
    std::shared_ptr<Parking> parking;
    int slot = 0;
};

} // namespace Infra::Detail
