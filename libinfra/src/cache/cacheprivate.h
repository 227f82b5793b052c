// SPDX-License-Identifier: MIT
#pragma once

#include "backgroundexecutor.h"
#include "cachetiers.h"
#include "keyhash.h"
#include "loadcoordinator.h"
#include "writebehindbuffer.h"

#include <infra/cache.h>

#include <QPromise>

#include <memory>

// No call per access, as the default model of a shared library would need.
#define INFRA_FAST_THREAD_LOCAL __attribute__((tls_model("initial-exec")))

namespace Infra {

// Thread safety: as Cache. Shared with the work that is under way, which may outlive the Cache for a moment.
class Cache::Private : public std::enable_shared_from_this<Cache::Private>
{
public:
    Private(std::shared_ptr<Detail::StoreBackend> backend, std::uint32_t regionId, QByteArray regionName,
            const CacheOptions &cacheOptions, const Clock &clock);

    // Begins the once-a-second housekeeping.
    void start();
    void close();

    [[nodiscard]] Result<Value> get(QByteArrayView key)
    {
        const std::uint64_t hash = Detail::keyHash(key);
        Detail::MemoryLookup found = tiers->lookupMemory(key, hash);
        if (found.outcome != Detail::MemoryLookup::Outcome::Hit) [[unlikely]]
            return readBelow(key, hash);
        // Culling of the disk tier must know what is in use up here.
        thread_local unsigned hits INFRA_FAST_THREAD_LOCAL = 0;
        if (++hits % AccessSampling == 0) [[unlikely]]
            tiers->noteAccess(key);
        if (found.flags & Detail::NegativeEntry) [[unlikely]]
            return Value();
        return Value(std::move(found.value));
    }
    [[nodiscard]] Result<std::vector<Value>> getMany(const QByteArrayList &keys);
    [[nodiscard]] Result<InvalidationReport> invalidate(const Target &target, Deadline deadline);
    [[nodiscard]] Result<InvalidationPreview> preview(const Target &target, Deadline deadline,
                                                      const std::atomic<bool> *cancelled);
    [[nodiscard]] Result<std::vector<EntryInfo>> entries(const QByteArray &prefix, const QByteArray &after, int limit,
                                                         Deadline deadline);
    [[nodiscard]] Result<void> setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries,
                                       const EntryOptions &entryOptions);
    [[nodiscard]] Result<void> set(QByteArrayView key, const QByteArray &value, const EntryOptions &entryOptions);
    [[nodiscard]] Result<bool> touch(const QByteArray &key, std::chrono::milliseconds timeToLive);
    [[nodiscard]] Result<Value> getOrCompute(QByteArrayView key, const Factory &factory,
                                             const EntryOptions &entryOptions, Deadline deadline);
    [[nodiscard]] QFuture<Result<Value>> getOrComputeAsync(const QByteArray &key, Factory factory,
                                                           AsyncFactory asyncFactory,
                                                           const EntryOptions &entryOptions, Deadline deadline);
    [[nodiscard]] Result<void> flush(Deadline deadline);
    [[nodiscard]] CacheStatistics statistics() const;

    // Runs `function` on a thread of the cache.
    template<class T, class Function>
    [[nodiscard]] QFuture<Result<T>> runAsync(Function function);

    const QByteArray region;
    const CacheOptions options;
    const QByteArray actor;
    const std::shared_ptr<Detail::CacheTiers> tiers;
    const std::shared_ptr<Detail::BackgroundExecutor> executor;
    const std::shared_ptr<Detail::WriteBehindBuffer> writeBehind; // Null under WriteThrough.
    const std::shared_ptr<Detail::LoadCoordinator> loads;

private:
    // One memory hit in so many is reported to the store; see StoreBackend::noteAccess().
    static constexpr unsigned AccessSampling = 64;

    // Behind the memory tier.
    [[nodiscard]] Result<Value> readBelow(QByteArrayView key, std::uint64_t keyHash);
    // An answer from memory, if there is one; else what may be served when all else fails.
    struct FromMemory
    {
        std::optional<Value> answer;
        bool isRefreshDue = false;
    };
    [[nodiscard]] FromMemory askMemory(QByteArrayView key, std::uint64_t keyHash, const EntryOptions &entryOptions);
    // What write-behind certainly has of the key. Notes in `load` when that takes a commit to tell.
    [[nodiscard]] std::optional<Value> askWriteBehind(Detail::LoadRequest &load);
    [[nodiscard]] std::shared_ptr<Detail::LoadRequest> request(QByteArrayView key, std::uint64_t keyHash,
                                                               const EntryOptions &entryOptions, Deadline deadline);
    void scheduleHousekeeping();

    mutable Detail::Mutex m_mutex;
    mutable Detail::HitRateWindow m_hitRate INFRA_GUARDED_BY(m_mutex);
};

template<class T, class Function>
QFuture<Result<T>> Cache::Private::runAsync(Function function)
{
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    QFuture<Result<T>> future = promise->future();
    const auto task = [promise, function = std::move(function)](Detail::BackgroundExecutor::Outcome outcome) {
        // Whoever cancelled the future no longer waits: a queued call is not begun.
        if (outcome == Detail::BackgroundExecutor::Outcome::Cancelled)
            promise->addResult(Result<T>(failure(Error::Kind::Cancelled, QStringLiteral("The cache was closed"))));
        else if (!promise->isCanceled())
            promise->addResult(function());
        promise->finish();
    };
    if (!executor->post(task)) {
        promise->addResult(Result<T>(failure(Error::Kind::Rejected,
                                             QStringLiteral("CacheOptions::backgroundQueue is full (%1)")
                                                 .arg(options.backgroundQueue))));
        promise->finish();
    }
    return future;
}

} // namespace Infra
