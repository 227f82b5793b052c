// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <QtTest>

#include <atomic>
#include <future>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

// The store failing is not the service failing.
class CacheDegradedTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void memoryStillAnswersWhatIsProvablyCurrent();
    void aFailedStoreIsLeftAloneForTheRetryInterval();
    void factoriesAreStillCalledAndTheirValuesKeptInMemory();
    void aSetThatFailsIsAnErrorAndLeavesNothingBehind();
    void unprovenMemoryIsServedOnlyWhenAsked();
    void withoutCoherenceMemoryIsBypassed();
    void anOutageIsCountedOnceAlsoWhenNobodyLookedMeanwhile();
    void theHousekeeperNoticesThatTheStoreIsBack();
    void whoHadLittleTimeSaysNothingAboutTheStore();
    void manyWhoHadLittleTimeSaySomething();
    void undecodableRowsAreMisses();
    void whatCannotBeReadIsRemovedWhenThereIsNoValueAnyMore();
    void withoutCoherenceACallGetsNoLoadFromBeforeIt();
    void withoutCoherenceAnAsyncCallWaitsForTheLoadBeforeIt();
    void withoutCoherenceALoadBehindAnotherEndsAtItsDeadline();
    void aLoadThatWasGivenUpReplacesNoLaterOneInMemory();

private:
    const Error m_busy{Error::Kind::Busy, QStringLiteral("locked"), QStringLiteral("5")};
};

void CacheDegradedTest::memoryStillAnswersWhatIsProvablyCurrent()
{
    const CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "value").has_value());
    f.store->failReads(m_busy);
    QCOMPARE(errorOf(cache->get("other")), Error::Kind::Busy);
    QVERIFY(cache->isDegraded());
    QCOMPARE(cache->lastStoreError()->nativeCode, QStringLiteral("5"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
    QCOMPARE(cache->statistics().failures, 1U);
    QCOMPARE(cache->statistics().disk.readErrors, 1U);
}

void CacheDegradedTest::aFailedStoreIsLeftAloneForTheRetryInterval()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failReads(m_busy);
    QCOMPARE(errorOf(cache->get("key")), Error::Kind::Busy);
    const int asked = f.store->reads();
    for (int i = 0; i < 10; ++i)
        QCOMPARE(errorOf(cache->get("key")), Error::Kind::Busy);
    QCOMPARE(f.store->reads(), asked);
    f.store->failReads(std::nullopt);
    f.clock.advance(250ms);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QVERIFY(!cache->isDegraded());
}

void CacheDegradedTest::factoriesAreStillCalledAndTheirValuesKeptInMemory()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    f.store->failReads(m_busy);
    f.store->failWrites(m_busy);
    int calls = 0;
    const auto factory = [&] {
        ++calls;
        return QByteArray("value");
    };
    QCOMPARE(valueOf(cache->getOrCompute("key", factory)), QByteArray("value"));
    QCOMPARE(valueOf(cache->getOrCompute("key", factory)), QByteArray("value"));
    QCOMPARE(calls, 1);
    f.store->failReads(std::nullopt);
    f.store->failWrites(std::nullopt);
    f.clock.advance(1s);
    // Another process's change reaches what was kept without the store, too.
    QVERIFY(other->set("key", "newer").has_value());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

void CacheDegradedTest::aSetThatFailsIsAnErrorAndLeavesNothingBehind()
{
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "old").has_value());
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    QCOMPARE(errorOf(cache->set("key", "new")), Error::Kind::DiskFull);
    QCOMPARE(errorOf(cache->invalidate(Target::key("key"))), Error::Kind::DiskFull);
    QVERIFY(cache->isDegraded());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("old"));
    QVERIFY(cache->statistics().disk.writeErrors >= 2);
}

