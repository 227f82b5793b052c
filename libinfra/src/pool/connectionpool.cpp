// SPDX-License-Identifier: MIT
#include <infra/connectionpool.h>

#include "poolcore.h"

namespace Infra {

namespace Detail {
RunRequest::~RunRequest() = default;
}

Result<std::unique_ptr<ConnectionPool>> ConnectionPool::create(const DatabaseUrl &url, const PoolOptions &options)
{
    return create(url, options, Environment());
}

Result<std::unique_ptr<ConnectionPool>> ConnectionPool::create(const DatabaseUrl &url, const PoolOptions &options,
                                                               const Environment &environment)
{
    if (const Result<void> valid = options.validate(); !valid)
        return failure(valid.error());
    if (!environment.clock)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("Environment::clock must not be null"));
    std::shared_ptr<Connector> connector = environment.connector;
    if (!connector) {
        Result<std::shared_ptr<Connector>> created = Connector::create(url, options);
        if (!created)
            return failure(created.error());
        connector = std::move(*created);
    }
    auto core = std::make_shared<Detail::PoolCore>(url, options, environment, std::move(connector));
    if (const Result<void> started = core->start(); !started)
        return failure(started.error());
    return std::unique_ptr<ConnectionPool>(new ConnectionPool(std::move(core)));
}

ConnectionPool::ConnectionPool(std::shared_ptr<Detail::PoolCore> core) : d(std::move(core)) {}

ConnectionPool::~ConnectionPool()
{
    Detail::PoolCore::retire(std::move(d));
}

Result<PooledConnection> ConnectionPool::acquire(std::source_location borrower)
{
    return d->acquire(Deadline(d->options().acquireTimeout), ConnectionAccess::ReadWrite, borrower);
}

Result<PooledConnection> ConnectionPool::acquire(Deadline deadline, std::source_location borrower)
{
    return d->acquire(deadline, ConnectionAccess::ReadWrite, borrower);
}

Result<PooledConnection> ConnectionPool::acquire(Deadline deadline, ConnectionAccess access,
                                                 std::source_location borrower)
{
    return d->acquire(deadline, access, borrower);
}

void ConnectionPool::beginShutdown()
{
    d->beginShutdown();
}

Result<void> ConnectionPool::shutdown(Deadline deadline)
{
    return d->shutdown(deadline);
}

const DatabaseUrl &ConnectionPool::url() const noexcept
{
    return d->url();
}

const PoolOptions &ConnectionPool::options() const noexcept
{
    return d->options();
}

PoolStatistics ConnectionPool::statistics() const
{
    return d->statistics();
}

ComponentSnapshot ConnectionPool::snapshot() const
{
    return d->statistics().toSnapshot();
}

void ConnectionPool::submit(std::shared_ptr<Detail::RunRequest> request, Deadline deadline, ConnectionAccess access,
                            const std::source_location &borrower)
{
    d->submit(std::move(request), deadline, access, borrower);
}

} // namespace Infra
