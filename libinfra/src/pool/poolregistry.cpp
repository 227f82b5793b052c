// SPDX-License-Identifier: MIT
#include <infra/poolregistry.h>

#include "threadannotations.h"

#include <algorithm>

namespace Infra {

struct PoolRegistry::Private
{
    explicit Private(ConnectionPool::Environment environmentToUse) : environment(std::move(environmentToUse)) {}

    const ConnectionPool::Environment environment;
    Detail::Mutex mutex;
    std::vector<std::shared_ptr<ConnectionPool>> pools INFRA_GUARDED_BY(mutex);

    [[nodiscard]] std::shared_ptr<ConnectionPool> find(const DatabaseUrl &url) INFRA_REQUIRES(mutex)
    {
        const QString wanted = url.canonical();
        const auto found = std::find_if(pools.begin(), pools.end(),
                                        [&](const auto &pool) { return pool->url().canonical() == wanted; });
        return found == pools.end() ? nullptr : *found;
    }
};

PoolRegistry::PoolRegistry() : PoolRegistry(ConnectionPool::Environment()) {}

PoolRegistry::PoolRegistry(ConnectionPool::Environment environment) : d(std::make_unique<Private>(std::move(environment))) {}

PoolRegistry::~PoolRegistry()
{
    // Without the lock: nobody else may use this any more, and in a forked child it may be held for ever.
    std::vector<Deadline> deadlines;
    for (const std::shared_ptr<ConnectionPool> &pool : d->pools) {
        pool->beginShutdown();
        deadlines.push_back(Deadline::at(Deadline(pool->options().shutdownTimeout).resolve(*d->environment.clock)));
    }
    auto deadline = deadlines.cbegin();
    for (const std::shared_ptr<ConnectionPool> &pool : d->pools)
        static_cast<void>(pool->shutdown(*deadline++));
}

Result<std::shared_ptr<ConnectionPool>> PoolRegistry::pool(const DatabaseUrl &url, const PoolOptions &options)
{
    const Detail::MutexLocker locker(d->mutex);
    if (std::shared_ptr<ConnectionPool> known = d->find(url)) {
        if (known->options() == options)
            return known;
        return failure(Error::Kind::Conflict,
                       QStringLiteral("there is a pool for %1 with other options already").arg(url.redacted()));
    }
    Result<std::unique_ptr<ConnectionPool>> created = ConnectionPool::create(url, options, d->environment);
    if (!created)
        return failure(created.error());
    return d->pools.emplace_back(std::move(*created));
}

std::shared_ptr<ConnectionPool> PoolRegistry::find(const DatabaseUrl &url) const
{
    const Detail::MutexLocker locker(d->mutex);
    return d->find(url);
}

std::vector<std::shared_ptr<ConnectionPool>> PoolRegistry::pools() const
{
    const Detail::MutexLocker locker(d->mutex);
    return d->pools;
}

Result<void> PoolRegistry::shutdown(Deadline deadline)
{
    std::vector<std::shared_ptr<ConnectionPool>> pools;
    {
        const Detail::MutexLocker locker(d->mutex);
        pools.swap(d->pools);
    }
    const Deadline until = Deadline::at(deadline.resolve(*d->environment.clock));
    // All at once: what one waits for is not the time of the next, and none takes work while another ends.
    for (const std::shared_ptr<ConnectionPool> &pool : pools)
        pool->beginShutdown();
    Result<void> first;
    for (const std::shared_ptr<ConnectionPool> &pool : pools) {
        Result<void> ended = pool->shutdown(until);
        if (!ended && first)
            first = std::move(ended);
    }
    return first;
}

} // namespace Infra
