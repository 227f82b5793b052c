// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/cachestore.h>
#include <infra/journal.h>
#include <infra/manualclock.h>
#include <infra/metriccatalogue.h>
#include <infra/telemetrypublisher.h>
#include <infra/telemetryreader.h>
#include <telemetry/telemetrychannel.h>

#include <QTemporaryDir>
#include <QtTest>

#include <thread>

using namespace Infra;
using namespace std::chrono_literals;

namespace {

class Meter final : public MetricSource
{
public:
    ComponentSnapshot snapshot() const override
    {
        return {ComponentSnapshot::Kind::Cache, "users", {counterMetric(MetricName::CachePuts, puts)}};
    }
    std::atomic<std::uint64_t> puts{0};
};

} // namespace

class StoreTelemetryTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void whatIsPublishedIsReadThroughAnotherConnection();
    void theRingForgetsWhatIsOld();
    void startInvalidationAndEndAreInTheJournal();
    void manyPublishersShareAStore();

private:
    std::shared_ptr<CacheStore> open(const Clock &clock = Clock::system())
    {
        StoreOptions options;
        options.url = QStringLiteral("sqlite://") + directory->filePath(QStringLiteral("store.db"));
        options.clock = &clock;
        auto store = CacheStore::open(options);
        if (!store)
            qCritical("%s", qPrintable(toString(store.error())));
        return store.value_or(nullptr);
    }
    static std::unique_ptr<TelemetryPublisher> publisher(const std::shared_ptr<CacheStore> &store,
                                                         std::shared_ptr<const MetricRegistry> registry,
                                                         const Clock &clock = Clock::system())
    {
        PublisherOptions options;
        options.service = QStringLiteral("orders");
        options.jitter = 0;
        options.deadline = 5s;
        auto created = TelemetryPublisher::create(store->telemetryChannel(), std::move(registry), options, clock);
        return created ? std::move(*created) : nullptr;
    }

    std::unique_ptr<QTemporaryDir> directory;
};

void StoreTelemetryTest::init()
{
    FailOnWarning::init();
    directory = std::make_unique<QTemporaryDir>();
}

void StoreTelemetryTest::whatIsPublishedIsReadThroughAnotherConnection()
{
    const auto writing = open();
    const auto reading = open();
    Meter meter;
    const auto registry = std::make_shared<MetricRegistry>();
    const auto registration = registry->add(meter);
    const auto published = publisher(writing, registry);
    TelemetryReader reader(reading->telemetryChannel());
    for (int step = 0; step < 5; ++step) {
        meter.puts += 10;
        QVERIFY(published->publish(5s).has_value());
    }
    QVERIFY(reader.poll(5s).has_value());
    QCOMPARE(reader.instances().size(), 1U);
    QCOMPARE(reader.instances()[0].service, QStringLiteral("orders"));
    QCOMPARE(reader.instances()[0].id, published->instanceId());
    QVERIFY(!reader.instances()[0].stale);
    bool seen = false;
    reader.visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading_) {
        seen = true;
        QCOMPARE(reading_.total(MetricName::CachePuts), std::optional<std::uint64_t>(50));
    });
    QVERIFY(seen);
    QCOMPARE(reader.statistics().unreadable, 0U);
}

void StoreTelemetryTest::theRingForgetsWhatIsOld()
{
    ManualClock clock;
    const auto store = open(clock);
    const auto published = publisher(store, std::make_shared<MetricRegistry>(), clock);
    for (int minute = 0; minute < 40; ++minute) {
        clock.advance(60s);
        QVERIFY(published->publish(5s).has_value());
    }
    const auto frames = store->telemetryChannel()->frames(0, 10'000, 5s);
    QVERIFY(frames.has_value());
    // Fifteen minutes, at two frames a minute at most (the regular one and ours), and what is not yet swept away.
    QVERIFY2(frames->size() >= 15 && frames->size() <= 50, qPrintable(QString::number(frames->size())));
    QVERIFY(frames->front().at > clock.systemNow() - 25min);
}

void StoreTelemetryTest::startInvalidationAndEndAreInTheJournal()
{
    const auto store = open();
    {
        const auto published = publisher(store, std::make_shared<MetricRegistry>());
        QVERIFY(published->publish(5s).has_value());
        QVERIFY(store->invalidate("users", Target::prefix("user:"), "the operator", 5s).has_value()
                || store->invalidate({}, Target::everything(), "the operator", 5s).has_value());
    }
    Journal journal(store->telemetryChannel());
    const auto page = journal.read(0, 100, 5s);
    QVERIFY(page.has_value());
    QCOMPARE(page->unreadable, 0U);
    std::vector<std::size_t> kinds;
    for (const JournalEvent &event : page->events)
        kinds.push_back(event.body.index());
    QCOMPARE(kinds, (std::vector<std::size_t>{1, 0, 1}));
    QCOMPARE(std::get<InvalidationEvent>(page->events[1].body).actor, QStringLiteral("the operator"));
    QCOMPARE(std::get<InstanceEvent>(page->events[2].body).change, InstanceEvent::Change::Stopped);
}

void StoreTelemetryTest::manyPublishersShareAStore()
{
    const auto store = open();
    const auto registry = std::make_shared<MetricRegistry>();
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};
    for (int each = 0; each < 4; ++each) {
        threads.emplace_back([&] {
            const auto published = publisher(store, registry);
            for (int step = 0; step < 20; ++step)
                failures += published->publish(10s) ? 0 : 1;
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(failures.load(), 0);
    TelemetryReader reader(store->telemetryChannel());
    const auto report = reader.poll(5s);
    QVERIFY(report.has_value());
    QVERIFY(report->frames >= 4 * 20);
    QCOMPARE(report->unreadable, 0U);
    QCOMPARE(reader.instances().size(), 4U);
    QCOMPARE(reader.statistics().gaps, 0U);
}

QTEST_GUILESS_MAIN(StoreTelemetryTest)
#include "tst_storetelemetry.moc"
