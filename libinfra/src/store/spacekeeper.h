// SPDX-License-Identifier: MIT
#pragma once

#include "sessionkeeper.h"
#include "storetransaction.h"

#include <cstdint>
#include <vector>

namespace Infra::Detail {

// Thread safety: used only in the writer's turn.
//
// Keeps a store below its byte cap: culls expired entries, then the coldest, empties the write-ahead log, and gives
// free pages back to the file system.
//
// The coldest are found without an index on time, which every write would pay for: a cursor walks the table in key
// order, and of each window of some hundred rows the quarter that was used longest ago goes (a clock over samples,
// as Redis' approximated LRU).
class SpaceKeeper
{
public:
    SpaceKeeper(StoreContext &context, SessionKeeper &keeper, StoreTransaction &transaction);

    // Before `bytes` more are written. Fails with DiskFull when room cannot be made.
    [[nodiscard]] Result<void> makeRoom(std::uint64_t bytes, SteadyTime deadline);
    // `bytes` more may be too many for the database: when SQLite says that it is full, it need not be the disk.
    [[nodiscard]] bool isAtLimit(std::uint64_t bytes);
    // After SQLite said that it is full.
    [[nodiscard]] Result<void> freeAtLeast(std::uint64_t bytes, SteadyTime deadline);

    // One step of work each, short enough for a turn; false: nothing left to do.
    [[nodiscard]] bool cullExpired(SteadyTime deadline);
    [[nodiscard]] bool cullColdest(SteadyTime deadline);
    [[nodiscard]] bool giveBack(SteadyTime deadline);
    void recordAccesses(const std::vector<AccessRecord> &accesses, SteadyTime deadline);
    // Tag rows whose entry is gone or has other tags now; some at a time, forever around.
    void sweepTags(SteadyTime deadline);
    // How many events the journal may have: about a sixteenth of the database.
    [[nodiscard]] std::int64_t keptEvents() const noexcept;
    // Removes some of the oldest beyond these; false when that failed.
    [[nodiscard]] bool trimJournal(SteadyTime deadline);
    // Moves the log into the database and makes its file empty, unless readers hold on to it.
    void emptyLog();

    // The part of the cap that the log may take, and the rest, for the database.
    [[nodiscard]] std::uint64_t logLimit() const noexcept;
    [[nodiscard]] std::uint64_t databaseLimit() const noexcept;
    [[nodiscard]] std::uint64_t largestWrite() const noexcept { return databaseLimit() / 2; }
    // Sets SQLite's own limit; each new writer needs it.
    void applyLimit();

private:
    struct Pages
    {
        std::uint64_t total = 0;
        std::uint64_t free = 0;
        std::uint64_t size = 4096;
        [[nodiscard]] std::uint64_t usedBytes() const noexcept { return (total - free) * size; }
    };
    [[nodiscard]] Pages pages();
    void noteLogSize();
    // Within makeRoom(). A sync that fails meanwhile condemns the store, which is rebuilt then, with a log of its own.
    [[nodiscard]] Result<void> emptyLogOrRecover(SteadyTime deadline);
    // What is in the log could hardly be moved into the database any more, which may have to grow for it.
    [[nodiscard]] bool isDiskScarce();
    // One step each; adds to `freed` the bytes of keys and values.
    [[nodiscard]] bool cullExpired(SteadyTime deadline, std::uint64_t &freed);
    [[nodiscard]] bool cullWindow(SteadyTime deadline, std::uint64_t &freed);

    StoreContext &m_context;
    SessionKeeper &m_keeper;
    StoreTransaction &m_transaction;
    std::weak_ptr<StoreSession> m_limited; // The session whose writer applyLimit() was last called for.
    bool m_isCulling = false;
    std::uint64_t m_lookedAtLog = 0; // Its bytes when isDiskScarce() last asked the file system.
    std::uint32_t m_cursorRegion = 0;
    QByteArray m_cursorKey;
    std::uint32_t m_tagRegion = 0;
    QByteArray m_tag;
    QByteArray m_tagKey;
};

} // namespace Infra::Detail
