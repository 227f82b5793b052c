// SPDX-License-Identifier: MIT
#include <infra/poolstatistics.h>

#include <algorithm>

namespace Infra {

namespace {

const QByteArray BorrowDuration = QByteArrayLiteral("infra.pool.borrow.duration");
const QByteArray ConnectError = QByteArrayLiteral("infra.pool.last_connect_error");

// One table for both directions, so that they cannot drift apart.
struct Gauge
{
    const char *name;
    const char *state;
    int PoolStatistics::*member;
};
constexpr Gauge Gauges[] = {
    {"db.client.connection.count", "idle", &PoolStatistics::idle},
    {"db.client.connection.count", "used", &PoolStatistics::used},
    {"db.client.connection.max", "", &PoolStatistics::maximum},
    {"db.client.connection.idle.max", "", &PoolStatistics::idleMaximum},
    {"db.client.connection.idle.min", "", &PoolStatistics::idleMinimum},
    {"db.client.connection.pending_requests", "", &PoolStatistics::waiters},
    {"infra.pool.pending_requests.max", "", &PoolStatistics::waiterLimit},
    {"infra.pool.open", "", &PoolStatistics::count},
    {"infra.pool.overflow", "", &PoolStatistics::overflow},
    {"infra.pool.zombies", "", &PoolStatistics::zombies},
    {"infra.pool.connecting", "", &PoolStatistics::connecting},
    {"infra.pool.closing", "", &PoolStatistics::closing},
};

struct Counter
{
    const char *name;
    const char *unit;
    std::uint64_t PoolStatistics::*member;
};
constexpr Counter Counters[] = {
    {"infra.pool.acquired", "{lease}", &PoolStatistics::acquired},
    {"db.client.connection.timeouts", "{timeout}", &PoolStatistics::timeouts},
    {"infra.pool.rejected", "{request}", &PoolStatistics::rejected},
    {"infra.pool.deadlocks", "{request}", &PoolStatistics::deadlocks},
    {"infra.pool.created", "{connection}", &PoolStatistics::created},
    {"infra.pool.connect_failures", "{connect}", &PoolStatistics::connectFailures},
    {"infra.pool.closed", "{connection}", &PoolStatistics::closed},
    {"infra.pool.quarantined", "{connection}", &PoolStatistics::quarantined},
    {"infra.pool.abandoned", "{connection}", &PoolStatistics::abandoned},
    {"infra.pool.leaks", "{lease}", &PoolStatistics::leaks},
    {"infra.pool.reclaimed", "{lease}", &PoolStatistics::reclaimed},
};

struct Duration
{
    const char *name;
    HistogramSnapshot PoolStatistics::*member;
};
constexpr Duration Durations[] = {
    {"db.client.connection.create_time", &PoolStatistics::createTime},
    {"db.client.connection.wait_time", &PoolStatistics::waitTime},
    {"db.client.connection.use_time", &PoolStatistics::useTime},
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
        snapshot.metrics.push_back({gauge.name, "{connection}", attributes, static_cast<double>(this->*gauge.member)});
    }
    for (const Counter &counter : Counters)
        snapshot.metrics.push_back({counter.name, counter.unit, {}, this->*counter.member});
    for (const Duration &duration : Durations)
        snapshot.metrics.push_back({duration.name, "s", {}, this->*duration.member});
    if (!lastConnectError.isEmpty()) {
        const std::chrono::duration<double> since = lastConnectErrorTime.time_since_epoch();
        snapshot.metrics.push_back({ConnectError, "s", {{"message", lastConnectError.toUtf8()}}, since.count()});
    }
    int rank = 0;
    for (const Borrow &borrow : longestBorrows) {
        snapshot.metrics.push_back({BorrowDuration, "s",
                                    {{"rank", QByteArray::number(++rank)}, {"borrower", borrow.borrower.toUtf8()}},
                                    toSeconds(borrow.held)});
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
            if (metric.name == ConnectError && plausible) {
                statistics.lastConnectError = QString::fromUtf8(attribute(metric, "message"));
                statistics.lastConnectErrorTime =
                    SystemTime(std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*value)));
            } else if (metric.name == BorrowDuration && plausible) {
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
