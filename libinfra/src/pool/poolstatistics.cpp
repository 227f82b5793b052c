// SPDX-License-Identifier: MIT
#include <infra/poolstatistics.h>

#include <infra/metriccatalogue.h>

#include <algorithm>

namespace Infra {

namespace {

// One table for both directions, so that they cannot drift apart.
struct Gauge
{
    const char *name;
    const char *state;
    int PoolStatistics::*member;
};
constexpr Gauge Gauges[] = {
    {MetricName::PoolConnections, "idle", &PoolStatistics::idle},
    {MetricName::PoolConnections, "used", &PoolStatistics::used},
    {MetricName::PoolConnectionsMax, "", &PoolStatistics::maximum},
    {MetricName::PoolConnectionsIdleMax, "", &PoolStatistics::idleMaximum},
    {MetricName::PoolConnectionsIdleMin, "", &PoolStatistics::idleMinimum},
    {MetricName::PoolPending, "", &PoolStatistics::waiters},
    {MetricName::PoolPendingMax, "", &PoolStatistics::waiterLimit},
    {MetricName::PoolOpen, "", &PoolStatistics::count},
    {MetricName::PoolOverflow, "", &PoolStatistics::overflow},
    {MetricName::PoolZombies, "", &PoolStatistics::zombies},
    {MetricName::PoolConnecting, "", &PoolStatistics::connecting},
    {MetricName::PoolClosing, "", &PoolStatistics::closing},
};

struct Counter
{
    const char *name;
    std::uint64_t PoolStatistics::*member;
};
constexpr Counter Counters[] = {
    {MetricName::PoolAcquired, &PoolStatistics::acquired},
    {MetricName::PoolTimeouts, &PoolStatistics::timeouts},
    {MetricName::PoolRejected, &PoolStatistics::rejected},
    {MetricName::PoolDeadlocks, &PoolStatistics::deadlocks},
    {MetricName::PoolCreated, &PoolStatistics::created},
    {MetricName::PoolFailures, &PoolStatistics::connectFailures},
    {MetricName::PoolClosed, &PoolStatistics::closed},
    {MetricName::PoolQuarantined, &PoolStatistics::quarantined},
    {MetricName::PoolAbandoned, &PoolStatistics::abandoned},
    {MetricName::PoolLeaks, &PoolStatistics::leaks},
    {MetricName::PoolReclaimed, &PoolStatistics::reclaimed},
};

struct Duration
{
    const char *name;
    HistogramSnapshot PoolStatistics::*member;
};
constexpr Duration Durations[] = {
    {MetricName::PoolCreateTime, &PoolStatistics::createTime},
    {MetricName::PoolWaitTime, &PoolStatistics::waitTime},
    {MetricName::PoolUseTime, &PoolStatistics::useTime},
};

QByteArray attribute(const Metric &metric, const char *name)
{
    for (const auto &[key, value] : metric.attributes) {
        if (key == name)
            return value;
    }
    return {};
}

// Telemetry is read from a store that others write: a gauge may hold anything.
int toCount(double value)
{
    return value >= 0 && value <= 1e9 ? static_cast<int>(value) : 0;
}

double toSeconds(std::chrono::nanoseconds duration)
{
    return std::chrono::duration<double>(duration).count();
}

constexpr double LongestSeconds = 100.0 * 365 * 86'400;

} // namespace

ComponentSnapshot PoolStatistics::toSnapshot() const
{
    ComponentSnapshot snapshot;
    snapshot.kind = ComponentSnapshot::Kind::Pool;
    snapshot.name = name;
    for (const Gauge &gauge : Gauges) {
        Metric::Attributes attributes;
        if (*gauge.state)
            attributes.emplace_back("state", gauge.state);
        snapshot.metrics.push_back(gaugeMetric(gauge.name, this->*gauge.member, std::move(attributes)));
    }
    for (const Counter &counter : Counters)
        snapshot.metrics.push_back(counterMetric(counter.name, this->*counter.member));
    for (const Duration &duration : Durations)
        snapshot.metrics.push_back(histogramMetric(duration.name, this->*duration.member));
    if (!lastConnectError.isEmpty()) {
        const std::chrono::duration<double> since = lastConnectErrorTime.time_since_epoch();
        snapshot.metrics.push_back(gaugeMetric(MetricName::PoolLastFailure, since.count(), {{"message", lastConnectError.toUtf8()}}));
    }
    int rank = 0;
    for (const Borrow &borrow : longestBorrows) {
        snapshot.metrics.push_back(gaugeMetric(MetricName::PoolLongestUse, toSeconds(borrow.held),
                                               {{"rank", QByteArray::number(++rank)}, {"borrower", borrow.borrower.toUtf8()}}));
    }
    return snapshot;
}

Result<PoolStatistics> PoolStatistics::fromSnapshot(const ComponentSnapshot &snapshot)
{
    if (snapshot.kind != ComponentSnapshot::Kind::Pool)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the snapshot is not of a connection pool"));
    PoolStatistics statistics;
    statistics.name = snapshot.name;
    for (const Metric &metric : snapshot.metrics) {
        if (const double *value = std::get_if<double>(&metric.value)) {
            for (const Gauge &gauge : Gauges) {
                if (metric.name == gauge.name && attribute(metric, "state") == gauge.state)
                    statistics.*gauge.member = toCount(*value);
            }
            const bool plausible = *value >= 0 && *value <= LongestSeconds;
            if (metric.name == MetricName::PoolLastFailure && plausible) {
                statistics.lastConnectError = QString::fromUtf8(attribute(metric, "message"));
                statistics.lastConnectErrorTime =
                    SystemTime(std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*value)));
            } else if (metric.name == MetricName::PoolLongestUse && plausible) {
                statistics.longestBorrows.push_back(
                    {QString::fromUtf8(attribute(metric, "borrower")),
                     std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(*value))});
            }
        } else if (const std::uint64_t *total = std::get_if<std::uint64_t>(&metric.value)) {
            for (const Counter &counter : Counters) {
                if (metric.name == counter.name)
                    statistics.*counter.member = *total;
            }
        } else if (const HistogramSnapshot *histogram = std::get_if<HistogramSnapshot>(&metric.value)) {
            for (const Duration &duration : Durations) {
                if (metric.name == duration.name)
                    statistics.*duration.member = *histogram;
            }
        }
    }
    std::stable_sort(statistics.longestBorrows.begin(), statistics.longestBorrows.end(),
                     [](const Borrow &left, const Borrow &right) { return left.held > right.held; });
    return statistics;
}

} // namespace Infra
