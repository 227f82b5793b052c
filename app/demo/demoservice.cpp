// SPDX-License-Identifier: GPL-3.0-or-later
#include "demoservice.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QHash>
#include <QHttpServer>
#include <QHttpServerRequest>
#include <QHttpServerResponse>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

namespace InfraDemo {

using Infra::failure;
using Infra::HealthVerdict;
using Infra::Result;
using namespace std::chrono_literals;

namespace {

constexpr auto AnswerTimeout = 200ms; // Handlers run in the main thread.

// One service of the five is not well at times, and one forgets to give connections back.
constexpr QLatin1StringView FlappingService("ai-pattern-service");
constexpr QLatin1StringView SqueezedService("ai-training-service");

struct FlapPhase
{
    std::chrono::seconds until;
    HealthVerdict verdict;
    const char *message;
};
constexpr std::chrono::seconds FlapPeriod = 50s;
constexpr FlapPhase FlapPhases[] = {
    {25s, HealthVerdict::Up, ""},
    {37s, HealthVerdict::Degraded, "the model is being reloaded"},
    {50s, HealthVerdict::Down, "no model is loaded"},
};

const FlapPhase &flapPhase(std::chrono::nanoseconds uptime)
{
    const auto moment = std::chrono::duration_cast<std::chrono::seconds>(uptime) % FlapPeriod;
    const FlapPhase *phase = std::begin(FlapPhases);
    while (moment >= phase->until)
        ++phase;
    return *phase;
}

std::uint64_t ownSeed(const DemoOptions &options)
{
    // FNV-1a: the same in every run, as the standard hashes need not be.
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ options.seed;
    for (const char letter : options.name.toUtf8())
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    return hash;
}

QHttpServerResponse jsonError(QHttpServerResponse::StatusCode status, const QString &message)
{
    return QHttpServerResponse("application/json",
                               QJsonDocument(QJsonObject{{QStringLiteral("error"), message}}).toJson(QJsonDocument::Compact),
                               status);
}

} // namespace

DemoService::DemoService(const DemoOptions &options)
    : m_options(options), m_started(Infra::Clock::system().steadyNow())
{
}

DemoService::~DemoService() = default;

Result<std::unique_ptr<DemoService>> DemoService::create(const DemoOptions &options)
{
    std::unique_ptr<DemoService> service(new DemoService(options));
    Infra::InfrastructureOptions used;
    used.service = options.name;
    used.version = QCoreApplication::applicationVersion();
    used.store.url = options.storeUrl;
    used.store.maximumBytes = 64 << 20;
    // Short lives and little memory, so that there is something to see.
    used.correlations.timeToLive = 90s;
    used.correlations.jitter = 30s;
    used.correlations.memoryEntries = 400;
    auto infrastructure = Infra::Infrastructure::create(used);
    if (!infrastructure)
        return failure(infrastructure.error());
    service->m_infrastructure = std::move(*infrastructure);
    for (const auto step : {&DemoService::openDatabase, &DemoService::openRegions, &DemoService::listen}) {
        if (auto done = (*service.*step)(); !done)
            return failure(done.error());
    }
    for (const auto &[name, url] : options.peers) {
        if (auto added = service->addPeer(name, url); !added)
            return failure(added.error());
    }
    return service;
}

Result<void> DemoService::openDatabase()
{
    // Beside the shared store, so that whoever removes that one's directory removes this too.
    const auto store = Infra::DatabaseUrl::parse(m_options.storeUrl);
    if (!store)
        return failure(store.error());
    const QString file = QFileInfo(store->database()).path() + QLatin1Char('/') + m_options.name + QStringLiteral(".db");
    Infra::PoolOptions poolOptions;
    // Short, so that the console has connects to show.
    poolOptions.maxLifetime = std::chrono::seconds(1);
    auto pool = m_infrastructure->pool(Infra::DatabaseUrl::forSqliteFile(file).canonical(), poolOptions);
    if (!pool)
        return failure(pool.error());
    m_pool = std::move(*pool);
    m_readings = std::make_unique<Readings>(*m_pool, m_options.seed);
    return m_readings->prepare();
}

Result<void> DemoService::openRegions()
{
    const auto open = [this](const QByteArray &region, const Infra::CacheOptions &options,
                             std::unique_ptr<Infra::Cache> &cache) -> Result<void> {
        auto opened = Infra::Cache::create(m_infrastructure->store(), region, options);
        if (!opened)
            return failure(opened.error());
        cache = std::move(*opened);
        m_registrations.push_back(m_infrastructure->metrics().add(*cache));
        return {};
    };
    Infra::CacheOptions options;
    options.actor = m_options.name.toUtf8();
    options.entry.timeToLive = 60s;
    options.entry.jitter = 10s;
    if (auto opened = open("descriptions", options, m_descriptions); !opened)
        return opened;
    options.entry.timeToLive = 5min;
    options.memoryEntries = 0;
    options.memoryBytes = 512 << 10;
    return open("answers", options, m_answers);
}

Result<void> DemoService::listen()
{
    Infra::EndpointOptions options;
    options.port = m_options.port;
    options.metrics = [this] { return m_infrastructure->collect(); };
    options.health = [this] { return health(); };
    options.labels = {{"service_name", m_options.name.toUtf8()}};
    auto endpoint = Infra::Endpoint::create(std::move(options));
    if (!endpoint)
        return failure(endpoint.error());
    m_endpoint = std::move(*endpoint);
    m_endpoint->server().route(QStringLiteral("/items/<arg>"), QHttpServerRequest::Method::Get, [this](int sensor) {
        if (sensor < 0 || sensor >= Readings::SensorCount)
            return jsonError(QHttpServerResponse::StatusCode::NotFound, QStringLiteral("there is no such item"));
        const auto description = Workload::description(*m_descriptions, *m_readings, sensor, AnswerTimeout);
        if (!description || !*description)
            return jsonError(QHttpServerResponse::StatusCode::ServiceUnavailable, QStringLiteral("not now"));
        return QHttpServerResponse("application/json", **description);
    });
    m_endpoint->server().route(
        QStringLiteral("/correlate"), QHttpServerRequest::Method::Post, [this](const QHttpServerRequest &request) {
            const QJsonObject question = QJsonDocument::fromJson(request.body()).object();
            const auto value = m_infrastructure->correlationCache().get(
                question.value(QStringLiteral("first")).toString(), question.value(QStringLiteral("second")).toString());
            if (!value)
                return jsonError(QHttpServerResponse::StatusCode::BadRequest, value.error().message);
            QJsonObject answer;
            answer.insert(QStringLiteral("correlation"), *value ? QJsonValue(**value) : QJsonValue());
            return QHttpServerResponse("application/json", QJsonDocument(answer).toJson(QJsonDocument::Compact));
        });
    return {};
}

Infra::HealthReportBuilder DemoService::health() const
{
    using Importance = Infra::HealthReportBuilder::Importance;
    Infra::HealthReportBuilder report(m_options.name, QCoreApplication::applicationVersion());
    if (m_options.name == FlappingService) {
        const FlapPhase &phase = flapPhase(Infra::Clock::system().steadyNow() - m_started);
        report.setStatus(phase.verdict, QLatin1String(phase.message));
    }
    const Infra::StoreHealth store = m_infrastructure->store().health();
    report.addDependency(QStringLiteral("cache store"),
                         store.state == Infra::StoreHealth::State::Available ? HealthVerdict::Up : HealthVerdict::Degraded,
                         Importance::Optional, store.reason);
    const Infra::PoolStatistics pool = m_pool->statistics();
    const bool isSqueezed = pool.waiters > 0;
    report.addDependency(QStringLiteral("database"), isSqueezed ? HealthVerdict::Degraded : HealthVerdict::Up,
                         Importance::Required,
                         isSqueezed ? QStringLiteral("%1 wait for a connection").arg(pool.waiters) : QString());
    return report;
}

quint16 DemoService::port() const
{
    return m_endpoint->port();
}

Result<void> DemoService::addPeer(const QString &name, const QUrl &url)
{
    auto client = m_infrastructure->serviceClient(name, url);
    if (!client)
        return failure(client.error());
    m_peers.insert_or_assign(name, *client);
    return {};
}

void DemoService::go()
{
    if (m_workload)
        return;
    m_workload = std::make_unique<Workload>(
        Workload::Parts{m_infrastructure->correlationCache(), *m_descriptions, *m_answers, *m_readings},
        ownSeed(m_options), m_options.load);
    // The ring goes by name; the next one is first.
    std::vector<Infra::ServiceClient *> peers;
    for (auto next = m_peers.upper_bound(m_options.name); next != m_peers.end(); ++next)
        peers.push_back(next->second);
    for (auto first = m_peers.begin(); first != m_peers.end() && first->first < m_options.name; ++first)
        peers.push_back(first->second);
    m_workload->setPeers(std::move(peers));
    if (m_options.name == SqueezedService && m_options.load > 0)
        m_squeeze = std::make_unique<PoolSqueeze>(*m_pool, PoolSqueeze::Rhythm{});
}

} // namespace InfraDemo
