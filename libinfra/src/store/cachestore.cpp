// SPDX-License-Identifier: MIT
#include <infra/cachestore.h>

#include "memorybackend.h"
#include "sqlitestore.h"
#include "telemetrydatabase.h"

#include <infra/databaseurl.h>
#include <infra/metriccatalogue.h>

#include <QFileInfo>

#include <algorithm>
#include <utility>

namespace Infra {

struct CacheStore::Private
{
    StoreOptions options;
    QString url;
    std::shared_ptr<Detail::SqliteStore> sqlite; // Null for a store in memory.
    std::shared_ptr<Detail::StoreBackend> backend;
    std::shared_ptr<Detail::TelemetryDatabase> telemetry;

    // Region 0 for an empty name.
    [[nodiscard]] Result<std::uint32_t> regionNumber(const QByteArray &name, Deadline deadline) const
    {
        if (name.isEmpty())
            return 0U;
        if (sqlite)
            return sqlite->findRegion(name, deadline);
        const auto regions = backend->regions(deadline);
        if (!regions)
            return failure(regions.error());
        for (const RegionInfo &region : *regions) {
            if (region.name == name)
                return region.id;
        }
        return failure(Error::Kind::NotFound, QStringLiteral("there is no region '%1'").arg(QString::fromUtf8(name)));
    }
};

namespace {

Result<void> checkOptions(const StoreOptions &options)
{
    const auto outOfRange = [](const char *what) { return failure(Error::Kind::InvalidArgument, QString::fromLatin1(what)); };
    if (options.maximumBytes < (std::uint64_t{1} << 20))
        return outOfRange("StoreOptions::maximumBytes is below 1 MiB");
    if (options.readers < 1 || options.readers > 64)
        return outOfRange("StoreOptions::readers is not in 1 to 64");
    if (options.busyTimeout.count() < 0 || options.busyTimeout > std::chrono::minutes(1))
        return outOfRange("StoreOptions::busyTimeout is not in 0 to 60 s");
    if (options.housekeepingInterval < std::chrono::milliseconds(10) || options.housekeepingInterval > std::chrono::minutes(1))
        return outOfRange("StoreOptions::housekeepingInterval is not in 10 ms to 60 s");
    if (options.keptQuarantines < 0 || options.keptQuarantines > 100)
        return outOfRange("StoreOptions::keptQuarantines is not in 0 to 100");
    if (options.telemetryWindow < std::chrono::seconds(1) || options.telemetryWindow > std::chrono::hours(24))
        return outOfRange("StoreOptions::telemetryWindow is not in 1 s to 24 h");
    if (!options.clock)
        return outOfRange("StoreOptions::clock is null");
    return {};
}

} // namespace

Result<std::shared_ptr<CacheStore>> CacheStore::open(const StoreOptions &options)
{
    if (auto checked = checkOptions(options); !checked)
        return failure(checked.error());
    const auto url = DatabaseUrl::parse(options.url);
    if (!url)
        return failure(url.error());
    if (url->driver() != DatabaseUrl::Driver::Sqlite)
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("a cache store is an SQLite file (sqlite:///path), not %1").arg(url->redacted()));
    if (url->isInMemory())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("a store in memory is made with CacheStore::openInMemory()"));
    if (!url->options().isEmpty())
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("the URL of a store takes no options; '%1' is a member of StoreOptions").arg(url->options().firstKey()));
    auto sqlite = Detail::SqliteStore::open(options, url->database());
    if (!sqlite)
        return failure(sqlite.error());
    auto data = std::make_unique<Private>();
    data->options = options;
    data->url = url->redacted();
    data->sqlite = *sqlite;
    data->backend = *sqlite;
    data->telemetry = std::make_shared<Detail::TelemetryDatabase>(*sqlite);
    return std::shared_ptr<CacheStore>(new CacheStore(std::move(data)));
}

std::shared_ptr<CacheStore> CacheStore::openInMemory(const Clock &clock)
{
    auto data = std::make_unique<Private>();
    data->options.clock = &clock;
    data->url = QStringLiteral("memory:");
    data->backend = std::make_shared<Detail::MemoryBackend>(clock);
    return std::shared_ptr<CacheStore>(new CacheStore(std::move(data)));
}

CacheStore::CacheStore(std::unique_ptr<Private> privateData) : d(std::move(privateData)) {}

CacheStore::~CacheStore() = default;

QString CacheStore::url() const
{
    return d->url;
}

const StoreOptions &CacheStore::options() const noexcept
{
    return d->options;
}

