// SPDX-License-Identifier: MIT
#pragma once

#include "threadannotations.h"

#include <infra/clock.h>
#include <infra/error.h>

#include <atomic>
#include <cstdint>
#include <optional>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once; isClosed() takes no lock.
//
// Keeps callers from waiting, one after the other, for a store that does not answer: after a failure the gate is
// closed for the retry interval, then lets one call through, whose outcome decides.
class StoreGate
{
public:
    // `operationTimeout`: what a call has at most, as a rule.
    StoreGate(const Clock &clock, std::chrono::milliseconds retryInterval, std::chrono::milliseconds operationTimeout);

    [[nodiscard]] bool isClosed() const noexcept { return m_closed.load(std::memory_order_relaxed); }
    // The error to fail with when the store must not be asked now; nothing when it may.
    [[nodiscard]] std::optional<Error> refusal();
    void succeeded();
    void failed(const Error &error);
    // Of a call that had from `begin` to `limit`. What was not done within little time says nothing about the store, but adds up
    // until something succeeds: some callers never have more.
    void failedWithin(const Error &error, SteadyTime begin, SteadyTime limit);
    [[nodiscard]] std::optional<Error> lastError() const;
    // How often it was closed. Unlike isClosed(), also tells of what was over before anyone looked.
    [[nodiscard]] std::uint64_t closings() const noexcept { return m_closings.load(std::memory_order_relaxed); }

    // Whether an error speaks of the store rather than of the call.
    [[nodiscard]] static bool isStoreFailure(const Error &error) noexcept;

private:
    const Clock &m_clock;
    const std::chrono::milliseconds m_retryInterval;
    const std::chrono::nanoseconds m_enough; // Of waiting in vain, to say that the store does not answer.
    std::atomic<bool> m_closed{false};
    std::atomic<std::uint64_t> m_closings{0};
    std::atomic<bool> m_hasWaited{false}; // In vain, since something succeeded.
    mutable Mutex m_mutex;
    SteadyTime m_retryAt INFRA_GUARDED_BY(m_mutex){};
    // While m_hasWaited: all callers together, and since when.
    std::chrono::nanoseconds m_waited INFRA_GUARDED_BY(m_mutex){0};
    SteadyTime m_waitingSince INFRA_GUARDED_BY(m_mutex){};
    std::optional<Error> m_lastError INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
