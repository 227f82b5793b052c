// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cacheoptions.h>
#include <infra/cachestatistics.h>
#include <infra/clock.h>
#include <infra/entryoptions.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/result.h>
#include <infra/target.h>

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>
#include <QFuture>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace Infra {

class CacheStore;
namespace Detail {
class StoreBackend;
}

// Thread safety: all members may be called from any thread at once, except the destructor.
//
// A region of a shared store with a memory tier of this process in front of it. Keys and values are bytes;
// TypedCache and CorrelationCache sit on top.
//
//     auto users = Infra::Cache::create(*store, "users");
//     if (!users)
//         return Infra::failure(users.error());
//     auto user = (*users)->getOrCompute("user:7", [] { return QByteArray("Ada"); });
//
// What it guarantees, for all processes that share the store on one machine:
//  1. After set() or invalidate() has returned anywhere, nobody reads the older value, through memory included.
//  2. A value computed from data read before an invalidation is never stored after it, in either tier.
//  3. 1 and 2 hold when any process is killed at any instant; a set() that returned survives (WriteThrough).
//  4. A damaged store ends in a miss or an error, never in a wrong value.
//  5. Every call is bounded by operationTimeout or its deadline. While the store does not answer, isDegraded() is
//   true, reads are served from memory where that keeps 1, getOrCompute() goes on calling factories, writes and
//   invalidations return the store's error; one call every retryInterval tries the store, and an answer ends it.
//  6. getOrCompute(): one load per key at a time, on the machine. (Where the store was opened ReadOnly, in the process; and
//   as nothing tells it what was invalidated meanwhile, who calls during a load gets what the next one makes.)
//  7. Expiry is absolute UTC and never extended by promotion.
//
// Clock steps. Time inside one process follows the monotonic clock; the wall clock is consulted for what is
// shared. A forward step of the wall clock (or a resume from suspend) is adopted: entries expire early, at worst. A
// backward step of more than two seconds would lengthen lives, so whoever notices one (at the next disk access, at
// the latest after a second) clears memory and invalidates the region; and an entry that claims to have been stored
// more than two seconds in the future is treated as expired. (Where the region cannot be invalidated, as by who opened
// the store ReadOnly, what was stored before the clock is back at where it stood is a miss.) So a step neither revives
// an entry that was expired nor lets one outlive its TTL by more than those two seconds, as long as some process is
// running at the time.
//
// Errors of every call: InvalidArgument (empty key, control characters in a tag, negative duration),
// LimitExceeded (key or value over the limit), and the store's own: Busy, Timeout, DiskFull, ReadOnly, Corrupt, Io,
// Unavailable. A call with an error changed nothing, except where it says otherwise.
class INFRA_EXPORT Cache final : public MetricSource
{
public:
    // The bytes of a value; std::nullopt: there is none.
    using Value = std::optional<QByteArray>;
    // Computes the value of a key: a QByteArray, no value (std::nullopt), or a failure(). An exception counts as
    // a failure. Without timeouts and eager refresh it runs in the thread of the call.
    //
    //     auto answer = cache.getOrCompute("answer", [] { return QByteArray("42"); });
    using Factory = std::function<Result<Value>()>;
    // The same for a source that is asynchronous itself: must return soon. A cancelled future, or one without
    // a result, counts as a failure.
    using AsyncFactory = std::function<QFuture<Result<Value>>()>;

    // Opens (and creates) the region. `store` and `clock` must outlive the cache. One Cache per region and process
    // is enough; several are correct but each has its own memory.
    [[nodiscard]] static Result<std::unique_ptr<Cache>> create(CacheStore &store, const QByteArray &region,
                                                               const CacheOptions &options = {},
                                                               const Clock &clock = Clock::system());
    // For stores other than CacheStore; `backend` is shared.
    [[nodiscard]] static Result<std::unique_ptr<Cache>> create(std::shared_ptr<Detail::StoreBackend> backend,
                                                               const QByteArray &region,
                                                               const CacheOptions &options = {},
                                                               const Clock &clock = Clock::system());
    // Commits what write-behind holds; what setAsync() is still at is written through. Then whoever waits for a load, and what
    // is still queued, fails with Error Cancelled at once, and what runs on threads of the cache is waited for: all this for
    // operationTimeout at most. The result of a factory is dropped from then on; one that runs longer keeps what it uses alive.
    ~Cache() override;
    Cache(const Cache &) = delete;
    Cache &operator=(const Cache &) = delete;

    // The region's name, as given to create().
    [[nodiscard]] const QByteArray &region() const noexcept;
    // As given to create(); they never change.
    [[nodiscard]] const CacheOptions &options() const noexcept;

    // As given to create().
    [[nodiscard]] const Clock &clock() const noexcept;

    // The value; no value when there is none, when it is expired, or when it is known that there is none.
    // A memory hit takes no lock, makes no system call and shares the value's bytes.
    [[nodiscard]] Result<Value> get(QByteArrayView key);
    // As many results as keys, in their order. What memory does not have is read from the store in one go.
    [[nodiscard]] Result<std::vector<Value>> getMany(const QByteArrayList &keys);

