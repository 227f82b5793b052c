// SPDX-License-Identifier: MIT
#include "guitest.h"
#include "session/serieswatch.h"

#include <infra/cachestore.h>
#include <infra/manualclock.h>
#include <infra/metriccatalogue.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>
#include <infra/telemetryreader.h>

#include <QTemporaryDir>

#include <algorithm>
#include <atomic>
#include <cmath>

using namespace InfraConsole;
using namespace std::chrono_literals;

// What charts are fed with, over a real store and a clock that the test moves.
class SeriesWatchTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void aClockThatIsSetBackIsFollowedAtOnce_data();
    void aClockThatIsSetBackIsFollowedAtOnce();
    void whatEndedBeforeTheClockWasSetBackIsNotOfTheFuture();
    void ownSeriesFollowAClockThatIsSetBack();
};

namespace {

// A region whose gauge is what the test says.
class Region : public Infra::MetricSource
{
public:
    [[nodiscard]] Infra::ComponentSnapshot snapshot() const override
    {
        return {Infra::ComponentSnapshot::Kind::Cache,
                "orders",
                {Infra::gaugeMetric(Infra::MetricName::CacheEntries, entries.load(), {{"tier", "memory"}}),
                 Infra::counterMetric(Infra::MetricName::CacheGets, gets.load(), {{"result", "hit"}})}};
    }

    std::atomic<double> entries{1};
    std::atomic<std::uint64_t> gets{0};
};

struct Fixture
{
    Fixture()
    {
        Infra::StoreOptions options;
        options.url = QStringLiteral("sqlite://") + home.filePath(QStringLiteral("cache.db"));
        options.clock = &clock;
        store = *Infra::CacheStore::open(options);
        reader = std::make_unique<Infra::TelemetryReader>(store->telemetryChannel(), Infra::ReaderOptions(), clock);
        registry = std::make_shared<Infra::MetricRegistry>();
        registration = registry->add(region);
        Infra::PublisherOptions publishing;
        publishing.service = QStringLiteral("data-api");
        // Its own thread leaves the seconds to the test.
        publishing.interval = 1s;
        publishing.jitter = 0;
        publisher = *Infra::TelemetryPublisher::create(store->telemetryChannel(), registry, publishing, clock);
    }

    // A frame a second, each read as the console does.
    void run(SeriesWatch &watch, int seconds, double entries)
    {
        region.entries = entries;
        for (int second = 0; second < seconds; ++second) {
            clock.advance(1s);
            region.gets += 10;
            QVERIFY(publisher->publish(5s));
            QVERIFY(reader->poll(5s));
            watch.update(*reader, clock.systemNow());
        }
    }

    QTemporaryDir home;
    Infra::ManualClock clock;
    std::shared_ptr<Infra::CacheStore> store;
    std::unique_ptr<Infra::TelemetryReader> reader;
    std::shared_ptr<Infra::MetricRegistry> registry;
    Region region;
    Infra::MetricRegistry::Registration registration;
    std::unique_ptr<Infra::TelemetryPublisher> publisher;
};

bool isOrdered(const Series &series)
{
    return std::adjacent_find(series.begin(), series.end(), [](const Sample &a, const Sample &b) { return b.at <= a.at; }) == series.end();
}

} // namespace

void SeriesWatchTest::aClockThatIsSetBackIsFollowedAtOnce_data()
{
    QTest::addColumn<int>("seconds");
    QTest::newRow("minutes") << 600;
    QTest::newRow("seconds, as many as late frames have") << 4;
}

void SeriesWatchTest::aClockThatIsSetBackIsFollowedAtOnce()
{
    QFETCH(int, seconds);
    Fixture f;
    const SeriesId entries{Measure::CacheEntries, "orders", {}};
    const SeriesId requests{Measure::CacheRequestRate, "orders", {}};
    SeriesWatch watch;
    watch.setWatched({entries, requests});
    f.run(watch, 30, 1);
    QCOMPARE(watch.series().at(entries)->back().value, 1.0);
    f.clock.stepSystemClock(-std::chrono::seconds(seconds));
    f.run(watch, 20, 2);
    const SystemTime now = f.clock.systemNow();
    for (const SeriesId &id : {entries, requests}) {
        const Series &series = *watch.series().at(id);
        QVERIFY(!series.empty());
        QVERIFY(isOrdered(series));
        QVERIFY(series.back().at <= now);
        QVERIFY(series.back().at > now - 3s);
        QVERIFY(!std::isnan(series.back().value));
    }
    QCOMPARE(watch.series().at(entries)->back().value, 2.0);
    // Every second since is told of once, and by who measured it last.
    const Series &series = *watch.series().at(entries);
    const auto fresh = std::count_if(series.begin(), series.end(), [now](const Sample &sample) { return sample.at > now - 18s; });
    QVERIFY2(fresh >= 18, qPrintable(QString::number(fresh)));
    for (const Sample &sample : series)
        QVERIFY(sample.at <= now - 19s || sample.value == 2.0);
}

void SeriesWatchTest::whatEndedBeforeTheClockWasSetBackIsNotOfTheFuture()
{
    Fixture f;
    const SeriesId entries{Measure::CacheEntries, "orders", {}};
    SeriesWatch watch;
    watch.setWatched({entries});
    f.run(watch, 30, 1);
    f.publisher.reset();
    f.clock.stepSystemClock(-10min);
    for (int round = 0; round < 3; ++round) {
        f.clock.advance(1s);
        QVERIFY(f.reader->poll(5s));
        watch.update(*f.reader, f.clock.systemNow());
        for (const Sample &sample : *watch.series().at(entries))
            QVERIFY(sample.at <= f.clock.systemNow() + 6s);
    }
}

void SeriesWatchTest::ownSeriesFollowAClockThatIsSetBack()
{
    Infra::ManualClock clock;
    Series series;
    const auto measure = [&](int seconds, double value) {
        for (int second = 0; second < seconds; ++second) {
            clock.advance(1s);
            appendOwn(series, {clock.systemNow(), value}, 900ms);
            // Twice within a second, as when a check has ended in between.
            appendOwn(series, {clock.systemNow() + 100ms, value}, 900ms);
        }
    };
    measure(1200, 1);
    QCOMPARE(series.size(), std::size_t{901});
    QCOMPARE(series.front().at, clock.systemNow() - 15min);
    clock.stepSystemClock(-10min);
    measure(20, 2);
    QVERIFY(isOrdered(series));
    QCOMPARE(series.back().at, clock.systemNow());
    QCOMPARE(series.back().value, 2.0);
    QCOMPARE(std::count_if(series.begin(), series.end(), [](const Sample &sample) { return sample.value == 2.0; }), 20);
}

QTEST_MAIN(SeriesWatchTest)
#include "tst_serieswatch.moc"
