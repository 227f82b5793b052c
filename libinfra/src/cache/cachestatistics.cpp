// SPDX-License-Identifier: MIT
#include <infra/cachestatistics.h>
#include <infra/metriccatalogue.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace Infra {
namespace {

using Attributes = Metric::Attributes;

// Room for what a cache publishes.
constexpr std::size_t MetricsOfCache = 64;

// Without a copy: a service publishes some fifty of these for each region every second.
QByteArray literal(const char *text)
{
    return QByteArray::fromRawData(text, static_cast<qsizetype>(std::strlen(text)));
}

Attributes tier(const char *name)
{
    return {{QByteArrayLiteral("tier"), literal(name)}};
}

Attributes result(const char *value)
{
    return {{QByteArrayLiteral("result"), literal(value)}};
}

Attributes tierResult(const char *name, const char *value)
{
    return {{QByteArrayLiteral("tier"), literal(name)}, {QByteArrayLiteral("result"), literal(value)}};
}

const QByteArray &causeAttribute(int cause)
{
    static const auto names = [] {
        std::array<QByteArray, RemovalCauseCount> result;
        for (int i = 0; i < RemovalCauseCount; ++i)
            result[static_cast<std::size_t>(i)] = QByteArray(removalCauseName(static_cast<RemovalCause>(i))).toLower();
        return result;
    }();
    return names[static_cast<std::size_t>(cause)];
}

// The one list of what is published, read in both directions. `visitor` has a function per type of metric.
template<class Statistics, class Visitor>
void visitMetrics(Statistics &s, Visitor &visitor)
{
    visitor.counter(MetricName::CacheGets, result("hit"), s.hits);
    visitor.counter(MetricName::CacheGets, result("miss"), s.misses);
    visitor.counter(MetricName::CacheGets, result("failure"), s.failures);
    visitor.counter(MetricName::CacheNegativeHits, {}, s.negativeHits);
    visitor.counter(MetricName::CacheStaleServed, {}, s.staleServed);
    visitor.counter(MetricName::CacheDegradedHits, {}, s.degradedHits);
    visitor.gauge(MetricName::CacheHitRatio, {}, s.hitRateLastMinute);

    visitor.counter(MetricName::CacheTierGets, tierResult("memory", "hit"), s.memory.hits);
    visitor.counter(MetricName::CacheTierGets, tierResult("memory", "miss"), s.memory.misses);
    visitor.counter(MetricName::CacheTierGets, tierResult("memory", "expired"), s.memory.expired);
    visitor.counter(MetricName::CacheTierGets, tierResult("memory", "outdated"), s.memory.outdated);
    visitor.counter(MetricName::CacheTierGets, tierResult("memory", "bypass"), s.memory.bypasses);
    visitor.counter(MetricName::CacheTierGets, tierResult("disk", "hit"), s.disk.hits);
    visitor.counter(MetricName::CacheTierGets, tierResult("disk", "miss"), s.disk.misses);
    visitor.counter(MetricName::CacheTierGets, tierResult("disk", "expired"), s.disk.expired);
    visitor.counter(MetricName::CacheTierGets, tierResult("disk", "error"), s.disk.readErrors);
    visitor.histogram(MetricName::CacheLookupDuration, tier("memory"), s.memory.lookupTime);
    visitor.histogram(MetricName::CacheLookupDuration, tier("disk"), s.disk.readTime);

    visitor.counter(MetricName::CachePuts, tierResult("memory", "stored"), s.memory.puts);
    visitor.counter(MetricName::CachePuts, tierResult("memory", "rejected"), s.memory.rejectedPuts);
    visitor.counter(MetricName::CachePuts, tierResult("disk", "stored"), s.disk.puts);
    visitor.counter(MetricName::CachePuts, tierResult("disk", "rejected"), s.disk.rejectedPuts);
    visitor.counter(MetricName::CachePuts, tierResult("disk", "error"), s.disk.writeErrors);
    visitor.counter(MetricName::CacheRemovals, {}, s.disk.removals);
    visitor.counter(MetricName::CacheBatches, {}, s.disk.batches);
    visitor.counter(MetricName::CacheBatchedWrites, {}, s.disk.batchedWrites);
    visitor.histogram(MetricName::CacheWriteDuration, {}, s.disk.writeTime);

    for (int cause = 0; cause < RemovalCauseCount; ++cause) {
        visitor.counter(MetricName::CacheEvictions,
                        {{QByteArrayLiteral("cause"), causeAttribute(cause)}},
                        s.memory.removals[static_cast<std::size_t>(cause)]);
    }
    visitor.gauge(MetricName::CacheEntries, tier("memory"), s.memory.entries);
    visitor.gauge(MetricName::CacheBytes, tier("memory"), s.memory.bytes);
    visitor.gauge(MetricName::CacheEntriesLimit, tier("memory"), s.memory.maximumEntries);
    visitor.gauge(MetricName::CacheBytesLimit, tier("memory"), s.memory.maximumBytes);

    visitor.histogram(MetricName::CacheLoadDuration, {}, s.loadTime);
    visitor.counter(MetricName::CacheLoads, result("success"), s.loadSuccesses);
    visitor.counter(MetricName::CacheLoads, result("failure"), s.loadFailures);
    visitor.counter(MetricName::CacheLoads, result("timeout"), s.loadTimeouts);
    visitor.counter(MetricName::CacheJoinedLoads, {}, s.joinedLoads);
    visitor.counter(MetricName::CacheRefreshes, {}, s.refreshes);
    visitor.gauge(MetricName::CacheActiveLoads, {}, s.loadsInFlight);

    visitor.counter(MetricName::CacheDecodeErrors, {}, s.decodeErrors);
    visitor.counter(MetricName::CacheLostWrites, {}, s.lostWrites);
    visitor.counter(MetricName::CacheClockSteps, {}, s.clockSteps);
    visitor.counter(MetricName::CacheStoreOutages, {}, s.storeOutages);
    visitor.gauge(MetricName::CachePendingWrites, {}, s.pendingWrites);
    visitor.gauge(MetricName::CacheDegraded, {}, s.degraded);
}

class Writer
{
public:
    explicit Writer(std::vector<Metric> &metrics) : m_metrics(metrics) {}

