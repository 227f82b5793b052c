// SPDX-License-Identifier: MIT
#pragma once

#include "backoff.h"
#include "breaker.h"
#include "exchange.h"
#include "retrybudget.h"
#include "threadannotations.h"

#include <infra/clientstatistics.h>
#include <infra/serviceclientoptions.h>
#include <infra/serviceresponse.h>

#include <QUrl>

#include <atomic>

namespace Infra::Detail {

// What an attempt came to, as breaker and retry rules see it.
struct AttemptVerdict
{
    CircuitBreaker::Verdict breaker = CircuitBreaker::Verdict::Ignored;
    std::optional<RetryReason> retryReason; // Nothing: trying again cannot help.
};

// From an exchange that ended by itself.
[[nodiscard]] AttemptVerdict judge(const ExchangeResult &result);

// Thread safety: all members may be called from any thread at once.
//
// What all calls of one ServiceClient share: its settings, breaker, budget, jitter and statistics. Outlives
// the client until its last call has ended.
class ClientCore
{
public:
    ClientCore(QString name, QUrl baseUrl, ServiceClientOptions options);

    const QString name;
    const QUrl baseUrl;
    const QByteArray origin; // Of baseUrl.
    const ServiceClientOptions options;

    [[nodiscard]] SteadyTime now() const { return options.clock->steadyNow(); }

    // Breaker.
    [[nodiscard]] std::optional<CircuitBreaker::Permit> acquirePermit();
    [[nodiscard]] bool breakerWouldPermit() const;
    void releasePermit(CircuitBreaker::Permit permit, CircuitBreaker::Verdict verdict);

    // Takes a retry from the budget, or counts the refusal.
    [[nodiscard]] bool reserveRetry();
    // One that was reserved counts once it is sent; otherwise it goes back.
    void retrySent(RetryReason reason);
    void returnRetry();
    [[nodiscard]] std::chrono::nanoseconds pause(int retry);

    // A place among the calls that wait for a connection; false when maxQueued are waiting.
    [[nodiscard]] bool enterQueue();
    void leaveQueue(std::chrono::nanoseconds waited);

    void callStarted();
    // `status` of the answer; 0 when there was none.
    void callFinished(CallOutcome outcome, int status, std::chrono::nanoseconds duration);
    // Of an exchange that was dispatched.
    void attemptFinished(const ExchangeResult &result);

    [[nodiscard]] ClientStatistics statistics() const;

    // Set when the client is destroyed: its calls end as cancelled.
    std::atomic<bool> closed{false};

private:
    mutable Mutex m_mutex;
    CircuitBreaker m_breaker INFRA_GUARDED_BY(m_mutex);
    RetryBudget m_budget INFRA_GUARDED_BY(m_mutex);
    Backoff m_backoff INFRA_GUARDED_BY(m_mutex);
    ClientStatistics m_counters INFRA_GUARDED_BY(m_mutex);
    Histogram m_duration;
    Histogram m_queueTime;
    Histogram m_connectTime;
    Histogram m_serverTime;
};

} // namespace Infra::Detail
