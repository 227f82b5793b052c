// SPDX-License-Identifier: MIT
#include "servicecall.h"

#include "redirectpolicy.h"
#include "retryafter.h"
#include "serviceurl.h"

#include <QJsonDocument>

#include <algorithm>

namespace Infra::Detail {

namespace {

// Without the help of an Idempotency-Key. A redirect may have changed the method.
bool isRepeatable(const ServiceRequest &request, const QByteArray &method)
{
    if (request.idempotent)
        return *request.idempotent;
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

SteadyTime deadlineOf(const ServiceRequest &request, const ClientCore &core, SteadyTime now)
{
    SteadyTime deadline = request.deadline ? request.deadline->resolve(*core.options.clock) : now + core.options.totalTimeout;
    if (request.context && request.context->deadline)
        deadline = std::min(deadline, *request.context->deadline);
    return deadline;
}

QByteArray headerOf(const HttpHeaders &headers, const char *name)
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

QString milliseconds(std::chrono::nanoseconds time)
{
    return QStringLiteral("%1 ms").arg(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::pair<Error::Kind, CallOutcome> kindOf(ExchangeResult::Failure failure)
{
    switch (failure) {
    case ExchangeResult::Failure::Tls: return {Error::Kind::Tls, CallOutcome::Tls};
    case ExchangeResult::Failure::TooLarge: return {Error::Kind::LimitExceeded, CallOutcome::Invalid};
    case ExchangeResult::Failure::Malformed: return {Error::Kind::Protocol, CallOutcome::Invalid};
    case ExchangeResult::Failure::SinkFailed: return {Error::Kind::Io, CallOutcome::Invalid};
    default: return {Error::Kind::Unavailable, CallOutcome::Unavailable};
    }
}

CallOutcome outcomeOf(Error::Kind kind)
{
    switch (kind) {
    case Error::Kind::Timeout: return CallOutcome::Timeout;
    case Error::Kind::Cancelled: return CallOutcome::Cancelled;
    case Error::Kind::Rejected: return CallOutcome::Rejected;
    case Error::Kind::Tls: return CallOutcome::Tls;
    case Error::Kind::Unavailable: return CallOutcome::Unavailable;
    default: return CallOutcome::Invalid;
    }
}

} // namespace

ServiceCall::ServiceCall(std::shared_ptr<ClientCore> core, ServiceRequest request, QUrl url, HttpHeaders headers)
    : m_core(std::move(core)), m_request(std::move(request)), m_started(m_core->now()),
      m_deadline(deadlineOf(m_request, *m_core, m_started)),
      m_attemptTimeout(m_request.attemptTimeout.value_or(m_core->options.attemptTimeout)),
      m_maxAttempts(m_request.maxAttempts.value_or(m_core->options.retry.maxAttempts)),
      m_repeatable(!m_request.idempotencyKey.isEmpty() || isRepeatable(m_request, m_request.method)),
      m_trace(m_request.context && m_request.context->trace ? *m_request.context->trace : TraceContext::create()),
      m_url(std::move(url)), m_method(m_request.method), m_body(m_request.body), m_headers(std::move(headers))
{
    m_core->callStarted();
}

ServiceCall::~ServiceCall()
{
    // Not begun, because the network thread is ending or has ended.
    if (m_state != State::Finished)
        cancel(QStringLiteral("the network thread has stopped"));
}

void ServiceCall::start(NetworkHub &hub)
{
    if (hub.isShuttingDown())
        return;
    m_hub = &hub;
    hub.addOperation(shared_from_this());
    m_manager = hub.manager({ManagerKey::Use::Requests, m_core->options.proxy == ServiceClientOptions::Proxy::System,
                             m_core->options.tls});
    // The client's destructor unpins.
    if (!m_core->closed)
        hub.pin(m_core.get(), m_manager);
    m_attempt = 1;
    enqueue();
}

void ServiceCall::enqueue()
{
    m_state = State::Queued;
    m_stateSince = m_core->now();
    Attempt attempt;
    attempt.number = static_cast<int>(m_ledger.attempts.size()) + 1;
    attempt.url = displayUrl(m_url);
    attempt.started = m_stateSince - m_started;
    m_ledger.attempts.push_back(std::move(attempt));

    if (m_core->closed) {
        cancel(QStringLiteral("the client was destroyed"));
        return;
    }
    if (!m_permit && !m_core->breakerWouldPermit()) {
        refuse(Error::Kind::Rejected, QStringLiteral("the circuit breaker is open"), RetryDecision::BreakerOpened);
        return;
    }
    if (m_stateSince >= m_deadline) {
        timedOut();
        return;
    }
    if (!m_core->enterQueue()) {
        refuse(Error::Kind::LimitExceeded,
               QStringLiteral("%1 calls are waiting for a connection (maxQueued)").arg(m_core->options.maxQueued),
               RetryDecision::QueueFull);
        return;
    }
    m_lane = m_manager->lane(m_redirects == 0 ? m_core->origin : originOf(m_url));
    m_ticket = m_lane->queue.enqueue(m_request.priority, m_core->options.maxConnectionsPerHost);
    m_lane->granted.emplace(m_ticket, [this] { dispatch(); });
    grantWaiting(m_lane);
    if (m_state == State::Queued)
        setTimer(m_deadline);
}

void ServiceCall::dispatch()
{
    m_state = State::Exchanging;
    const SteadyTime now = m_core->now();
    current().queue = now - m_stateSince;
    m_core->leaveQueue(current().queue);
    m_stateSince = now;
    if (now >= m_deadline) {
        // Its timer is due too, behind the one of the call whose place this is.
        timedOut();
        return;
    }
    if (!m_permit)
        m_permit = m_core->acquirePermit();
    if (!m_permit) {
        refuse(Error::Kind::Rejected, QStringLiteral("the circuit breaker is open"), RetryDecision::BreakerOpened);
        return;
    }
    if (m_retry)
        m_core->retrySent(*m_retry);
    m_retry.reset();
    m_last.reset();
    m_attemptDeadline = now + m_attemptTimeout;
    ExchangeRequest request;
    request.url = m_url;
    request.method = m_method;
    request.headers = attemptHeaders();
    request.body = m_body;
    request.deadline = std::min(m_attemptDeadline, m_deadline);
    request.maxResponseBytes = m_request.maxResponseBytes.value_or(m_core->options.maxResponseBytes);
    request.sink = m_request.sink;
    request.progress = m_request.progress;
    m_exchange = std::make_unique<Exchange>(m_manager, m_lane, std::move(request), *m_core->options.clock,
                                            [this](ExchangeResult result) { exchanged(std::move(result)); });
    setTimer(std::min(m_attemptDeadline, m_deadline));
    m_exchange->start();
}

HttpHeaders ServiceCall::attemptHeaders() const
{
    HttpHeaders headers = m_headers;
    setHeader(headers, QByteArrayLiteral("traceparent"), m_trace.child().toHeader());
    // It belongs to the trace, and means nothing in another.
    if (m_request.context && m_request.context->trace && !m_request.context->traceState.isEmpty())
        setHeader(headers, QByteArrayLiteral("tracestate"), m_request.context->traceState);
    if (m_repeatable && m_maxAttempts > 1 && !(m_request.context && m_request.context->callerRetries()))
        setHeader(headers, RequestContext::AttemptHeader,
                  QByteArray::number(m_attempt) + '/' + QByteArray::number(m_maxAttempts));
    else if (m_request.context && m_request.context->callerRetries())
        setHeader(headers, RequestContext::AttemptHeader,
                  QByteArray::number(m_request.context->attempt) + '/' + QByteArray::number(m_request.context->maxAttempts));
    return headers;
}

void ServiceCall::takeOver(const ExchangeResult &result)
{
    Attempt &attempt = current();
    attempt.connect = result.connect;
    attempt.send = result.send;
    attempt.wait = result.wait;
    attempt.receive = result.receive;
    attempt.connectionReused = result.connectionReused;
    attempt.sent = result.sent;
    if (result.status != 0)
        attempt.status = result.status;
    attempt.failure = result.message;
}

void ServiceCall::exchanged(ExchangeResult result)
{
    // Keeps this alive: leaving the lane may start other calls, and the result may run the caller's code.
    const auto self = shared_from_this();
    m_exchange.release()->deleteLater();
    takeOver(result);
    m_core->attemptFinished(result);
    if (result.failure == ExchangeResult::Failure::None && result.status >= 300 && result.status < 400 && followRedirect(result))
        return;
    const AttemptVerdict verdict = judge(result);
    m_core->releasePermit(*m_permit, verdict.breaker);
    m_permit.reset();
    leaveLane();
    if (m_state == State::Finished)
        return;
    std::chrono::nanoseconds pause{};
    current().decision = decide(result, verdict, pause);
    if (current().decision == RetryDecision::Retried) {
        m_last = Ending{std::move(result), {}};
        pauseAndRetry(pause);
    } else {
        conclude(std::move(result));
    }
}

bool ServiceCall::followRedirect(ExchangeResult &result)
{
    if (m_core->options.maxRedirects == 0)
        return false;
    const auto redirect = redirectOf(result.status, headerOf(result.headers, "Location"), m_url, m_method, m_repeatable);
    if (!redirect) {
        current().decision = RetryDecision::NotRetryable;
        concludeError(redirect.error().kind, redirect.error().message, RequestPhase::Receive, redirect.error().nativeCode);
        return true;
    }
    if (!*redirect)
        return false;
    const bool reads = m_method == "GET" || m_method == "HEAD" || (*redirect)->becomesGet;
    // The key stays behind with the credentials. Where it alone allows to send this again, the caller decides about that.
    if ((*redirect)->crossesOrigin && !reads && !isRepeatable(m_request, m_method))
        return false;
    if (++m_redirects > m_core->options.maxRedirects) {
        current().decision = RetryDecision::NotRetryable;
        concludeError(Error::Kind::Protocol,
                      QStringLiteral("more than %1 redirects (maxRedirects)").arg(m_core->options.maxRedirects),
                      RequestPhase::Receive, QString::number(result.status));
        return true;
    }
    current().decision = RetryDecision::Redirected;
    m_url = (*redirect)->url;
    if ((*redirect)->becomesGet) {
        m_method = QByteArrayLiteral("GET");
        m_body.clear();
        std::erase_if(m_headers, [](const auto &header) { return header.first.compare("Content-Type", Qt::CaseInsensitive) == 0; });
    }
    if ((*redirect)->crossesOrigin) {
        m_headers = withoutCredentials(m_headers);
        m_repeatable = m_repeatable && isRepeatable(m_request, m_method);
    }
    m_last = Ending{std::move(result), {}};
    // The permit goes along: what the server has done must not end as a call that nothing was sent of.
    leaveLane();
    enqueue();
    return true;
}

void ServiceCall::refuse(Error::Kind kind, const QString &message, RetryDecision decision)
{
    if (!m_last) {
        concludeError(kind, message, RequestPhase::Queue);
        return;
    }
    m_ledger.attempts.pop_back();
    current().decision = decision;
    if (m_last->timedOutIn)
        concludeError(Error::Kind::Timeout, m_last->result.message, *m_last->timedOutIn);
    else
        conclude(std::move(m_last->result));
}

RetryDecision ServiceCall::decide(const ExchangeResult &result, const AttemptVerdict &verdict, std::chrono::nanoseconds &pause)
{
    if (result.failure == ExchangeResult::Failure::None && result.status < 400)
        return RetryDecision::NotNeeded;
    if (!verdict.retryReason)
        return RetryDecision::NotRetryable;
    if (!m_repeatable)
        return RetryDecision::NotIdempotent;
    if (result.delivered)
        return RetryDecision::BodyDelivered;
    if (m_attempt >= m_maxAttempts)
        return RetryDecision::AttemptsSpent;
    if (m_request.context && m_request.context->callerRetries())
        return RetryDecision::CallerRetries;
    if (!m_core->breakerWouldPermit())
        return RetryDecision::BreakerOpened;

    // A kept connection that the server had closed says nothing about its health: no reason to wait.
    const bool stale = result.failure == ExchangeResult::Failure::ConnectionLost && result.connectionReused && result.status == 0;
    pause = stale && m_attempt == 1 ? std::chrono::nanoseconds(0) : m_core->pause(m_attempt);
    const auto retryAfter = parseRetryAfter(headerOf(result.headers, "Retry-After"), m_core->options.clock->systemNow(),
                                            m_core->options.retry.maximumRetryAfter);
    if (retryAfter)
        pause = std::max<std::chrono::nanoseconds>(pause, *retryAfter);
    if (m_core->now() + pause >= m_deadline)
        return RetryDecision::DeadlineSpent;
    if (!m_core->reserveRetry())
        return RetryDecision::BudgetSpent;
    m_retry = verdict.retryReason;
    return RetryDecision::Retried;
}

void ServiceCall::pauseAndRetry(std::chrono::nanoseconds pause)
{
    m_state = State::Pausing;
    m_stateSince = m_core->now();
    m_attemptDeadline = m_stateSince + pause;
    setTimer(std::min(m_attemptDeadline, m_deadline));
}

void ServiceCall::timedOut()
{
    const auto self = shared_from_this();
    // Not always what led here.
    m_hub->removeTimer(m_timer);
    m_timer = {};
    const SteadyTime now = m_core->now();
    if (m_state == State::Pausing && now >= m_attemptDeadline && now < m_deadline) {
        current().backoff = now - m_stateSince;
        ++m_attempt;
        enqueue();
        return;
    }
    const RequestPhase phase = currentPhase();
    const bool total = now >= m_deadline;
    QString message;
    if (total)
        message = QStringLiteral("the total deadline of %1 passed in phase %2")
                      .arg(milliseconds(m_deadline - m_started), QLatin1String(requestPhaseName(phase)));
    else
        message = QStringLiteral("the attempt's timeout of %1 passed in phase %2")
                      .arg(milliseconds(m_attemptTimeout), QLatin1String(requestPhaseName(phase)));
    if (m_state == State::Pausing)
        current().backoff = now - m_stateSince;
    if (m_state != State::Exchanging || !m_exchange) {
        if (phase == RequestPhase::Queue)
            current().failure = message;
        concludeError(Error::Kind::Timeout, message, phase);
        return;
    }
    ExchangeResult result = m_exchange->abort();
    m_exchange.release()->deleteLater();
    result.message = message;
    takeOver(result);
    m_core->attemptFinished(result);
    m_core->releasePermit(*m_permit, CircuitBreaker::Verdict::Failure);
    m_permit.reset();
    leaveLane();
    std::chrono::nanoseconds pause{};
    current().decision = total ? RetryDecision::DeadlineSpent
                               : decide(result, {CircuitBreaker::Verdict::Failure, RetryReason::Timeout}, pause);
    if (current().decision == RetryDecision::Retried) {
        m_last = Ending{std::move(result), phase};
        pauseAndRetry(pause);
    } else {
        concludeError(Error::Kind::Timeout, message, phase);
    }
}

void ServiceCall::conclude(ExchangeResult result)
{
    if (result.failure != ExchangeResult::Failure::None) {
        const auto [kind, outcome] = kindOf(result.failure);
        const RequestPhase phase = !result.sent ? RequestPhase::Connect : result.status == 0 ? RequestPhase::Wait : RequestPhase::Receive;
        // A body over the limit, or that there is another answer to come, is not all that the server said.
        const bool isInterim = result.status > 0 && result.status < 200;
        const QString status = result.failure == ExchangeResult::Failure::TooLarge || isInterim ? QString::number(result.status) : QString();
        concludeError(kind, result.message, phase, status);
        return;
    }
    ServiceResponse response;
    response.status = result.status;
    response.headers = std::move(result.headers);
    response.body = std::move(result.body);
    response.bytesReceived = result.bytesReceived;
    if (m_request.expectJson && response.isSuccess() && response.status != 204) {
        if (const auto json = response.json(); !json) {
            concludeError(json.error().kind, json.error().message, RequestPhase::Receive, json.error().nativeCode);
            return;
        }
    }
    const CallOutcome outcome = response.status < 400 ? CallOutcome::Success
        : response.status < 500                       ? CallOutcome::ClientError
                                                      : CallOutcome::ServerError;
    finish(std::move(response), outcome);
}

void ServiceCall::concludeError(Error::Kind kind, const QString &message, RequestPhase phase, const QString &nativeCode)
{
    ServiceError error;
    error.kind = kind;
    error.phase = phase;
    error.nativeCode = nativeCode;
    error.message = message;
    const CallOutcome outcome = kind == Error::Kind::LimitExceeded && phase == RequestPhase::Queue ? CallOutcome::Rejected
                                                                                                    : outcomeOf(kind);
    finish(tl::unexpected(std::move(error)), outcome);
}

void ServiceCall::cancel(const QString &why)
{
    if (m_state == State::Finished)
        return;
    const RequestPhase phase = currentPhase();
    if (m_exchange) {
        ExchangeResult result = m_exchange->abort();
        m_exchange.release()->deleteLater();
        result.message = why;
        takeOver(result);
        m_core->attemptFinished(result);
        m_core->releasePermit(*m_permit, CircuitBreaker::Verdict::Ignored);
        m_permit.reset();
    }
    concludeError(Error::Kind::Cancelled, why, phase);
}

void ServiceCall::finish(ServiceResult result, CallOutcome outcome)
{
    // The hub's reference may be the last one; there is none when the destructor cancels.
    const auto self = weak_from_this().lock();
    const bool waited = m_state == State::Queued && m_lane;
    m_state = State::Finished;
    // Still held behind a redirect that is not followed to its end; it was an answer.
    if (m_permit)
        m_core->releasePermit(*m_permit, CircuitBreaker::Verdict::Success);
    m_permit.reset();
    if (m_retry)
        m_core->returnRetry();
    m_retry.reset();
    if (waited) {
        current().queue = m_core->now() - m_stateSince;
        m_core->leaveQueue(current().queue);
        m_lane->granted.erase(m_ticket);
        m_lane->queue.withdraw(m_ticket);
        // Its limit may have been what the others were waiting for.
        grantWaiting(std::move(m_lane));
    }
    leaveLane();
    if (m_hub) {
        m_hub->removeTimer(m_timer);
        m_hub->removeOperation(this);
    }
    m_ledger.total = m_core->now() - m_started;
    const int status = result ? result->status : 0;
    if (result) {
        result->ledger = std::move(m_ledger);
    } else {
        result.error().message = QStringLiteral("%1 %2 %3: %4 (%5)")
                                     .arg(m_core->name, QString::fromLatin1(m_request.method), displayUrl(m_url),
                                          result.error().message, m_ledger.summary());
        result.error().ledger = std::move(m_ledger);
    }
    m_core->callFinished(outcome, status, result ? result->ledger.total : result.error().ledger.total);
    // With a result, a continuation that calls again would do so for ever when nothing can be begun any more: on this
    // stack, or in a thread that the application waits for.
    if (m_hub)
        m_promise.finish(std::move(result));
    else
        m_promise.cancel();
}

void ServiceCall::leaveLane()
{
    if (!m_lane)
        return;
    m_lane->queue.release(m_ticket);
    grantWaiting(std::move(m_lane));
}

void ServiceCall::setTimer(SteadyTime when)
{
    m_hub->removeTimer(m_timer);
    m_timer = m_hub->addTimer(*m_core->options.clock, when, [this] { timedOut(); });
}

RequestPhase ServiceCall::currentPhase() const
{
    switch (m_state) {
    case State::Exchanging:
        return m_exchange ? m_exchange->phase() : RequestPhase::Queue;
    case State::Pausing:
        return RequestPhase::Backoff;
    case State::New:
    case State::Queued:
    case State::Finished:
        break;
    }
    return RequestPhase::Queue;
}

void ServiceCall::tick()
{
    if (m_core->closed)
        cancel(QStringLiteral("the client was destroyed"));
    else if (!m_promise.isWanted())
        cancel(QStringLiteral("the caller gave up"));
}

void ServiceCall::shutDown()
{
    cancel(QStringLiteral("the application is ending"));
}

} // namespace Infra::Detail
