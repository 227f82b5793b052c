// SPDX-License-Identifier: MIT
#include "readertest.h"

using namespace Infra;
using namespace std::chrono_literals;
using InfraTest::Hit;
using InfraTest::selector;
using InfraTest::WrittenProcess;
using std::chrono::milliseconds;

class TelemetryRetentionTest : public InfraTest::ReaderTest
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        FailOnWarning::init();
        makeReader();
    }
    void staleAfterThreeIntervals();
    void theWindowAndTheMemoryAreBounded();
    void aProcessThatHasEndedKeepsNobodyFromBeingDropped();
    void schemasCountForTheMemory();
    void aLateReaderOfASlowProcessSeesItsPast();
    void aClockThatIsSetBackCountsNothingTwice();
    void aClockThatIsSetForwardForgetsNobody();
    void aClockThatWasWrongForAMomentHidesNoSecond();
    void aReplacedStoreIsReadFromItsStart();
};

void TelemetryRetentionTest::staleAfterThreeIntervals()
{
    WrittenProcess process(channel, *clock, "one");
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    QVERIFY(!reader->instances()[0].stale);
    clock->advance(3s);
    QVERIFY(!reader->instances()[0].stale);
    clock->advance(1ms);
    QVERIFY(reader->instances()[0].stale);
    process.requireKeyframe();
    process.publish();
    QVERIFY(reader->poll(1s).has_value());
    QVERIFY(!reader->instances()[0].stale);
    // A console that opens later does not take the old frames for news.
    clock->advance(60s);
    TelemetryReader late(channel, {}, *clock);
    QVERIFY(late.poll(1s).has_value());
    QVERIFY(late.instances()[0].stale);
}

void TelemetryRetentionTest::theWindowAndTheMemoryAreBounded()
{
    ReaderOptions options;
    options.window = 60s;
    TelemetryReader shortReader(channel, options, *clock);
    options.window = 15min;
    options.maximumBytes = 4096;
    TelemetryReader smallReader(channel, options, *clock);
    WrittenProcess process(channel, *clock, "one");
    for (int step = 0; step < 600; ++step) {
        process.hits += 3;
        process.loads.record(milliseconds(step));
        process.publish();
        QVERIFY(shortReader.poll(1s).has_value());
        QVERIFY(smallReader.poll(1s).has_value());
        second();
    }
    const Series rates = shortReader.rates(selector(MetricName::CacheGets, Hit));
    QVERIFY(rates.size() >= 58 && rates.size() <= 61);
    QVERIFY(smallReader.statistics().bytes <= 4096);
    QVERIFY(smallReader.statistics().dropped > 0);
    QVERIFY(!smallReader.rates(selector(MetricName::CacheGets, Hit)).empty());
    clock->advance(61s);
    QVERIFY(shortReader.poll(1s).has_value());
    QVERIFY(shortReader.instances().empty());
    QCOMPARE(shortReader.statistics().bytes, 0U);
}

void TelemetryRetentionTest::aProcessThatHasEndedKeepsNobodyFromBeingDropped()
{
    ReaderOptions options;
    options.maximumBytes = 8192;
    TelemetryReader small(channel, options, *clock);
    WrittenProcess job(channel, *clock, "job");
    WrittenProcess process(channel, *clock, "one");
    for (int step = 0; step < 600; ++step) {
        if (step < 3)
            job.publish();
        process.hits += 3;
        process.loads.record(milliseconds(step));
        process.publish();
        QVERIFY(small.poll(1s).has_value());
        second();
    }
    QVERIFY(small.statistics().dropped > 0);
    QVERIFY2(small.statistics().bytes <= 8192, qPrintable(QString::number(small.statistics().bytes)));
}

void TelemetryRetentionTest::schemasCountForTheMemory()
{
    const auto bytesOf = [this](bool changes) {
        const auto own = std::make_shared<InfraTest::MemoryChannel>();
        TelemetryReader other(own, {}, *clock);
        WrittenProcess process(own, *clock, "one", 1);
        for (int step = 0; step < 20; ++step) {
            process.hasSecondRegion = changes && step % 2 != 0;
            process.publish();
            second();
        }
        return other.poll(1s) ? other.statistics().bytes : 0;
    };
    // Twenty of them instead of one, each of some hundred bytes.
    QVERIFY(bytesOf(true) > bytesOf(false) + 19 * std::size_t{400});
}

