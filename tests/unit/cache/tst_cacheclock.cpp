// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include "cache/cacheclock.h"

#include <infra/manualclock.h>

#include <QtTest>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;
using Detail::CacheClock;

class tst_CacheClock : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aStepIsToldUntilItIsFollowed_data();
    void aStepIsToldUntilItIsFollowed();
    void theClocksOfAllProcessesAgree();
    void whatHasExpiredIsGoneBeforeTheClockGoesBack();
    void aStepIsNoticedWithinASecondThoughNoThreadIsFree();
    void whatIsWrittenDuringAStepDoesNotOutliveItInMemory_data();
    void whatIsWrittenDuringAStepDoesNotOutliveItInMemory();
    void aSetThatWaitsForRoomDuringAStepDoesNotOutliveIt();
    void aSetThatCannotBeCommittedDoesNotOutliveAStep();
    void whatIsLoadedDuringAStepDoesNotOutliveItWithoutTheStore();
    void aStoreThatRefusesChangesIsTrustedAgainBehindAStep();
};

void tst_CacheClock::aStepIsToldUntilItIsFollowed_data()
{
    QTest::addColumn<int>("milliseconds");
    QTest::addColumn<CacheClock::Drift>("drift");
    QTest::newRow("a day back") << -86'400'000 << CacheClock::Drift::SteppedBack;
    QTest::newRow("more than the tolerance back") << -2'001 << CacheClock::Drift::SteppedBack;
    QTest::newRow("the tolerance back") << -2'000 << CacheClock::Drift::None;
    QTest::newRow("the jitter of a clock in milliseconds") << 2 << CacheClock::Drift::None;
    QTest::newRow("ahead") << 3 << CacheClock::Drift::Ahead;
}

void tst_CacheClock::aStepIsToldUntilItIsFollowed()
{
    QFETCH(int, milliseconds);
    QFETCH(CacheClock::Drift, drift);
    ManualClock manual;
    CacheClock clock(manual);
    QCOMPARE(clock.drift(), CacheClock::Drift::None);
    const SystemTime before = clock.now();
    manual.stepSystemClock(std::chrono::milliseconds(milliseconds));
    QCOMPARE(clock.drift(), drift);
    QCOMPARE(clock.now(), before);
    clock.follow();
    QCOMPARE(clock.drift(), CacheClock::Drift::None);
    QCOMPARE(clock.now(), manual.systemNow());
}

void tst_CacheClock::theClocksOfAllProcessesAgree()
{
    // Each is begun at another part of a millisecond. What one reads after the other is not earlier, but for the
    // microseconds that reading takes.
    const auto pass = [](std::chrono::microseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
    };
    std::vector<std::unique_ptr<CacheClock>> clocks;
    for (int i = 0; i < 50; ++i) {
        pass(130us);
        clocks.push_back(std::make_unique<CacheClock>(Clock::system()));
    }
    for (int round = 0; round < 200; ++round) {
        for (const auto &clock : clocks) {
            const SystemTime before = clock->now();
            pass(50us);
            QVERIFY(clocks[static_cast<std::size_t>(round) % clocks.size()]->now() >= before);
        }
    }
}

void tst_CacheClock::whatHasExpiredIsGoneBeforeTheClockGoesBack()
{
    // Others read from memory while one notices the step. Emptying memory takes its time: it has many entries.
    constexpr int Entries = 2000;
    for (int round = 0; round < 20; ++round) {
        CacheFixture f;
        const auto cache = f.open();
        EntryOptions options;
        options.timeToLive = 10s;
        for (int i = 0; i < Entries; ++i)
            QVERIFY(cache->set(QByteArray::number(i), "value", options));
        f.clock.advance(11s);
        f.clock.stepSystemClock(-24h);
        std::atomic<bool> stop{false};
        std::atomic<int> revived{0};
        std::thread reader([&] {
            for (int i = 0; !stop; i = (i + 1) % Entries) {
                if (const auto value = cache->get(QByteArray::number(i)); value && *value)
                    ++revived;
            }
        });
        static_cast<void>(cache->get("missing")); // Any disk access notices.
        stop = true;
        reader.join();
        QCOMPARE(revived.load(), 0);
    }
}

void tst_CacheClock::aStepIsNoticedWithinASecondThoughNoThreadIsFree()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    const BusyThread busy(*cache);
    f.clock.stepSystemClock(-24h);
    f.clock.advance(1s);
    QVERIFY(CacheFixture::eventually([&] { return cache->statistics().clockSteps == 1; }));
}

