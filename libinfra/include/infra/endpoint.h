// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/endpoint_export.h>
#include <infra/healthreport.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <QByteArrayList>
#include <QHostAddress>

#include <chrono>
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
    // Names of this machine, without port, by which requests may ask while address is a loopback address; localhost
    // and the loopback addresses always may. Others are refused with 421: a web page whose name was rebound to
    // 127.0.0.1 must not read metrics through the browser of whoever looks at it.
    QByteArrayList hosts;
    // At once, 1 to 10,000. One more takes the place of the connection that has waited longest for an answer, so
    // that peers who are silent keep nobody out. The same when the process has used seven eighths of the file
    // descriptors it may have.
    int maximumConnections = 64;
    // Of one request, head and body; a longer one is refused with 413. 1 KiB to 1 GiB. Bodies need a Content-Length.
    // Each connection may hold so much memory.
    qint64 maximumRequestBytes = 64 * 1024;
    // For a request to arrive, and for each part of an answer to be taken; then the connection is closed. 1 ms to
    // 24 h. How long a route takes is not bounded.
    std::chrono::milliseconds requestTimeout{10'000};
    // For the next request on a connection, as above. Longer than scrapes are apart spares them the handshake.
    std::chrono::milliseconds idleTimeout{75'000};
};

// Thread safety: none; lives in one thread, which needs an event loop.
//
// GET /metrics and GET /health on a QHttpServer. /metrics answers in OpenMetrics 1.0 when the scraper accepts it, in
// Prometheus's text format otherwise; /health in application/health+json. Both are answered with Cache-Control:
// no-store.
//
// What Qt HttpServer leaves open is bounded by the options, for the service's own routes too: connections, bytes and
// time. Requests are not pipelined, and one for a WebSocket is refused with 501 unless something is connected to
// QAbstractHttpServer::newWebSocketConnection(). Asking for another protocol, as clients that know HTTP/2 do, changes nothing.
//
// Qt HttpServer is GPL-3 or commercial only, and so is what links this target (Infra::Endpoint). A service under
// another licence mounts renderMetrics() and HealthReportBuilder on a server of its choice instead.
class INFRAENDPOINT_EXPORT Endpoint
{
public:
    // Listens already when it returns. InvalidArgument: metrics or health is missing, or an option is out of its
    // range. Unavailable: the address cannot be listened on.
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
