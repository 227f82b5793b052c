// SPDX-License-Identifier: MIT
#include <infra/clientstatistics.h>

#include <numeric>

namespace Infra {

namespace {

constexpr std::array Outcomes{CallOutcome::Success,   CallOutcome::ClientError, CallOutcome::ServerError,
                              CallOutcome::Timeout,   CallOutcome::Cancelled,   CallOutcome::Rejected,
                              CallOutcome::Unavailable, CallOutcome::Tls,       CallOutcome::Invalid};
static_assert(Outcomes.size() == CallOutcomeCount);
constexpr std::array Reasons{RetryReason::ConnectFailed, RetryReason::ConnectionLost, RetryReason::Timeout,
                             RetryReason::ServerError, RetryReason::Throttled};
static_assert(Reasons.size() == RetryReasonCount);
constexpr std::array States{BreakerState::Closed, BreakerState::Open, BreakerState::HalfOpen};

// The one list of what is published; toMetrics() and fromSnapshot() both walk it, so they cannot differ.
// `visit` is called with a name, a unit, the attribute (key and value, or null) and the member.
template<class Statistics, class Visit>
void visitMetrics(Statistics &statistics, Visit visit)
{
    for (const CallOutcome outcome : Outcomes)
        visit("infra.client.calls", "{call}", "outcome", callOutcomeName(outcome), statistics.calls[static_cast<std::size_t>(outcome)]);
    visit("infra.client.attempts", "{request}", nullptr, nullptr, statistics.attempts);
    for (const RetryReason reason : Reasons)
        visit("infra.client.retries", "{request}", "reason", retryReasonName(reason), statistics.retries[static_cast<std::size_t>(reason)]);
    visit("infra.client.retries.refused", "{request}", nullptr, nullptr, statistics.retriesRefused);
    visit("infra.client.retry.budget", "{request}", nullptr, nullptr, statistics.budgetBalance);
    visit("infra.client.breaker.transitions", "{transition}", "state", breakerStateName(BreakerState::Open), statistics.breakerOpened);
    visit("infra.client.breaker.transitions", "{transition}", "state", breakerStateName(BreakerState::HalfOpen), statistics.breakerHalfOpened);
    visit("infra.client.breaker.transitions", "{transition}", "state", breakerStateName(BreakerState::Closed), statistics.breakerClosed);
    visit("http.client.request.duration", "s", nullptr, nullptr, statistics.duration);
    visit("http.client.request.time_in_queue", "s", nullptr, nullptr, statistics.queueTime);
    visit("http.client.connect.duration", "s", nullptr, nullptr, statistics.connectTime);
    visit("http.client.server.duration", "s", nullptr, nullptr, statistics.serverTime);
}

constexpr const char *ActiveRequests = "http.client.active_requests";
constexpr const char *QueuedRequests = "infra.client.queued_requests";
constexpr const char *BreakerStateMetric = "resilience4j.circuitbreaker.state";

const Metric *findMetric(const ComponentSnapshot &snapshot, const char *name, const char *key, const char *value)
{
    for (const Metric &metric : snapshot.metrics) {
        if (metric.name != name)
            continue;
        if (!key)
            return &metric;
        for (const auto &[attribute, content] : metric.attributes) {
            if (attribute == key && content == value)
                return &metric;
        }
    }
    return nullptr;
}

std::uint64_t gaugeOf(const ComponentSnapshot &snapshot, const char *name)
{
    const Metric *metric = findMetric(snapshot, name, nullptr, nullptr);
    const double *value = metric ? std::get_if<double>(&metric->value) : nullptr;
    // A foreign snapshot may hold anything.
    return value && *value >= 0 && *value < 1e15 ? static_cast<std::uint64_t>(*value) : 0;
}

} // namespace

const char *callOutcomeName(CallOutcome outcome) noexcept
{
    switch (outcome) {
    case CallOutcome::Success: return "success";
    case CallOutcome::ClientError: return "client_error";
    case CallOutcome::ServerError: return "server_error";
    case CallOutcome::Timeout: return "timeout";
    case CallOutcome::Cancelled: return "cancelled";
    case CallOutcome::Rejected: return "rejected";
    case CallOutcome::Unavailable: return "unavailable";
    case CallOutcome::Tls: return "tls";
    case CallOutcome::Invalid: return "invalid";
    }
    return "invalid";
}

const char *retryReasonName(RetryReason reason) noexcept
{
    switch (reason) {
    case RetryReason::ConnectFailed: return "connect_failed";
    case RetryReason::ConnectionLost: return "connection_lost";
    case RetryReason::Timeout: return "timeout";
    case RetryReason::ServerError: return "server_error";
    case RetryReason::Throttled: return "throttled";
    }
    return "server_error";
}

std::uint64_t ClientStatistics::callCount() const noexcept
{
    return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
}

std::uint64_t ClientStatistics::retryCount() const noexcept
{
    return std::accumulate(retries.begin(), retries.end(), std::uint64_t{0});
}

std::vector<Metric> ClientStatistics::toMetrics() const
{
    std::vector<Metric> metrics;
    const auto add = [&metrics](const char *name, const char *unit, const char *key, const char *attribute, auto value) {
        Metric::Attributes attributes;
        if (key)
            attributes.emplace_back(key, attribute);
        metrics.push_back({name, unit, std::move(attributes), std::move(value)});
    };
    visitMetrics(*this, add);
    add(ActiveRequests, "{request}", nullptr, nullptr, static_cast<double>(inFlight));
    add(QueuedRequests, "{request}", nullptr, nullptr, static_cast<double>(queued));
    for (const BreakerState state : States)
        add(BreakerStateMetric, "1", "state", breakerStateName(state), state == breakerState ? 1.0 : 0.0);
    return metrics;
}

std::optional<ClientStatistics> ClientStatistics::fromSnapshot(const ComponentSnapshot &snapshot)
{
    if (snapshot.kind != ComponentSnapshot::Kind::Client)
        return {};
    ClientStatistics statistics;
    visitMetrics(statistics, [&snapshot](const char *name, const char *, const char *key, const char *attribute, auto &member) {
        const Metric *metric = findMetric(snapshot, name, key, attribute);
        if (!metric)
            return;
        if (const auto *value = std::get_if<std::remove_reference_t<decltype(member)>>(&metric->value))
            member = *value;
    });
    statistics.inFlight = gaugeOf(snapshot, ActiveRequests);
    statistics.queued = gaugeOf(snapshot, QueuedRequests);
    for (const BreakerState state : States) {
        const Metric *metric = findMetric(snapshot, BreakerStateMetric, "state", breakerStateName(state));
        const double *value = metric ? std::get_if<double>(&metric->value) : nullptr;
        if (value && *value > 0.5)
            statistics.breakerState = state;
    }
    return statistics;
}

} // namespace Infra