    // Replaces value, tags and lifetime of the key; what holds when it returns is CacheOptions::writePolicy's. Without
    // options it takes CacheOptions::entry.
    [[nodiscard]] Result<void> set(QByteArrayView key, const QByteArray &value);
    [[nodiscard]] Result<void> set(QByteArrayView key, const QByteArray &value, const EntryOptions &options);
    // All or nothing: one transaction. Of a key given twice the last value counts.
    [[nodiscard]] Result<void> setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries);
    [[nodiscard]] Result<void> setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries,
                                       const EntryOptions &options);

    // The cached value, else what the factory computes, stored for everybody. Callers that ask meanwhile, in any
    // process, wait for the same load until their deadline. In this process all of them get what the factory returns, an error
    // or no value included. Other processes get what was stored: where that is nothing, the next waiter calls its own
    // factory, as it does everywhere when a factory throws or its process dies. A call that began after an
    // invalidation never gets what was computed from before it. No value is stored when the factory has none
    // (but see negativeTimeToLive), and an older one is removed. `deadline` bounds all waiting; a factory that runs in the
    // calling thread is not interrupted.
    [[nodiscard]] Result<Value> getOrCompute(QByteArrayView key, const Factory &factory);
    [[nodiscard]] Result<Value> getOrCompute(QByteArrayView key, const Factory &factory, const EntryOptions &options,
                                             Deadline deadline = std::chrono::seconds(30));
    // The same without blocking: the factory is called on a thread of the cache. The future is finished at once on
    // a memory hit. Cancelling it gives up waiting, not the load. Continuations without a context object run on a
    // thread of the cache: they must be short.
    [[nodiscard]] QFuture<Result<Value>> getOrComputeAsync(const QByteArray &key, Factory factory);
    [[nodiscard]] QFuture<Result<Value>> getOrComputeAsync(const QByteArray &key, Factory factory,
                                                           const EntryOptions &options,
                                                           Deadline deadline = std::chrono::seconds(30));
    [[nodiscard]] QFuture<Result<Value>> getOrComputeAsync(const QByteArray &key, AsyncFactory factory);
    [[nodiscard]] QFuture<Result<Value>> getOrComputeAsync(const QByteArray &key, AsyncFactory factory,
                                                           const EntryOptions &options,
                                                           Deadline deadline = std::chrono::seconds(30));

    // Gives the entry a new life of `timeToLive` from now (zero: for ever), its fail-safe limit moved along; false
    // when there is no live entry. Tags and value stay.
    [[nodiscard]] Result<bool> touch(QByteArrayView key, std::chrono::milliseconds timeToLive);

    // Removes what the target means, in both tiers, for everybody, and journals it. An empty prefix, glob, tag or
    // list of keys is refused. everything() reaches all regions of the store.
    [[nodiscard]] Result<InvalidationReport> invalidate(const Target &target,
                                                        Deadline deadline = std::chrono::seconds(10));
    // Removes nothing: exact count, bytes and examples at one moment. Where thousands of rows must be walked two threads
    // do. `cancelled`, when given and set by another thread, ends it early with Error Cancelled.
    [[nodiscard]] Result<InvalidationPreview> preview(const Target &target,
                                                      Deadline deadline = std::chrono::seconds(10),
                                                      const std::atomic<bool> *cancelled = nullptr);
    // Up to `limit` (1 to 10,000) entries in key order behind `after` that begin with `prefix`; fewer: the last
    // page. Expired ones are listed until they are culled. Commits what write-behind holds first.
    [[nodiscard]] Result<std::vector<EntryInfo>> entries(const QByteArray &prefix, const QByteArray &after, int limit,
                                                         Deadline deadline = std::chrono::seconds(10));

    // get() on a thread of the cache. This and the next four end in Error Rejected when backgroundQueue is full.
    [[nodiscard]] QFuture<Result<Value>> getAsync(const QByteArray &key);
    // set() on a thread of the cache; what its writePolicy promises holds once the future has finished.
    [[nodiscard]] QFuture<Result<void>> setAsync(const QByteArray &key, const QByteArray &value);
    [[nodiscard]] QFuture<Result<void>> setAsync(const QByteArray &key, const QByteArray &value,
                                                 const EntryOptions &options);
    // invalidate() on a thread of the cache; the deadline counts from this call.
    [[nodiscard]] QFuture<Result<InvalidationReport>> invalidateAsync(const Target &target,
                                                                      Deadline deadline = std::chrono::seconds(10));
    // preview() on a thread of the cache. `cancelled` may be set at any time, also before it began.
    [[nodiscard]] QFuture<Result<InvalidationPreview>>
    previewAsync(const Target &target, Deadline deadline = std::chrono::seconds(10),
                 std::shared_ptr<const std::atomic<bool>> cancelled = {});
    // entries() on a thread of the cache.
    [[nodiscard]] QFuture<Result<std::vector<EntryInfo>>> entriesAsync(const QByteArray &prefix,
                                                                       const QByteArray &after, int limit,
                                                                       Deadline deadline = std::chrono::seconds(10));

    // Commits what write-behind holds; returns when all that was set before the call is committed or was dropped
    // for a newer change. At once under WriteThrough.
    [[nodiscard]] Result<void> flush(Deadline deadline = std::chrono::seconds(10));

    // The store did not answer lately; see guarantee 5.
    [[nodiscard]] bool isDegraded() const noexcept;
    // Why: the last error of the store, also after it recovered. Kind and message; nothing before the first.
    [[nodiscard]] std::optional<Error> lastStoreError() const;

    // What this object did since create(); each counter is read on its own, not all at one instant.
    [[nodiscard]] CacheStatistics statistics() const;
    // For facades that decode: counts CacheStatistics::decodeErrors.
    void countDecodeError() noexcept;
    // statistics() under metric names; see CacheStatistics::toSnapshot().
    [[nodiscard]] ComponentSnapshot snapshot() const override;

private:
    class Private;
    explicit Cache(std::shared_ptr<Private> implementation);
    const std::shared_ptr<Private> d;
};

} // namespace Infra
