// SPDX-License-Identifier: MIT
#include "readertest.h"

#include <limits>

using namespace Infra;
using namespace std::chrono_literals;
using InfraTest::Hit;
using InfraTest::selector;
using InfraTest::WrittenProcess;
using std::chrono::milliseconds;

class TelemetryReaderTest : public InfraTest::ReaderTest
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        FailOnWarning::init();
        makeReader();
    }
    void ratesComeFromCounterAndTimeDifferences();
    void ratesFollowTheSteadyClock();
    void aNewConsoleSeesThePast();
    void aGapHasNoValueAndNoSpike();
    void aLostFrameWaitsForTheNextKeyframe();
    void aRestartIsAnotherInstanceNotANegativeRate();
    void aCounterThatFellIsNotAValue();
    void anUnknownGaugeIsNotZero();
    void aNewRegionBreaksNoSeries();
    void histogramsAreMergedAndSince();
    void instancesAddUpOnAGrid();
    void theNewestSecondIsNeverAPartialSum();
    void damagedFramesAreCountedAndTheRestStays();
    void theLastFramesSayTheSameAsThePast_data();
    void theLastFramesSayTheSameAsThePast();
    void readingsOfTheVisitor();
    void metricsThatComeAndGoHideNoSamples_data();
    void metricsThatComeAndGoHideNoSamples();
    void quantilesOfSlowProcessesHaveNoGaps();
    void errorsOfTheStoreArePassedOn();
};

void TelemetryReaderTest::ratesComeFromCounterAndTimeDifferences()
{
    WrittenProcess process(channel, *clock, "one");
    process.hits = 1'000'000;
    process.publish();
    for (int step = 1; step <= 25; ++step) {
        second();
        process.hits += 10 + static_cast<std::uint64_t>(step);
        process.publish();
    }
    QVERIFY(reader->poll(1s).has_value());
    const Series rates = reader->rates(selector(MetricName::CacheGets, Hit));
    QCOMPARE(rates.size(), 25U);
    for (int step = 1; step <= 25; ++step)
        QCOMPARE(rates[static_cast<std::size_t>(step - 1)].value, std::optional<double>(10 + step));
    QCOMPARE(*reader->increase(selector(MetricName::CacheGets, Hit)), std::uint64_t(25 * 10 + 25 * 26 / 2));
    // Only from a moment on.
    const Series last = reader->rates(selector(MetricName::CacheGets, Hit), clock->systemNow() - 2s);
    QCOMPARE(last.size(), 3U);
    QCOMPARE(last.front().value, std::optional<double>(33));
}

void TelemetryReaderTest::ratesFollowTheSteadyClock()
{
    WrittenProcess process(channel, *clock, "one");
    process.publish();
    clock->advance(2s);
    clock->stepSystemClock(-30min);
    process.hits += 100;
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    QCOMPARE(reader->rates(selector(MetricName::CacheGets, Hit)).back().value, std::optional<double>(50));
}

void TelemetryReaderTest::aNewConsoleSeesThePast()
{
    WrittenProcess process(channel, *clock, "one");
    for (int step = 0; step < 900; ++step) {
        process.hits += 7;
        process.publish();
        second();
    }
    const auto report = reader->poll(1s);
    QCOMPARE(report->frames, 900U);
    QVERIFY(report->caughtUp);
    const Series rates = reader->rates(selector(MetricName::CacheGets, Hit));
    QVERIFY(rates.size() > 890);
    QVERIFY(std::all_of(rates.begin(), rates.end(), [](const SeriesPoint &point) { return point.value == 7.0; }));
    QCOMPARE(reader->poll(1s)->frames, 0U);
}

