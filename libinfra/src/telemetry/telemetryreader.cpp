// SPDX-License-Identifier: MIT
#include <infra/telemetryreader.h>

#include "framehistory.h"
#include "seriesbuilder.h"
#include "telemetrychannel.h"
#include "threadannotations.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

namespace Infra {

using Detail::FrameHistory;
using Detail::FrameSchema;
using Detail::MetricDescriptor;
using Detail::MetricType;
using Detail::Mutex;
using Detail::MutexLocker;
using std::chrono::milliseconds;

namespace {

constexpr int FramesPerQuery = 1000;
constexpr std::size_t MaximumInstances = 10'000;
constexpr qsizetype MaximumTextSize = 256;
// After so many polls without a frame, while instances are seen alive, the store is taken for another one.
constexpr int PollsUntilRestart = 3;

struct Instance
{
    InstanceInfo info;
    bool isNamed = false;       // Its row was read, not only frames.
    FrameHistory history;
    SteadyTime freshAt{};       // When, on our clock, it was last known to publish.
};

QString bounded(const QString &text)
{
    return text.left(MaximumTextSize);
}

// From 1970 to about 10,000: further off, arithmetic with times could overflow.
bool isPlausible(SystemTime at)
{
    return at >= SystemTime{} && at < SystemTime(milliseconds(std::int64_t{1} << 48));
}

} // namespace

struct ComponentReading::Private
{
    const Instance &instance;
    const FrameSchema::Component &component;
    ComponentId id;

    // Calls `use(index, descriptor)` for the matching metrics of one type.
    template<class Use>
    void forEach(const char *metric, const Metric::Attributes &attributes, const Use &use) const
    {
        const QByteArrayView name(metric);
        for (std::size_t index = 0; index < component.shape->size(); ++index) {
            const MetricDescriptor &descriptor = (*component.shape)[index];
            if (descriptor.name == name && Detail::hasAttributes(descriptor, attributes))
                use(component.firstValue + static_cast<std::uint32_t>(index), descriptor);
        }
    }
};

const InstanceInfo &ComponentReading::instance() const noexcept
{
    return d.instance.info;
}

const ComponentId &ComponentReading::component() const noexcept
{
    return d.id;
}

std::optional<double> ComponentReading::value(const char *metric, const Metric::Attributes &attributes) const
{
    std::optional<double> sum;
    d.forEach(metric, attributes, [&](std::uint32_t index, const MetricDescriptor &descriptor) {
        const auto gauge = std::bit_cast<double>(d.instance.history.current(index));
        if (descriptor.type == MetricType::Gauge && !std::isnan(gauge))
            sum = sum.value_or(0) + gauge;
    });
    return sum;
}

std::optional<std::uint64_t> ComponentReading::total(const char *metric, const Metric::Attributes &attributes) const
{
    std::optional<std::uint64_t> sum;
    d.forEach(metric, attributes, [&](std::uint32_t index, const MetricDescriptor &descriptor) {
        if (descriptor.type != MetricType::Gauge)
            sum = sum.value_or(0) + d.instance.history.current(index);
    });
    return sum;
}

std::optional<double> ComponentReading::rate(const char *metric, const Metric::Attributes &attributes) const
{
    std::optional<double> sum;
    d.forEach(metric, attributes, [&](std::uint32_t index, const MetricDescriptor &descriptor) {
        if (descriptor.type == MetricType::Gauge)
            return;
        if (const auto rate = d.instance.history.recentRate(index))
            sum = sum.value_or(0) + *rate;
    });
    return sum;
}

HistogramSnapshot ComponentReading::recent(const char *metric, const Metric::Attributes &attributes) const
{
    HistogramSnapshot samples;
    d.forEach(metric, attributes, [&](std::uint32_t index, const MetricDescriptor &descriptor) {
        if (descriptor.type == MetricType::Histogram)
            samples.merge(d.instance.history.recentSamples(index));
    });
    return samples;
}

ComponentSnapshot ComponentReading::snapshot() const
{
    ComponentSnapshot snapshot{d.id.kind, d.id.name, {}};
    for (std::size_t number = 0; number < d.component.shape->size(); ++number) {
        const MetricDescriptor &descriptor = (*d.component.shape)[number];
        const auto index = d.component.firstValue + static_cast<std::uint32_t>(number);
        Metric metric{descriptor.name, descriptor.unit, descriptor.attributes, {}};
        switch (descriptor.type) {
        case MetricType::Counter: metric.value = d.instance.history.current(index); break;
        case MetricType::Gauge: metric.value = std::bit_cast<double>(d.instance.history.current(index)); break;
        case MetricType::Histogram: metric.value = d.instance.history.recentSamples(index); break;
        }
        snapshot.metrics.push_back(std::move(metric));
    }
    return snapshot;
}

struct TelemetryReader::Private
{
    Private(std::shared_ptr<Detail::TelemetryChannel> store, ReaderOptions given, const Clock &time)
        : channel(std::move(store)), options(given), clock(time)
    {
    }

