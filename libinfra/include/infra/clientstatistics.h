// SPDX-License-Identifier: MIT
#pragma once

#include <infra/circuitbreaker.h>
#include <infra/export.h>
#include <infra/histogram.h>
#include <infra/metrics.h>

#include <array>
#include <cstdint>
#include <optional>

namespace Infra {

// How a call ended.
enum class CallOutcome : std::uint8_t {
    Success,     // An answer below 400.
    ClientError, // 4xx
    ServerError, // 5xx
    Timeout,     // The call's deadline or its last attempt's timeout passed.
    Cancelled,   // Given up by the caller, or by the client's destructor.
    Rejected,    // Nothing was sent: breaker open, queue full.
    Unavailable, // Refused, unknown host, connection lost.
    Tls,         // The handshake failed or a certificate was refused.
    Invalid      // An answer that is not what it should be: not JSON, over its size limit, a bad redirect.
};
// How many values CallOutcome has.
inline constexpr std::size_t CallOutcomeCount = 9;

// Why an attempt was repeated.
enum class RetryReason : std::uint8_t {
    ConnectFailed,  // Refused, unknown host, unreachable: the server saw nothing.
    ConnectionLost, // Closed or reset before a whole answer.
    Timeout,        // The attempt's own timeout.
    ServerError,    // 500, 502, 503, 504
    Throttled       // 408, 425, 429
};
// How many values RetryReason has.
inline constexpr std::size_t RetryReasonCount = 5;

// "success", "client_error", … Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *callOutcomeName(CallOutcome outcome) noexcept;
// "connect_failed", "connection_lost", … Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *retryReasonName(RetryReason reason) noexcept;

// Thread safety: a value.
//
// What one ServiceClient has done since it was created. Counters never decrease.
struct INFRA_EXPORT ClientStatistics
{
    std::array<std::uint64_t, CallOutcomeCount> calls{};    // Finished calls, by CallOutcome.
    std::uint64_t attempts = 0;                             // Requests put on the wire.
    std::array<std::uint64_t, RetryReasonCount> retries{};  // Attempts that repeat another and had their turn, by RetryReason.
    std::uint64_t retriesRefused = 0;                       // By the empty budget.
    double budgetBalance = 0;                               // Retries left now; those that are waiting have been taken off.

    BreakerState breakerState = BreakerState::Closed; // Now.
    std::uint64_t breakerOpened = 0;     // Transitions into BreakerState::Open.
    std::uint64_t breakerHalfOpened = 0; // Transitions into BreakerState::HalfOpen.
    std::uint64_t breakerClosed = 0;     // Transitions into BreakerState::Closed.

    std::uint64_t queued = 0;   // Calls waiting for a connection now.
    std::uint64_t inFlight = 0; // Calls not finished now, queue and pauses included.

    HistogramSnapshot duration;    // Calls, from the call to the result.
    HistogramSnapshot queueTime;   // Attempts: waiting for a connection.
    HistogramSnapshot connectTime; // Attempts on a fresh connection.
    HistogramSnapshot serverTime;  // Attempts that were answered: last byte sent to headers received.

    // Finished calls: all of them, or those with this outcome.
    [[nodiscard]] std::uint64_t callCount() const noexcept;
    [[nodiscard]] std::uint64_t callCount(CallOutcome outcome) const noexcept { return calls[static_cast<std::size_t>(outcome)]; }
    // Retries for any reason.
    [[nodiscard]] std::uint64_t retryCount() const noexcept;

    // As metrics, under the names of the catalogue (infra/metriccatalogue.h).
    [[nodiscard]] std::vector<Metric> toMetrics() const;
    // The reverse; nothing when the snapshot is not of a client. Missing metrics stay 0.
    [[nodiscard]] static std::optional<ClientStatistics> fromSnapshot(const ComponentSnapshot &snapshot);

    friend bool operator==(const ClientStatistics &, const ClientStatistics &) = default;
};

} // namespace Infra
