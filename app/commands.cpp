// SPDX-License-Identifier: GPL-3.0-or-later
#include "commands.h"

#include "session/servicewatch.h"
#include "session/storefile.h"
#include "session/telemetryrows.h"
#include "widgets/format.h"
#include "widgets/status.h"

#include <infra/cachestore.h>
#include <infra/healthchecker.h>
#include <infra/telemetryreader.h>

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstdio>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::Commands)
};

int fail(const QString &message)
{
    std::fprintf(stderr, "infra-console: %s\n", qPrintable(message));
    return 2;
}

void print(const QJsonDocument &document)
{
    const QByteArray text = document.toJson(QJsonDocument::Indented);
    std::fwrite(text.constData(), 1, static_cast<std::size_t>(text.size()), stdout);
}

QJsonValue json(const std::optional<double> &value)
{
    return value ? QJsonValue(*value) : QJsonValue(QJsonValue::Null);
}

QJsonValue json(const std::optional<std::uint64_t> &value)
{
    return value ? QJsonValue(static_cast<qint64>(*value)) : QJsonValue(QJsonValue::Null);
}

QJsonValue json(const std::optional<int> &value)
{
    return value ? QJsonValue(*value) : QJsonValue(QJsonValue::Null);
}

QJsonValue seconds(const std::optional<Duration> &value)
{
    return value ? QJsonValue(std::chrono::duration<double>(*value).count()) : QJsonValue(QJsonValue::Null);
}

QString isoTime(SystemTime at)
{
    return QDateTime::fromMSecsSinceEpoch(at.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODateWithMs);
}

QJsonObject resultObject(const Infra::HealthResult &result)
{
    QJsonObject object{{QStringLiteral("service"), result.service},
                       {QStringLiteral("url"), result.url.toString(QUrl::RemoveUserInfo)},
                       {QStringLiteral("verdict"), QString::fromLatin1(Infra::healthVerdictName(result.verdict))},
                       {QStringLiteral("checked_at"), isoTime(result.checkedAt)},
                       {QStringLiteral("latency_seconds"), std::chrono::duration<double>(result.total).count()},
                       {QStringLiteral("reason"), result.message}};
    object.insert(QStringLiteral("http_status"), json(result.httpStatus));
    return object;
}

void printTable(const std::vector<Infra::HealthResult> &results)
{
    int nameWidth = 7;
    for (const Infra::HealthResult &result : results)
        nameWidth = std::max(nameWidth, static_cast<int>(result.service.size()));
    std::printf("%-*s  %-13s  %10s  %s\n", nameWidth, qPrintable(Text::tr("SERVICE")), qPrintable(Text::tr("VERDICT")),
                qPrintable(Text::tr("ANSWER")), qPrintable(Text::tr("REASON")));
    for (const Infra::HealthResult &result : results) {
        const double answer = result.verdict == Infra::HealthVerdict::Unreachable
            ? Unknown : std::chrono::duration<double>(result.total).count();
        // The thin space of the window's figures is not in every terminal's font.
        const QString figure = formatText(answer, Unit::Seconds).replace(QChar(0x2009), u' ').replace(QChar(0x202f), u' ');
        std::printf("%-*s  %-13s  %10s  %s\n", nameWidth, qPrintable(result.service),
                    qPrintable(statusWord(toVerdict(result.verdict))), qPrintable(figure), qPrintable(result.message));
    }
}

} // namespace

int checkServices(const std::vector<Infra::ServiceEndpoint> &services, const QString &name, bool asJson)
{
    std::vector<QFuture<Infra::HealthResult>> running;
    QStringList names;
    for (const Infra::ServiceEndpoint &service : services) {
        names.append(service.name);
        if (name == QStringLiteral("all") || name == service.name)
            running.push_back(Infra::HealthChecker::check(service.name, service.baseUrl));
    }
    if (running.empty())
        return fail(Text::tr("There is no service named %1; known are %2.").arg(name, names.join(QStringLiteral(", "))));
    std::vector<Infra::HealthResult> results;
    QJsonArray list;
    bool allUp = true;
    for (QFuture<Infra::HealthResult> &future : running) {
        results.push_back(future.result());
        allUp = allUp && results.back().verdict == Infra::HealthVerdict::Up;
        list.append(resultObject(results.back()));
    }
    if (asJson)
        print(QJsonDocument(list));
    else
        printTable(results);
    return allUp ? 0 : 1;
}

