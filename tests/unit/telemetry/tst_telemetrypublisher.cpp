// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "memorychannel.h"

#include <telemetry/eventcodec.h>
#include <telemetry/framecodec.h>

#include <infra/manualclock.h>
#include <infra/telemetrypublisher.h>

#include <QThread>
#include <QtTest>

using namespace Infra;
using namespace std::chrono_literals;

namespace {

PublisherOptions quiet()
{
    PublisherOptions options;
    options.service = QStringLiteral("orders");
    options.version = QStringLiteral("3.1");
    options.jitter = 0;
    options.seed = 42;
    return options;
}

// Lets the publisher's thread run until it waits on the clock.
void settle(const ManualClock &clock)
{
    while (clock.waiterCount() == 0)
        QThread::yieldCurrentThread();
}

} // namespace

class TelemetryPublisherTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void itPublishesOnceAnInterval();
    void aFailingStoreCostsOnlyTheSecondsItFails();
    void missedSecondsAreNotMadeUpFor();
    void startAndEndAreJournalled();
    void theProcessItselfIsPublished();
    void badOptionsAreRefused();
    void everyStartHasItsOwnId();
};

void TelemetryPublisherTest::itPublishesOnceAnInterval()
{
    ManualClock clock;
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto publisher = TelemetryPublisher::create(channel, std::make_shared<MetricRegistry>(), quiet(), clock);
    QVERIFY(publisher.has_value());
    settle(clock);
    QCOMPARE(channel->publishCalls(), 1U);
    for (std::size_t second = 1; second <= 5; ++second) {
        clock.advance(1s);
        settle(clock);
        QTRY_COMPARE(channel->publishCalls(), second + 1);
    }
    const auto frames = channel->allFrames();
    QCOMPARE(frames.back().instanceId, (*publisher)->instanceId());
    QVERIFY(Detail::parseFrame(frames.front().payload)->schema != nullptr);
    QVERIFY(Detail::parseFrame(frames.back().payload)->schema == nullptr);
    const PublisherStatistics statistics = (*publisher)->statistics();
    QCOMPARE(statistics.published, 6U);
    QCOMPARE(statistics.failed, 0U);
}

void TelemetryPublisherTest::aFailingStoreCostsOnlyTheSecondsItFails()
{
    ManualClock clock;
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto publisher = TelemetryPublisher::create(channel, std::make_shared<MetricRegistry>(), quiet(), clock);
    settle(clock);
    channel->setError(Error{Error::Kind::Busy, QStringLiteral("locked"), {}});
    for (std::size_t second = 1; second <= 3; ++second) {
        clock.advance(1s);
        QTRY_COMPARE(channel->publishCalls(), second + 1);
        settle(clock);
    }
    QTRY_COMPARE((*publisher)->statistics().failed, 3U);
    QCOMPARE((*publisher)->statistics().lastError->kind, Error::Kind::Busy);
    channel->setError({});
    clock.advance(1s);
    QTRY_COMPARE(channel->allFrames().size(), 2U);
    // What was lost cannot be built on.
    QVERIFY(Detail::parseFrame(channel->allFrames().back().payload)->schema != nullptr);
    QTRY_VERIFY(!(*publisher)->statistics().lastError);
}

void TelemetryPublisherTest::missedSecondsAreNotMadeUpFor()
{
    ManualClock clock;
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto publisher = TelemetryPublisher::create(channel, std::make_shared<MetricRegistry>(), quiet(), clock);
    settle(clock);
    clock.advance(100s);
    QTRY_COMPARE(channel->publishCalls(), 2U);
    settle(clock);
    QCOMPARE(channel->publishCalls(), 2U);
    clock.advance(1s);
    QTRY_COMPARE(channel->publishCalls(), 3U);
}

void TelemetryPublisherTest::startAndEndAreJournalled()
{
    ManualClock clock;
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    {
        const auto publisher = TelemetryPublisher::create(channel, std::make_shared<MetricRegistry>(), quiet(), clock);
        settle(clock);
    }
    const auto rows = channel->events(0, 10, 1s);
    QCOMPARE(rows->size(), 2U);
    const auto started = std::get<InstanceEvent>(*Detail::decodeEvent((*rows)[0].payload));
    QCOMPARE(started.change, InstanceEvent::Change::Started);
    QCOMPARE(started.service, QStringLiteral("orders"));
    QCOMPARE(started.processId, std::int64_t(QCoreApplication::applicationPid()));
    QCOMPARE(std::get<InstanceEvent>(*Detail::decodeEvent((*rows)[1].payload)).change, InstanceEvent::Change::Stopped);
}

void TelemetryPublisherTest::theProcessItselfIsPublished()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto publisher = TelemetryPublisher::create(channel, std::make_shared<MetricRegistry>(), quiet());
    const auto components = (*publisher)->collect();
    QCOMPARE(components.size(), 1U);
    QCOMPARE(components[0].kind, ComponentSnapshot::Kind::Process);
    QCOMPARE(components[0].name, QByteArray("orders"));
    std::map<QByteArray, double> gauges;
    std::uint64_t processorTime = 0;
    for (const Metric &metric : components[0].metrics) {
        if (const auto *gauge = std::get_if<double>(&metric.value))
            gauges[metric.name] = *gauge;
        if (metric.name == MetricName::ProcessCpuTime)
            processorTime = std::get<std::uint64_t>(metric.value);
    }
    QVERIFY(gauges[MetricName::ProcessMemory] > 1e6);
    QVERIFY(gauges[MetricName::ProcessThreads] >= 2);
    QVERIFY(gauges[MetricName::ProcessDescriptors] >= 3);
    QVERIFY(processorTime > 0);
}

void TelemetryPublisherTest::badOptionsAreRefused()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto registry = std::make_shared<MetricRegistry>();
    const auto refused = [&](auto change) {
        PublisherOptions options = quiet();
        change(options);
        const auto publisher = TelemetryPublisher::create(channel, registry, options);
        return !publisher && publisher.error().kind == Error::Kind::InvalidArgument;
    };
    QVERIFY(refused([](auto &options) { options.service.clear(); }));
    QVERIFY(refused([](auto &options) { options.service = QString(129, QLatin1Char('x')); }));
    QVERIFY(refused([](auto &options) { options.interval = 99ms; }));
    QVERIFY(refused([](auto &options) { options.interval = 61s; }));
    QVERIFY(refused([](auto &options) { options.deadline = 0ms; }));
    QVERIFY(refused([](auto &options) { options.jitter = 0.6; }));
    QVERIFY(refused([](auto &options) { options.jitter = std::nan(""); }));
    QVERIFY(refused([](auto &options) { options.framesPerKeyframe = 0; }));
    QVERIFY(!refused([](auto &) {}));
    QVERIFY(!TelemetryPublisher::create(nullptr, registry, quiet()));
    QCOMPARE(channel->publishCalls(), std::size_t(channel->allFrames().size()));
}

void TelemetryPublisherTest::everyStartHasItsOwnId()
{
    const auto channel = std::make_shared<InfraTest::MemoryChannel>();
    const auto registry = std::make_shared<MetricRegistry>();
    PublisherOptions options = quiet();
    options.seed = 0;
    const auto first = TelemetryPublisher::create(channel, registry, options);
    const auto second = TelemetryPublisher::create(channel, registry, options);
    QCOMPARE((*first)->instanceId().size(), 32);
    QVERIFY((*first)->instanceId() != (*second)->instanceId());
}

QTEST_GUILESS_MAIN(TelemetryPublisherTest)
#include "tst_telemetrypublisher.moc"