    void takeFrames(const std::vector<Detail::FrameRow> &rows, bool arrivedNow, PollReport &report) INFRA_REQUIRES(mutex);
    void takeInstances(const std::vector<Detail::InstanceRow> &rows, bool sawFrames) INFRA_REQUIRES(mutex);
    void dropOld() INFRA_REQUIRES(mutex);
    [[nodiscard]] bool isStale(const Instance &instance) const;
    [[nodiscard]] std::vector<Detail::SeriesSource> sources(const QByteArrayList &ids) const INFRA_REQUIRES(mutex);
    [[nodiscard]] SystemTime clipped(SystemTime from) const;
    [[nodiscard]] Series series(const MetricSelector &selector, Detail::SeriesKind kind, double quantile,
                                SystemTime from) const;

    const std::shared_ptr<Detail::TelemetryChannel> channel;
    const ReaderOptions options;
    const Clock &clock;

    Mutex pollMutex; // Serialises poll(); taken before `mutex`, never behind it.
    std::uint64_t position INFRA_GUARDED_BY(pollMutex) = 0;
    SteadyTime caughtUpAt INFRA_GUARDED_BY(pollMutex){};

    mutable Mutex mutex;
    std::unordered_map<QByteArray, Instance> instances INFRA_GUARDED_BY(mutex);
    ReaderStatistics statistics INFRA_GUARDED_BY(mutex);
    int pollsWithoutFrames INFRA_GUARDED_BY(mutex) = 0;
};

bool TelemetryReader::Private::isStale(const Instance &instance) const
{
    return clock.steadyNow() - instance.freshAt > options.staleAfterIntervals * instance.history.interval();
}

void TelemetryReader::Private::takeFrames(const std::vector<Detail::FrameRow> &rows, bool arrivedNow, PollReport &report)
{
    const SteadyTime steadyNow = clock.steadyNow();
    const SystemTime systemNow = clock.systemNow();
    for (const Detail::FrameRow &row : rows) {
        ++report.frames;
        ++statistics.frames;
        auto found = instances.find(row.instanceId);
        if (found == instances.end() || !isPlausible(row.at)) {
            if (!isPlausible(row.at) || instances.size() >= MaximumInstances
                || row.instanceId.size() > MaximumTextSize) {
                ++report.unreadable;
                ++statistics.unreadable;
                continue;
            }
            found = instances.try_emplace(row.instanceId).first;
            found->second.info.id = row.instanceId;
        }
        Instance &instance = found->second;
        statistics.bytes -= instance.history.bytes();
        switch (instance.history.append(row)) {
        case FrameHistory::Outcome::Unreadable:
            ++report.unreadable;
            ++statistics.unreadable;
            break;
        case FrameHistory::Outcome::Gap:
            ++statistics.gaps;
            instance.info.lastSeenAt = row.at;
            break;
        case FrameHistory::Outcome::Taken:
            instance.info.lastSeenAt = row.at; // Also when the clock was set back.
            break;
        case FrameHistory::Outcome::Repeated:
            break;
        }
        statistics.bytes += instance.history.bytes();
        // Clocks of machines differ, so a frame that came while we watched is fresh whatever its time says.
        const auto age = arrivedNow ? milliseconds{} : std::max(milliseconds{}, systemNow - row.at);
        instance.freshAt = std::max(instance.freshAt, steadyNow - age);
        instance.info.lastSeenAt = std::max(instance.info.lastSeenAt, row.at);
    }
}

void TelemetryReader::Private::takeInstances(const std::vector<Detail::InstanceRow> &rows, bool sawFrames)
{
    const SystemTime limit = clock.systemNow() - options.window;
    bool framesAreMissing = false;
    for (const Detail::InstanceRow &row : rows) {
        if (!isPlausible(row.lastSeenAt))
            continue;
        auto found = instances.find(row.id);
        if (found == instances.end()) {
            if (row.lastSeenAt < limit || instances.size() >= MaximumInstances || row.id.size() > MaximumTextSize)
                continue;
            found = instances.try_emplace(row.id).first;
            found->second.info.id = row.id;
        }
        Instance &instance = found->second;
        instance.isNamed = true;
        instance.info.service = bounded(row.service);
        instance.info.host = bounded(row.host);
        instance.info.processId = row.processId;
        instance.info.version = bounded(row.version);
        instance.info.startedAt = row.startedAt;
        framesAreMissing = framesAreMissing || row.lastSeenAt > instance.info.lastSeenAt;
        if (instance.history.isEmpty())
            instance.info.lastSeenAt = row.lastSeenAt;
    }
    pollsWithoutFrames = framesAreMissing && !sawFrames ? pollsWithoutFrames + 1 : 0;
}

void TelemetryReader::Private::dropOld()
{
    const SystemTime limit = clock.systemNow() - options.window;
    for (auto each = instances.begin(); each != instances.end();) {
        Instance &instance = each->second;
        statistics.bytes -= instance.history.bytes();
        // One that still publishes stays, also when the clock was set forward beyond the window.
        if (instance.info.lastSeenAt < limit && isStale(instance)) {
            each = instances.erase(each);
            continue;
        }
        instance.history.dropBefore(limit);
        statistics.bytes += instance.history.bytes();
        ++each;
    }
    while (statistics.bytes > options.maximumBytes) {
        FrameHistory *oldest = nullptr;
        for (auto &[id, instance] : instances) {
            if (instance.history.canDrop() && (oldest == nullptr || instance.history.oldestAt() < oldest->oldestAt()))
                oldest = &instance.history;
        }
        if (oldest == nullptr)
            return;
        const std::size_t before = oldest->bytes();
        statistics.dropped += oldest->dropOldest();
        statistics.bytes -= before - oldest->bytes();
    }
}

std::vector<Detail::SeriesSource> TelemetryReader::Private::sources(const QByteArrayList &ids) const
{
    std::vector<Detail::SeriesSource> result;
    for (const auto &[id, instance] : instances) {
        if (!instance.history.isEmpty() && (ids.isEmpty() || ids.contains(id)))
            result.push_back({&instance.history, !isStale(instance)});
    }
    return result;
}

SystemTime TelemetryReader::Private::clipped(SystemTime from) const
{
    return std::max(from, clock.systemNow() - options.window);
}

Series TelemetryReader::Private::series(const MetricSelector &selector, Detail::SeriesKind kind, double quantile,
                                        SystemTime from) const
{
    const MutexLocker locker(mutex);
    return Detail::buildSeries(sources(selector.instances), selector, kind, quantile, clipped(from));
}

TelemetryReader::TelemetryReader(std::shared_ptr<Detail::TelemetryChannel> channel, ReaderOptions options,
                                 const Clock &clock)
    : d(std::make_unique<Private>(std::move(channel), options, clock))
{
}

TelemetryReader::~TelemetryReader() = default;

Result<PollReport> TelemetryReader::poll(Deadline deadline)
{
    if (d->channel == nullptr)
        return failure(Error::Kind::Unavailable, QStringLiteral("this store keeps no telemetry"));
    const SteadyTime limit = deadline.resolve(d->clock);
    const MutexLocker pollLocker(d->pollMutex);
    PollReport report;
    const bool arrivedNow = d->clock.steadyNow() - d->caughtUpAt < std::chrono::seconds(2);
    bool isFull = true;
    while (isFull) {
        if (report.frames > 0 && d->clock.steadyNow() >= limit) {
            report.caughtUp = false;
            break;
        }
        const SteadyTime begin = d->clock.steadyNow();
        const auto rows = d->channel->frames(d->position, FramesPerQuery, Deadline::at(limit));
        const SteadyTime read = d->clock.steadyNow();
        const MutexLocker locker(d->mutex);
        d->statistics.storeTime += read - begin;
        if (!rows)
            return failure(rows.error());
        d->takeFrames(*rows, arrivedNow, report);
        for (const Detail::FrameRow &row : *rows)
            d->position = std::max(d->position, row.position);
        d->dropOld();
        d->statistics.decodeTime += d->clock.steadyNow() - read;
        isFull = rows->size() >= FramesPerQuery;
    }
    const SteadyTime begin = d->clock.steadyNow();
    const auto rows = d->channel->instances(Deadline::at(limit));
    const MutexLocker locker(d->mutex);
    d->statistics.storeTime += d->clock.steadyNow() - begin;
    if (!rows)
        return failure(rows.error());
    d->takeInstances(*rows, report.frames > 0);
    if (d->pollsWithoutFrames >= PollsUntilRestart) {
        d->pollsWithoutFrames = 0;
        d->position = 0;
        report.caughtUp = false;
    }
    if (report.caughtUp)
        d->caughtUpAt = d->clock.steadyNow();
    return report;
}

std::vector<InstanceInfo> TelemetryReader::instances() const
{
    std::vector<InstanceInfo> result;
    {
        const MutexLocker locker(d->mutex);
        for (const auto &[id, instance] : d->instances) {
            if (!instance.isNamed)
                continue;
            result.push_back(instance.info);
            result.back().interval = instance.history.interval();
            result.back().stale = d->isStale(instance);
        }
    }
    std::sort(result.begin(), result.end(), [](const InstanceInfo &left, const InstanceInfo &right) {
        return std::tie(left.service, left.startedAt, left.id) < std::tie(right.service, right.startedAt, right.id);
    });
    return result;
}

std::vector<ComponentId> TelemetryReader::components(const QByteArray &instanceId) const
{
    std::set<ComponentId> result;
    const MutexLocker locker(d->mutex);
    for (const auto &[id, instance] : d->instances) {
        if (instance.history.isEmpty() || (!instanceId.isEmpty() && id != instanceId))
            continue;
        for (const FrameSchema::Component &component : instance.history.schema()->components)
            result.insert({component.kind, component.name});
    }
    return {result.begin(), result.end()};
}

void TelemetryReader::visit(ComponentSnapshot::Kind kind,
                            const std::function<void(const ComponentReading &)> &visitor) const
{
    const MutexLocker locker(d->mutex);
    for (auto &[id, instance] : d->instances) {
        if (instance.history.isEmpty())
            continue;
        instance.info.interval = instance.history.interval();
        instance.info.stale = d->isStale(instance);
        for (const FrameSchema::Component &component : instance.history.schema()->components) {
            if (component.kind != kind)
                continue;
            const ComponentReading::Private reading{instance, component, {kind, component.name}};
            visitor(ComponentReading(reading));
        }
    }
}

Series TelemetryReader::rates(const MetricSelector &selector, SystemTime from) const
{
    return d->series(selector, Detail::SeriesKind::Rate, 0, from);
}

Series TelemetryReader::values(const MetricSelector &selector, SystemTime from) const
{
    return d->series(selector, Detail::SeriesKind::Value, 0, from);
}

Series TelemetryReader::quantiles(const MetricSelector &selector, double quantile, SystemTime from) const
{
    return d->series(selector, Detail::SeriesKind::Quantile, quantile, from);
}

HistogramSnapshot TelemetryReader::histogram(const MetricSelector &selector, SystemTime from) const
{
    HistogramSnapshot samples;
    const MutexLocker locker(d->mutex);
    for (const Detail::SeriesSource &source : d->sources(selector.instances)) {
        source.history->walk(selector, d->clipped(from),
                             [&](const Detail::FrameReading &reading) { samples.merge(reading.samples); });
    }
    return samples;
}

std::optional<std::uint64_t> TelemetryReader::increase(const MetricSelector &selector, SystemTime from) const
{
    std::optional<std::uint64_t> sum;
    const MutexLocker locker(d->mutex);
    for (const Detail::SeriesSource &source : d->sources(selector.instances)) {
        source.history->walk(selector, d->clipped(from), [&](const Detail::FrameReading &reading) {
            if (reading.increase)
                sum = sum.value_or(0) + *reading.increase;
        });
    }
    return sum;
}

ReaderStatistics TelemetryReader::statistics() const
{
    const MutexLocker locker(d->mutex);
    return d->statistics;
}

} // namespace Infra