void TelemetryReaderTest::aGapHasNoValueAndNoSpike()
{
    WrittenProcess process(channel, *clock, "one");
    for (int step = 0; step < 3; ++step) {
        process.hits += 5;
        process.entries = 10;
        process.publish();
        second();
    }
    clock->advance(20s);
    process.hits += 1000;
    process.requireKeyframe();
    process.publish();
    second();
    process.hits += 5;
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    const std::vector<std::optional<double>> expected{5.0, 5.0, std::nullopt, std::nullopt, 5.0};
    QVERIFY(numbers(reader->rates(selector(MetricName::CacheGets, Hit))) == expected);
    // Gauges say nothing about the gap either.
    const auto entries = numbers(reader->values(selector(MetricName::CacheEntries)));
    QCOMPARE(std::count(entries.begin(), entries.end(), std::nullopt), 1);
    // What was counted meanwhile is not lost.
    QCOMPARE(*reader->increase(selector(MetricName::CacheGets, Hit)), 1015U);
}

void TelemetryReaderTest::aLostFrameWaitsForTheNextKeyframe()
{
    WrittenProcess process(channel, *clock, "one", 5);
    for (int step = 0; step < 10; ++step) {
        process.setLost(step == 2);
        process.hits += 4;
        process.publish();
        second();
    }
    QVERIFY(reader->poll(1s).has_value());
    QVERIFY(reader->statistics().gaps > 0);
    const auto rates = numbers(reader->rates(selector(MetricName::CacheGets, Hit)));
    QVERIFY(std::none_of(rates.begin(), rates.end(), [](const auto &rate) { return rate && *rate != 4; }));
    QCOMPARE(*reader->increase(selector(MetricName::CacheGets, Hit)), 36U);
}

void TelemetryReaderTest::aRestartIsAnotherInstanceNotANegativeRate()
{
    {
        WrittenProcess before(channel, *clock, "before");
        for (int step = 0; step < 5; ++step) {
            before.hits += 50;
            before.publish();
            second();
        }
    }
    WrittenProcess after(channel, *clock, "after");
    for (int step = 0; step < 5; ++step) {
        after.hits += 20;
        after.publish();
        second();
    }
    QVERIFY(reader->poll(1s).has_value());
    QCOMPARE(reader->instances().size(), 2U);
    QCOMPARE(reader->instances()[0].id, QByteArray("before"));
    const auto rates = numbers(reader->rates(selector(MetricName::CacheGets, Hit)));
    QVERIFY(std::all_of(rates.begin(), rates.end(), [](const auto &rate) { return !rate || *rate == 50 || *rate == 20; }));
}

void TelemetryReaderTest::aCounterThatFellIsNotAValue()
{
    WrittenProcess process(channel, *clock, "one");
    process.hits = 100;
    process.publish();
    second();
    process.hits = 3; // The component was made anew within the process.
    process.publish();
    second();
    process.hits = 9;
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    const std::vector<std::optional<double>> expected{std::nullopt, 6.0};
    QVERIFY(numbers(reader->rates(selector(MetricName::CacheGets, Hit))) == expected);
    reader->visit(ComponentSnapshot::Kind::Cache, [](const ComponentReading &reading) {
        QCOMPARE(reading.rate(MetricName::CacheGets, Hit), std::optional<double>(6));
    });
}

void TelemetryReaderTest::anUnknownGaugeIsNotZero()
{
    WrittenProcess process(channel, *clock, "one");
    process.entries = std::numeric_limits<double>::quiet_NaN();
    process.publish();
    second();
    process.entries = 5;
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    const std::vector<std::optional<double>> expected{std::nullopt, 5.0};
    const auto found = numbers(reader->values(selector(MetricName::CacheEntries)));
    QVERIFY(found == expected || found == std::vector<std::optional<double>>{5.0});
    QVERIFY(reader->values(selector("no.such.metric")).empty()
            || !reader->values(selector("no.such.metric")).back().value);
    QVERIFY(!reader->increase(selector("no.such.metric")));
}

void TelemetryReaderTest::aNewRegionBreaksNoSeries()
{
    WrittenProcess process(channel, *clock, "one");
    for (int step = 0; step < 6; ++step) {
        process.hasSecondRegion = step >= 3;
        process.hits += 8;
        process.loads.record(1ms);
        process.publish();
        second();
        QVERIFY(reader->poll(1s).has_value());
    }
    QVERIFY(numbers(reader->rates(selector(MetricName::CacheGets, Hit))) == std::vector<std::optional<double>>(5, 8.0));
    QCOMPARE(reader->histogram(selector(MetricName::CacheLoadDuration)).count(), 5U);
    QCOMPARE(reader->components().size(), 2U);
    reader->visit(ComponentSnapshot::Kind::Cache, [](const ComponentReading &reading) {
        QCOMPARE(reading.rate(MetricName::CacheGets, Hit), std::optional<double>(8));
    });
}

