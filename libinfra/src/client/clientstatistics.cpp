// SPDX-License-Identifier: MIT
#include <infra/clientstatistics.h>
#include <infra/metriccatalogue.h>

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

// The one list of what is published; toMetrics() and fromSnapshot() both walk it, so they cannot differ.
// `visit` is called with a name, an attribute (key and value, or null) and the member.
template<class Statistics, class Visit>
void visitMetrics(Statistics &statistics, Visit visit)
{
    for (const CallOutcome outcome : Outcomes)
        visit(MetricName::ClientRequests, "outcome", callOutcomeName(outcome), statistics.calls[static_cast<std::size_t>(outcome)]);
    visit(MetricName::ClientAttempts, nullptr, nullptr, statistics.attempts);
    for (const RetryReason reason : Reasons)
        visit(MetricName::ClientRetries, "reason", retryReasonName(reason), statistics.retries[static_cast<std::size_t>(reason)]);
    visit(MetricName::ClientRetriesDenied, nullptr, nullptr, statistics.retriesRefused);
    visit(MetricName::ClientRetryBudget, nullptr, nullptr, statistics.budgetBalance);
    visit(MetricName::ClientBreakerTransitions, "state", breakerStateName(BreakerState::Open), statistics.breakerOpened);
    visit(MetricName::ClientBreakerTransitions, "state", breakerStateName(BreakerState::HalfOpen), statistics.breakerHalfOpened);
    visit(MetricName::ClientBreakerTransitions, "state", breakerStateName(BreakerState::Closed), statistics.breakerClosed);
    visit(MetricName::ClientRequestDuration, nullptr, nullptr, statistics.duration);
    visit(MetricName::ClientQueueDuration, nullptr, nullptr, statistics.queueTime);
    visit(MetricName::ClientConnectDuration, nullptr, nullptr, statistics.connectTime);
    visit(MetricName::ClientServerDuration, nullptr, nullptr, statistics.serverTime);
}

void append(std::vector<Metric> &metrics, const char *name, std::uint64_t value, Metric::Attributes attributes)
{
    metrics.push_back(counterMetric(name, value, std::move(attributes)));
}

void append(std::vector<Metric> &metrics, const char *name, double value, Metric::Attributes attributes)
{
    metrics.push_back(gaugeMetric(name, value, std::move(attributes)));
}

void append(std::vector<Metric> &metrics, const char *name, const HistogramSnapshot &value, Metric::Attributes attributes)
{
    metrics.push_back(histogramMetric(name, value, std::move(attributes)));
}

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

// A gauge that counts something.
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
    visitMetrics(*this, [&metrics](const char *name, const char *key, const char *attribute, const auto &value) {
        Metric::Attributes attributes;
        if (key)
            attributes.emplace_back(key, attribute);
        append(metrics, name, value, std::move(attributes));
    });
    append(metrics, MetricName::ClientActive, static_cast<double>(inFlight), {});
    append(metrics, MetricName::ClientQueued, static_cast<double>(queued), {});
    append(metrics, MetricName::ClientBreakerState, static_cast<double>(breakerState), {});
    return metrics;
}

std::optional<ClientStatistics> ClientStatistics::fromSnapshot(const ComponentSnapshot &snapshot)
{
    if (snapshot.kind != ComponentSnapshot::Kind::Client)
        return {};
    ClientStatistics statistics;
    visitMetrics(statistics, [&snapshot](const char *name, const char *key, const char *attribute, auto &member) {
        const Metric *metric = findMetric(snapshot, name, key, attribute);
        if (!metric)
            return;
        if (const auto *value = std::get_if<std::remove_reference_t<decltype(member)>>(&metric->value))
            member = *value;
    });
    statistics.inFlight = gaugeOf(snapshot, MetricName::ClientActive);
    statistics.queued = gaugeOf(snapshot, MetricName::ClientQueued);
    const std::uint64_t state = gaugeOf(snapshot, MetricName::ClientBreakerState);
    statistics.breakerState = state == 1 ? BreakerState::HalfOpen : state == 2 ? BreakerState::Open : BreakerState::Closed;
    return statistics;
}

} // namespace Infra
