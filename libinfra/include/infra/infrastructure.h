// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cachestore.h>
#include <infra/connectionpool.h>
#include <infra/correlationcache.h>
#include <infra/export.h>
#include <infra/metricregistry.h>
#include <infra/result.h>
#include <infra/serviceclient.h>
#include <infra/telemetrypublisher.h>

#include <QProcessEnvironment>
#include <QString>
#include <QUrl>

#include <memory>
#include <vector>

// A cache with a memory and a disk tier that the processes of one machine share, pools of database connections, HTTP
// clients with deadlines, retries and breakers, and what all of them measure. Infrastructure owns them for a process
// and is where to begin; every part also works without it.
namespace Infra {

// Thread safety: a value.
//
// What Infrastructure::create() makes. Pools and clients come with their first use; other caches, monitors and sources
// are created by their own classes and added to Infrastructure::metrics().
struct InfrastructureOptions
{
    // How this process appears to an operator, in the journal, and in logs: PublisherOptions::service.
    QString service;
    // The service's own version; PublisherOptions::version.
    QString version;
    // The store that caches and telemetry share. An empty URL: a store in memory, so nothing is shared, nothing
    // survives this process and nobody sees its telemetry.
    StoreOptions store;
    // Lifetime and size of correlationCache().
    CorrelationCacheOptions correlations;
    // Interval, deadline and jitter of publishing; service and version are taken from above.
    PublisherOptions publisher;
    // Where DATA_API_URL and its like are looked up.
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
};

// Thread safety: every member may be called from any thread at once; create() and the destructor belong to main.
//
// Everything a service shares, created once in main() behind QCoreApplication and destroyed before it:
//
//     Infra::InfrastructureOptions options;
//     options.service = QStringLiteral("orders");
//     options.store.url = QStringLiteral("sqlite:shop-cache.db");
//     auto infrastructure = Infra::Infrastructure::create(options);
//     if (!infrastructure)
//         qFatal("%s", qPrintable(toString(infrastructure.error())));
//
// Order of destruction, each part before what it uses: telemetry, service clients, the correlation cache, pools, the
// store. Pointers and references that are handed out are valid until then, and must not be used by threads that
// still run then.
class INFRA_EXPORT Infrastructure
{
public:
    // Opens the store and starts publishing. Conflict when there is one already in this process; else the errors of
    // CacheStore::open(), CorrelationCache::create(), TelemetryPublisher::create() and preconfiguredServices().
    [[nodiscard]] static Result<std::unique_ptr<Infrastructure>> create(const InfrastructureOptions &options);
    ~Infrastructure();
    Infrastructure(const Infrastructure &) = delete;
    Infrastructure &operator=(const Infrastructure &) = delete;

    // The one of this process, or null.
    [[nodiscard]] static Infrastructure *instance() noexcept;

    // The one for InfrastructureOptions::store. Open further regions on it with Cache::create().
    [[nodiscard]] CacheStore &store() noexcept;
    // Open from create() on.
    [[nodiscard]] CorrelationCache &correlationCache() noexcept;

    // The pool for a database URL, created on first use and published. Conflict when the same URL was asked for with
    // other options; the overload without options takes whatever there is, or the defaults. Other errors: those of
    // DatabaseUrl::parse() and ConnectionPool::create().
    [[nodiscard]] Result<std::shared_ptr<ConnectionPool>> pool(const QString &url);
    [[nodiscard]] Result<std::shared_ptr<ConnectionPool>> pool(const QString &url, const PoolOptions &options);

    // The client for a preconfigured service, created on first use with the default options; or the one that was
    // created with a URL below. NotFound for any other name.
    [[nodiscard]] Result<ServiceClient *> serviceClient(const QString &name);
    // The client for any service. Conflict when the name was used with another URL or other options; slashes at the
    // end of a URL make it no other one. Other errors: those of ServiceClient::create().
    [[nodiscard]] Result<ServiceClient *> serviceClient(const QString &name, const QUrl &baseUrl,
                                                        const ServiceClientOptions &options = {});

    // Add to it what else shall be published: caches, monitors, own sources.
    [[nodiscard]] MetricRegistry &metrics() noexcept;
    // Everything that is published, now. For Endpoint.
    [[nodiscard]] std::vector<ComponentSnapshot> collect() const;
    // Null with a store in memory.
    [[nodiscard]] TelemetryPublisher *publisher() noexcept;

private:
    struct Private;
    explicit Infrastructure(std::unique_ptr<Private> created);
    std::unique_ptr<Private> d;
};

// Thread safety: may be called from any thread.
//
// Infrastructure::correlationCache() of the instance. Unavailable while there is none.
[[nodiscard]] INFRA_EXPORT Result<CorrelationCache *> correlationCache();
// Thread safety: may be called from any thread.
//
// Infrastructure::pool() of the instance. Unavailable while there is none.
[[nodiscard]] INFRA_EXPORT Result<std::shared_ptr<ConnectionPool>> pool(const QString &url);
[[nodiscard]] INFRA_EXPORT Result<std::shared_ptr<ConnectionPool>> pool(const QString &url, const PoolOptions &options);
// Thread safety: may be called from any thread.
//
// Infrastructure::serviceClient() of the instance. Unavailable while there is none.
[[nodiscard]] INFRA_EXPORT Result<ServiceClient *> serviceClient(const QString &name);
[[nodiscard]] INFRA_EXPORT Result<ServiceClient *> serviceClient(const QString &name, const QUrl &baseUrl,
                                                                 const ServiceClientOptions &options = {});

} // namespace Infra