void TelemetryReaderTest::histogramsAreMergedAndSince()
{
    WrittenProcess one(channel, *clock, "one", 4);
    WrittenProcess two(channel, *clock, "two", 7);
    SystemTime middle{};
    for (int step = 0; step < 20; ++step) {
        if (step == 10)
            middle = clock->systemNow();
        one.loads.record(step < 10 ? 1ms : 8ms);
        two.loads.record(100ms);
        two.loads.record(100ms);
        one.publish();
        two.publish();
        second();
    }
    QVERIFY(reader->poll(1s).has_value());
    const HistogramSnapshot all = reader->histogram(selector(MetricName::CacheLoadDuration));
    QCOMPARE(all.count(), 19U + 38U);
    const HistogramSnapshot late = reader->histogram(selector(MetricName::CacheLoadDuration, {}, {"one"}), middle);
    QCOMPARE(late.count(), 10U);
    QVERIFY(late.quantile(0.0) > 7ms);
    const Series p50 = reader->quantiles(selector(MetricName::CacheLoadDuration, {}, {"one"}), 0.5);
    QVERIFY(*p50[5].value < 0.0012);
    QVERIFY(*p50[15].value > 0.007);
}

void TelemetryReaderTest::instancesAddUpOnAGrid()
{
    WrittenProcess one(channel, *clock, "one");
    WrittenProcess two(channel, *clock, "two");
    for (int step = 0; step < 20; ++step) {
        one.hits += 10;
        one.entries = 3;
        one.publish();
        clock->advance(400ms); // Each has a phase of its own.
        two.hits += 5;
        two.entries = 4;
        two.publish();
        clock->advance(600ms);
    }
    QVERIFY(reader->poll(1s).has_value());
    const Series rates = reader->rates(selector(MetricName::CacheGets, Hit));
    QVERIFY(rates.size() >= 17);
    for (std::size_t index = 1; index < rates.size(); ++index) {
        QCOMPARE(rates[index].value, std::optional<double>(15));
        QCOMPARE(rates[index].at - rates[index - 1].at, milliseconds(1000));
    }
    QCOMPARE(reader->values(selector(MetricName::CacheEntries)).back().value, std::optional<double>(7));
}

void TelemetryReaderTest::theNewestSecondIsNeverAPartialSum()
{
    WrittenProcess one(channel, *clock, "one");
    WrittenProcess two(channel, *clock, "two");
    for (int step = 0; step < 10; ++step) {
        one.hits += 10;
        two.hits += 10;
        one.publish();
        if (step < 8)
            two.publish();
        second();
    }
    QVERIFY(reader->poll(1s).has_value());
    QCOMPARE(reader->rates(selector(MetricName::CacheGets, Hit)).back().value, std::optional<double>(20));
    // Once the silent one is stale, the sum goes on without it.
    clock->advance(2s);
    one.publish();
    QVERIFY(reader->poll(1s).has_value());
    QVERIFY(*reader->rates(selector(MetricName::CacheGets, Hit)).back().value < 20);
}

void TelemetryReaderTest::damagedFramesAreCountedAndTheRestStays()
{
    WrittenProcess process(channel, *clock, "one", 3);
    for (int step = 0; step < 9; ++step) {
        process.hits += 2;
        if (step == 4) {
            QByteArray payload = process.encode();
            payload[payload.size() / 2] = static_cast<char>(payload[payload.size() / 2] ^ 1);
            channel->appendFrame({0, "one", clock->systemNow(), payload});
        } else {
            process.publish();
        }
        second();
    }
    channel->appendFrame({0, "nobody", clock->systemNow(), "nonsense"});
    channel->appendFrame({0, "one", SystemTime(milliseconds(std::numeric_limits<std::int64_t>::min())), process.encode()});
    const auto report = reader->poll(1s);
    QCOMPARE(report->unreadable, 3U);
    const auto rates = numbers(reader->rates(selector(MetricName::CacheGets, Hit, {"one"})));
    QVERIFY(std::none_of(rates.begin(), rates.end(), [](const auto &rate) { return rate && *rate != 2; }));
    QCOMPARE(reader->instances().size(), 1U); // Who has no row has no name.
}

