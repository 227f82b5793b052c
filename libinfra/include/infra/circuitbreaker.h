// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <chrono>
#include <cstdint>

namespace Infra {

// Closed: attempts pass. Open: they are refused without being sent (Error::Kind::Rejected). HalfOpen: a few
// trial attempts pass and decide. After Nygard, "Release It!".
enum class BreakerState : std::uint8_t { Closed, HalfOpen, Open };

// "closed", "open", "half_open". Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *breakerStateName(BreakerState state) noexcept;

// Thread safety: a value.
//
// When a service is left alone. A failure is an attempt without an answer (refused, lost, timeout, TLS) or
// with a 5xx status; a cancelled attempt counts as neither. A redirect and where it leads to are one attempt.
struct INFRA_EXPORT CircuitBreakerOptions
{
    // Off: every attempt passes, whatever failed before.
    bool enabled = true;
    // Attempts of the last `window` are counted, in tenths of it. 100 ms to 10 min. Longer is steadier and
    // slower to open.
    std::chrono::milliseconds window{10000};
    // Fewer attempts than this within the window never open it: protects rarely called services. 1 or more.
    int minimumAttempts = 10;
    // Opens when this fraction of them failed. Above 0, at most 1.
    double failureRatio = 0.5;
    // How long it stays open. 1 ms to 1 h. Shorter notices a recovery sooner and sends more into an outage.
    std::chrono::milliseconds openDuration{5000};
    // Attempts that pass half-open, at once or one by one; all must succeed to close, one failure reopens.
    // 1 to 100.
    int trialAttempts = 3;

    friend bool operator==(const CircuitBreakerOptions &, const CircuitBreakerOptions &) = default;
};

} // namespace Infra
