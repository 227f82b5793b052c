// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <infra/cachestore.h>

#include <QtTest>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

// Loads that begin before an entry expires.
class CacheRefreshTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void frequentEntriesAreRefreshedBeforeTheyExpire();
    void whatOthersStoredIsRefreshedEarlyToo_data();
    void whatOthersStoredIsRefreshedEarlyToo();
    void aTouchedEntryIsRefreshedAtTheEndOfItsNewLife();
    void whatExpiresDuringAnEarlyLoadIsNotServed();
    void anEarlyLoadThatFindsNoneIsNotRepeatedAtEachHit_data();
    void anEarlyLoadThatFindsNoneIsNotRepeatedAtEachHit();
};

void CacheRefreshTest::frequentEntriesAreRefreshedBeforeTheyExpire()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.eagerRefresh = 0.8;
    auto calls = std::make_shared<std::atomic<int>>(0);
    const auto factory = [calls] { return QByteArray::number(++*calls); };
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("1"));
    f.clock.advance(7900ms);
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("1"));
    QCOMPARE(calls->load(), 1);
    f.clock.advance(200ms);
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("1"));
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("2"); }));
    QCOMPARE(calls->load(), 2);
    QCOMPARE(cache->statistics().refreshes, 1U);
    f.clock.advance(5s);
    QCOMPARE(valueOf(cache->get("key")), QByteArray("2"));
}

void CacheRefreshTest::whatOthersStoredIsRefreshedEarlyToo_data()
{
    QTest::addColumn<qint64>("memoryEntries");
    QTest::newRow("in memory") << qint64{10'000};
    QTest::newRow("without a memory tier") << qint64{0};
}

void CacheRefreshTest::whatOthersStoredIsRefreshedEarlyToo()
{
    CacheFixture f;
    QFETCH(qint64, memoryEntries);
    CacheOptions cacheOptions;
    cacheOptions.memoryEntries = memoryEntries;
    const auto cache = f.open(cacheOptions);
    EntryOptions options;
    options.timeToLive = 10s;
    QVERIFY(f.open()->set("key", "old", options));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("old"));
    f.clock.advance(9s);
    options.eagerRefresh = 0.8;
    const auto factory = [] { return QByteArray("new"); };
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("old"));
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("new"); }));
}

void CacheRefreshTest::aTouchedEntryIsRefreshedAtTheEndOfItsNewLife()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.eagerRefresh = 0.8;
    QVERIFY(cache->set("key", "value", options));
    f.clock.advance(9s);
    QCOMPARE(cache->touch("key", 10s).value_or(false), true);
    const auto factory = [] { return QByteArray("new"); };
    f.clock.advance(7s);
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("value"));
    QCOMPARE(cache->statistics().refreshes, 0U);
    f.clock.advance(2s);
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("value"));
    QCOMPARE(cache->statistics().refreshes, 1U);
}

void CacheRefreshTest::whatExpiresDuringAnEarlyLoadIsNotServed()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.eagerRefresh = 0.5;
    QVERIFY(cache->set("key", "value", options));
    f.clock.advance(6s);
    HeldFactory held([]() -> Result<Cache::Value> { return failure(Error::Kind::Io, QStringLiteral("broken")); });
    QCOMPARE(valueOf(cache->getOrCompute("key", *held, options)), QByteArray("value"));
    held.waitUntilAsked();
    f.clock.advance(4s);
    const auto joined = cache->getOrComputeAsync("key", [] { return QByteArray("unused"); });
    held.release();
    QCOMPARE(errorOf(joined.result()), Error::Kind::Io);
}

void CacheRefreshTest::anEarlyLoadThatFindsNoneIsNotRepeatedAtEachHit_data()
{
    QTest::addColumn<bool>("isInMemoryOnly");
    QTest::newRow("on a store with rows") << false;
    QTest::newRow("on a store in memory") << true;
}

void CacheRefreshTest::anEarlyLoadThatFindsNoneIsNotRepeatedAtEachHit()
{
    QFETCH(const bool, isInMemoryOnly);
    CacheFixture f;
    const auto inMemory = CacheStore::openInMemory(f.clock);
    const auto cache = isInMemoryOnly ? *Cache::create(*inMemory, "region", {}, f.clock) : f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.eagerRefresh = 0.5;
    QVERIFY(cache->set("key", "value", options));
    f.clock.advance(6s);
    auto calls = std::make_shared<std::atomic<int>>(0);
    const auto none = [calls] {
        ++*calls;
        return Cache::Value();
    };
    QCOMPARE(valueOf(cache->getOrCompute("key", none, options)), QByteArray("value"));
    QVERIFY(CacheFixture::eventually([&] { return calls->load() == 1 && cache->statistics().loadsInFlight == 0; }));
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QCOMPARE(cache->statistics().refreshes, 1U);
    QCOMPARE(calls->load(), 1);
}

QTEST_GUILESS_MAIN(CacheRefreshTest)
#include "tst_cacherefresh.moc"
