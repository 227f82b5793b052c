// SPDX-License-Identifier: MIT
#include <infra/telemetrypublisher.h>

#include "eventcodec.h"
#include "framecodec.h"
#include "processusage.h"
#include "random.h"
#include "telemetrychannel.h"
#include "threadannotations.h"

#include <QRandomGenerator>
#include <QSysInfo>

#include <atomic>
#include <system_error>
#include <thread>

#include <unistd.h>

namespace Infra {

using Detail::Mutex;
using Detail::MutexLocker;
using std::chrono::milliseconds;

struct TelemetryPublisher::Private
{
    Private(std::shared_ptr<Detail::TelemetryChannel> store, std::shared_ptr<const MetricRegistry> sources,
            PublisherOptions given, const Clock &time);

    void run();
    [[nodiscard]] Result<void> publish(Deadline deadline);
    [[nodiscard]] std::vector<ComponentSnapshot> collect() const;
    void journal(InstanceEvent::Change change);

    const std::shared_ptr<Detail::TelemetryChannel> channel;
    const std::shared_ptr<const MetricRegistry> registry;
    const PublisherOptions options;
    const Clock &clock;
    const SteadyTime startedSteady;
    Detail::Random random;
    Detail::InstanceRow instance;

    Histogram publishDuration;
    std::atomic<std::uint64_t> frameSize{0};

    mutable Mutex statisticsMutex;
    PublisherStatistics statistics INFRA_GUARDED_BY(statisticsMutex);

    Mutex publishMutex; // Serialises publish(): frames build on one another.
    Detail::FrameEncoder encoder INFRA_GUARDED_BY(publishMutex);
    bool startJournalled INFRA_GUARDED_BY(publishMutex) = false;

