// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/endpoint_export.h>
#include <infra/healthreport.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <QHostAddress>

#include <functional>
#include <memory>
#include <vector>

class QHttpServer;

namespace Infra {

// Thread safety: a value.
//
// Where an Endpoint listens and what it answers.
struct EndpointOptions
{
    // Loopback by default: metrics tell more about a service than strangers should know. Any makes it reachable
    // from other machines, for a scraper there.
    QHostAddress address = QHostAddress::LocalHost;
    // 0 takes a free one; see Endpoint::port().
    quint16 port = 0;
    // What GET /metrics renders; usually Infrastructure::collect() or TelemetryPublisher::collect(). Required.
    // Called on the endpoint's thread for each scrape; should not block.
    std::function<std::vector<ComponentSnapshot>()> metrics;
    // What GET /health says. Required, and as above.
    std::function<HealthReportBuilder()> health;
    // Put on every sample, for example {{"service_name", "data-api"}}.
    Metric::Attributes labels;
};

// Thread safety: none; lives in one thread, which needs an event loop.
//
// GET /metrics and GET /health on a QHttpServer. /metrics answers in OpenMetrics 1.0 when the scraper accepts it, in
// Prometheus's text format otherwise; /health in application/health+json. Both are answered with Cache-Control:
// no-store.
//
// Qt HttpServer is GPL-3 or commercial only, and so is what links this target (Infra::Endpoint). A service under
// another licence mounts renderMetrics() and HealthReportBuilder on a server of its choice instead.
class INFRAENDPOINT_EXPORT Endpoint
{
public:
    // Listens already when it returns. InvalidArgument: metrics or health is missing. Unavailable: the address
    // cannot be listened on.
    [[nodiscard]] static Result<std::unique_ptr<Endpoint>> create(EndpointOptions options);
    ~Endpoint();
    Endpoint(const Endpoint &) = delete;
    Endpoint &operator=(const Endpoint &) = delete;

    // The one that is listened on, also when the options left the choice to the system.
    [[nodiscard]] quint16 port() const;
    // For routes of the service's own. Owned by this.
    [[nodiscard]] QHttpServer &server();

private:
    struct Private;
    explicit Endpoint(std::unique_ptr<Private> created);
    std::unique_ptr<Private> d;
};

} // namespace Infra
