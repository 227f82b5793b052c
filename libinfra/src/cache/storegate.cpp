// SPDX-License-Identifier: MIT
#include "storegate.h"

#include <algorithm>

namespace Infra::Detail {

StoreGate::StoreGate(const Clock &clock, std::chrono::milliseconds retryInterval, std::chrono::milliseconds operationTimeout)
    // Half: a call may have spent some of its time before it came to the store.
    : m_clock(clock), m_retryInterval(retryInterval), m_enough(std::chrono::nanoseconds(operationTimeout) / 2)
{
}

std::optional<Error> StoreGate::refusal()
{
    if (!isClosed())
        return std::nullopt;
    const MutexLocker locker(m_mutex);
    const SteadyTime now = m_clock.steadyNow();
    if (!isClosed() || now >= m_retryAt) {
        m_retryAt = now + m_retryInterval;
        return std::nullopt;
    }
    Error error = m_lastError.value_or(Error{Error::Kind::Unavailable, {}, {}});
    error.message = QStringLiteral("The store failed a moment ago and is tried again soon: ") + error.message;
    return error;
}

void StoreGate::succeeded()
{
    if (isClosed())
        m_closed.store(false, std::memory_order_relaxed);
    if (m_hasWaited.load(std::memory_order_relaxed))
        m_hasWaited.store(false, std::memory_order_relaxed);
}

void StoreGate::failedWithin(const Error &error, SteadyTime begin, SteadyTime limit)
{
    if (error.kind == Error::Kind::Busy || error.kind == Error::Kind::Timeout) {
        const std::chrono::nanoseconds time = limit <= begin ? std::chrono::nanoseconds(0) : std::min(limit - begin, m_enough);
        const MutexLocker locker(m_mutex);
        const SteadyTime now = m_clock.steadyNow();
        if (!m_hasWaited.exchange(true, std::memory_order_relaxed)) {
            m_waited = std::chrono::nanoseconds(0);
            m_waitingSince = now - time;
        }
        m_waited += time;
        // Many at once wait for the same stall.
        if (time < m_enough && std::min<std::chrono::nanoseconds>(m_waited, now - m_waitingSince) < m_enough)
            return;
    }
    failed(error);
}

void StoreGate::failed(const Error &error)
{
    if (!isStoreFailure(error))
        return;
    const MutexLocker locker(m_mutex);
    m_lastError = error;
    m_retryAt = m_clock.steadyNow() + m_retryInterval;
    if (!m_closed.exchange(true, std::memory_order_relaxed))
        m_closings.fetch_add(1, std::memory_order_relaxed);
}

std::optional<Error> StoreGate::lastError() const
{
    const MutexLocker locker(m_mutex);
    return m_lastError;
}

bool StoreGate::isStoreFailure(const Error &error) noexcept
{
    switch (error.kind) {
    case Error::Kind::InvalidArgument:
    case Error::Kind::LimitExceeded:
    case Error::Kind::NotFound:
    case Error::Kind::Cancelled:
    case Error::Kind::Conflict:
        return false;
    default:
        return true;
    }
}

} // namespace Infra::Detail