void TelemetryReaderTest::theLastFramesSayTheSameAsThePast_data()
{
    QTest::addColumn<int>("framesPerKeyframe");
    QTest::addColumn<int>("change");
    for (const int frames : {1, 4, 100}) {
        for (int change = 0; change < 5; ++change)
            QTest::addRow("%d frames a keyframe, change %d", frames, change) << frames << change;
    }
}

// A query of the last seconds is answered without decoding; it must not be told from one that goes further back.
void TelemetryReaderTest::theLastFramesSayTheSameAsThePast()
{
    QFETCH(int, framesPerKeyframe);
    QFETCH(int, change);
    WrittenProcess process(channel, *clock, "one", framesPerKeyframe);
    WrittenProcess other(channel, *clock, "two", framesPerKeyframe + 1);
    for (int step = 1; step <= 40; ++step) {
        if (step == 36) {
            process.hasSecondRegion = change == 1;
            if (change == 2)
                process.hits = 0; // Falls.
            process.setLost(change == 3);
        }
        if (step == 38) {
            process.setLost(false);
            if (change == 4)
                clock->advance(20s); // A gap.
            if (change == 3)
                process.requireKeyframe();
        }
        process.hits += static_cast<std::uint64_t>(10 + step);
        process.misses += static_cast<std::uint64_t>(step % 3);
        process.entries = step % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : 100.0 + step;
        for (int i = 0; i < step % 4; ++i)
            process.loads.record(milliseconds(i * step));
        other.hits += 3;
        other.loads.record(5ms);
        process.publish();
        other.publish();
        QVERIFY(reader->poll(1s));
        const SystemTime from = clock->systemNow() - 5s;
        const auto tail = [from](Series series) {
            std::erase_if(series, [from](const SeriesPoint &point) { return point.at < from; });
            return series;
        };
        for (const QByteArrayList &instances : {QByteArrayList{"one"}, QByteArrayList{}}) {
            // On the grid a query that begins behind a gap does not know of it.
            if (instances.isEmpty() && change == 4)
                continue;
            // Of several, a cell that begins before `from` is only a part.
            const auto compare = [&](Series whole, Series recent) {
                whole = tail(std::move(whole));
                recent = tail(std::move(recent));
                if (instances.isEmpty()) {
                    const auto skipFirst = [from](const SeriesPoint &point) { return point.at < from + 1500ms; };
                    std::erase_if(whole, skipFirst);
                    std::erase_if(recent, skipFirst);
                }
                return whole == recent;
            };
            QVERIFY(compare(reader->rates(selector(MetricName::CacheGets, {}, instances)), reader->rates(selector(MetricName::CacheGets, {}, instances), from)));
            QVERIFY(compare(reader->rates(selector(MetricName::CacheGets, Hit, instances)), reader->rates(selector(MetricName::CacheGets, Hit, instances), from)));
            QVERIFY(compare(reader->values(selector(MetricName::CacheEntries, {}, instances)), reader->values(selector(MetricName::CacheEntries, {}, instances), from)));
            QVERIFY(compare(reader->quantiles(selector(MetricName::CacheLoadDuration, {}, instances), 0.95),
                            reader->quantiles(selector(MetricName::CacheLoadDuration, {}, instances), 0.95, from)));
        }
        second();
    }
}