int printStatistics(const QString &storeUrl)
{
    const auto url = Infra::DatabaseUrl::parse(storeUrl);
    if (!url)
        return fail(url.error().message);
    if (const auto usable = checkUnopenedStoreFile(*url); !usable)
        return fail(usable.error().message);
    Infra::StoreOptions options;
    options.url = storeUrl;
    options.accessMode = Infra::StoreOptions::AccessMode::ReadOnly;
    auto store = Infra::CacheStore::open(options);
    if (!store)
        return fail(store.error().message);
    Infra::TelemetryReader reader((*store)->telemetryChannel());
    if (auto polled = reader.poll(std::chrono::seconds(5)); !polled)
        return fail(polled.error().message);

    QJsonArray instances;
    for (const InstanceRow &row : readInstances(reader)) {
        instances.append(QJsonObject{{QStringLiteral("id"), QString::fromLatin1(row.id)},
                                     {QStringLiteral("service"), row.service},
                                     {QStringLiteral("host"), row.host},
                                     {QStringLiteral("pid"), static_cast<qint64>(row.processId)},
                                     {QStringLiteral("version"), row.version},
                                     {QStringLiteral("started_at"), isoTime(row.startedAt)},
                                     {QStringLiteral("last_seen_at"), isoTime(row.lastSeenAt)},
                                     {QStringLiteral("stale"), row.stale},
                                     {QStringLiteral("requests_per_second"), json(row.requestsPerSecond)}});
    }
    QJsonArray caches;
    for (const CacheRow &row : readCaches(reader)) {
        caches.append(QJsonObject{{QStringLiteral("region"), QString::fromUtf8(row.region)},
                                  {QStringLiteral("instance"), QString::fromLatin1(row.instanceId)},
                                  {QStringLiteral("stale"), row.stale},
                                  {QStringLiteral("hit_ratio"), json(row.hitRatio)},
                                  {QStringLiteral("requests_per_second"), json(row.requestsPerSecond)},
                                  {QStringLiteral("requests_total"), static_cast<qint64>(row.requestsTotal)},
                                  {QStringLiteral("evictions_per_second"), json(row.evictionsPerSecond)},
                                  {QStringLiteral("entries"), json(row.entries)},
                                  {QStringLiteral("bytes"), json(row.bytes)},
                                  {QStringLiteral("lookup_p50_seconds"), seconds(row.lookupP50)},
                                  {QStringLiteral("lookup_p95_seconds"), seconds(row.lookupP95)}});
    }
    QJsonArray pools;
    for (const PoolRow &row : readPools(reader)) {
        pools.append(QJsonObject{{QStringLiteral("pool"), QString::fromUtf8(row.pool)},
                                 {QStringLiteral("instance"), QString::fromLatin1(row.instanceId)},
                                 {QStringLiteral("stale"), row.stale},
                                 {QStringLiteral("used"), json(row.used)},
                                 {QStringLiteral("idle"), json(row.idle)},
                                 {QStringLiteral("limit"), json(row.limit)},
                                 {QStringLiteral("pending"), json(row.pending)},
                                 {QStringLiteral("timeouts_total"), static_cast<qint64>(row.timeoutsTotal)},
                                 {QStringLiteral("wait_p95_seconds"), seconds(row.waitP95)}});
    }
    print(QJsonDocument(QJsonObject{{QStringLiteral("at"), isoTime(Infra::Clock::system().systemNow())},
                                    {QStringLiteral("instances"), instances},
                                    {QStringLiteral("caches"), caches},
                                    {QStringLiteral("pools"), pools}}));
    return 0;
}

} // namespace InfraConsole
