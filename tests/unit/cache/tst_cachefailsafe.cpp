// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <QtTest>

#include <future>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

// Stale values instead of errors and waits: fail-safe, soft and hard timeouts of factories.
class CacheFailSafeTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aStaleValueIsServedWhenTheFactoryFails();
    void aStaleValueIsNotServedBeyondItsLimit();
    void whatWasRemovedBeforeTheFactoryWasAskedIsNotServedStale();
    void withoutTheStoreTheStaleValueOfMemoryIsServed();
    void whatIsOutdatedInMemoryIsNotServedStale();
    void aFailingFactoryIsNotAskedAgainAtOnce();
    void thatThereIsNoneReplacesTheStaleValue_data();
    void thatThereIsNoneReplacesTheStaleValue();
    void thatThereIsNoneRemovesNothingNewer();
    void thatThereIsNoneCostsNoWriteWhereNothingWas();
    void theSoftTimeoutServesTheStaleValueAndTheLoadGoesOn();
    void theSoftTimeoutServesTheStaleValueThoughNoThreadIsFree();
    void theHardTimeoutEndsTheCallAndTheNextCallerLeads();
    void theHardTimeoutEndsALoadWhoseCallerWasServedStale();
    void everyCallThatTheHardTimeoutAnswersIsCounted();
    void theHardTimeoutIsCountedWhoeverNoticesItFirst();

private:
    static EntryOptions failSafe()
    {
        EntryOptions options;
        options.timeToLive = 10s;
        options.failSafe = 1h;
        return options;
    }
};

void CacheFailSafeTest::aStaleValueIsServedWhenTheFactoryFails()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::Io, QStringLiteral("broken")); };
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); }, failSafe())), QByteArray("value"));
    f.clock.advance(11s);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QCOMPARE(valueOf(cache->getOrCompute("key", broken, failSafe())), QByteArray("value"));
    QCOMPARE(cache->statistics().staleServed, 1U);
    f.clock.advance(1h);
    QCOMPARE(errorOf(cache->getOrCompute("key", broken, failSafe())), Error::Kind::Io);
}

void CacheFailSafeTest::aStaleValueIsNotServedBeyondItsLimit()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options = failSafe();
    QVERIFY(cache->set("key", "value", options));
    f.clock.advance(11s);
    const auto slow = [&]() -> Result<Cache::Value> {
        f.clock.advance(1h);
        return failure(Error::Kind::Io, QStringLiteral("broken"));
    };
    QCOMPARE(errorOf(cache->getOrCompute("key", slow, options, Deadline::never())), Error::Kind::Io);
}

// While another process held the lock of the load.
void CacheFailSafeTest::whatWasRemovedBeforeTheFactoryWasAskedIsNotServedStale()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    QVERIFY(cache->set("key", "value", failSafe()));
    f.clock.advance(11s);
    f.store->beforeLoadLock([&] { QVERIFY(other->invalidate(Target::key("key"))); });
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::Io, QStringLiteral("broken")); };
    QCOMPARE(errorOf(cache->getOrCompute("key", broken, failSafe())), Error::Kind::Io);
}

void CacheFailSafeTest::withoutTheStoreTheStaleValueOfMemoryIsServed()
{
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "value", failSafe()));
    f.clock.advance(11s);
    f.store->failReads(Error{Error::Kind::Io, QStringLiteral("no store"), {}});
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::FactoryFailed, QStringLiteral("broken")); };
    QCOMPARE(valueOf(cache->getOrCompute("key", broken, failSafe())), QByteArray("value"));
}

void CacheFailSafeTest::whatIsOutdatedInMemoryIsNotServedStale()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    QVERIFY(cache->set("key", "value", failSafe()));
    f.clock.advance(11s);
    f.store->failReads(Error{Error::Kind::Io, QStringLiteral("no store"), {}});
    f.store->beforeRead([&] { QVERIFY(other->invalidate(Target::key("key"))); });
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::FactoryFailed, QStringLiteral("broken")); };
    QCOMPARE(errorOf(cache->getOrCompute("key", broken, failSafe())), Error::Kind::FactoryFailed);
}

void CacheFailSafeTest::aFailingFactoryIsNotAskedAgainAtOnce()
{
    CacheFixture f;
    const auto cache = f.open();
    int calls = 0;
    const auto broken = [&]() -> Result<Cache::Value> {
        ++calls;
        return failure(Error::Kind::Io, QStringLiteral("broken"));
    };
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); }, failSafe())), QByteArray("value"));
    f.clock.advance(11s);
    for (int i = 0; i < 5; ++i)
        QCOMPARE(valueOf(cache->getOrCompute("key", broken, failSafe())), QByteArray("value"));
    QCOMPARE(calls, 1);
    f.clock.advance(1s);
    QCOMPARE(valueOf(cache->getOrCompute("key", broken, failSafe())), QByteArray("value"));
    QCOMPARE(calls, 2);
    // What an invalidation removed is not served, however recently the factory failed.
    QVERIFY(cache->invalidate(Target::key("key")).has_value());
    QCOMPARE(errorOf(cache->getOrCompute("key", broken, failSafe())), Error::Kind::Io);
}

void CacheFailSafeTest::thatThereIsNoneReplacesTheStaleValue_data()
{
    QTest::addColumn<bool>("canWrite");
    QTest::newRow("in both tiers") << true;
    QTest::newRow("in memory, without the store") << false;
}