void TelemetryReaderTest::readingsOfTheVisitor()
{
    WrittenProcess process(channel, *clock, "one", 8);
    for (int step = 0; step < 20; ++step) {
        process.hits += 10;
        process.misses += 5;
        process.entries = step;
        process.loads.record(2ms);
        process.publish();
        second();
    }
    QVERIFY(reader->poll(1s).has_value());
    int visited = 0;
    reader->visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading) {
        ++visited;
        QCOMPARE(reading.component().name, QByteArray("users"));
        QCOMPARE(reading.instance().service, QStringLiteral("orders"));
        QCOMPARE(reading.total(MetricName::CacheGets), std::optional<std::uint64_t>(300));
        QCOMPARE(reading.rate(MetricName::CacheGets), std::optional<double>(15));
        QCOMPARE(reading.rate(MetricName::CacheGets, Hit), std::optional<double>(10));
        QCOMPARE(reading.rate(MetricName::CacheLoadDuration), std::optional<double>(1));
        QCOMPARE(reading.value(MetricName::CacheEntries), std::optional<double>(19));
        QVERIFY(!reading.value("no.such.metric") && !reading.rate("no.such.metric") && !reading.total("no.such.metric"));
        const HistogramSnapshot recent = reading.recent(MetricName::CacheLoadDuration);
        QVERIFY(recent.count() >= 8 && recent.count() <= 10);
        QVERIFY(recent.quantile(0.5) > 1800us && recent.quantile(0.5) < 2300us);
        QCOMPARE(reading.snapshot().metrics.size(), 4U);
        QVERIFY(std::get<std::uint64_t>(reading.snapshot().metrics[0].value) == 200U);
    });
    QCOMPARE(visited, 1);
    reader->visit(ComponentSnapshot::Kind::Pool, [](const ComponentReading &) { QFAIL("there is no pool"); });
}

void TelemetryReaderTest::metricsThatComeAndGoHideNoSamples_data()
{
    QTest::addColumn<int>("framesPerKeyframe");
    QTest::newRow("changes between") << 10;
    QTest::newRow("keyframes only") << 1;
}

// As those of a pool, which tells who has its connections.
void TelemetryReaderTest::metricsThatComeAndGoHideNoSamples()
{
    QFETCH(int, framesPerKeyframe);
    WrittenProcess process(channel, *clock, "one", framesPerKeyframe);
    for (int step = 0; step < 20; ++step) {
        process.hasSecondRegion = step % 2 != 0;
        process.loads.record(2ms);
        process.publish();
        QVERIFY(reader->poll(1s).has_value());
        second();
    }
    int visited = 0;
    reader->visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading) {
        if (reading.component().name != "users")
            return;
        ++visited;
        const HistogramSnapshot recent = reading.recent(MetricName::CacheLoadDuration);
        QCOMPARE(recent.count(), 10U);
        QVERIFY(recent.quantile(0.5) > 1800us && recent.quantile(0.5) < 2300us);
    });
    QCOMPARE(visited, 1);
}

void TelemetryReaderTest::quantilesOfSlowProcessesHaveNoGaps()
{
    WrittenProcess one(channel, *clock, "one", 10, 2s);
    WrittenProcess two(channel, *clock, "two", 10, 2s);
    for (int step = 0; step < 10; ++step) {
        one.loads.record(1ms);
        two.loads.record(1ms);
        one.publish();
        clock->advance(300ms);
        two.publish();
        clock->advance(1700ms);
    }
    QVERIFY(reader->poll(1s).has_value());
    const Series quantiles = reader->quantiles(selector(MetricName::CacheLoadDuration), 0.5);
    QVERIFY(quantiles.size() >= 15);
    QVERIFY(std::all_of(quantiles.begin(), quantiles.end(), [](const SeriesPoint &point) { return point.value.has_value(); }));
}

void TelemetryReaderTest::errorsOfTheStoreArePassedOn()
{
    WrittenProcess process(channel, *clock, "one");
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    channel->setError(Error{Error::Kind::Unavailable, QStringLiteral("gone"), {}});
    QCOMPARE(reader->poll(1s).error().kind, Error::Kind::Unavailable);
    QCOMPARE(reader->instances().size(), 1U); // What was known stays.
    TelemetryReader without(nullptr, {}, *clock);
    QCOMPARE(without.poll(1s).error().kind, Error::Kind::Unavailable);
}

QTEST_GUILESS_MAIN(TelemetryReaderTest)
#include "tst_telemetryreader.moc"