void CacheDegradedTest::unprovenMemoryIsServedOnlyWhenAsked()
{
    CacheFixture f;
    CacheOptions options;
    const auto strict = f.open(options);
    options.degradedReads = CacheOptions::DegradedReads::ServeMemory;
    const auto lenient = f.open(options);
    EntryOptions entry;
    entry.timeToLive = 10s;
    QVERIFY(strict->set("key", "value", entry).has_value());
    QCOMPARE(valueOf(lenient->get("key")), QByteArray("value"));
    f.store->withholdCoherence(true);
    f.store->failReads(m_busy);
    QCOMPARE(errorOf(strict->get("key")), Error::Kind::Busy);
    QCOMPARE(valueOf(lenient->get("key")), QByteArray("value"));
    QCOMPARE(lenient->statistics().degradedHits, 1U);
    const auto several = lenient->getMany({"key"});
    QVERIFY(several);
    QCOMPARE(several->front(), Cache::Value("value"));
    QCOMPARE(errorOf(lenient->getMany({"key", "other"})), Error::Kind::Busy);
    QCOMPARE(errorOf(strict->getMany({"key"})), Error::Kind::Busy);
    QCOMPARE(lenient->statistics().degradedHits, 2U);
    f.clock.advance(10s);
    QCOMPARE(errorOf(lenient->get("key")), Error::Kind::Busy);
}

void CacheDegradedTest::withoutCoherenceMemoryIsBypassed()
{
    const CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "value").has_value());
    f.store->withholdCoherence(true);
    QVERIFY(cache->isDegraded());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
    QCOMPARE(f.store->reads(), 1);
    QVERIFY(cache->statistics().memory.bypasses > 0);
}

void CacheDegradedTest::anOutageIsCountedOnceAlsoWhenNobodyLookedMeanwhile()
{
    CacheFixture f;
    const auto cache = f.open();
    QCOMPARE(cache->statistics().storeOutages, 0u);
    f.store->failWrites(m_busy);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(errorOf(cache->set("key", "value")), Error::Kind::Busy);
        f.clock.advance(250ms);
    }
    f.store->failWrites(std::nullopt);
    QVERIFY(cache->set("key", "value"));
    QVERIFY(!cache->isDegraded());
    QCOMPARE(cache->statistics().storeOutages, 1u);
    f.store->failWrites(m_busy);
    QCOMPARE(errorOf(cache->set("key", "value")), Error::Kind::Busy);
    QCOMPARE(cache->statistics().storeOutages, 2u);
}

void CacheDegradedTest::theHousekeeperNoticesThatTheStoreIsBack()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failReads(m_busy);
    f.store->failWrites(m_busy);
    QCOMPARE(errorOf(cache->get("key")), Error::Kind::Busy);
    QCOMPARE(errorOf(cache->set("key", "value")), Error::Kind::Busy);
    f.store->failReads(std::nullopt);
    f.store->failWrites(std::nullopt);
    QVERIFY(cache->isDegraded());
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return !cache->isDegraded();
    }));
}

void CacheDegradedTest::whoHadLittleTimeSaysNothingAboutTheStore()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failReads(m_busy);
    f.store->failWrites(m_busy);
    QCOMPARE(errorOf(cache->invalidate(Target::key("key"), 1ms)), Error::Kind::Busy);
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); }, EntryOptions(), 1ms)), QByteArray("value"));
    QVERIFY(!cache->isDegraded());
    QCOMPARE(errorOf(cache->invalidate(Target::key("key"))), Error::Kind::Busy);
    QVERIFY(cache->isDegraded());
}

void CacheDegradedTest::manyWhoHadLittleTimeSaySomething()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failReads(m_busy);
    // Of many at once the time passes only once.
    for (int i = 0; i < 50; ++i)
        static_cast<void>(cache->getOrCompute(QByteArray("at once " + QByteArray::number(i)), [] { return QByteArray("value"); }, EntryOptions(), 100ms));
    QVERIFY(!cache->isDegraded());
    f.store->beforeRead([&] { f.clock.advance(100ms); });
    int calls = 0;
    while (!cache->isDegraded() && calls < 1000) {
        static_cast<void>(cache->getOrCompute(QByteArray::number(++calls), [] { return QByteArray("value"); }, EntryOptions(), 100ms));
    }
    QVERIFY(calls > 1 && calls < 10);
}

void CacheDegradedTest::undecodableRowsAreMisses()
{
    const CacheFixture f;
    const auto cache = f.open();
    Detail::StoredEntry entry;
    entry.value = "not compressed at all";
    entry.flags = Detail::CompressedEntry;
    entry.times.storedAt = f.clock.systemNow();
    f.store->plant("key", entry);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QCOMPARE(cache->statistics().decodeErrors, 1U);
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); })), QByteArray("value"));
}

