// SPDX-License-Identifier: MIT
#include "breaker.h"

namespace Infra {

const char *breakerStateName(BreakerState state) noexcept
{
    switch (state) {
    case BreakerState::Closed: return "closed";
    case BreakerState::Open: return "open";
    case BreakerState::HalfOpen: return "half_open";
    }
    return "closed";
}

} // namespace Infra

namespace Infra::Detail {

CircuitBreaker::CircuitBreaker(const CircuitBreakerOptions &options, const Clock &clock)
    : m_options(options), m_clock(clock), m_sliceLength(std::chrono::nanoseconds(options.window) / 10)
{
}

std::optional<CircuitBreaker::Permit> CircuitBreaker::tryAcquire()
{
    if (!m_options.enabled)
        return Permit{0};
    if (m_state == BreakerState::Open && m_clock.steadyNow() >= m_openUntil)
        enter(BreakerState::HalfOpen);
    if (m_state == BreakerState::Open)
        return {};
    if (m_state == BreakerState::HalfOpen) {
        if (m_trialsOut + m_trialsSucceeded >= m_options.trialAttempts)
            return {};
        ++m_trialsOut;
    }
    return Permit{m_generation};
}

bool CircuitBreaker::wouldPermit() const
{
    if (!m_options.enabled || m_state == BreakerState::Closed)
        return true;
    if (m_state == BreakerState::Open)
        return m_clock.steadyNow() >= m_openUntil;
    return m_trialsOut + m_trialsSucceeded < m_options.trialAttempts;
}

void CircuitBreaker::release(Permit permit, Verdict verdict)
{
    if (permit.generation != m_generation)
        return;
    if (m_state == BreakerState::HalfOpen) {
        --m_trialsOut;
        if (verdict == Verdict::Failure) {
            enter(BreakerState::Open);
        } else if (verdict == Verdict::Success) {
            ++m_trialsSucceeded;
            if (m_trialsSucceeded >= m_options.trialAttempts)
                enter(BreakerState::Closed);
        }
        return;
    }
    if (verdict == Verdict::Ignored)
        return;
    Slice &slice = currentSlice();
    ++slice.attempts;
    if (verdict == Verdict::Failure) {
        ++slice.failures;
        if (windowFailed())
            enter(BreakerState::Open);
    }
}

void CircuitBreaker::enter(BreakerState state)
{
    m_state = state;
    ++m_generation;
    m_trialsOut = 0;
    m_trialsSucceeded = 0;
    m_slices.fill({});
    switch (state) {
    case BreakerState::Closed:
        ++m_transitions.closed;
        break;
    case BreakerState::Open:
        ++m_transitions.opened;
        m_openUntil = m_clock.steadyNow() + m_options.openDuration;
        break;
    case BreakerState::HalfOpen:
        ++m_transitions.halfOpened;
        break;
    }
}

CircuitBreaker::Slice &CircuitBreaker::currentSlice()
{
    const std::int64_t index = m_clock.steadyNow().time_since_epoch() / m_sliceLength;
    Slice &slice = m_slices[static_cast<std::size_t>(index) % m_slices.size()];
    if (slice.index != index)
        slice = {index, 0, 0};
    return slice;
}

bool CircuitBreaker::windowFailed() const
{
    const std::int64_t now = m_clock.steadyNow().time_since_epoch() / m_sliceLength;
    int attempts = 0;
    int failures = 0;
    for (const Slice &slice : m_slices) {
        if (slice.index >= 0 && now - slice.index < static_cast<std::int64_t>(m_slices.size())) {
            attempts += slice.attempts;
            failures += slice.failures;
        }
    }
    return attempts >= m_options.minimumAttempts && failures >= m_options.failureRatio * attempts;
}

} // namespace Infra::Detail
