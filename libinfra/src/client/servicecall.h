// SPDX-License-Identifier: MIT
#pragma once

#include "callpromise.h"
#include "clientcore.h"
#include "exchange.h"

#include <infra/servicerequest.h>

#include <memory>

namespace Infra::Detail {

// Thread safety: made on any thread, then lives on the network thread.
//
// One call from its start to its result: waits for a connection, asks the breaker, exchanges, decides about
// redirects and retries, pauses, and keeps the ledger. One timer is running at any time, for whichever of the
// attempt's timeout, the pause and the total deadline comes first.
class ServiceCall final : public Operation, public std::enable_shared_from_this<ServiceCall>
{
public:
    // `url` and all headers have been checked.
    ServiceCall(std::shared_ptr<ClientCore> core, ServiceRequest request, QUrl url, HttpHeaders headers);
    ~ServiceCall() override;

    [[nodiscard]] QFuture<ServiceResult> future() { return m_promise.future(); }
    // Does nothing when the thread is ending. Let go of without having been started, a call is cancelled.
    void start(NetworkHub &hub);

    void tick() override;
    void shutDown() override;

private:
    void enqueue();
    void dispatch();
    void exchanged(ExchangeResult result);
    void timedOut();
    // False when the answer is for the caller; otherwise the next hop, or the call's end, is under way.
    [[nodiscard]] bool followRedirect(ExchangeResult &result);
    [[nodiscard]] RetryDecision decide(const ExchangeResult &result, const AttemptVerdict &verdict,
                                       std::chrono::nanoseconds &pause);
    void pauseAndRetry(std::chrono::nanoseconds pause);
    // The attempt that is next is not sent.
    void refuse(Error::Kind kind, const QString &message, RetryDecision decision);
    void conclude(ExchangeResult result);
    void concludeError(Error::Kind kind, const QString &message, RequestPhase phase, const QString &nativeCode = {});
    void cancel(const QString &why);
    void finish(ServiceResult result, CallOutcome outcome);

    void leaveLane();
    void takeOver(const ExchangeResult &result);
    void setTimer(SteadyTime when);
    [[nodiscard]] HttpHeaders attemptHeaders() const;
    [[nodiscard]] RequestPhase currentPhase() const;
    [[nodiscard]] Attempt &current() { return m_ledger.attempts.back(); }

    enum class State { New, Queued, Exchanging, Pausing, Finished };

    // What an attempt came to.
    struct Ending
    {
        ExchangeResult result;
        std::optional<RequestPhase> timedOutIn;
    };

    const std::shared_ptr<ClientCore> m_core;
    const ServiceRequest m_request;
    const SteadyTime m_started;
    const SteadyTime m_deadline;
    const std::chrono::nanoseconds m_attemptTimeout;
    const int m_maxAttempts;
    bool m_repeatable; // At the origin of m_url.
    const TraceContext m_trace;

    CallPromise<ServiceResult> m_promise;
    NetworkHub *m_hub = nullptr;
    std::shared_ptr<ConnectionManager> m_manager;
    std::shared_ptr<OriginLane> m_lane;
    AdmissionQueue::Ticket m_ticket = 0;
    std::unique_ptr<Exchange> m_exchange;
    std::optional<CircuitBreaker::Permit> m_permit; // Kept from one hop of a redirect to the next.
    std::optional<Ending> m_last;                   // Of the attempt before the one that has not been sent yet.
    std::optional<RetryReason> m_retry;             // Of the one that has not been sent yet; paid for.
    NetworkHub::Timer m_timer;
    SteadyTime m_attemptDeadline{};
    SteadyTime m_stateSince{};
    State m_state = State::New;

    QUrl m_url;
    QByteArray m_method;
    QByteArray m_body;
    HttpHeaders m_headers;
    int m_attempt = 0; // Without redirects.
    int m_redirects = 0;
    AttemptLedger m_ledger;
};

} // namespace Infra::Detail
