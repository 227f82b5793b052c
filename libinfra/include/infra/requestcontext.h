// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/tracecontext.h>

#include <QByteArray>

#include <optional>
#include <utility>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// What a server learns from the headers of a request it is handling, and passes to the calls it makes on
// its behalf (ServiceRequest::context), so that a chain of services shares one trace and one shrinking
// deadline, and retries add up instead of multiplying:
//
// - traceparent, tracestate: W3C Trace Context.
// - Infra-Deadline-Ms: 1200: how long the caller goes on waiting, in milliseconds from the moment the request was
//   sent; relative, so that clocks need not agree.
// - Infra-Attempt: 2/3: which attempt of how many this is.
//
// ServiceClient sends all of them. A missing or unreadable header is treated as absent.
//
//     Infra::ServiceRequest request;
//     request.context = Infra::RequestContext::fromHeaders(incomingHeaders); // In a request handler.
struct INFRA_EXPORT RequestContext
{
    // Names and values as received, in order.
    using Headers = std::vector<std::pair<QByteArray, QByteArray>>;

    // The header of `deadline`.
    static constexpr const char *DeadlineHeader = "Infra-Deadline-Ms";
    // The header of `attempt` and `maxAttempts`.
    static constexpr const char *AttemptHeader = "Infra-Attempt";
    // A longer `traceState` is dropped when it is received, and InvalidArgument when it is to be sent.
    static constexpr qsizetype MaximumTraceStateBytes = 512;
    // A longer announced deadline counts as this one.
    static constexpr std::chrono::hours MaximumDeadline{24};

    std::optional<TraceContext> trace; // The caller's; nothing: a call made in this context begins a new one.
    // Passed on unchanged with `trace`, and not without it. CR, LF and control characters are refused.
    QByteArray traceState;
    // When the caller stops waiting. Calls made in this context end by then.
    std::optional<SteadyTime> deadline;
    int attempt = 1;     // From 1.
    int maxAttempts = 1; // 1 when the caller does not say.

    // Whether the caller tries again by itself, or already does: then calls made in this context are tried
    // once only.
    [[nodiscard]] bool callerRetries() const noexcept { return maxAttempts > 1; }
    // Time left before the deadline, not negative; nothing when there is no deadline.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> remaining(const Clock &clock = Clock::system()) const;

    // Header names are compared without case. `clock` must be the one the calls made later use.
    [[nodiscard]] static RequestContext fromHeaders(const Headers &headers, const Clock &clock = Clock::system());
};

} // namespace Infra
