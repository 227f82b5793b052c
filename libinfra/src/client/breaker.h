// SPDX-License-Identifier: MIT
#pragma once

#include <infra/circuitbreaker.h>
#include <infra/clock.h>

#include <array>
#include <cstdint>
#include <optional>

namespace Infra::Detail {

// Thread safety: none; under its owner's lock.
//
// The circuit breaker of one service over a window of ten slices of time. Every attempt takes a permit and
// gives it back with what became of it. Permits of an earlier state change nothing later: an answer that was
// under way when the breaker opened does not close it.
class CircuitBreaker
{
public:
    enum class Verdict { Success, Failure, Ignored };
    struct Permit
    {
        std::uint64_t generation = 0;
    };
    struct Transitions
    {
        std::uint64_t opened = 0;
        std::uint64_t halfOpened = 0;
        std::uint64_t closed = 0;
    };

    CircuitBreaker(const CircuitBreakerOptions &options, const Clock &clock);

    // Leave to send one attempt, or nothing. An open breaker whose time is up becomes half-open here.
    [[nodiscard]] std::optional<Permit> tryAcquire();
    // Whether tryAcquire() would give one; changes nothing.
    [[nodiscard]] bool wouldPermit() const;
    void release(Permit permit, Verdict verdict);

    [[nodiscard]] BreakerState state() const noexcept { return m_state; }
    [[nodiscard]] const Transitions &transitions() const noexcept { return m_transitions; }

private:
    struct Slice
    {
        std::int64_t index = -1;
        int attempts = 0;
        int failures = 0;
    };

    void enter(BreakerState state);
    [[nodiscard]] Slice &currentSlice();
    [[nodiscard]] bool windowFailed() const;

    const CircuitBreakerOptions m_options;
    const Clock &m_clock;
    const std::chrono::nanoseconds m_sliceLength;
    std::array<Slice, 10> m_slices;
    BreakerState m_state = BreakerState::Closed;
    std::uint64_t m_generation = 1;
    SteadyTime m_openUntil{};
    int m_trialsOut = 0;
    int m_trialsSucceeded = 0;
    Transitions m_transitions;
};

} // namespace Infra::Detail
