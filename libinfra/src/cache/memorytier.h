// SPDX-License-Identifier: MIT
#pragma once

#include "coherenceview.h"
#include "storebackend.h"

#include <infra/clock.h>
#include <infra/histogram.h>
#include <infra/removalcause.h>

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace Infra::Detail {

// What the memory tier keeps for a key.
struct MemoryEntry
{
    QByteArray value;
    EntryTimes times;
    std::uint32_t flags = 0; // EntryFlag; the low 16 bits are kept.
    // Captured before the value was read or computed. Not given back by peek() and forEach().
    CoherenceStamp stamp;
};

// What fail-safe may serve before `until`.
struct StaleValue
{
    QByteArray value;
    SystemTime until{};
};

struct MemoryLookup
{
    enum class Outcome : std::uint8_t {
        Miss,
        Hit,
        Expired,  // Past expiresAt.
        Outdated, // There is a copy, but the key or its region changed since.
        Bypassed  // A write is in flight, or coherence is not to be had: read the store.
    };

    // The rest is a hit's.
    QByteArray value;
    SystemTime storedAt{};
    SystemTime expiresAt{};
    std::uint32_t flags = 0; // EntryFlag, NegativeEntry among them.
    Outcome outcome = Outcome::Miss;
};

struct MemoryTierStatistics
{
    std::uint64_t lookups = 0;      // That have ended. While others are under way the outcomes may add up to more.
    std::uint64_t hits = 0;         // Negative ones included.
    std::uint64_t negativeHits = 0;
    std::uint64_t misses = 0;
    std::uint64_t expired = 0;
    std::uint64_t outdated = 0;
    std::uint64_t bypasses = 0;
    std::uint64_t puts = 0;         // Accepted.
    std::uint64_t putsOutdated = 0; // Refused: the stamp had moved.
    std::uint64_t putsTooLarge = 0; // Refused: heavier than the tier may hold.
    std::array<std::uint64_t, RemovalCauseCount> removals{}; // By RemovalCause.
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;        // Keys, values and bookkeeping.
    HistogramSnapshot lookupTime;   // One lookup in 1024 is timed.
};

// Thread safety: all members may be called from any thread at once, except the destructor. lookup() never
// blocks: it takes no lock and waits for nobody. The other members share one mutex, held for microseconds,
// or for a walk over all entries where the member says so.
//
// The entries of one cache region that live in this process. Full, it keeps what AdmissionPolicy thinks will
// be asked for again. A hit is served only while the coherence words under which the value was stored have not
// moved.
//
// How a lookup does without a lock: entries never change once they can be found, a change replaces the
// entry; a replaced one is freed when every thread that was inside lookup() at that moment has left it
// (epoch-based reclamation: Fraser, "Practical lock-freedom", 2004). Readers announce themselves with plain
// stores; the writer makes those visible with membarrier(2) (McKenney's asymmetric fences).
class MemoryTier
{
public:
    enum class InsertOutcome : std::uint8_t {
        Stored,
        Outdated, // The stamp is not current: nothing was changed.
        TooLarge  // Heavier than one entry may be; an older copy of the key was dropped.
    };

    struct Options
    {
        // Zero means no limit of that kind; at least one must be set.
        std::int64_t maximumEntries = 10'000;
        // Keys, values and bookkeeping (EntryOverhead an entry). A single entry may take at most an eighth.
        std::int64_t maximumBytes = 0;
        // Seeds the policy's sketch and tie-breaks: the same calls in one thread give the same result.
        std::uint64_t seed = 1;
        // The cell that StoreBackend::coherence() returns, or one over words of this process. Must outlive the
        // tier. The view behind it may be exchanged at any time, but words start again with a new view: whoever
        // exchanges it stores nullptr, calls clear(), then publishes the new view. nullptr: nothing is checked.
        const std::atomic<const CoherenceView *> *coherence = nullptr;
        const Clock *clock = &Clock::system(); // Times the sampled lookups only.
        RemovalListener removalListener;
        // Keys for which this is true are not stored: a newer value waits elsewhere. Called under the tier's lock, so whoever
        // makes it true and then removes the key leaves nothing behind.
        std::function<bool(QByteArrayView)> isPending;
    };

    // Added to key and value for byte accounting.
    static constexpr std::int64_t EntryOverhead = 152;

    explicit MemoryTier(Options options);
    ~MemoryTier();
    MemoryTier(const MemoryTier &) = delete;
    MemoryTier &operator=(const MemoryTier &) = delete;

    // `keyHash` is Detail::keyHash(key).
    [[nodiscard]] MemoryLookup lookup(QByteArrayView key, std::uint64_t keyHash, SystemTime now) noexcept;
    // The entry with all its times, without counting or touching it and without a coherence check.
    [[nodiscard]] bool peek(QByteArrayView key, std::uint64_t keyHash, MemoryEntry *entry) const;
    // What fail-safe may serve, neither counted nor touched: a value, expired or not, that has not changed since it was stored,
    // before its staleUntil. Nothing while a write is in flight.
    [[nodiscard]] std::optional<StaleValue> peekStale(QByteArrayView key, std::uint64_t keyHash, SystemTime now) const;

    // Replaces what is there, unless that is current and of a later moment. May evict others, or refuse the new one for them at
    // once (RemovalCause::Capacity).
    InsertOutcome insert(QByteArrayView key, std::uint64_t keyHash, MemoryEntry entry);
    // Changes the times of the entry that has this stamp; false when there is none, or the stamp is in flight.
    bool touch(QByteArrayView key, std::uint64_t keyHash, const EntryTimes &times, CoherenceStamp stamp);

    bool remove(QByteArrayView key, std::uint64_t keyHash, RemovalCause cause = RemovalCause::Invalidated);
    // These walk every entry; return how many were removed.
    std::int64_t clear(RemovalCause cause = RemovalCause::Invalidated);
    std::int64_t removePrefix(QByteArrayView prefix);
    std::int64_t removeIf(const std::function<bool(QByteArrayView key, const EntryTimes &times)> &predicate,
                          RemovalCause cause = RemovalCause::Invalidated);
    // Entries past both expiresAt and staleUntil.
    std::int64_t removeExpired(SystemTime now);

    // Calls `visit` for every entry with the tier locked: it must be quick and must not call the tier.
    void forEach(const std::function<void(QByteArrayView key, const MemoryEntry &entry)> &visit) const;

    // Frees what readers have let go of; every change does so too, so this is for a housekeeper in quiet times.
    void collect();

    [[nodiscard]] MemoryTierStatistics statistics() const;

    // Walks every structure and returns what is wrong, or an empty string: for tests.
    [[nodiscard]] QByteArray validate() const;

private:
    class Private;
    const std::unique_ptr<Private> d;
};

} // namespace Infra::Detail
