// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cache.h>
#include <infra/cachestatistics.h>
#include <infra/clock.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/result.h>
#include <infra/target.h>

#include <QByteArray>
#include <QString>
#include <QStringView>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace Infra {

// Thread safety: a value.
//
// How the region of CorrelationCache::create() is kept; everything else is as in CacheOptions.
struct CorrelationCacheOptions
{
    // How long a correlation is valid; every set() may say otherwise. Longer: fewer computations over older data.
    std::chrono::milliseconds timeToLive = std::chrono::hours(1);
    // Up to this much is taken off, so that what was computed together does not expire together.
    std::chrono::milliseconds jitter = std::chrono::minutes(3);
    // Pairs held in memory, about 300 bytes each.
    std::int64_t memoryEntries = 10'000;
    // Who invalidations are journalled as; empty: InfrastructureOptions::service, else the name of the executable.
    QByteArray actor;
};

// Thread safety: all members may be called from any thread at once, except the destructor.
//
// Correlations between entities, in a region of their own: an unordered pair of entity ids maps to a number in
// [-1, 1]; (a, b) and (b, a) are one entry. Ids are text of 1 to 256 bytes in UTF-8 without control characters;
// others are Error InvalidArgument or LimitExceeded, as is a value outside [-1, 1] or not a number. All times are
// UTC. What it guarantees across processes, and its errors, are those of Cache.
//
//     if (auto stored = correlations.set(u"sensor.hall", u"light.hall", 0.93); !stored)
//         return stored;
//     auto value = correlations.get(u"light.hall", u"sensor.hall");
class INFRA_EXPORT CorrelationCache final : public MetricSource
{
public:
    // The region that create() opens.
    static constexpr char Region[] = "correlations";

    // `store` and `clock` must outlive the cache.
    [[nodiscard]] static Result<std::unique_ptr<CorrelationCache>>
    create(CacheStore &store, const CorrelationCacheOptions &options = {}, const Clock &clock = Clock::system());
    // Over a region that the caller opened; CacheOptions::entry gives the lifetime.
    explicit CorrelationCache(std::unique_ptr<Cache> cache);
    ~CorrelationCache() override;
    CorrelationCache(const CorrelationCache &) = delete;
    CorrelationCache &operator=(const CorrelationCache &) = delete;

    // No value when the pair was never set, has expired or was invalidated.
    [[nodiscard]] Result<std::optional<double>> get(QStringView first, QStringView second);
    // Valid for the region's lifetime, less its jitter. A `timeToLive` of another length (zero: for ever) is kept to
    // exactly, without jitter.
    [[nodiscard]] Result<void> set(QStringView first, QStringView second, double value);
    [[nodiscard]] Result<void> set(QStringView first, QStringView second, double value,
                                   std::chrono::milliseconds timeToLive);
    // The known value, else what `compute` returns (no value: the pair has no correlation; nothing is stored). One
    // computation per pair at a time on the machine; see Cache::getOrCompute().
    [[nodiscard]] Result<std::optional<double>>
    getOrCompute(QStringView first, QStringView second,
                 const std::function<Result<std::optional<double>>()> &compute,
                 Deadline deadline = std::chrono::seconds(30));

    // Removes one pair; how many entries that were (0 or 1).
    [[nodiscard]] Result<InvalidationReport> invalidatePair(QStringView first, QStringView second);
    // Removes every pair that the entity is part of.
    [[nodiscard]] Result<InvalidationReport> invalidateEntity(QStringView entity);
    // Removes what has expired, and gives its space back.
    [[nodiscard]] Result<InvalidationReport> clearExpired();

    // Errors of the store and undecodable values are counted here too.
    [[nodiscard]] CacheStatistics statistics() const;
    // As Cache::snapshot(): Kind::Cache, named after the region.
    [[nodiscard]] ComponentSnapshot snapshot() const override;
    // The region underneath, for listing, previews and other targets. Owned by this; the form of its keys and values is
    // private.
    [[nodiscard]] Cache &cache() const noexcept;

private:
    class Private;
    const std::unique_ptr<Private> d;
};

} // namespace Infra
