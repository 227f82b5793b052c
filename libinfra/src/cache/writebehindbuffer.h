// SPDX-License-Identifier: MIT
#pragma once

#include "backgroundexecutor.h"
#include "cachetiers.h"
#include "threadannotations.h"

#include <infra/result.h>

#include <condition_variable>
#include <memory>
#include <optional>
#include <unordered_map>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once.
//
// Sets that wait for their commit. Each carries the token of the moment it was set, so a commit drops those that
// anything has overtaken: a late commit undoes nothing. A token also moves for another key of its stripe; the commit
// therefore removes what such a set was to replace, and readers find nothing rather than a value from before it. A commit takes all that is there at once, because its
// own writes move the words that tokens are compared with; a set that arrives meanwhile is not taken in, the caller
// writes it through.
class WriteBehindBuffer : public std::enable_shared_from_this<WriteBehindBuffer>
{
public:
    WriteBehindBuffer(std::shared_ptr<CacheTiers> tiers, std::shared_ptr<BackgroundExecutor> executor);

    // So much is held at most, and a set of more is not; less when the store takes less in one transaction. A set counts with
    // what it takes in the store or, where that compresses it, with what it takes here, whichever is more.
    static constexpr std::uint64_t MostBytes = 4 << 20;

    // False: a commit of other keys is under way, a write on the key's stripe is, the set is too large, or this is closed; write
    // through. `operation` is then unchanged, and no older set of the key waits any more. Commits first when full, and waits for a
    // commit of that very key to end.
    [[nodiscard]] Result<bool> add(WriteOperation &operation, const QByteArray &plainValue, SteadyTime deadline);
    // The set that waits for `key`. Waits for a commit of that very key to end, and commits when something may have overtaken
    // the set, which only the store can tell, or when it has expired: the answer is in the store then. The error of that commit.
    [[nodiscard]] Result<std::optional<FoundEntry>> find(const QByteArray &key, SteadyTime deadline);
    // The same without waiting, and only when it is certain.
    [[nodiscard]] std::optional<FoundEntry> peek(const QByteArray &key) const;
    [[nodiscard]] bool contains(const QByteArray &key) const { return waitingSet(key) != 0; }
    // The number of the set that waits for `key`, a later one's is larger; 0: none does.
    [[nodiscard]] std::uint64_t waitingSet(const QByteArray &key) const;
    [[nodiscard]] Result<void> flush(SteadyTime deadline);
    [[nodiscard]] std::uint64_t size() const;
    // Takes in nothing from now on: what is set behind this is written through.
    void close();
    // Behind close(): gives up what is still there, and counts it in CacheStatistics::lostWrites. What a commit has in its hands
    // just now is counted when that fails.
    void drop();

private:
    struct Pending
    {
        WriteOperation operation;
        QByteArray plainValue;
        std::uint64_t bytes = 0;
        std::uint64_t number = 0;
        // By a clock that nobody sets back: memory and the store can be emptied then, this cannot.
        SteadyTime end = SteadyTime::max();
    };
    using Map = std::unordered_map<QByteArray, Pending>;

    // None when something may have overtaken it, or it has expired.
    [[nodiscard]] std::optional<FoundEntry> freshEntryLocked(const Pending &pending) const INFRA_REQUIRES(m_mutex);
    void scheduleLocked(std::chrono::milliseconds delay) INFRA_REQUIRES(m_mutex);
    bool waitForFlushLocked(MutexLocker &locker, SteadyTime deadline) INFRA_REQUIRES(m_mutex);

    const std::shared_ptr<CacheTiers> m_tiers;
    const std::shared_ptr<BackgroundExecutor> m_executor;
    const std::uint64_t m_mostBytes;
    mutable Mutex m_mutex;
    std::condition_variable m_flushed;
    Map m_pending INFRA_GUARDED_BY(m_mutex);
    Map m_flushing INFRA_GUARDED_BY(m_mutex);
    std::uint64_t m_lastNumber INFRA_GUARDED_BY(m_mutex) = 0;
    std::uint64_t m_pendingBytes INFRA_GUARDED_BY(m_mutex) = 0;
    std::uint64_t m_flushingBytes INFRA_GUARDED_BY(m_mutex) = 0;
    bool m_isFlushing INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isScheduled INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isClosed INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isDropped INFRA_GUARDED_BY(m_mutex) = false;
};

} // namespace Infra::Detail
