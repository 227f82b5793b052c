// SPDX-License-Identifier: MIT
#include <infra/attemptledger.h>

#include <QStringList>

#include <algorithm>
#include <array>

namespace Infra {

namespace {

constexpr std::array Phases{RequestPhase::Queue, RequestPhase::Connect, RequestPhase::Send,
                            RequestPhase::Wait,  RequestPhase::Receive, RequestPhase::Backoff};

std::chrono::nanoseconds partOf(const Attempt &attempt, RequestPhase phase)
{
    switch (phase) {
    case RequestPhase::Queue: return attempt.queue;
    case RequestPhase::Connect: return attempt.connect;
    case RequestPhase::Send: return attempt.send;
    case RequestPhase::Wait: return attempt.wait;
    case RequestPhase::Receive: return attempt.receive;
    case RequestPhase::Backoff: return attempt.backoff;
    }
    return {};
}

QString seconds(std::chrono::nanoseconds time)
{
    return QString::number(std::chrono::duration<double>(time).count(), 'f', 3) + QStringLiteral(" s");
}

} // namespace

const char *requestPhaseName(RequestPhase phase) noexcept
{
    switch (phase) {
    case RequestPhase::Queue: return "queue";
    case RequestPhase::Connect: return "connect";
    case RequestPhase::Send: return "send";
    case RequestPhase::Wait: return "wait";
    case RequestPhase::Receive: return "receive";
    case RequestPhase::Backoff: return "backoff";
    }
    return "queue";
}

const char *retryDecisionName(RetryDecision decision) noexcept
{
    switch (decision) {
    case RetryDecision::NotNeeded: return "not needed";
    case RetryDecision::Retried: return "retried";
    case RetryDecision::Redirected: return "redirected";
    case RetryDecision::NotRetryable: return "not retryable";
    case RetryDecision::NotIdempotent: return "not idempotent";
    case RetryDecision::AttemptsSpent: return "attempts spent";
    case RetryDecision::BudgetSpent: return "retry budget spent";
    case RetryDecision::DeadlineSpent: return "deadline spent";
    case RetryDecision::BodyDelivered: return "body partly delivered";
    case RetryDecision::CallerRetries: return "caller retries";
    case RetryDecision::BreakerOpened: return "circuit breaker opened";
    case RetryDecision::QueueFull: return "queue full";
    }
    return "not needed";
}

int AttemptLedger::sentCount() const noexcept
{
    return static_cast<int>(std::count_if(attempts.begin(), attempts.end(), [](const Attempt &attempt) { return attempt.sent; }));
}

std::chrono::nanoseconds AttemptLedger::timeIn(RequestPhase phase) const noexcept
{
    std::chrono::nanoseconds sum{};
    for (const Attempt &attempt : attempts)
        sum += partOf(attempt, phase);
    return sum;
}

RequestPhase AttemptLedger::longestPhase() const noexcept
{
    return *std::max_element(Phases.begin(), Phases.end(),
                             [this](RequestPhase a, RequestPhase b) { return timeIn(a) < timeIn(b); });
}

QString AttemptLedger::summary() const
{
    QStringList times;
    for (const RequestPhase phase : Phases) {
        const auto time = timeIn(phase);
        if (time >= std::chrono::milliseconds(1))
            times << QLatin1String(requestPhaseName(phase)) + QLatin1Char(' ') + seconds(time);
    }
    QString text = QStringLiteral("%1 %2 in %3")
                       .arg(attempts.size())
                       .arg(attempts.size() == 1 ? QLatin1String("attempt") : QLatin1String("attempts"), seconds(total));
    if (!times.isEmpty())
        text += QStringLiteral(": ") + times.join(QStringLiteral(", "));
    for (const Attempt &attempt : attempts) {
        const QString what = attempt.status ? QString::number(*attempt.status)
            : attempt.failure.isEmpty()     ? QStringLiteral("unfinished")
                                            : attempt.failure;
        text += QStringLiteral("; #%1 %2, %3").arg(attempt.number).arg(what, QLatin1String(retryDecisionName(attempt.decision)));
    }
    return text;
}

} // namespace Infra