void CacheFailSafeTest::thatThereIsNoneReplacesTheStaleValue()
{
    QFETCH(const bool, canWrite);
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "old", failSafe()));
    f.clock.advance(11s);
    if (!canWrite) {
        const Error full{Error::Kind::DiskFull, QStringLiteral("full"), {}};
        f.store->failReads(full);
        f.store->failWrites(full);
    }
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return Cache::Value(); }, failSafe())), Cache::Value());
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::FactoryFailed, QStringLiteral("broken")); };
    QCOMPARE(errorOf(cache->getOrCompute("key", broken, failSafe())), Error::Kind::FactoryFailed);
    QCOMPARE(f.store->row("key").has_value(), !canWrite);
    QCOMPARE(cache->statistics().staleServed, 0U);
}

void CacheFailSafeTest::thatThereIsNoneRemovesNothingNewer()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto other = f.open();
    QVERIFY(cache->set("key", "old", failSafe()));
    f.clock.advance(11s);
    const auto none = [&] { return other->set("key", "new") ? Cache::Value() : Cache::Value("cannot set"); };
    QCOMPARE(valueOf(cache->getOrCompute("key", none, failSafe())), Cache::Value());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("new"));
}

void CacheFailSafeTest::thatThereIsNoneCostsNoWriteWhereNothingWas()
{
    const CacheFixture f;
    const auto cache = f.open();
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return Cache::Value(); }, failSafe())), Cache::Value());
    QCOMPARE(f.store->writes(), 0);
}

void CacheFailSafeTest::theSoftTimeoutServesTheStaleValueAndTheLoadGoesOn()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options = failSafe();
    options.softFactoryTimeout = 100ms;
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("old"); }, options)), QByteArray("old"));
    f.clock.advance(11s);
    HeldFactory held("new");
    auto call = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held, options)); });
    held.waitUntilAsked();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(100ms);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(call.get(), QByteArray("old"));
    held.release();
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("new"); }));
}

void CacheFailSafeTest::theSoftTimeoutServesTheStaleValueThoughNoThreadIsFree()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    QVERIFY(cache->set("key", "old", failSafe()));
    f.clock.advance(11s);
    const BusyThread busy(*cache);
    EntryOptions impatient = failSafe();
    impatient.softFactoryTimeout = 100ms;
    auto call = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", [] { return QByteArray("new"); }, impatient)); });
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(100ms);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(call.get(), QByteArray("old"));
}

void CacheFailSafeTest::theHardTimeoutEndsTheCallAndTheNextCallerLeads()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.hardFactoryTimeout = 1s;
    HeldFactory held("late");
    auto call = std::async(std::launch::async, [&] { return cache->getOrCompute("key", *held, options); });
    held.waitUntilAsked();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    const auto timedOut = call.get();
    QCOMPARE(errorOf(timedOut), Error::Kind::Timeout);
    QVERIFY(timedOut.error().message.contains(u"hardFactoryTimeout"));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("next"); })), QByteArray("next"));
    held.release();
    // The late value was computed from before the newer one was stored: it is dropped.
    QVERIFY(CacheFixture::eventually([&] { return cache->statistics().loadSuccesses == 2; }));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("next"));
}

void CacheFailSafeTest::theHardTimeoutEndsALoadWhoseCallerWasServedStale()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options = failSafe();
    options.softFactoryTimeout = 100ms;
    options.hardFactoryTimeout = 1s;
    options.failSafeThrottle = 0ms;
    QVERIFY(cache->set("key", "old", options));
    f.clock.advance(11s);
    HeldFactory held("late");
    auto call = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held, options)); });
    held.waitUntilAsked();
    f.clock.advance(100ms);
    QCOMPARE(call.get(), QByteArray("old"));
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return cache->statistics().loadsInFlight == 0;
    }));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("next"); })), QByteArray("next"));
    held.release();
}

void CacheFailSafeTest::everyCallThatTheHardTimeoutAnswersIsCounted()
{
    CacheFixture f;
    CacheOptions cacheOptions;
    cacheOptions.backgroundThreads = 1; // Which the factory keeps busy: no idle one waits on the clock.
    const auto cache = f.open(cacheOptions);
    EntryOptions options = failSafe();
    options.hardFactoryTimeout = 1s;
    QVERIFY(cache->set("key", "old", options));
    f.clock.advance(11s);
    HeldFactory held("late");
    auto leader = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held, options)); });
    held.waitUntilAsked();
    // Without a limit of its own.
    auto waiter = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", [] { return QByteArray("unused"); }, failSafe())); });
    // Beside the thread of timers.
    const bool areWaiting = CacheFixture::eventually([&] { return f.clock.waiterCount() >= 3; });
    f.clock.advance(1s);
    QCOMPARE(leader.get(), QByteArray("old"));
    QCOMPARE(waiter.get(), QByteArray("old"));
    QVERIFY(areWaiting);
    const CacheStatistics s = cache->statistics();
    QCOMPARE(s.loadTimeouts, 2U);
    QCOMPARE(s.staleServed, 2U);
    QCOMPARE(s.misses, 2U);
}

// The caller, or the thread of timers.
void CacheFailSafeTest::theHardTimeoutIsCountedWhoeverNoticesItFirst()
{
    constexpr int Rounds = 100;
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.hardFactoryTimeout = 1s;
    for (int i = 0; i < Rounds; ++i) {
        HeldFactory held("late");
        auto call = std::async(std::launch::async, [&] { return cache->getOrCompute(QByteArray::number(i), *held, options); });
        held.waitUntilAsked();
        const bool isWaiting = CacheFixture::eventually([&] { return f.clock.waiterCount() >= 2; });
        f.clock.advance(1s);
        QCOMPARE(errorOf(call.get()), Error::Kind::Timeout);
        QVERIFY(isWaiting);
    }
    QCOMPARE(cache->statistics().loadTimeouts, std::uint64_t{Rounds});
}

QTEST_GUILESS_MAIN(CacheFailSafeTest)
#include "tst_cachefailsafe.moc"
