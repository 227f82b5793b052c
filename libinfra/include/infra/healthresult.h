// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>

#include <QByteArray>
#include <QString>
#include <QUrl>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace Infra {

// What is known about a service.
enum class HealthVerdict : std::uint8_t {
    NeverChecked, // Nothing yet.
    Up,          // It answered and says so.
    Degraded,    // It answered and says that something is wrong but it works.
    Down,        // It answered and says that it does not work.
    Unreachable, // It did not answer; see UnreachableReason.
    Paused       // Not being checked, on purpose.
};

// Why there was no answer.
enum class UnreachableReason : std::uint8_t {
    None,           // There was one.
    NameNotFound,   // DNS
    Refused,        // Nothing listens at that address and port.
    Timeout,        // Not within HealthCheckOptions::timeout.
    Tls,            // Handshake or certificate; the message says which.
    ConnectionLost, // Connected, then closed without a whole answer.
    Other           // See the message; for example a bad URL.
};

// "up", "never checked", … for people, logs and metrics. Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *healthVerdictName(HealthVerdict verdict) noexcept;
// "dns", "refused", … for people, logs and metrics. Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *unreachableReasonName(UnreachableReason reason) noexcept;

// Thread safety: a value.
//
// One part of a service as the service itself describes it, with the parts of that part.
struct INFRA_EXPORT HealthDependency
{
    QString name;    // As the service calls it.
    HealthVerdict verdict = HealthVerdict::NeverChecked; // NeverChecked: the status was not understood.
    QString status;  // As written: "UP", "warn", …
    QString detail;  // Its message, output, error or observed value, if any.
    std::vector<HealthDependency> dependencies; // Its own parts.

    friend bool operator==(const HealthDependency &, const HealthDependency &) = default;
};

// Thread safety: a value.
//
// The outcome of one health check.
struct INFRA_EXPORT HealthResult
{
    // The first bytes of the answer that are kept and read; a longer answer counts by its status code.
    static constexpr qsizetype MaximumBodyBytes = 256 * 1024;

    QString service;              // The name given to the check.
    QUrl url;                     // What was asked.
    HealthVerdict verdict = HealthVerdict::NeverChecked;     // Never Paused.
    UnreachableReason reason = UnreachableReason::None;      // Of Unreachable, else None.
    QString message;              // One sentence for a person: why it is not up; empty when up.
    std::optional<int> httpStatus; // When an answer arrived.
    QString version;              // As the service says it, else empty.
    SystemTime checkedAt{};       // When the check began.
    std::chrono::nanoseconds total{};    // From the check's start, queue excluded.
    std::chrono::nanoseconds connect{};  // Name lookup, TCP and TLS; checks use a fresh connection.
    std::chrono::nanoseconds response{}; // From the request to the end of the answer.
    std::vector<HealthDependency> dependencies; // As the service lists them.
    QByteArray body;              // As received, at most MaximumBodyBytes.
    std::optional<SystemTime> certificateExpiry; // https only.

    friend bool operator==(const HealthResult &, const HealthResult &) = default;
};

} // namespace Infra
