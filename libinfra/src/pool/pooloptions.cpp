// SPDX-License-Identifier: MIT
#include <infra/pooloptions.h>

namespace Infra {

namespace {

Result<void> inRange(const char *option, qint64 value, qint64 minimum, qint64 maximum, const char *unit = "")
{
    if (value >= minimum && value <= maximum)
        return {};
    return failure(Error::Kind::InvalidArgument,
                   QStringLiteral("pool option %1 is %2%5; it must be %3 to %4%5")
                       .arg(QLatin1String(option), QString::number(value), QString::number(minimum),
                            QString::number(maximum), QLatin1String(unit)));
}

} // namespace

Result<void> PoolOptions::validate() const
{
    constexpr qint64 longest = 366LL * 24 * 3600 * 1000;
    const Result<void> checks[] = {
        inRange("poolSize", poolSize, 1, 1000),
        inRange("maxOverflow", maxOverflow, 0, 1000),
        inRange("minimumIdle", minimumIdle, 0, poolSize),
        inRange("acquireTimeout", acquireTimeout.count(), 0, longest, " ms"),
        inRange("maxWaiters", maxWaiters, 0, 100'000),
        inRange("concurrentConnects", concurrentConnects, 1, 100),
        inRange("connectTimeout", connectTimeout.count(), 1, longest, " ms"),
        inRange("connectBackoff", connectBackoff.count(), 1, longest, " ms"),
        inRange("maxConnectBackoff", maxConnectBackoff.count(), connectBackoff.count(), longest, " ms"),
        inRange("validateAfterIdle", validateAfterIdle.count(), 0, longest, " ms"),
        inRange("pingTimeout", pingTimeout.count(), 1, longest, " ms"),
        inRange("maxLifetime", maxLifetime.count(), 0, longest, " ms"),
        inRange("idleTimeout", idleTimeout.count(), 0, longest, " ms"),
        inRange("overflowIdleTimeout", overflowIdleTimeout.count(), 0, longest, " ms"),
        inRange("keepAliveInterval", keepAliveInterval.count(), 0, longest, " ms"),
        inRange("leakThreshold", leakThreshold.count(), 0, longest, " ms"),
        inRange("statementCacheSize", statementCacheSize, 0, 10'000),
        inRange("shutdownTimeout", shutdownTimeout.count(), 0, longest, " ms"),
    };
    for (const Result<void> &check : checks) {
        if (!check)
            return check;
    }
    if (!(lifetimeJitter >= 0 && lifetimeJitter <= 0.5)) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("pool option lifetimeJitter is %1; it must be 0 to 0.5").arg(lifetimeJitter));
    }
    return {};
}

} // namespace Infra