void TelemetryRetentionTest::aLateReaderOfASlowProcessSeesItsPast()
{
    WrittenProcess process(channel, *clock, "one", 60, 60s);
    for (int step = 0; step < 40; ++step) {
        if (step == 25) {
            channel->clear(); // What is older has left the store.
        }
        process.hits += 60;
        process.publish();
        clock->advance(60s);
    }
    TelemetryReader late(channel, {}, *clock);
    QVERIFY(late.poll(1s).has_value());
    QVERIFY(!late.components().empty());
    QVERIFY(late.rates(selector(MetricName::CacheGets, Hit)).size() >= 12);
    clock->advance(30s);
    QVERIFY(!late.instances()[0].stale);
}

void TelemetryRetentionTest::aClockThatIsSetBackCountsNothingTwice()
{
    WrittenProcess one(channel, *clock, "one");
    WrittenProcess two(channel, *clock, "two");
    const auto minute = [&] {
        for (int step = 0; step < 60; ++step) {
            one.hits += 10;
            two.hits += 10;
            one.publish();
            two.publish();
            QVERIFY(reader->poll(1s).has_value());
            second();
        }
    };
    minute();
    clock->stepSystemClock(-30'500ms);
    minute();
    for (const SeriesPoint &point : reader->rates(selector(MetricName::CacheGets, Hit)))
        QVERIFY(!point.value || *point.value <= 20);
    const Series alone = reader->rates(selector(MetricName::CacheGets, Hit, {"one"}));
    QVERIFY(alone.size() > 60);
    for (std::size_t index = 1; index < alone.size(); ++index)
        QVERIFY(alone[index].at > alone[index - 1].at);
    const auto increase = reader->increase(selector(MetricName::CacheGets, Hit, {"one"}), clock->systemNow() - 10s);
    QVERIFY(increase && *increase >= 90 && *increase <= 110);
    QVERIFY(reader->instances()[0].lastSeenAt <= clock->systemNow());
}

void TelemetryRetentionTest::aClockThatIsSetForwardForgetsNobody()
{
    WrittenProcess process(channel, *clock, "one");
    WrittenProcess other(channel, *clock, "other");
    const auto publish = [&] {
        process.hits += 10;
        process.loads.record(1ms);
        process.publish();
        other.publish();
        second();
    };
    for (int step = 0; step < 15; ++step)
        publish();
    QVERIFY(reader->poll(1s).has_value());
    clock->stepSystemClock(1h);
    QVERIFY(reader->poll(1s).has_value());
    publish();
    QVERIFY(reader->poll(1s).has_value());
    QCOMPARE(reader->statistics().gaps, 0U);
    QCOMPARE(reader->instances().size(), 2U);
    // An hour that nobody saw is none of the chart.
    QVERIFY(reader->quantiles(selector(MetricName::CacheLoadDuration), 0.5, SystemTime{}).size() < 40);
}

void TelemetryRetentionTest::aClockThatWasWrongForAMomentHidesNoSecond()
{
    WrittenProcess process(channel, *clock, "one");
    const auto publish = [&](int seconds) {
        for (int step = 0; step < seconds; ++step) {
            process.hits += 10;
            process.publish();
            second();
        }
    };
    publish(60);
    clock->stepSystemClock(-600s);
    publish(3);
    clock->stepSystemClock(600s);
    publish(20);
    QVERIFY(reader->poll(1s).has_value());
    const auto increase = reader->increase(selector(MetricName::CacheGets, Hit), clock->systemNow() - 82s);
    QVERIFY(increase);
    QVERIFY2(*increase >= 760, qPrintable(QString::number(*increase)));
}

void TelemetryRetentionTest::aReplacedStoreIsReadFromItsStart()
{
    WrittenProcess process(channel, *clock, "one");
    const auto publishAndPoll = [&] {
        process.hits += 2;
        process.publish();
        second();
        QVERIFY(reader->poll(1s).has_value());
    };
    for (int step = 0; step < 5; ++step)
        publishAndPoll();
    channel->clear(); // Positions begin again.
    process.requireKeyframe();
    for (int step = 0; step < 5; ++step)
        publishAndPoll();
    QVERIFY(reader->instances()[0].lastSeenAt >= clock->systemNow() - 1s);
    const auto rates = numbers(reader->rates(selector(MetricName::CacheGets, Hit)));
    QVERIFY(rates.size() >= 8);
}

QTEST_GUILESS_MAIN(TelemetryRetentionTest)
#include "tst_telemetryretention.moc"
