// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <QString>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace Infra {

// The parts of a call's time, in their order.
enum class RequestPhase : std::uint8_t {
    Queue,   // Waiting for one of the six connections to the host.
    Connect, // Name lookup, TCP and TLS handshakes; absent on a reused connection.
    Send,    // Writing the request, body included.
    Wait,    // From the request's last byte to the response's headers: the server's time.
    Receive, // The response's body.
    Backoff  // Pausing before the next attempt.
};

// "queue", "connect", … Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *requestPhaseName(RequestPhase phase) noexcept;

// Why an attempt was, or was not, followed by another.
enum class RetryDecision : std::uint8_t {
    NotNeeded,      // A final answer.
    Retried,        // Another attempt follows.
    Redirected,     // The next attempt asks where this answer pointed to.
    NotRetryable,   // Trying again cannot help: a 4xx but 408, 425 and 429, a TLS error, a response over its limit.
    NotIdempotent,  // The method may not be repeated and there is no Idempotency-Key.
    AttemptsSpent,  // maxAttempts reached.
    BudgetSpent,    // The service's retry budget is empty.
    DeadlineSpent,  // The pause, or the server's Retry-After, ends behind the total deadline.
    BodyDelivered,  // Part of a streamed body has already reached the caller's device.
    CallerRetries,  // The caller in RequestContext tries again by itself.
    BreakerOpened,  // The circuit breaker refuses the next attempt, at once or when the pause is over.
    QueueFull       // When the pause is over, or for the redirect, maxQueued calls are waiting already.
};

// "retried", "not idempotent", … Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *retryDecisionName(RetryDecision decision) noexcept;

// Thread safety: a value. One request put on the wire (or waiting for its turn when the call ended).
struct INFRA_EXPORT Attempt
{
    int number = 1;                      // Redirects count as attempts here, not towards maxAttempts.
    QString url;                         // Without query and never with credentials.
    std::chrono::nanoseconds started{};  // Since the call was made.
    std::chrono::nanoseconds queue{};    // RequestPhase::Queue; like the next four zero for a phase not reached.
    std::chrono::nanoseconds connect{};  // RequestPhase::Connect; zero on a reused connection.
    std::chrono::nanoseconds send{};     // RequestPhase::Send.
    std::chrono::nanoseconds wait{};     // RequestPhase::Wait.
    std::chrono::nanoseconds receive{};  // RequestPhase::Receive.
    std::chrono::nanoseconds backoff{};  // The pause behind this attempt.
    bool connectionReused = false;       // It went over a connection that was open already.
    bool sent = false;                   // Whether any byte may have reached the server.
    std::optional<int> status;           // The HTTP status, when one arrived.
    QString failure;                     // The transport error or the timeout, else empty.
    RetryDecision decision = RetryDecision::NotNeeded; // What followed, and why.

    friend bool operator==(const Attempt &, const Attempt &) = default;
};

// Thread safety: a value.
//
// What a call did: every attempt with its times, outcome and the reason for trying again or not. Part of
// every ServiceResponse and ServiceError.
struct INFRA_EXPORT AttemptLedger
{
    std::vector<Attempt> attempts;    // In their order; empty when the request itself was refused as invalid.
    std::chrono::nanoseconds total{}; // From the call to its result.

    // How many requests may have reached a server.
    [[nodiscard]] int sentCount() const noexcept;
    // Time spent in one phase over all attempts.
    [[nodiscard]] std::chrono::nanoseconds timeIn(RequestPhase phase) const noexcept;
    // The phase that took the most over all attempts; Queue when none took any time.
    [[nodiscard]] RequestPhase longestPhase() const noexcept;
    // One line for a log: "2 attempts in 5.000 s: queue 0.200 s, wait 4.800 s; #1 503, retried; #2 200, not needed".
    // Phases below a millisecond are left out.
    [[nodiscard]] QString summary() const;

    friend bool operator==(const AttemptLedger &, const AttemptLedger &) = default;
};

} // namespace Infra
