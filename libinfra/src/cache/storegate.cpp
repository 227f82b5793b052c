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
    if (m_waited.load(std::memory_order_relaxed) != std::chrono::nanoseconds(0))
        m_waited.store(std::chrono::nanoseconds(0), std::memory_order_relaxed);
}

void StoreGate::failedWithin(const Error &error, std::chrono::nanoseconds time)
{
    if (error.kind == Error::Kind::Busy || error.kind == Error::Kind::Timeout) {
        // Two at once may count as one.
        const std::chrono::nanoseconds waited
            = m_waited.load(std::memory_order_relaxed) + std::clamp(time, std::chrono::nanoseconds(0), m_enough);
        m_waited.store(waited, std::memory_order_relaxed);
        if (waited < m_enough)
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
    m_closed.store(true, std::memory_order_relaxed);
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
