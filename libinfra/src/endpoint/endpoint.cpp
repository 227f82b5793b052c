// SPDX-License-Identifier: GPL-3.0-or-later
#include <infra/endpoint.h>

#include "guardedserver.h"

#include <infra/openmetrics.h>

#include <QHttpServer>
#include <QHttpServerResponse>
#include <QMetaMethod>

namespace Infra {

namespace {

constexpr int MaximumConnections = 10'000;
constexpr qint64 SmallestRequest = 1024;
constexpr qint64 LargestRequest = 1024 * 1024 * 1024;
constexpr std::chrono::milliseconds LongestTimeout = std::chrono::hours(24);

// QObject tells only its own kind who listens to it.
struct Listened : QObject
{
    static bool hasWebSocketListener(const QHttpServer &server)
    {
        return (server.*(&Listened::isSignalConnected))(QMetaMethod::fromSignal(&QHttpServer::newWebSocketConnection));
    }
};

Result<void> check(const EndpointOptions &options)
{
    if (!options.metrics || !options.health) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("endpoint: both functions, metrics and health, are required"));
    }
    const auto outOfRange = [](QLatin1String name, qint64 value, qint64 least, qint64 most) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("endpoint: %1 (%2) must be from %3 to %4").arg(name).arg(value).arg(least).arg(most));
    };
    if (options.maximumConnections < 1 || options.maximumConnections > MaximumConnections)
        return outOfRange(QLatin1String("maximumConnections"), options.maximumConnections, 1, MaximumConnections);
    if (options.maximumRequestBytes < SmallestRequest || options.maximumRequestBytes > LargestRequest)
        return outOfRange(QLatin1String("maximumRequestBytes"), options.maximumRequestBytes, SmallestRequest, LargestRequest);
    for (const auto &[name, value] : {std::pair("requestTimeout", options.requestTimeout), std::pair("idleTimeout", options.idleTimeout)}) {
        if (value.count() < 1 || value > LongestTimeout)
            return outOfRange(QLatin1String(name), value.count(), 1, LongestTimeout.count());
    }
    return {};
}

} // namespace

struct Endpoint::Private
{
    EndpointOptions options;
    QHttpServer server;
    quint16 port = 0;
};

Endpoint::Endpoint(std::unique_ptr<Private> created) : d(std::move(created)) {}
Endpoint::~Endpoint() = default;

Result<std::unique_ptr<Endpoint>> Endpoint::create(EndpointOptions options)
{
    if (auto checked = check(options); !checked)
        return failure(checked.error());
    auto created = std::make_unique<Private>();
    created->options = std::move(options);
    const EndpointOptions &used = created->options;
    created->server.route(QStringLiteral("/metrics"), QHttpServerRequest::Method::Get,
                          [&used](const QHttpServerRequest &request) {
                              const MetricsFormat format = negotiateMetricsFormat(request.value("Accept"));
                              return QHttpServerResponse(metricsContentType(format),
                                                         renderMetrics(used.metrics(), format, used.labels));
                          });
    created->server.route(QStringLiteral("/health"), QHttpServerRequest::Method::Get, [&used] {
        const HealthReportBuilder report = used.health();
        return QHttpServerResponse(HealthReportBuilder::ContentType, report.build(),
                                   static_cast<QHttpServerResponse::StatusCode>(report.httpStatus()));
    });
    created->server.afterRequest([](QHttpServerResponse &&response) {
        if (!response.hasHeader("Cache-Control"))
            response.addHeader("Cache-Control", "no-store");
        return std::move(response);
    });
    Detail::ConnectionLimits limits{used.maximumRequestBytes, used.requestTimeout, used.idleTimeout,
                                    used.address.isLoopback() ? std::optional(used.hosts) : std::nullopt,
                                    [&server = created->server] { return Listened::hasWebSocketListener(server); }};
    auto listener = std::make_unique<Detail::GuardedServer>(used.maximumConnections, std::move(limits));
    if (!listener->listen(used.address, used.port)) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("endpoint: %1 port %2 cannot be listened on: %3")
                           .arg(used.address.toString())
                           .arg(used.port)
                           .arg(listener->errorString()));
    }
    created->port = listener->serverPort();
    created->server.bind(listener.release()); // Becomes its parent.
    return std::unique_ptr<Endpoint>(new Endpoint(std::move(created)));
}

quint16 Endpoint::port() const
{
    return d->port;
}

QHttpServer &Endpoint::server()
{
    return d->server;
}

} // namespace Infra
