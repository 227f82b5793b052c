// SPDX-License-Identifier: GPL-3.0-or-later
#include "serieswatch.h"

#include <infra/metriccatalogue.h>
#include <infra/telemetryreader.h>

#include <algorithm>
#include <limits>

namespace InfraConsole {

namespace MetricName = Infra::MetricName;
using Infra::ComponentSnapshot;
using Infra::MetricSelector;
using Infra::TelemetryReader;

namespace {

constexpr std::chrono::minutes Window{15};
// Frames may reach the reader so late; points younger than that are read again.
constexpr std::chrono::seconds Settling{6};
// A series that is new shows this much at once; the rest of the window follows within the budget of a round, so that
// the window never waits for the past of hundreds of processes.
constexpr std::chrono::seconds FirstSpan{75};
constexpr std::chrono::milliseconds PastBudget{100};
constexpr double Gap = std::numeric_limits<double>::quiet_NaN();

MetricSelector selector(const SeriesId &id, ComponentSnapshot::Kind kind, const char *metric,
                        Infra::Metric::Attributes attributes = {})
{
    MetricSelector result;
    result.kind = kind;
    result.component = id.component;
    result.metric = metric;
    result.attributes = std::move(attributes);
    if (!id.instanceId.isEmpty())
        result.instances = {id.instanceId};
    return result;
}

Series convert(const Infra::Series &points)
{
    Series result;
    result.reserve(points.size());
    for (const Infra::SeriesPoint &point : points)
        append(result, {point.at, point.value.value_or(Gap)});
    return result;
}

// Point by point where both have one; `combine` never sees an unknown.
template<class Combine>
Series zip(const Infra::Series &first, const Infra::Series &second, Combine combine)
{
    Series result;
    result.reserve(first.size());
    auto other = second.begin();
    for (const Infra::SeriesPoint &point : first) {
        while (other != second.end() && other->at < point.at)
            ++other;
        const bool known = point.value && other != second.end() && other->at == point.at && other->value;
        append(result, {point.at, known ? combine(*point.value, *other->value) : Gap});
    }
    return result;
}

double ratio(double part, double whole)
{
    return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : Gap;
}

Series readAll(const TelemetryReader &reader, const SeriesId &id, SystemTime from)
{
    using Kind = ComponentSnapshot::Kind;
    const auto rates = [&](Kind kind, const char *metric, Infra::Metric::Attributes attributes = {}) {
        return reader.rates(selector(id, kind, metric, std::move(attributes)), from);
    };
    const auto values = [&](Kind kind, const char *metric, Infra::Metric::Attributes attributes = {}) {
        return reader.values(selector(id, kind, metric, std::move(attributes)), from);
    };
    const auto quantiles = [&](Kind kind, const char *metric, double at) {
        return convert(reader.quantiles(selector(id, kind, metric), at, from));
    };
    switch (id.measure) {
    case Measure::HitRatio:
        return zip(rates(Kind::Cache, MetricName::CacheGets, {{"result", "hit"}}),
                   rates(Kind::Cache, MetricName::CacheGets), ratio);
    case Measure::CacheRequestRate: return convert(rates(Kind::Cache, MetricName::CacheGets));
    case Measure::CacheEntries: return convert(values(Kind::Cache, MetricName::CacheEntries, {{"tier", "memory"}}));
    case Measure::CacheBytes: return convert(values(Kind::Cache, MetricName::CacheBytes, {{"tier", "memory"}}));
    case Measure::EvictionRate: return convert(rates(Kind::Cache, MetricName::CacheEvictions, {{"cause", "capacity"}}));
    case Measure::LookupP50: return quantiles(Kind::Cache, MetricName::CacheLookupDuration, 0.5);
    case Measure::LookupP95: return quantiles(Kind::Cache, MetricName::CacheLookupDuration, 0.95);
    case Measure::LoadP95: return quantiles(Kind::Cache, MetricName::CacheLoadDuration, 0.95);
    case Measure::PoolUsed: return convert(values(Kind::Pool, MetricName::PoolConnections, {{"state", "used"}}));
    case Measure::PoolIdle: return convert(values(Kind::Pool, MetricName::PoolConnections, {{"state", "idle"}}));
    case Measure::PoolOverflow: return convert(values(Kind::Pool, MetricName::PoolOverflow));
    case Measure::PoolPending: return convert(values(Kind::Pool, MetricName::PoolPending));
    case Measure::PoolWaitP95: return quantiles(Kind::Pool, MetricName::PoolWaitTime, 0.95);
    case Measure::PoolCreateP95: return quantiles(Kind::Pool, MetricName::PoolCreateTime, 0.95);
    case Measure::PoolTimeoutRate: return convert(rates(Kind::Pool, MetricName::PoolTimeouts));
    case Measure::PoolPressure:
        return zip(values(Kind::Pool, MetricName::PoolConnections, {{"state", "used"}}),
                   values(Kind::Pool, MetricName::PoolConnectionsMax), ratio);
    case Measure::ClientRequestRate: return convert(rates(Kind::Client, MetricName::ClientRequests));
    case Measure::ClientFailureRate:
        return zip(rates(Kind::Client, MetricName::ClientRequests),
                   rates(Kind::Client, MetricName::ClientRequests, {{"outcome", "success"}}),
                   [](double all, double succeeded) { return std::max(0.0, all - succeeded); });
    case Measure::ServiceLatency:
    case Measure::HealthyShare: break; // Measured by the console itself.
    }
    return {};
}

// Without what a process that has ended since measured before the clock was set back: its time is still to come.
Series query(const TelemetryReader &reader, const SeriesId &id, SystemTime from, SystemTime now)
{
    Series series = readAll(reader, id, from);
    std::erase_if(series, [latest = now + Settling](const Sample &sample) { return sample.at > latest; });
    return series;
}

bool isFromTelemetry(Measure measure)
{
    return measure != Measure::ServiceLatency && measure != Measure::HealthyShare;
}

} // namespace

void append(Series &series, const Sample &sample)
{
    while (!series.empty() && series.back().at >= sample.at)
        series.pop_back();
    series.push_back(sample);
}

void appendOwn(Series &series, const Sample &sample, std::chrono::milliseconds apart)
{
    if (!series.empty() && sample.at >= series.back().at && sample.at - series.back().at < apart)
        return;
    append(series, sample);
    const auto kept = std::find_if(series.begin(), series.end(),
                                   [oldest = sample.at - Window](const Sample &each) { return each.at >= oldest; });
    series.erase(series.begin(), kept);
}

void SeriesWatch::setWatched(const std::vector<SeriesId> &ids)
{
    std::map<SeriesId, std::shared_ptr<const Series>> kept;
    for (const SeriesId &id : ids) {
        const auto found = m_series.find(id);
        kept.emplace(id, found == m_series.end() ? nullptr : found->second);
    }
    m_series = std::move(kept);
    std::erase_if(m_withoutPast, [this](const SeriesId &id) { return !m_series.contains(id); });
}

bool SeriesWatch::isWatched(Measure measure) const
{
    return std::any_of(m_series.begin(), m_series.end(),
                       [measure](const auto &entry) { return entry.first.measure == measure; });
}

void SeriesWatch::update(const TelemetryReader &reader, SystemTime now)
{
    const SystemTime oldest = now - Window;
    for (auto &[id, series] : m_series) {
        if (!isFromTelemetry(id.measure))
            continue;
        // The clock was set back. What is new would be older than all that there is, and wait for its turn.
        if (series && !series->empty() && series->back().at > now + Settling)
            series.reset();
        if (begin(reader, now, id, series))
            continue;
        Series fresh = query(reader, id, std::max(oldest, series->back().at - Settling), now);
        auto updated = std::make_shared<Series>();
        // A rate's first point after `from` is a gap by nature: what was known of that moment stays.
        const auto firstKnown = std::find_if(fresh.begin(), fresh.end(),
                                             [](const Sample &sample) { return sample.value == sample.value; });
        const SystemTime seam = firstKnown != fresh.end() ? firstKnown->at
                                : fresh.empty()           ? SystemTime::max()
                                                          : series->back().at + std::chrono::milliseconds(1);
        updated->reserve(series->size() + fresh.size());
        for (const Sample &sample : *series) {
            if (sample.at >= oldest && sample.at < seam)
                updated->push_back(sample);
        }
        for (const Sample &sample : fresh) {
            if (sample.at >= seam)
                append(*updated, sample);
        }
        series = std::move(updated);
    }
    readPasts(reader, now);
}

void SeriesWatch::complete(const TelemetryReader &reader, SystemTime now)
{
    for (auto &[id, series] : m_series) {
        if (isFromTelemetry(id.measure))
            static_cast<void>(begin(reader, now, id, series));
    }
    readPasts(reader, now);
}

bool SeriesWatch::begin(const TelemetryReader &reader, SystemTime now, const SeriesId &id, std::shared_ptr<const Series> &series)
{
    if (!series) {
        series = std::make_shared<const Series>(query(reader, id, now - FirstSpan, now));
        m_withoutPast.insert(id);
        return true;
    }
    if (!series->empty())
        return false;
    // What has begun only now; what was there before has been asked for.
    series = std::make_shared<const Series>(query(reader, id, now - Settling, now));
    return true;
}

void SeriesWatch::readPasts(const TelemetryReader &reader, SystemTime now)
{
    const SystemTime oldest = now - Window;
    const auto started = std::chrono::steady_clock::now();
    while (!m_withoutPast.empty() && std::chrono::steady_clock::now() - started < PastBudget) {
        const SeriesId id = *m_withoutPast.begin();
        m_withoutPast.erase(m_withoutPast.begin());
        if (const auto found = m_series.find(id); found != m_series.end())
            found->second = std::make_shared<const Series>(query(reader, id, oldest, now));
    }
}

void SeriesWatch::replace(const SeriesId &id, Series series)
{
    if (const auto found = m_series.find(id); found != m_series.end())
        found->second = std::make_shared<const Series>(std::move(series));
}

std::vector<SeriesId> SeriesWatch::watched() const
{
    std::vector<SeriesId> result;
    for (const auto &[id, series] : m_series)
        result.push_back(id);
    return result;
}

void SeriesWatch::clear()
{
    for (auto &[id, series] : m_series)
        series.reset();
    m_withoutPast.clear();
}

} // namespace InfraConsole
