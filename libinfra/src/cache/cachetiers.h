// SPDX-License-Identifier: MIT
#pragma once

#include "cacheclock.h"
#include "cachecounters.h"
#include "memorytier.h"
#include "storebackend.h"
#include "storegate.h"

#include <infra/cacheoptions.h>
#include <infra/cachestatistics.h>
#include <infra/result.h>

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace Infra::Detail {

// What one tier knows of a key, judged by the clock.
struct FoundEntry
{
    enum class State : std::uint8_t {
        Missing, // Nothing, or nothing that may be used any more.
        Fresh,
        Stale    // Expired, but within its fail-safe limit.
    };

    State state = State::Missing;
    QByteArray value;
    EntryTimes times;
    std::uint32_t flags = 0;
    CoherenceStamp stamp;

    [[nodiscard]] bool isNegative() const noexcept { return (flags & NegativeEntry) != 0; }
    [[nodiscard]] std::optional<QByteArray> toValue() const
    {
        return isNegative() ? std::nullopt : std::optional(value);
    }
};

// Thread safety: all members may be called from any thread at once.
//
// The two tiers of one region under one set of rules: what is read below is promoted with the stamp it was read under,
// what is written is put into memory with the stamp of its commit, and both are judged by one clock. Every call to
// the store goes through a gate and is counted here; single flight and write-behind are built on top.
class CacheTiers
{
public:
    // `clock` must outlive this.
    CacheTiers(std::shared_ptr<StoreBackend> backend, std::uint32_t regionId, const CacheOptions &options,
               const Clock &clock);
    ~CacheTiers();

    [[nodiscard]] const CacheOptions &options() const noexcept { return m_options; }
    // Keys for which this is true are not to be found in memory: a newer value waits elsewhere. Set once, before use.
    void setPendingCheck(std::function<bool(const QByteArray &)> isPending) { m_isPending = std::move(isPending); }
    [[nodiscard]] CacheClock &clock() noexcept { return m_clock; }
    [[nodiscard]] CacheCounters &counters() noexcept { return m_counters; }
    [[nodiscard]] std::uint32_t regionId() const noexcept { return m_regionId; }
    [[nodiscard]] StoreBackend &backend() noexcept { return *m_backend; }
    // Now plus CacheOptions::operationTimeout.
    [[nodiscard]] SteadyTime operationDeadline() const;

    // Inlined into Cache::get().
    [[nodiscard]] MemoryLookup lookupMemory(QByteArrayView key, std::uint64_t keyHash) noexcept
    {
        if (!m_memory)
            return {};
        // Without a TTL anywhere in memory nothing can be expired, and the clock need not be read.
        const SystemTime now = m_memoryExpires.load(std::memory_order_relaxed) ? m_clock.hitTime() : SystemTime{};
        return m_memory->lookup(key, keyHash, now);
    }
    void noteAccess(QByteArrayView key) noexcept { m_backend->noteAccess(m_regionId, key.toByteArray()); }
    // Without proof that it is current: for DegradedReads::ServeMemory.
    [[nodiscard]] std::optional<FoundEntry> peekMemory(QByteArrayView key, std::uint64_t keyHash);
    // What fail-safe may serve while the store cannot be asked: proven to be current.
    [[nodiscard]] std::optional<StaleValue> staleInMemory(QByteArrayView key, std::uint64_t keyHash);
    // Whether memory has a live value that is proven to be current, which has the new life then.
    [[nodiscard]] bool touchMemory(QByteArrayView key, std::uint64_t keyHash, std::chrono::milliseconds timeToLive);
    void insertMemory(QByteArrayView key, std::uint64_t keyHash, const FoundEntry &entry);
    // Drops the copy of a key that was just set; a listener then hears Replaced, not Outdated, as it would from the
    // insertion that follows: the commit has moved the key's word.
    void replaceInMemory(QByteArrayView key, std::uint64_t keyHash);
    // What an invalidation can find in memory at once; the rest is noticed by its stamp.
    void removeMemory(const Target &target);

    [[nodiscard]] LoadToken captureToken(std::uint64_t keyHash)
    {
        return m_backend->captureToken(m_regionId, keyHash);
    }
    [[nodiscard]] bool isUnchanged(std::uint64_t keyHash, const LoadToken &token);

    // Reads the store for operationTimeout, or until `limit` when that is sooner; does not promote.
    [[nodiscard]] Result<FoundEntry> readStore(const QByteArray &key, std::uint64_t keyHash,
                                               SteadyTime limit = SteadyTime::max());
    [[nodiscard]] Result<std::vector<FoundEntry>> readStore(std::span<const QByteArray> keys,
                                                            std::span<const std::uint64_t> keyHashes,
                                                            SteadyTime limit = SteadyTime::max());

    // The times that an entry set now gets.
    // Of an entry with `before`: its fail-safe limit moves along.
    [[nodiscard]] EntryTimes touchedTimes(const EntryTimes &before, std::chrono::milliseconds timeToLive);
    // Whether a hit is to start a load (EntryOptions::eagerRefresh).
    [[nodiscard]] bool isRefreshDue(SystemTime storedAt, SystemTime expiresAt, const EntryOptions &options) const;
    [[nodiscard]] EntryTimes timesFor(const EntryOptions &options, std::chrono::milliseconds timeToLive);
    // Of times that were made a while ago: stored now, and with no longer a life when the clock was set back meanwhile.
    void renew(EntryTimes &times) const;
    [[nodiscard]] WriteOperation setOperation(const QByteArray &key, std::uint64_t keyHash, const QByteArray &value,
                                              const EntryTimes &times, const EntryOptions &options) const;
    [[nodiscard]] Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations, SteadyTime deadline);
    [[nodiscard]] Result<InvalidationReport> invalidate(const Target &target, const QByteArray &actor,
                                                        Deadline deadline);

    // Tries the store if a gate is closed, notices clock steps: once a second.
    void housekeep();
    // Reacts to a backward step of the wall clock; see CacheClock.
    void checkClock();

    [[nodiscard]] bool isDegraded() const noexcept;
    [[nodiscard]] std::optional<Error> lastStoreError() const;
    // Everything that the tiers count; what is in flight elsewhere is left 0.
    [[nodiscard]] CacheStatistics statistics() const;

private:
    [[nodiscard]] FoundEntry judge(std::optional<StoredEntry> &&stored);

    const std::shared_ptr<StoreBackend> m_backend;
    const std::uint32_t m_regionId;
    const CacheOptions m_options;
    CacheClock m_clock;
    CacheCounters m_counters;
    const std::atomic<const CoherenceView *> &m_coherence;
    StoreGate m_readGate;
    StoreGate m_writeGate;
    // The region must be invalidated because of a clock step and that has not succeeded yet: rows from before the step are not
    // trusted, nor those of the time that the clock passes again, which nobody can tell from them.
    static constexpr SystemTime TrustsAll = SystemTime::min();
    std::atomic<SystemTime> m_distrustedUntil{TrustsAll};
    std::atomic<bool> m_isFollowingClock{false};
    std::atomic<bool> m_memoryExpires{false};
    std::atomic<std::uint64_t> m_jitterSequence;
    std::function<bool(const QByteArray &)> m_isPending;
    // Last: its removal listener may use everything above.
    std::unique_ptr<MemoryTier> m_memory;
};

} // namespace Infra::Detail
