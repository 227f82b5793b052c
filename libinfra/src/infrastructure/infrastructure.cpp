// SPDX-License-Identifier: MIT
#include <infra/infrastructure.h>

#include <infra/poolregistry.h>
#include <infra/services.h>

#include "serviceurl.h"
#include "threadannotations.h"

#include <atomic>
#include <map>

namespace Infra {

using Detail::Mutex;
using Detail::MutexLocker;

namespace {

std::atomic<Infrastructure *> theInstance{nullptr};

struct Client
{
    std::unique_ptr<ServiceClient> client;
    MetricRegistry::Registration registration;
};

} // namespace

// Members are destroyed from the last to the first: that is the declared order.
struct Infrastructure::Private
{
    InfrastructureOptions options;
    std::vector<ServiceEndpoint> preconfigured;

    std::shared_ptr<CacheStore> store;
    std::shared_ptr<MetricRegistry> registry = std::make_shared<MetricRegistry>();
    MetricRegistry::Registration storeRegistration;

    PoolRegistry pools;
    Mutex poolMutex;
    std::map<QString, MetricRegistry::Registration> poolRegistrations INFRA_GUARDED_BY(poolMutex); // By canonical URL.

    std::unique_ptr<CorrelationCache> correlations;
    MetricRegistry::Registration correlationsRegistration;

    Mutex clientMutex;
    std::map<QString, Client> clients INFRA_GUARDED_BY(clientMutex);

    std::unique_ptr<TelemetryPublisher> publisher;

