// SPDX-License-Identifier: MIT
#pragma once

#include <infra/circuitbreaker.h>
#include <infra/clock.h>
#include <infra/export.h>
#include <infra/retrypolicy.h>

#include <QByteArray>
#include <QSslConfiguration>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// How a ServiceClient behaves. Checked by ServiceClient::create(); nothing is corrected silently.
struct INFRA_EXPORT ServiceClientOptions
{
    // Whether requests go through a proxy.
    enum class Proxy : std::uint8_t {
        None,  // Internal services are reached directly, whatever http_proxy says.
        System // As the environment or desktop says; costs a lookup per request.
    };

    // For one attempt, counted from the moment a connection was free for it. 1 ms to 1 h.
    std::chrono::milliseconds attemptTimeout{5000};
    // For a whole call: queue, attempts and pauses. At least 1 ms, at most 24 h. A value below
    // maxAttempts × attemptTimeout cuts the last attempts short.
    std::chrono::milliseconds totalTimeout{15000};
    // When a call is tried again. Retries take their time from totalTimeout.
    RetryOptions retry;
    // When calls are refused at once because the service fails. One breaker for the client.
    CircuitBreakerOptions breaker;

    // Connections to one host (scheme, host and port) at once, shared by all clients of the process that have the same
    // `proxy` and `tls`; clients that differ in these, and health checks, have connections of their own. The lowest value
    // among those with a call under way there, and of the call that is next, counts. 1 to 6 (Qt's own limit).
    int maxConnectionsPerHost = 6;
    // Calls of this client waiting for a connection; one more is refused with LimitExceeded. 1 to 100000.
    // Longer hides short bursts and makes every caller wait behind a slow service.
    int maxQueued = 256;

    // A larger body, unpacked, is an error (LimitExceeded) and is not read to its end. 1 byte to 1 GiB.
    qint64 maxResponseBytes = 16 * 1024 * 1024;
    // Redirects followed per call; 0 gives the 3xx to the caller. 0 to 20. GET and HEAD follow 301, 302, 303,
    // 307 and 308; any other method follows 303 (as a GET), and 307 and 308 if it may be repeated. To another
    // origin only Accept, Accept-Language, Content-Type, User-Agent and the trace headers are sent: the
    // Idempotency-Key is not, so what may be repeated only because of it stays here. https never leads to http.
    int maxRedirects = 5;

    // Sent with every request.
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    // Sent as "Authorization: Bearer …" to the base URL's origin only; never logged. Empty: none.
    QByteArray bearerToken;

    // None (the default): a wrong http_proxy cannot send internal calls elsewhere.
    Proxy proxy = Proxy::None;
    // Certificates and protocol for https; nothing means Qt's default with the system's authorities.
    std::optional<QSslConfiguration> tls;

    // Time for deadlines, breaker, budget and backoff. Not owned; must outlive the client and live until the future
    // of its last call has finished. With a manual clock the client looks at it every 10 ms.
    const Clock *clock = &Clock::system();
    // For the jitter of pauses; 0 takes a random one.
    std::uint64_t seed = 0;

    friend bool operator==(const ServiceClientOptions &, const ServiceClientOptions &) = default;
};

} // namespace Infra
