// SPDX-License-Identifier: MIT
#include <infra/cache.h>

#include "cachelimits.h"
#include "cacheprivate.h"

#include <infra/cachestore.h>

namespace Infra {

using namespace Detail;

Result<std::unique_ptr<Cache>> Cache::create(CacheStore &store, const QByteArray &region, const CacheOptions &options,
                                             const Clock &clock)
{
    return create(store.backend(), region, options, clock);
}

Result<std::unique_ptr<Cache>> Cache::create(std::shared_ptr<StoreBackend> backend, const QByteArray &region,
                                             const CacheOptions &options, const Clock &clock)
{
    for (const Result<void> &checked : {checkRegionName(region), checkOptions(options)}) {
        if (!checked)
            return failure(checked.error());
    }
    if (!backend)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("There is no store"));
    const auto regionId = backend->openRegion(region, options.operationTimeout);
    if (!regionId)
        return failure(regionId.error());
    auto implementation = std::make_shared<Private>(std::move(backend), *regionId, region, options, clock);
    implementation->start();
    return std::unique_ptr<Cache>(new Cache(std::move(implementation)));
}

Cache::Cache(std::shared_ptr<Private> implementation) : d(std::move(implementation)) {}

Cache::~Cache()
{
    d->close();
}

const QByteArray &Cache::region() const noexcept
{
    return d->region;
}

const CacheOptions &Cache::options() const noexcept
{
    return d->options;
}

const Clock &Cache::clock() const noexcept
{
    return d->tiers->clock().clock();
}

Result<Cache::Value> Cache::get(QByteArrayView key)
{
    return d->get(key);
}

Result<std::vector<Cache::Value>> Cache::getMany(const QByteArrayList &keys)
{
    return d->getMany(keys);
}

Result<void> Cache::set(QByteArrayView key, const QByteArray &value)
{
    return d->set(key, value, d->options.entry);
}

Result<void> Cache::set(QByteArrayView key, const QByteArray &value, const EntryOptions &options)
{
    return d->set(key, value, options);
}

Result<void> Cache::setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries)
{
    return d->setMany(entries, d->options.entry);
}

Result<void> Cache::setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries, const EntryOptions &options)
{
    return d->setMany(entries, options);
}

Result<Cache::Value> Cache::getOrCompute(QByteArrayView key, const Factory &factory)
{
    return d->getOrCompute(key, factory, d->options.entry, std::chrono::seconds(30));
}

Result<Cache::Value> Cache::getOrCompute(QByteArrayView key, const Factory &factory, const EntryOptions &options,
                                         Deadline deadline)
{
    return d->getOrCompute(key, factory, options, deadline);
}

QFuture<Result<Cache::Value>> Cache::getOrComputeAsync(const QByteArray &key, Factory factory)
{
    return d->getOrComputeAsync(key, std::move(factory), {}, d->options.entry, std::chrono::seconds(30));
}

QFuture<Result<Cache::Value>> Cache::getOrComputeAsync(const QByteArray &key, Factory factory,
                                                       const EntryOptions &options, Deadline deadline)
{
    return d->getOrComputeAsync(key, std::move(factory), {}, options, deadline);
}

QFuture<Result<Cache::Value>> Cache::getOrComputeAsync(const QByteArray &key, AsyncFactory factory)
{
    return d->getOrComputeAsync(key, {}, std::move(factory), d->options.entry, std::chrono::seconds(30));
}

QFuture<Result<Cache::Value>> Cache::getOrComputeAsync(const QByteArray &key, AsyncFactory factory,
                                                       const EntryOptions &options, Deadline deadline)
{
    return d->getOrComputeAsync(key, {}, std::move(factory), options, deadline);
}

Result<bool> Cache::touch(QByteArrayView key, std::chrono::milliseconds timeToLive)
{
    return d->touch(key.toByteArray(), timeToLive);
}

Result<InvalidationReport> Cache::invalidate(const Target &target, Deadline deadline)
{
    return d->invalidate(target, deadline);
}

Result<InvalidationPreview> Cache::preview(const Target &target, Deadline deadline, const std::atomic<bool> *cancelled)
{
    return d->preview(target, deadline, cancelled);
}

Result<std::vector<EntryInfo>> Cache::entries(const QByteArray &prefix, const QByteArray &after, int limit,
                                              Deadline deadline)
{
    return d->entries(prefix, after, limit, deadline);
}

QFuture<Result<Cache::Value>> Cache::getAsync(const QByteArray &key)
{
    return d->runAsync<Value>([self = d, key] { return self->get(key); });
}

QFuture<Result<void>> Cache::setAsync(const QByteArray &key, const QByteArray &value)
{
    return setAsync(key, value, d->options.entry);
}

QFuture<Result<void>> Cache::setAsync(const QByteArray &key, const QByteArray &value, const EntryOptions &options)
{
    return d->runAsync<void>([self = d, key, value, options] { return self->set(key, value, options); });
}

QFuture<Result<InvalidationReport>> Cache::invalidateAsync(const Target &target, Deadline deadline)
{
    const Deadline absolute = Deadline::at(deadline.resolve(d->tiers->clock().clock()));
    return d->runAsync<InvalidationReport>([self = d, target, absolute] { return self->invalidate(target, absolute); });
}

QFuture<Result<InvalidationPreview>> Cache::previewAsync(const Target &target, Deadline deadline,
                                                         std::shared_ptr<const std::atomic<bool>> cancelled)
{
    const Deadline absolute = Deadline::at(deadline.resolve(d->tiers->clock().clock()));
    return d->runAsync<InvalidationPreview>([self = d, target, absolute, cancelled] {
        return self->preview(target, absolute, cancelled.get());
    });
}

QFuture<Result<std::vector<EntryInfo>>> Cache::entriesAsync(const QByteArray &prefix, const QByteArray &after,
                                                            int limit, Deadline deadline)
{
    const Deadline absolute = Deadline::at(deadline.resolve(d->tiers->clock().clock()));
    return d->runAsync<std::vector<EntryInfo>>([self = d, prefix, after, limit, absolute] {
        return self->entries(prefix, after, limit, absolute);
    });
}

Result<void> Cache::flush(Deadline deadline)
{
    return d->flush(deadline);
}

bool Cache::isDegraded() const noexcept
{
    return d->tiers->isDegraded();
}

std::optional<Error> Cache::lastStoreError() const
{
    return d->tiers->lastStoreError();
}

CacheStatistics Cache::statistics() const
{
    return d->statistics();
}

void Cache::countDecodeError() noexcept
{
    CacheCounters::add(d->tiers->counters().decodeErrors);
}

ComponentSnapshot Cache::snapshot() const
{
    return statistics().toSnapshot(d->region);
}

} // namespace Infra
