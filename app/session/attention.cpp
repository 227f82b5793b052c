// SPDX-License-Identifier: GPL-3.0-or-later
#include "attention.h"

#include "widgets/format.h"
#include "widgets/values.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>
#include <utility>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::Attention)
};

QString withReason(const QString &sentence, const QString &reason)
{
    return reason.isEmpty() ? QString(sentence + QLatin1Char('.')) : QString(sentence + QStringLiteral(": ") + reason);
}

void findServices(const Snapshot &snapshot, const AttentionThresholds &thresholds, std::vector<Attention> &found)
{
    for (const ServiceRow &row : snapshot.services) {
        const auto add = [&](AttentionKind kind, Severity severity, const QString &sentence) {
            found.push_back({severity, sentence, PageId::Services, row.name, row.verdictSince, kind});
        };
        const QString since = row.verdictSince == SystemTime{}
            ? QString()
            : Text::tr(" since %1").arg(toDateTime(row.verdictSince).time().toString(QStringLiteral("HH:mm:ss")));
        switch (row.verdict) {
        case Verdict::Unreachable:
            add(AttentionKind::Verdict, Severity::Critical, withReason(Text::tr("%1 is unreachable%2").arg(row.name, since), row.reason));
            break;
        case Verdict::Down:
            add(AttentionKind::Verdict, Severity::Critical, withReason(Text::tr("%1 is down%2").arg(row.name, since), row.reason));
            break;
        case Verdict::Degraded:
            add(AttentionKind::Verdict, Severity::Warning, withReason(Text::tr("%1 is degraded%2").arg(row.name, since), row.reason));
            break;
        default: break;
        }
        if (row.breaker == QStringLiteral("open"))
            add(AttentionKind::OpenBreaker, Severity::Warning,
                Text::tr("Calls to %1 are refused by its callers: the circuit breaker is open.").arg(row.name));
        if (row.certificateExpiry && *row.certificateExpiry - snapshot.at < thresholds.certificate)
            add(AttentionKind::Certificate, Severity::Warning,
                Text::tr("The certificate of %1 expires on %2.")
                    .arg(row.name, QLocale().toString(toDateTime(*row.certificateExpiry).date(), QLocale::ShortFormat)));
    }
}

void findInstances(const Snapshot &snapshot, std::vector<Attention> &found)
{
    for (const InstanceRow &row : snapshot.instances) {
        if (!row.stale || row.ended)
            continue;
        // A restarted service has a newer process of the same name: then the old one is history.
        const bool replaced = std::any_of(snapshot.instances.begin(), snapshot.instances.end(), [&row](const InstanceRow &other) {
            return !other.stale && other.service == row.service && other.startedAt > row.startedAt;
        });
        if (replaced)
            continue;
        found.push_back({Severity::Critical,
                         Text::tr("%1 (pid %2) has not published since %3.")
                             .arg(row.service)
                             .arg(row.processId)
                             .arg(toDateTime(row.lastSeenAt).time().toString(QStringLiteral("HH:mm:ss"))),
                         PageId::Services, row.service, row.lastSeenAt, AttentionKind::SilentInstance, row.id});
    }
}

// How many callers the quantiles of their wait are of. Of fewer than twenty the slowest one is the 95th percentile.
constexpr double ManyCallers = 20;
constexpr double SomeCallers = 3;
constexpr double CountedSeconds = 10;

bool isPressed(const PoolRow &row, const AttentionThresholds &thresholds)
{
    return row.used && row.limit && *row.limit > 0 && *row.used >= thresholds.poolPressure * *row.limit;
}

bool waitsLong(const PoolRow &row, const AttentionThresholds &thresholds)
{
    if (!row.waitP95 || *row.waitP95 < thresholds.poolWait)
        return false;
    const double callers = row.acquiresPerSecond ? *row.acquiresPerSecond * CountedSeconds : ManyCallers;
    // One connection that was slow to open is no shortage.
    return callers >= ManyCallers || (callers >= SomeCallers && row.waitP50 && *row.waitP50 >= thresholds.poolWait);
}