Result<std::vector<RegionInfo>> CacheStore::regions(Deadline deadline) const
{
    return d->backend->regions(deadline);
}

Result<QByteArrayList> CacheStore::regionNames(Deadline deadline) const
{
    if (d->sqlite)
        return d->sqlite->regionNames(deadline);
    const auto regions = d->backend->regions(deadline);
    if (!regions)
        return failure(regions.error());
    QByteArrayList names;
    for (const RegionInfo &region : *regions)
        names << region.name;
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::vector<EntryInfo>> CacheStore::entries(const QByteArray &region, const QByteArray &prefix, const QByteArray &after,
                                                   int limit, Deadline deadline) const
{
    if (region.isEmpty())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the region's name is empty"));
    const Deadline end = Deadline::at(deadline.resolve(*d->options.clock));
    const auto number = d->regionNumber(region, end);
    if (!number)
        return failure(number.error());
    return d->backend->entries(*number, prefix, after, limit, end);
}

Result<InvalidationPreview> CacheStore::preview(const QByteArray &region, const Target &target, Deadline deadline,
                                                const std::atomic<bool> *cancelled) const
{
    const Deadline end = Deadline::at(deadline.resolve(*d->options.clock));
    const auto number = d->regionNumber(region, end);
    if (!number)
        return failure(number.error());
    return d->backend->preview(*number, target, cancelled, end);
}

Result<InvalidationReport> CacheStore::invalidate(const QByteArray &region, const Target &target, const QByteArray &actor,
                                                  Deadline deadline, InvalidationControl *control)
{
    const Deadline end = Deadline::at(deadline.resolve(*d->options.clock));
    const auto number = d->regionNumber(region, end);
    if (!number)
        return failure(number.error());
    return control ? d->backend->invalidateWatched(*number, target, actor, *control, end)
                   : d->backend->invalidate(*number, target, actor, end);
}

StoreStatistics CacheStore::statistics() const
{
    return d->sqlite ? d->sqlite->statistics() : StoreStatistics();
}

StoreHealth CacheStore::health() const
{
    return d->sqlite ? d->sqlite->health() : StoreHealth();
}

ComponentSnapshot CacheStore::snapshot() const
{
    ComponentSnapshot snapshot{ComponentSnapshot::Kind::Store, d->url.toUtf8(), {}};
    if (!d->sqlite)
        return snapshot;
    const StoreStatistics statistics = d->sqlite->statistics();
    auto &metrics = snapshot.metrics;
    metrics.push_back(gaugeMetric(MetricName::StoreSize, static_cast<double>(statistics.databaseBytes)));
    metrics.push_back(gaugeMetric(MetricName::StoreSizeLimit, static_cast<double>(statistics.maximumBytes)));
    metrics.push_back(gaugeMetric(MetricName::StoreLogSize, static_cast<double>(statistics.logBytes)));
    metrics.push_back(counterMetric(MetricName::StoreCommits, statistics.transactions));
    metrics.push_back(counterMetric(MetricName::StoreOperations, statistics.reads, {{"operation", "read"}}));
    metrics.push_back(counterMetric(MetricName::StoreOperations, statistics.writes, {{"operation", "write"}}));
    metrics.push_back(counterMetric(MetricName::StoreOperations, statistics.invalidations, {{"operation", "invalidate"}}));
    metrics.push_back(histogramMetric(MetricName::StoreCommitDuration, statistics.commitDuration));
    metrics.push_back(histogramMetric(MetricName::StoreReadDuration, statistics.readDuration));
    metrics.push_back(histogramMetric(MetricName::StoreLockDuration, statistics.lockDuration));
    metrics.push_back(counterMetric(MetricName::StoreBusy, statistics.busy));
    metrics.push_back(counterMetric(MetricName::StoreErrors, statistics.errors));
    metrics.push_back(counterMetric(MetricName::StoreRebuilds, statistics.quarantines));
    metrics.push_back(counterMetric(MetricName::StoreCulled, statistics.culledExpired, {{"cause", "expired"}}));
    metrics.push_back(counterMetric(MetricName::StoreCulled, statistics.culledForSpace, {{"cause", "size"}}));
    const bool available = d->sqlite->health().state == StoreHealth::State::Available;
    metrics.push_back(gaugeMetric(MetricName::StoreAvailable, available ? 1 : 0));
    return snapshot;
}

std::shared_ptr<Detail::TelemetryChannel> CacheStore::telemetryChannel() const
{
    return d->telemetry;
}

std::shared_ptr<Detail::StoreBackend> CacheStore::backend() const
{
    return d->backend;
}

} // namespace Infra
