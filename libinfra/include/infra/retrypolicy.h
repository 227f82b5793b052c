// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <chrono>

namespace Infra {

// Thread safety: a value.
//
// When and how a call is tried again. Only idempotent requests, or ones with an Idempotency-Key, are: after
// a refused or lost connection, an attempt timeout, or one of 408, 425, 429, 500, 502, 503, 504.
//
// The pause before attempt n is uniform in [0, min(maximumBackoff, initialBackoff × 2^(n-2))] ("full jitter",
// Brooker, AWS Architecture Blog 2015); a Retry-After of the server is a lower bound for it. The first retry behind a kept
// connection that turned out to be closed has no pause: nothing says that the service is unwell.
struct INFRA_EXPORT RetryOptions
{
    // Attempts in all: 3 means at most 3 requests. 1 switches retries off. 1 to 10. More attempts ride out
    // longer faults and hold the caller longer.
    int maxAttempts = 3;
    // 1 ms to 1 min. Shorter answers sooner and presses harder on a service that is down.
    std::chrono::milliseconds initialBackoff{100};
    // At least initialBackoff, at most 10 min.
    std::chrono::milliseconds maximumBackoff{2000};
    // A longer Retry-After (seconds or date) counts as this one: a confused server must not park callers.
    std::chrono::milliseconds maximumRetryAfter{10000};
    // Retry budget: every successful call, or one answered with a 4xx that is not itself retried, earns this much of a
    // retry, and a retry costs 1, so in the long run
    // retries are at most this fraction of the successes, and a service that answers nothing earns none. One that is
    // refused or given up before it is sent costs nothing.
    // 0 to 1; 1 switches the limit off in effect. Higher rescues more calls and amplifies an outage more.
    double budgetRatio = 0.2;
    // What a new client starts with and the most it can save, in retries. 0 to 1000.
    double budgetReserve = 10;

    friend bool operator==(const RetryOptions &, const RetryOptions &) = default;
};

} // namespace Infra
