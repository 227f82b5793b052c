// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/healthresult.h>

#include <QFuture>
#include <QSslConfiguration>

#include <optional>

namespace Infra {

// Thread safety: a value.
//
// How a service is asked.
struct INFRA_EXPORT HealthCheckOptions
{
    // For the whole check. 1 ms to 10 min.
    std::chrono::milliseconds timeout{2000};
    // Appended to the base URL's path. Must begin with "/".
    QString path = QStringLiteral("/health");
    // Sent as "Authorization: Bearer …"; never logged. Empty: none.
    QByteArray bearerToken;
    // As ServiceClientOptions::tls.
    std::optional<QSslConfiguration> tls;
    // Not owned; must live until the check's future has finished, or until the monitor is destroyed.
    const Clock *clock = &Clock::system();
};

// Thread safety: check() may be called from any thread at once.
//
// Asks a service once how it is: GET {base}/health, never retried, never redirected, no proxy, on a
// connection of its own that is never reused, so that it neither waits behind requests nor reports on a
// stale connection.
//
// Understood: application/health+json (draft-inadarei-api-health-check: pass, warn, fail), Spring Boot's
// actuator (UP, DOWN, OUT_OF_SERVICE, UNKNOWN, components), {"status": "ok|healthy|degraded|unhealthy|…"} with
// dependencies, and a plain 2xx. An answer with another HTTP status is Down, unless it is a 503 or 429 whose
// body says Degraded.
//
//     auto future = Infra::HealthChecker::check(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006")));
class INFRA_EXPORT HealthChecker
{
public:
    // Always one result, also for bad input (Unreachable, Other, with the reason in the message). Cancelling
    // or dropping the future aborts. While the QCoreApplication is being destroyed the future is cancelled at once.
    [[nodiscard]] static QFuture<HealthResult> check(const QString &service, const QUrl &baseUrl,
                                                     const HealthCheckOptions &options = {});
    // What an answer says, without any network: the part of check() behind the transport. Sets verdict,
    // message, version, dependencies, httpStatus and body.
    [[nodiscard]] static HealthResult interpret(int httpStatus, const QByteArray &contentType, const QByteArray &body);
};

} // namespace Infra
