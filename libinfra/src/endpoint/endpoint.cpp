// SPDX-License-Identifier: GPL-3.0-or-later
#include <infra/endpoint.h>

#include <infra/openmetrics.h>

#include <QHttpServer>
#include <QHttpServerResponse>

namespace Infra {

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
    if (!options.metrics || !options.health) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("endpoint: both functions, metrics and health, are required"));
    }
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
    created->port = created->server.listen(used.address, used.port);
    if (created->port == 0) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("endpoint: %1 port %2 cannot be listened on; is it taken?")
                           .arg(used.address.toString())
                           .arg(used.port));
    }
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
