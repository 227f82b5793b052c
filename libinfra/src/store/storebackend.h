// SPDX-License-Identifier: MIT
#pragma once

#include "coherenceview.h"

#include <infra/clock.h>
#include <infra/result.h>
#include <infra/storestatistics.h>
#include <infra/target.h>

#include <QByteArray>
#include <QByteArrayList>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace Infra::Detail {

// The times and flags that travel with a value through both tiers. Absolute UTC, so promotion cannot extend them.
struct EntryTimes
{
    // Of what moment the value is: of its set, or of the beginning of its load.
    SystemTime storedAt{};
    SystemTime expiresAt = SystemTime::max();
    // Until when an expired value may still be served when the factory fails; never before expiresAt.
    SystemTime staleUntil = SystemTime::max();
};

enum EntryFlag : std::uint32_t { NegativeEntry = 1, CompressedEntry = 2 };

// A row as read, checksum verified.
struct StoredEntry
{
    QByteArray value;
    EntryTimes times;
    std::uint32_t flags = 0;
    // Captured before the row was read: what a memory copy of it must be stamped with.
    CoherenceStamp stamp;
};

// Taken before a factory reads its sources. A write that carries it is dropped when anything that covers the
// key (the key itself, a prefix, a tag, its region, everything) was written or invalidated since, in any process,
// also when the store held no such row at the time.
struct LoadToken
{
    CoherenceStamp stamp;
    std::uint64_t regionLoads = 0;

    // Of a moment without a coherence view: of two such nobody knows what happened in between.
    [[nodiscard]] bool isUnknown() const noexcept { return stamp == CoherenceStamp{1, 1}; }

    [[nodiscard]] bool operator==(const LoadToken &) const noexcept = default;
};

// About what an entry takes in a store: a tag is a row of its own, which repeats the key.
[[nodiscard]] inline std::uint64_t storedBytes(qsizetype key, qsizetype value, const QByteArrayList &tags) noexcept
{
    constexpr qsizetype RowBytes = 64;
    qsizetype sum = RowBytes + key + value;
    for (const QByteArray &tag : tags)
        sum += RowBytes + key + 2 * tag.size();
    return static_cast<std::uint64_t>(sum);
}

struct WriteOperation
{
    enum class Kind : std::uint8_t { Set, Touch, Remove };

    Kind kind = Kind::Set;
    std::uint32_t regionId = 0;
    std::uint64_t keyHash = 0;
    QByteArray key;
    QByteArray value;
    EntryTimes times;       // Touch changes expiresAt and staleUntil only.
    std::uint32_t flags = 0;
    QByteArrayList tags;
    std::optional<LoadToken> onlyIfUnchanged;
    // Of a Set that is dropped by its token: a row that was stored before this one was to be, goes as well. Somebody was
    // told already that it is replaced.
    bool removesOlder = false;

    [[nodiscard]] std::uint64_t bytes() const noexcept { return storedBytes(key.size(), value.size(), tags); }
};

struct WriteOutcome
{
    bool applied = false;   // False: the token had moved, or there was no row to touch or remove.
    // For the memory copy of what was written; in flight, thus never current, when another write of the same transaction has
    // overtaken it.
    CoherenceStamp stamp{1, 1};
};

// Ends when the holder's handle or process goes away.
class LoadLock
{
public:
    virtual ~LoadLock() = default;
};

// Thread safety: every member may be called from any thread at once.
//
// What the two-tier Cache needs of a shared store. SQLite on one machine is the first implementation; PostgreSQL
// across machines must fit without a change above this line. Every call returns by its deadline: Busy or Timeout
// tells the cache to degrade, never to wait. `keyHash` is keyHash() of the key throughout (core/keyhash.h).
class StoreBackend
{
public:
    virtual ~StoreBackend() = default;

    // Finds or creates a region by name.
    [[nodiscard]] virtual Result<std::uint32_t> openRegion(const QByteArray &name, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<std::vector<RegionInfo>> regions(Deadline deadline) = 0;

    // The words that memory hits of this region check. The pointer stays valid for the store's life; the view
    // behind it is exchanged when the store is rebuilt, and nullptr while coherence is not to be had: then the
    // memory tier is bypassed. `regionId` must come from openRegion().
    [[nodiscard]] virtual const std::atomic<const CoherenceView *> &coherence(std::uint32_t regionId) = 0;
    // Never fails; while there is no view, a token that no write is accepted with.
    [[nodiscard]] virtual LoadToken captureToken(std::uint32_t regionId, std::uint64_t keyHash) = 0;

    [[nodiscard]] virtual Result<std::optional<StoredEntry>> read(std::uint32_t regionId, const QByteArray &key,
                                                                  std::uint64_t keyHash, Deadline deadline) = 0;
    // As many results as keys, in their order.
    [[nodiscard]] virtual Result<std::vector<std::optional<StoredEntry>>>
    readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
             Deadline deadline) = 0;

    // All operations in one transaction, shared with other callers' (group commit). Durable as configured when it
    // returns; after that no process reads an older value. As many outcomes as operations.
    [[nodiscard]] virtual Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations,
                                                                  Deadline deadline) = 0;

    // A key, or keys, move the stripes of these keys, and what has expired those of its rows: nobody is served a copy of it.
    // Every other target moves the region's word, so that copies which exist in memory only go too, and the region's
    // load generation, so that loads in flight are dropped. Region 0 is every region. Writes a journal event in the
    // same transaction.
    [[nodiscard]] virtual Result<InvalidationReport> invalidate(std::uint32_t regionId, const Target &target,
                                                                const QByteArray &actor, Deadline deadline) = 0;
    // The same, told how far it is and ended by `control`; a store that removes everything at once need not look at it.
    [[nodiscard]] virtual Result<InvalidationReport> invalidateWatched(std::uint32_t regionId, const Target &target,
                                                                       const QByteArray &actor, InvalidationControl &,
                                                                       Deadline deadline)
    {
        return invalidate(regionId, target, actor, deadline);
    }
    // Exact in one read transaction. Region 0 is every region. Cancelled once `cancelled` (may be nullptr) is true.
    [[nodiscard]] virtual Result<InvalidationPreview> preview(std::uint32_t regionId, const Target &target,
                                                              const std::atomic<bool> *cancelled, Deadline deadline) = 0;
    // Up to `limit` entries in key order behind `after` that begin with `prefix`.
    [[nodiscard]] virtual Result<std::vector<EntryInfo>> entries(std::uint32_t regionId, const QByteArray &prefix,
                                                                 const QByteArray &after, int limit,
                                                                 Deadline deadline) = 0;

    // One load per key across processes: an exclusive lock, granted by the deadline or not at all (nullptr).
    [[nodiscard]] virtual Result<std::unique_ptr<LoadLock>> lockLoad(std::uint32_t regionId, std::uint64_t keyHash,
                                                                     Deadline deadline) = 0;

    // False: nothing is ever found in it, and what memory tiers hold is all there is.
    [[nodiscard]] virtual bool keepsEntries() const noexcept { return true; }
    // Bytes of keys, values and tags that one write() takes at most.
    [[nodiscard]] virtual std::uint64_t largestWrite() const noexcept { return std::uint64_t{1} << 30; }

    // A memory tier served this key: culling keeps what is in use. Cheap and lossy; a memory tier calls it for a
    // sample of its hits, about one in 64, since the store does not see them otherwise.
    virtual void noteAccess(std::uint32_t, const QByteArray &) noexcept {}
};

} // namespace Infra::Detail
