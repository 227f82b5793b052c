// SPDX-License-Identifier: MIT
#include "clientcore.h"

#include "serviceurl.h"

#include <QRandomGenerator>

namespace Infra::Detail {

namespace {

std::uint64_t seedOf(const ServiceClientOptions &options)
{
    return options.seed ? options.seed : QRandomGenerator::global()->generate64();
}

// The service asks to be left alone for now.
bool isThrottled(int status)
{
    return status == 408 || status == 425 || status == 429;
}

} // namespace

AttemptVerdict judge(const ExchangeResult &result)
{
    using Verdict = CircuitBreaker::Verdict;
    switch (result.failure) {
    case ExchangeResult::Failure::None:
        break;
    case ExchangeResult::Failure::NameNotFound:
    case ExchangeResult::Failure::Refused:
    case ExchangeResult::Failure::ConnectFailed:
        return {Verdict::Failure, RetryReason::ConnectFailed};
    case ExchangeResult::Failure::ConnectionLost:
        return {Verdict::Failure, RetryReason::ConnectionLost};
    case ExchangeResult::Failure::Tls:
    case ExchangeResult::Failure::Malformed:
        return {Verdict::Failure, {}};
    case ExchangeResult::Failure::TooLarge:
        return {result.status >= 500 ? Verdict::Failure : Verdict::Success, {}};
    case ExchangeResult::Failure::SinkFailed:
    case ExchangeResult::Failure::Aborted:
        return {Verdict::Ignored, {}};
    }
    if (isThrottled(result.status))
        return {Verdict::Success, RetryReason::Throttled};
    switch (result.status) {
    case 500:
    case 502:
    case 503:
    case 504:
        return {Verdict::Failure, RetryReason::ServerError};
    default:
        return {result.status >= 500 ? Verdict::Failure : Verdict::Success, {}};
    }
}

ClientCore::ClientCore(QString clientName, QUrl url, ServiceClientOptions clientOptions)
    : name(std::move(clientName)), baseUrl(std::move(url)), origin(originOf(baseUrl)), options(std::move(clientOptions)),
      m_breaker(options.breaker, *options.clock), m_budget(options.retry.budgetRatio, options.retry.budgetReserve),
      m_backoff(options.retry, seedOf(options))
{
}

std::optional<CircuitBreaker::Permit> ClientCore::acquirePermit()
{
    const MutexLocker locker(m_mutex);
    return m_breaker.tryAcquire();
}

bool ClientCore::breakerWouldPermit() const
{
    const MutexLocker locker(m_mutex);
    return m_breaker.wouldPermit();
}

void ClientCore::releasePermit(CircuitBreaker::Permit permit, CircuitBreaker::Verdict verdict)
{
    const MutexLocker locker(m_mutex);
    m_breaker.release(permit, verdict);
}

bool ClientCore::reserveRetry()
{
    const MutexLocker locker(m_mutex);
    if (m_budget.tryWithdraw())
        return true;
    ++m_counters.retriesRefused;
    return false;
}

void ClientCore::retrySent(RetryReason reason)
{
    const MutexLocker locker(m_mutex);
    ++m_counters.retries[static_cast<std::size_t>(reason)];
}

void ClientCore::returnRetry()
{
    const MutexLocker locker(m_mutex);
    m_budget.giveBack();
}

std::chrono::nanoseconds ClientCore::pause(int retry)
{
    const MutexLocker locker(m_mutex);
    return m_backoff.pause(retry);
}

bool ClientCore::enterQueue()
{
    const MutexLocker locker(m_mutex);
    if (m_counters.queued >= static_cast<std::uint64_t>(options.maxQueued))
        return false;
    ++m_counters.queued;
    return true;
}

void ClientCore::leaveQueue(std::chrono::nanoseconds waited)
{
    m_queueTime.record(waited);
    const MutexLocker locker(m_mutex);
    --m_counters.queued;
}

void ClientCore::callStarted()
{
    const MutexLocker locker(m_mutex);
    ++m_counters.inFlight;
}

void ClientCore::callFinished(CallOutcome outcome, int status, std::chrono::nanoseconds duration)
{
    m_duration.record(duration);
    const MutexLocker locker(m_mutex);
    --m_counters.inFlight;
    ++m_counters.calls[static_cast<std::size_t>(outcome)];
    if (outcome == CallOutcome::Success || (outcome == CallOutcome::ClientError && !isThrottled(status)))
        m_budget.recordSuccess();
}

void ClientCore::attemptFinished(const ExchangeResult &result)
{
    if (!result.connectionReused && result.connect.count() > 0)
        m_connectTime.record(result.connect);
    if (result.status != 0)
        m_serverTime.record(result.wait);
    if (result.sent) {
        const MutexLocker locker(m_mutex);
        ++m_counters.attempts;
    }
}

ClientStatistics ClientCore::statistics() const
{
    ClientStatistics statistics;
    {
        const MutexLocker locker(m_mutex);
        statistics = m_counters;
        statistics.budgetBalance = m_budget.balance();
        statistics.breakerState = m_breaker.state();
        statistics.breakerOpened = m_breaker.transitions().opened;
        statistics.breakerHalfOpened = m_breaker.transitions().halfOpened;
        statistics.breakerClosed = m_breaker.transitions().closed;
    }
    statistics.duration = m_duration.snapshot();
    statistics.queueTime = m_queueTime.snapshot();
    statistics.connectTime = m_connectTime.snapshot();
    statistics.serverTime = m_serverTime.snapshot();
    return statistics;
}

} // namespace Infra::Detail