namespace {

EntryOptions tenSeconds()
{
    EntryOptions options;
    options.timeToLive = 10s;
    return options;
}

// While the next write waits for its turn the clock is set back, and somebody has noticed that before the write goes on.
void stepBackWithinTheNextWrite(CacheFixture &f, Cache &cache)
{
    f.store->beforeTurn([&] {
        f.store->beforeTurn({});
        f.clock.stepSystemClock(-24h);
        static_cast<void>(cache.get("other"));
    });
}

} // namespace

void tst_CacheClock::whatIsWrittenDuringAStepDoesNotOutliveItInMemory_data()
{
    QTest::addColumn<bool>("isMany");
    QTest::newRow("set") << false;
    QTest::newRow("setMany") << true;
}

void tst_CacheClock::whatIsWrittenDuringAStepDoesNotOutliveItInMemory()
{
    QFETCH(const bool, isMany);
    CacheFixture f;
    const auto cache = f.open();
    stepBackWithinTheNextWrite(f, *cache);
    QVERIFY(isMany ? cache->setMany({{"key", "value"}}, tenSeconds()) : cache->set("key", "value", tenSeconds()));
    QCOMPARE(cache->statistics().clockSteps, 1U);
    f.clock.advance(13s);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
}

void tst_CacheClock::aSetThatWaitsForRoomDuringAStepDoesNotOutliveIt()
{
    CacheFixture f;
    CacheOptions options;
    options.writePolicy = CacheOptions::WritePolicy::WriteBehind;
    options.writeBehindEntries = 1;
    options.writeBehindDelay = 1h;
    const auto cache = f.open(options);
    QVERIFY(cache->set("first", "value"));
    stepBackWithinTheNextWrite(f, *cache);
    QVERIFY(cache->set("key", "value", tenSeconds()));
    QCOMPARE(cache->statistics().clockSteps, 1U);
    f.clock.advance(13s);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QVERIFY(cache->flush());
    QCOMPARE(valueOf(f.open()->get("key")), Cache::Value());
}

void tst_CacheClock::aSetThatCannotBeCommittedDoesNotOutliveAStep()
{
    CacheFixture f;
    CacheOptions options;
    options.writePolicy = CacheOptions::WritePolicy::WriteBehind;
    options.writeBehindDelay = 1h;
    const auto cache = f.open(options);
    QVERIFY(cache->set("key", "value", tenSeconds()));
    f.clock.advance(5s);
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    f.clock.stepSystemClock(-4s);
    static_cast<void>(cache->get("other"));
    QCOMPARE(cache->statistics().clockSteps, 1U);
    f.clock.advance(8s);
    const auto found = cache->get("key");
    QVERIFY(!found || !*found);
}

void tst_CacheClock::whatIsLoadedDuringAStepDoesNotOutliveItWithoutTheStore()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    const auto loaded = cache->getOrCompute("key", [&] {
        f.clock.stepSystemClock(-24h);
        return QByteArray("value");
    }, tenSeconds());
    QCOMPARE(valueOf(loaded), QByteArray("value"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
    f.clock.advance(13s);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
}

void tst_CacheClock::aStoreThatRefusesChangesIsTrustedAgainBehindAStep()
{
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("before", "value"));
    f.store->failWrites(Error{Error::Kind::ReadOnly, QStringLiteral("read-only"), {}});
    f.clock.stepSystemClock(-1h);
    QCOMPARE(valueOf(cache->get("other")), Cache::Value());
    QCOMPARE(cache->statistics().clockSteps, 1U);
    QCOMPARE(valueOf(cache->get("before")), Cache::Value());
    const auto plant = [&](const QByteArray &key) {
        Detail::StoredEntry entry;
        entry.value = "value";
        entry.times.storedAt = f.clock.systemNow();
        f.store->plant(key, entry);
    };
    // By another process, of which it is not known on which side of the step.
    plant("meanwhile");
    QCOMPARE(valueOf(cache->get("meanwhile")), Cache::Value());
    // A second step begins where the clock has not come to what the first began with.
    f.clock.advance(30min);
    f.clock.stepSystemClock(-10min);
    QCOMPARE(valueOf(cache->get("other")), Cache::Value());
    QCOMPARE(cache->statistics().clockSteps, 2U);
    f.clock.advance(15min);
    plant("between");
    QCOMPARE(valueOf(cache->get("between")), Cache::Value());
    f.clock.advance(1h + 3s);
    plant("after");
    QCOMPARE(valueOf(cache->get("after")), QByteArray("value"));
    QCOMPARE(valueOf(cache->get("before")), Cache::Value());
}

QTEST_GUILESS_MAIN(tst_CacheClock)
#include "tst_cacheclock.moc"