void findPools(const Snapshot &snapshot, const AttentionThresholds &thresholds, std::vector<Attention> &found)
{
    for (const PoolRow &row : snapshot.pools) {
        if (row.instanceId.isEmpty() || row.stale)
            continue;
        const QString subject = QString::fromUtf8(row.pool);
        const auto add = [&](AttentionKind kind, Severity severity, const QString &sentence) {
            found.push_back({severity, sentence, PageId::Pools, subject, snapshot.at, kind, row.instanceId});
        };
        if (row.timeoutsPerSecond && *row.timeoutsPerSecond > 0) {
            add(AttentionKind::PoolPressure, Severity::Critical,
                Text::tr("%1 gives up waiting for connections: %2 timeouts.")
                    .arg(row.service, formatText(*row.timeoutsPerSecond, Unit::CountPerSecond)));
        } else if (isPressed(row, thresholds) && row.pressedSince && row.pressedFor >= thresholds.poolPressureLasts) {
            // A reading is one moment of a second; a pool may be full for that long without anybody having to wait.
            add(AttentionKind::PoolPressure, Severity::Warning,
                Text::tr("%1 uses %2 of %3 database connections, %4 waiting.")
                    .arg(row.service)
                    .arg(*row.used)
                    .arg(*row.limit)
                    .arg(row.pending.value_or(0)));
        } else if (waitsLong(row, thresholds)) {
            add(AttentionKind::PoolPressure, Severity::Warning,
                Text::tr("%1 waits long for database connections: p95 %2.")
                    .arg(row.service, formatText(toValue(row.waitP95), Unit::Seconds)));
        }
        if (row.zombies.value_or(0) > 0)
            add(AttentionKind::PoolZombies, Severity::Warning,
                Text::tr("%1 has %2 wedged database connections.").arg(row.service).arg(*row.zombies));
    }
}

void findCaches(const Snapshot &snapshot, const AttentionThresholds &thresholds, std::vector<Attention> &found)
{
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() || row.stale)
            continue;
        const QString region = QString::fromUtf8(row.region);
        if (row.storeErrorsPerSecond && *row.storeErrorsPerSecond > 0)
            found.push_back({Severity::Critical,
                             Text::tr("Region “%1” cannot use its store: %2 errors.")
                                 .arg(region, formatText(*row.storeErrorsPerSecond, Unit::CountPerSecond)),
                             PageId::Caches, region, snapshot.at, AttentionKind::StoreErrors});
        if (row.hitRatio && *row.hitRatio < thresholds.hitRatio
            && row.requestsPerSecond.value_or(0) >= thresholds.minimumRequests)
            found.push_back({Severity::Information,
                             Text::tr("The hit rate of region “%1” is only %2 at %3.")
                                 .arg(region, formatText(*row.hitRatio, Unit::Ratio),
                                      formatText(*row.requestsPerSecond, Unit::CountPerSecond)),
                             PageId::Caches, region, snapshot.at, AttentionKind::HitRate});
    }
}

} // namespace

void notePressure(std::vector<PoolRow> &rows, const std::vector<PoolRow> &before, const AttentionThresholds &thresholds, SystemTime at)
{
    std::map<std::pair<QByteArray, QByteArray>, SystemTime> sinceBefore;
    for (const PoolRow &row : before) {
        if (row.pressedSince)
            sinceBefore.emplace(std::pair(row.pool, row.instanceId), *row.pressedSince);
    }
    for (PoolRow &row : rows) {
        if (row.instanceId.isEmpty() || row.stale || !isPressed(row, thresholds))
            continue;
        const auto known = sinceBefore.find({row.pool, row.instanceId});
        row.pressedSince = known == sinceBefore.end() ? at : known->second;
        row.pressedFor = at - *row.pressedSince;
    }
}

std::vector<Attention> findAttention(const Snapshot &snapshot, const AttentionThresholds &thresholds)
{
    std::vector<Attention> found;
    findServices(snapshot, thresholds, found);
    findInstances(snapshot, found);
    findPools(snapshot, thresholds, found);
    findCaches(snapshot, thresholds, found);
    std::stable_sort(found.begin(), found.end(),
                     [](const Attention &a, const Attention &b) { return a.severity > b.severity; });
    return found;
}

} // namespace InfraConsole