    [[nodiscard]] Result<std::shared_ptr<ConnectionPool>> registered(const DatabaseUrl &url,
                                                                     Result<std::shared_ptr<ConnectionPool>> pool);
    [[nodiscard]] Result<ServiceClient *> addClient(const QString &name, const QUrl &baseUrl,
                                                    const ServiceClientOptions &clientOptions)
        INFRA_REQUIRES(clientMutex);
};

Infrastructure::Infrastructure(std::unique_ptr<Private> created) : d(std::move(created))
{
    theInstance.store(this);
}

Infrastructure::~Infrastructure()
{
    theInstance.store(nullptr);
}

Infrastructure *Infrastructure::instance() noexcept
{
    return theInstance.load();
}

Result<std::unique_ptr<Infrastructure>> Infrastructure::create(const InfrastructureOptions &options)
{
    if (instance() != nullptr) {
        return failure(Error::Kind::Conflict,
                       QStringLiteral("infrastructure: this process has one already, destroy it first"));
    }
    auto created = std::make_unique<Private>();
    created->options = options;
    auto preconfigured = preconfiguredServices(options.environment);
    if (!preconfigured)
        return failure(std::move(preconfigured.error()));
    created->preconfigured = std::move(*preconfigured);

    const Clock &clock = options.store.clock != nullptr ? *options.store.clock : Clock::system();
    if (options.store.url.isEmpty()) {
        created->store = CacheStore::openInMemory(clock);
    } else {
        auto store = CacheStore::open(options.store);
        if (!store)
            return failure(std::move(store.error()));
        created->store = std::move(*store);
    }
    created->storeRegistration = created->registry->add(*created->store);

    CorrelationCacheOptions correlationOptions = options.correlations;
    if (correlationOptions.actor.isEmpty())
        correlationOptions.actor = options.service.toUtf8();
    auto correlations = CorrelationCache::create(*created->store, correlationOptions, clock);
    if (!correlations)
        return failure(std::move(correlations.error()));
    created->correlations = std::move(*correlations);
    created->correlationsRegistration = created->registry->add(*created->correlations);

    if (auto channel = created->store->telemetryChannel()) {
        PublisherOptions publishing = options.publisher;
        publishing.service = options.service;
        publishing.version = options.version;
        auto publisher = TelemetryPublisher::create(std::move(channel), created->registry, std::move(publishing), clock);
        if (!publisher)
            return failure(std::move(publisher.error()));
        created->publisher = std::move(*publisher);
    }
    return std::unique_ptr<Infrastructure>(new Infrastructure(std::move(created)));
}

CacheStore &Infrastructure::store() noexcept
{
    return *d->store;
}

CorrelationCache &Infrastructure::correlationCache() noexcept
{
    return *d->correlations;
}

Result<std::shared_ptr<ConnectionPool>>
Infrastructure::Private::registered(const DatabaseUrl &url, Result<std::shared_ptr<ConnectionPool>> pool)
{
    if (!pool)
        return pool;
    const MutexLocker locker(poolMutex);
    const auto [place, isNew] = poolRegistrations.try_emplace(url.canonical());
    if (isNew)
        place->second = registry->add(**pool);
    return pool;
}

Result<std::shared_ptr<ConnectionPool>> Infrastructure::pool(const QString &url)
{
    const auto parsed = DatabaseUrl::parse(url);
    if (!parsed)
        return failure(parsed.error());
    if (auto existing = d->pools.find(*parsed))
        return existing;
    return d->registered(*parsed, d->pools.pool(*parsed));
}

Result<std::shared_ptr<ConnectionPool>> Infrastructure::pool(const QString &url, const PoolOptions &options)
{
    const auto parsed = DatabaseUrl::parse(url);
    if (!parsed)
        return failure(parsed.error());
    return d->registered(*parsed, d->pools.pool(*parsed, options));
}

Result<ServiceClient *> Infrastructure::Private::addClient(const QString &name, const QUrl &baseUrl,
                                                           const ServiceClientOptions &clientOptions)
{
    auto created = ServiceClient::create(name, baseUrl, clientOptions);
    if (!created)
        return failure(std::move(created.error()));
    Client &client = clients[name];
    client.client = std::move(*created);
    client.registration = registry->add(*client.client);
    return client.client.get();
}

Result<ServiceClient *> Infrastructure::serviceClient(const QString &name)
{
    const MutexLocker locker(d->clientMutex);
    if (const auto known = d->clients.find(name); known != d->clients.end())
        return known->second.client.get();
    for (const ServiceEndpoint &service : d->preconfigured) {
        if (service.name == name)
            return d->addClient(name, service.baseUrl, {});
    }
    return failure(Error::Kind::NotFound,
                   QStringLiteral("service client: \"%1\" is not preconfigured; give its URL once").arg(name));
}

Result<ServiceClient *> Infrastructure::serviceClient(const QString &name, const QUrl &baseUrl,
                                                      const ServiceClientOptions &options)
{
    // Compared in the one form in which a client keeps it: "http://host/" is no other URL than "http://host".
    const Result<QUrl> url = Detail::checkBaseUrl(baseUrl);
    if (!url)
        return failure(url.error());
    const MutexLocker locker(d->clientMutex);
    const auto known = d->clients.find(name);
    if (known == d->clients.end())
        return d->addClient(name, *url, options);
    ServiceClient *const existing = known->second.client.get();
    const bool isSameUrl = existing->baseUrl() == *url;
    if (isSameUrl && existing->options() == options)
        return existing;
    const QString difference = isSameUrl ? QStringLiteral("other options")
                                         : QStringLiteral("the URL ") + existing->baseUrl().toDisplayString();
    return failure(Error::Kind::Conflict,
                   QStringLiteral("service client: \"%1\" exists with %2").arg(name, difference));
}

MetricRegistry &Infrastructure::metrics() noexcept
{
    return *d->registry;
}

std::vector<ComponentSnapshot> Infrastructure::collect() const
{
    return d->publisher ? d->publisher->collect() : d->registry->collect();
}

TelemetryPublisher *Infrastructure::publisher() noexcept
{
    return d->publisher.get();
}

namespace {

template<class Use>
auto withInstance(const Use &use) -> decltype(use(std::declval<Infrastructure &>()))
{
    if (Infrastructure *infrastructure = Infrastructure::instance())
        return use(*infrastructure);
    return failure(Error::Kind::Unavailable,
                   QStringLiteral("there is no Infra::Infrastructure in this process; create it in main()"));
}

} // namespace

Result<CorrelationCache *> correlationCache()
{
    return withInstance([](Infrastructure &infrastructure) -> Result<CorrelationCache *> {
        return &infrastructure.correlationCache();
    });
}

Result<std::shared_ptr<ConnectionPool>> pool(const QString &url)
{
    return withInstance([&](Infrastructure &infrastructure) { return infrastructure.pool(url); });
}

Result<std::shared_ptr<ConnectionPool>> pool(const QString &url, const PoolOptions &options)
{
    return withInstance([&](Infrastructure &infrastructure) { return infrastructure.pool(url, options); });
}

Result<ServiceClient *> serviceClient(const QString &name)
{
    return withInstance([&](Infrastructure &infrastructure) { return infrastructure.serviceClient(name); });
}

Result<ServiceClient *> serviceClient(const QString &name, const QUrl &baseUrl, const ServiceClientOptions &options)
{
    return withInstance(
        [&](Infrastructure &infrastructure) { return infrastructure.serviceClient(name, baseUrl, options); });
}

} // namespace Infra