    Mutex stopMutex;
    std::condition_variable stopCondition;
    bool stopping INFRA_GUARDED_BY(stopMutex) = false;
    std::thread thread;
};

namespace {

Result<void> validate(const PublisherOptions &options)
{
    const auto invalid = [](const QString &message) -> Result<void> {
        return failure(Error::Kind::InvalidArgument, QStringLiteral("telemetry publisher: ") + message);
    };
    const qsizetype nameSize = options.service.toUtf8().size();
    if (nameSize == 0 || nameSize > 128)
        return invalid(QStringLiteral("the service's name must have 1 to 128 bytes"));
    if (options.version.toUtf8().size() > 128)
        return invalid(QStringLiteral("the version must have at most 128 bytes"));
    if (options.interval < milliseconds(100) || options.interval > milliseconds(60'000))
        return invalid(QStringLiteral("interval %1 ms is outside 100 ms to 60 s").arg(options.interval.count()));
    if (options.deadline < milliseconds(1))
        return invalid(QStringLiteral("deadline %1 ms is below 1 ms").arg(options.deadline.count()));
    if (!(options.jitter >= 0 && options.jitter <= 0.5))
        return invalid(QStringLiteral("jitter %1 is outside 0 to 0.5").arg(options.jitter));
    if (options.framesPerKeyframe < 1 || options.framesPerKeyframe > 600)
        return invalid(QStringLiteral("framesPerKeyframe %1 is outside 1 to 600").arg(options.framesPerKeyframe));
    return {};
}

std::uint64_t effectiveSeed(std::uint64_t seed)
{
    return seed != 0 ? seed : QRandomGenerator::system()->generate64();
}

} // namespace

TelemetryPublisher::Private::Private(std::shared_ptr<Detail::TelemetryChannel> store,
                                     std::shared_ptr<const MetricRegistry> sources, PublisherOptions given,
                                     const Clock &time)
    : channel(std::move(store)), registry(std::move(sources)), options(std::move(given)), clock(time),
      startedSteady(time.steadyNow()), random(effectiveSeed(options.seed)), encoder(options.framesPerKeyframe)
{
    QByteArray id;
    for (int half = 0; half < 2; ++half)
        id += QByteArray::number(static_cast<qulonglong>(random.next()), 16).rightJustified(16, '0');
    instance.id = id;
    instance.service = options.service;
    instance.host = QSysInfo::machineHostName();
    instance.processId = ::getpid();
    instance.version = options.version;
    instance.startedAt = clock.systemNow();
}

std::vector<ComponentSnapshot> TelemetryPublisher::Private::collect() const
{
    namespace Name = MetricName;
    std::vector<ComponentSnapshot> components = registry->collect();
    ComponentSnapshot self{ComponentSnapshot::Kind::Process, options.service.toUtf8(), {}};
    const Detail::ProcessUsage usage = Detail::processUsage();
    const auto gauge = [&](const char *name, const std::optional<std::uint64_t> &value) {
        self.metrics.push_back(
            gaugeMetric(name, value ? static_cast<double>(*value) : std::numeric_limits<double>::quiet_NaN()));
    };
    if (usage.processorTime)
        self.metrics.push_back(counterMetric(Name::ProcessCpuTime, static_cast<std::uint64_t>(usage.processorTime->count())));
    gauge(Name::ProcessMemory, usage.residentBytes);
    gauge(Name::ProcessThreads, usage.threads);
    gauge(Name::ProcessDescriptors, usage.openDescriptors);
    const auto uptime = std::chrono::round<std::chrono::seconds>(clock.steadyNow() - startedSteady);
    gauge(Name::ProcessUptime, static_cast<std::uint64_t>(uptime.count()));
    {
        const MutexLocker locker(statisticsMutex);
        self.metrics.push_back(counterMetric(Name::TelemetryPublishes, statistics.published, {{"result", "success"}}));
        self.metrics.push_back(counterMetric(Name::TelemetryPublishes, statistics.failed, {{"result", "failure"}}));
    }
    self.metrics.push_back(histogramMetric(Name::TelemetryPublishDuration, publishDuration.snapshot()));
    gauge(Name::TelemetryFrameSize, frameSize.load(std::memory_order_relaxed));
    components.push_back(std::move(self));
    return components;
}

Result<void> TelemetryPublisher::Private::publish(Deadline deadline)
{
    const SteadyTime limit = deadline.resolve(clock);
    const MutexLocker locker(publishMutex);
    std::vector<ComponentSnapshot> components = collect();
    const SteadyTime begin = clock.steadyNow();
    Detail::FrameRow frame;
    frame.instanceId = instance.id;
    frame.at = clock.systemNow();
    frame.payload = encoder.encode(std::move(components), std::chrono::floor<milliseconds>(begin - startedSteady),
                                   options.interval);
    const auto size = static_cast<std::uint64_t>(frame.payload.size());
    Detail::InstanceRow row = instance;
    row.lastSeenAt = frame.at;
    Result<void> published;
    if (frame.payload.size() > Detail::FrameLimits::Payload) {
        published = failure(Error::Kind::LimitExceeded,
                            QStringLiteral("telemetry frame of %1 bytes is larger than 1 MiB").arg(size));
    } else {
        published = channel->publish(row, frame, Deadline::at(limit));
    }
    if (published) {
        publishDuration.record(clock.steadyNow() - begin);
        frameSize.store(size, std::memory_order_relaxed);
    } else {
        encoder.requireKeyframe(); // Whether the store has this frame is not known.
    }
    {
        const MutexLocker statisticsLocker(statisticsMutex);
        if (published) {
            ++statistics.published;
            statistics.bytes += size;
            statistics.lastError.reset();
        } else {
            ++statistics.failed;
            statistics.lastError = published.error();
        }
    }
    if (published && !startJournalled) {
        startJournalled = true;
        journal(InstanceEvent::Change::Started);
    }
    return published;
}

void TelemetryPublisher::Private::journal(InstanceEvent::Change change)
{
    Detail::EventRow row;
    row.at = change == InstanceEvent::Change::Started ? instance.startedAt : clock.systemNow();
    row.instanceId = instance.id;
    row.payload = Detail::encodeEvent(InstanceEvent{change, options.service, instance.processId, options.version});
    // Without its start or end the journal is incomplete, which is all that can be done about a failing store.
    (void)channel->appendEvent(row, options.deadline);
}

void TelemetryPublisher::Private::run()
{
    Detail::nameThisThread("infra-telemetry");
    // The first frame makes the process visible; the regular ones run at a phase of their own.
    SteadyTime slot = clock.steadyNow();
    const auto phase = std::chrono::nanoseconds(
        static_cast<std::int64_t>(random.unit() * static_cast<double>(std::chrono::nanoseconds(options.interval).count())));
    bool first = true;
    for (;;) {
        const Result<void> published = publish(options.deadline);
        {
            const MutexLocker locker(statisticsMutex);
            statistics.processorTime = Detail::threadProcessorTime();
        }
        slot += first ? phase : std::chrono::nanoseconds(options.interval);
        first = false;
        const SteadyTime now = clock.steadyNow();
        if (slot < now) // Seconds that were missed are not made up for.
            slot += (now - slot) / options.interval * options.interval + options.interval;
        const auto jitter = std::chrono::nanoseconds(static_cast<std::int64_t>(
            random.unit() * options.jitter * static_cast<double>(std::chrono::nanoseconds(options.interval).count())));
        MutexLocker locker(stopMutex);
        if (clock.waitUntil(locker.unique(), stopCondition, slot + jitter, [this] {
                stopMutex.assertHeld();
                return stopping;
            }))
            return;
    }
}

TelemetryPublisher::TelemetryPublisher(std::unique_ptr<Private> created) : d(std::move(created)) {}

Result<std::unique_ptr<TelemetryPublisher>>
TelemetryPublisher::create(std::shared_ptr<Detail::TelemetryChannel> channel,
                           std::shared_ptr<const MetricRegistry> registry, PublisherOptions options, const Clock &clock)
{
    if (channel == nullptr || registry == nullptr) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("telemetry publisher: a channel and a registry are required"));
    }
    if (auto valid = validate(options); !valid)
        return failure(std::move(valid.error()));
    auto created = std::make_unique<Private>(std::move(channel), std::move(registry), std::move(options), clock);
    try {
        created->thread = std::thread([privateData = created.get()] { privateData->run(); });
    } catch (const std::system_error &error) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("telemetry publisher: no thread: %1").arg(QString::fromLocal8Bit(error.what())));
    }
    return std::unique_ptr<TelemetryPublisher>(new TelemetryPublisher(std::move(created)));
}

TelemetryPublisher::~TelemetryPublisher()
{
    {
        const MutexLocker locker(d->stopMutex);
        d->stopping = true;
    }
    d->stopCondition.notify_all();
    d->thread.join();
    const MutexLocker locker(d->publishMutex);
    if (d->startJournalled)
        d->journal(InstanceEvent::Change::Stopped);
}

QByteArray TelemetryPublisher::instanceId() const
{
    return d->instance.id;
}

std::vector<ComponentSnapshot> TelemetryPublisher::collect() const
{
    return d->collect();
}

Result<void> TelemetryPublisher::publish(Deadline deadline)
{
    return d->publish(deadline);
}

PublisherStatistics TelemetryPublisher::statistics() const
{
    const MutexLocker locker(d->statisticsMutex);
    return d->statistics;
}

} // namespace Infra