void CacheDegradedTest::whatCannotBeReadIsRemovedWhenThereIsNoValueAnyMore()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    QVERIFY(other->set("key", "older"));
    f.store->failReads(m_busy);
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return Cache::Value(); })), Cache::Value());
    f.store->failReads(std::nullopt);
    f.clock.advance(CacheOptions().retryInterval);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QCOMPARE(valueOf(other->get("key")), Cache::Value());
}

void CacheDegradedTest::withoutCoherenceACallGetsNoLoadFromBeforeIt()
{
    const CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    f.store->withholdCoherence(true);
    HeldFactory held("older");
    auto older = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held)); });
    held.waitUntilAsked();
    QVERIFY(other->invalidate(Target::key("key")));
    std::atomic<int> loads = 0;
    const auto newer = [&] {
        return valueOf(cache->getOrCompute("key", [&] {
            ++loads;
            return QByteArray("newer");
        }));
    };
    auto second = std::async(std::launch::async, newer);
    auto third = std::async(std::launch::async, newer);
    QVERIFY(CacheFixture::eventually([&] { return f.clock.waiterCount() >= 4; }));
    QCOMPARE(loads.load(), 0);
    held.release();
    QCOMPARE(older.get(), QByteArray("older"));
    QCOMPARE(second.get(), QByteArray("newer"));
    QCOMPARE(third.get(), QByteArray("newer"));
    QCOMPARE(loads.load(), 1);
}

void CacheDegradedTest::withoutCoherenceAnAsyncCallWaitsForTheLoadBeforeIt()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 3;
    const auto cache = f.open(options);
    f.store->withholdCoherence(true);
    HeldFactory held("older");
    const auto older = cache->getOrComputeAsync("key", *held);
    held.waitUntilAsked();
    std::atomic<int> loads = 0;
    const Cache::Factory factory = [&] {
        ++loads;
        return QByteArray("newer");
    };
    const auto second = cache->getOrComputeAsync("key", factory);
    const auto third = cache->getOrComputeAsync("key", factory);
    f.clock.advance(20ms);
    QCOMPARE(loads.load(), 0);
    held.release();
    QCOMPARE(valueOf(older.result()), QByteArray("older"));
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(20ms);
        return second.isFinished() && third.isFinished();
    }));
    QCOMPARE(valueOf(second.result()), QByteArray("newer"));
    QCOMPARE(valueOf(third.result()), QByteArray("newer"));
    QCOMPARE(loads.load(), 1);
}

void CacheDegradedTest::withoutCoherenceALoadBehindAnotherEndsAtItsDeadline()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->withholdCoherence(true);
    HeldFactory held("older");
    auto older = cache->getOrComputeAsync("key", *held);
    held.waitUntilAsked();
    auto second = std::async(std::launch::async, [&] { return cache->getOrCompute("key", [] { return QByteArray("newer"); }, {}, Deadline(50ms)); });
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(20ms);
        return second.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(errorOf(second.get()), Error::Kind::Timeout);
    held.release();
    older.waitForFinished();
    QCOMPARE(valueOf(older.result()), QByteArray("older"));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("latest"); })), QByteArray("latest"));
}

void CacheDegradedTest::aLoadThatWasGivenUpReplacesNoLaterOneInMemory()
{
    CacheFixture f;
    const auto cache = f.open();
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    EntryOptions hurried;
    hurried.hardFactoryTimeout = 10ms;
    HeldFactory held("older");
    auto older = std::async(std::launch::async, [&] { return errorOf(cache->getOrCompute("key", *held, hurried)); });
    held.waitUntilAsked();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(10ms);
        return older.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(older.get(), std::optional(Error::Kind::Timeout));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("newer"); })), QByteArray("newer"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
    held.release();
    QVERIFY(CacheFixture::eventually([&] { return cache->statistics().loadSuccesses == 2 && held.isLetGo(); }));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

QTEST_GUILESS_MAIN(CacheDegradedTest)
#include "tst_cachedegraded.moc"