    void counter(const char *name, Attributes attributes, std::uint64_t value)
    {
        m_metrics.push_back(counterMetric(name, value, std::move(attributes)));
    }
    void gauge(const char *name, Attributes attributes, const std::optional<double> &value)
    {
        if (value)
            m_metrics.push_back(gaugeMetric(name, *value, std::move(attributes)));
    }
    void gauge(const char *name, Attributes attributes, std::uint64_t value)
    {
        gauge(name, std::move(attributes), std::optional<double>(static_cast<double>(value)));
    }
    void gauge(const char *name, Attributes attributes, bool value)
    {
        gauge(name, std::move(attributes), std::optional<double>(value ? 1.0 : 0.0));
    }
    void histogram(const char *name, Attributes attributes, const HistogramSnapshot &value)
    {
        m_metrics.push_back(histogramMetric(name, value, std::move(attributes)));
    }

private:
    std::vector<Metric> &m_metrics;
};

// A metric of the wrong type counts as missing: a snapshot comes from another process, maybe of another version.
class Reader
{
public:
    explicit Reader(const std::vector<Metric> &metrics) : m_metrics(metrics) {}

    void counter(const char *name, const Attributes &attributes, std::uint64_t &value)
    {
        if (const auto *found = find<std::uint64_t>(name, attributes))
            value = *found;
    }
    void gauge(const char *name, const Attributes &attributes, std::optional<double> &value)
    {
        if (const double *found = finite(name, attributes))
            value = *found;
    }
    void gauge(const char *name, const Attributes &attributes, std::uint64_t &value)
    {
        constexpr double Limit = 9007199254740992.0; // Beyond 2^53 a double is no longer exact.
        if (const double *found = finite(name, attributes))
            value = static_cast<std::uint64_t>(std::clamp(*found, 0.0, Limit));
    }
    void gauge(const char *name, const Attributes &attributes, bool &value)
    {
        if (const double *found = finite(name, attributes))
            value = *found != 0;
    }
    void histogram(const char *name, const Attributes &attributes, HistogramSnapshot &value)
    {
        if (const auto *found = find<HistogramSnapshot>(name, attributes))
            value = *found;
    }

private:
    const double *finite(const char *name, const Attributes &attributes)
    {
        const double *found = find<double>(name, attributes);
        return found && std::isfinite(*found) ? found : nullptr;
    }

    // Writers of this version list metrics in our order, so the search nearly always ends at the cursor.
    template<class T>
    const T *find(const char *name, const Attributes &attributes)
    {
        const auto matches = [&](const Metric &metric) { return metric.name == name && metric.attributes == attributes; };
        const auto cursor = m_metrics.begin() + static_cast<std::ptrdiff_t>(m_next);
        auto found = std::find_if(cursor, m_metrics.end(), matches);
        if (found == m_metrics.end()) {
            found = std::find_if(m_metrics.begin(), cursor, matches);
            if (found == cursor)
                return nullptr;
        }
        m_next = static_cast<std::size_t>(found - m_metrics.begin()) + 1;
        return std::get_if<T>(&found->value);
    }

    const std::vector<Metric> &m_metrics;
    std::size_t m_next = 0;
};

} // namespace

std::optional<double> CacheStatistics::hitRate() const noexcept
{
    const std::uint64_t asked = hits + misses;
    return asked ? std::optional(static_cast<double>(hits) / static_cast<double>(asked)) : std::nullopt;
}

std::optional<double> CacheStatistics::meanBatch() const noexcept
{
    return disk.batches ? std::optional(static_cast<double>(disk.batchedWrites) / static_cast<double>(disk.batches))
                        : std::nullopt;
}

ComponentSnapshot CacheStatistics::toSnapshot(const QByteArray &region) const
{
    ComponentSnapshot snapshot{ComponentSnapshot::Kind::Cache, region, {}};
    snapshot.metrics.reserve(MetricsOfCache);
    Writer writer(snapshot.metrics);
    visitMetrics(*this, writer);
    return snapshot;
}

CacheStatistics CacheStatistics::fromSnapshot(const ComponentSnapshot &snapshot)
{
    CacheStatistics statistics;
    Reader reader(snapshot.metrics);
    visitMetrics(statistics, reader);
    return statistics;
}

} // namespace Infra
