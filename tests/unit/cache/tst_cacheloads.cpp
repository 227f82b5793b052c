// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <QtTest>

#include <future>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

namespace {

// Waits until a caller waits for the load of another, beside the cache's own thread of timers.
bool waitForWaiter(const CacheFixture &f)
{
    return CacheFixture::eventually([&] { return f.clock.waiterCount() >= 2; });
}

} // namespace

// getOrCompute() that blocks: single flight, what an invalidation does to a load, and that there is no value.
class CacheLoadsTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aValueIsComputedOnceAndShared();
    void callersThatAskMeanwhileShareTheLoad();
    void aCallerLeadsALoadThatIsOnlyQueued();
    void whoWasOvertakenByALeaderThatThrowsLeadsItself();
    void theHardTimeoutIsNoLimitOfAnotherLeader();
    void otherProcessesShareTheLoad();
    void aWaiterGivesUpAtItsDeadline();
    void aLeaderThatThrowsIsReplaced();
    void anErrorOfTheFactoryIsGivenToAllWaiters();
    void whatWasLoadedBeforeAnInvalidationIsNotStored_data();
    void whatWasLoadedBeforeAnInvalidationIsNotStored();
    void aCallBehindAnInvalidationDoesNotGetTheOlderLoad();
    void noValueIsRememberedForTheNegativeTimeToLive();
    void aTouchDoesNotProlongThatThereIsNoValue();
    void destructionDoesNotWaitForAHungFactory();
    void whatIsComputedIsStoredWithinTheCallersDeadline();
};

void CacheLoadsTest::aValueIsComputedOnceAndShared()
{
    const CacheFixture f;
    const auto a = f.open();
    const auto b = f.open();
    int calls = 0;
    const auto factory = [&] {
        ++calls;
        return QByteArray("value");
    };
    QCOMPARE(valueOf(a->getOrCompute("key", factory)), QByteArray("value"));
    QCOMPARE(valueOf(a->getOrCompute("key", factory)), QByteArray("value"));
    QCOMPARE(valueOf(b->getOrCompute("key", factory)), QByteArray("value"));
    QCOMPARE(calls, 1);
    QCOMPARE(a->statistics().loadSuccesses, 1U);
    QCOMPARE(a->statistics().misses, 1U);
    QCOMPARE(b->statistics().hits, 1U);
}

void CacheLoadsTest::callersThatAskMeanwhileShareTheLoad()
{
    const CacheFixture f;
    const auto cache = f.open();
    std::promise<void> release;
    std::atomic<int> calls{0};
    std::vector<std::future<Cache::Value>> answers;
    for (int i = 0; i < 8; ++i) {
        answers.push_back(std::async(std::launch::async, [&] {
            return valueOf(cache->getOrCompute("key", [&] {
                ++calls;
                release.get_future().wait();
                return QByteArray("value");
            }));
        }));
    }
    // The leader waits for the promise, seven others on the clock, and so does the housekeeper.
    QVERIFY(CacheFixture::eventually([&] { return calls == 1 && f.clock.waiterCount() >= 8; }));
    release.set_value();
    for (auto &answer : answers)
        QCOMPARE(answer.get(), QByteArray("value"));
    QCOMPARE(calls.load(), 1);
    QCOMPARE(cache->statistics().joinedLoads, 7U);
}

void CacheLoadsTest::aCallerLeadsALoadThatIsOnlyQueued()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    BusyThread busy(*cache);
    const auto queued = cache->getOrComputeAsync("key", [] { return QByteArray("queued"); });
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("here"); })), QByteArray("here"));
    QCOMPARE(valueOf(queued.result()), QByteArray("here"));
}

void CacheLoadsTest::whoWasOvertakenByALeaderThatThrowsLeadsItself()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    BusyThread busy(*cache);
    const auto queued = cache->getOrComputeAsync("key", [] { return QByteArray("queued"); });
    QCOMPARE(errorOf(cache->getOrCompute("key", []() -> Result<Cache::Value> { throw std::runtime_error("broken"); })), Error::Kind::FactoryFailed);
    busy.release();
    QCOMPARE(valueOf(queued.result()), QByteArray("queued"));
}

void CacheLoadsTest::theHardTimeoutIsNoLimitOfAnotherLeader()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    BusyThread busy(*cache);
    EntryOptions impatient;
    impatient.hardFactoryTimeout = 1s;
    const auto queued = cache->getOrComputeAsync("key", [] { return QByteArray("queued"); }, impatient);
    const auto slow = [&] {
        f.clock.advance(2s);
        static_cast<void>(CacheFixture::eventually([&] { return queued.isFinished(); }));
        return QByteArray("here");
    };
    QCOMPARE(valueOf(cache->getOrCompute("key", slow)), QByteArray("here"));
    QCOMPARE(errorOf(queued.result()), Error::Kind::Timeout);
}

void CacheLoadsTest::otherProcessesShareTheLoad()
{
    const CacheFixture f;
    const auto a = f.open();
    const auto b = f.open();
    std::atomic<int> calls{0};
    HeldFactory held([&] { ++calls; return QByteArray("value"); });
    auto first = std::async(std::launch::async, [&] { return valueOf(a->getOrCompute("key", *held)); });
    held.waitUntilAsked();
    auto second = std::async(std::launch::async, [&] {
        return valueOf(b->getOrCompute("key", [&] {
            ++calls;
            return QByteArray("other");
        }));
    });
    // Beside the two threads of timers.
    const bool isWaiting = CacheFixture::eventually([&] { return f.store->reads() == 2 && f.clock.waiterCount() >= 3; });
    held.release();
    QCOMPARE(first.get(), QByteArray("value"));
    QCOMPARE(second.get(), QByteArray("value"));
    QVERIFY(isWaiting);
    QCOMPARE(calls.load(), 1);
    QCOMPARE(a->statistics().joinedLoads, 0U);
    QCOMPARE(b->statistics().joinedLoads, 1U);
}

void CacheLoadsTest::aWaiterGivesUpAtItsDeadline()
{
    CacheFixture f;
    const auto cache = f.open();
    HeldFactory held("value");
    auto leader = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held)); });
    held.waitUntilAsked();
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [] { return QByteArray("unused"); }, {}, 5s);
    });
    QVERIFY(waitForWaiter(f));
    f.clock.advance(5s);
    QCOMPARE(errorOf(waiter.get()), Error::Kind::Timeout);
    held.release();
    QCOMPARE(leader.get(), QByteArray("value"));
    QCOMPARE(cache->statistics().loadTimeouts, 1U);
}

void CacheLoadsTest::aLeaderThatThrowsIsReplaced()
{
    const CacheFixture f;
    const auto cache = f.open();
    HeldFactory held([]() -> Result<Cache::Value> { throw std::runtime_error("no luck"); });
    auto leader = std::async(std::launch::async, [&] { return cache->getOrCompute("key", *held); });
    held.waitUntilAsked();
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [] { return QByteArray("second"); });
    });
    QVERIFY(waitForWaiter(f));
    held.release();
    const auto failed = leader.get();
    QCOMPARE(errorOf(failed), Error::Kind::FactoryFailed);
    QVERIFY(failed.error().message.contains(u"no luck"));
    QCOMPARE(valueOf(waiter.get()), QByteArray("second"));
}

void CacheLoadsTest::anErrorOfTheFactoryIsGivenToAllWaiters()
{
    const CacheFixture f;
    const auto cache = f.open();
    HeldFactory held([]() -> Result<Cache::Value> { return failure(Error::Kind::Unavailable, QStringLiteral("source down")); });
    auto leader = std::async(std::launch::async, [&] { return cache->getOrCompute("key", *held); });
    held.waitUntilAsked();
    std::atomic<int> calls{0};
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [&] {
            ++calls;
            return QByteArray("second");
        });
    });
    QVERIFY(waitForWaiter(f));
    held.release();
    QCOMPARE(errorOf(leader.get()), Error::Kind::Unavailable);
    QCOMPARE(errorOf(waiter.get()), Error::Kind::Unavailable);
    QCOMPARE(calls.load(), 0);
    QCOMPARE(cache->statistics().loadFailures, 1U);
}

void CacheLoadsTest::whatWasLoadedBeforeAnInvalidationIsNotStored_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("key") << 0;
    QTest::newRow("prefix") << 1;
    QTest::newRow("tag") << 2;
    QTest::newRow("region") << 3;
    QTest::newRow("set") << 4;
}

void CacheLoadsTest::whatWasLoadedBeforeAnInvalidationIsNotStored()
{
    QFETCH(int, kind);
    const CacheFixture f;
    const auto a = f.open();
    const auto b = f.open();
    const Target targets[] = {Target::key("key"), Target::prefix("k"), Target::tag("tag"), Target::region()};
    const auto value = a->getOrCompute("key", [&] {
        if (kind < 4) {
            if (!b->invalidate(targets[kind]))
                return QByteArray("cannot invalidate");
        } else if (!b->set("key", "newer")) {
            return QByteArray("cannot set");
        }
        return QByteArray("computed from before");
    });
    QCOMPARE(valueOf(value), QByteArray("computed from before"));
    const Cache::Value expected = kind < 4 ? Cache::Value() : Cache::Value(QByteArray("newer"));
    QCOMPARE(valueOf(a->get("key")), expected);
    QCOMPARE(valueOf(b->get("key")), expected);
    QCOMPARE(a->statistics().disk.rejectedPuts, 1U);
}

void CacheLoadsTest::aCallBehindAnInvalidationDoesNotGetTheOlderLoad()
{
    const CacheFixture f;
    const auto cache = f.open();
    HeldFactory held("older");
    auto older = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held)); });
    held.waitUntilAsked();
    QVERIFY(cache->invalidate(Target::key("key")).has_value());
    auto newer = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [] { return QByteArray("newer"); }));
    });
    QVERIFY(waitForWaiter(f));
    held.release();
    QCOMPARE(older.get(), QByteArray("older"));
    QCOMPARE(newer.get(), QByteArray("newer"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

void CacheLoadsTest::noValueIsRememberedForTheNegativeTimeToLive()
{
    CacheFixture f;
    const auto a = f.open();
    const auto b = f.open();
    int calls = 0;
    const auto none = [&]() -> Result<Cache::Value> {
        ++calls;
        return Cache::Value();
    };
    EntryOptions options;
    QCOMPARE(valueOf(a->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(valueOf(a->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(calls, 2);
    options.negativeTimeToLive = 5s;
    QCOMPARE(valueOf(a->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(valueOf(a->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(valueOf(b->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(calls, 3);
    QCOMPARE(a->statistics().negativeHits, 1U);
    QCOMPARE(b->statistics().negativeHits, 1U);
    f.clock.advance(5s);
    QCOMPARE(valueOf(a->getOrCompute("key", none, options)), Cache::Value());
    QCOMPARE(calls, 4);
}

void CacheLoadsTest::aTouchDoesNotProlongThatThereIsNoValue()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.negativeTimeToLive = 5s;
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return Cache::Value(); }, options)), Cache::Value());
    QCOMPARE(cache->touch("key", 0ms).value_or(true), false);
    f.clock.advance(5s);
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); }, options)), QByteArray("value"));
}

void CacheLoadsTest::destructionDoesNotWaitForAHungFactory()
{
    // The factory's thread looks at the clock once more when it is back, behind the end of the cache.
    static CacheFixture f;
    auto cache = f.open();
    EntryOptions options;
    options.hardFactoryTimeout = 1s;
    HeldFactory held("late");
    auto future = cache->getOrComputeAsync("key", *held, options);
    held.waitUntilAsked();
    auto closing = std::async(std::launch::async, [&] { cache.reset(); });
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return closing.wait_for(0s) == std::future_status::ready;
    }));
    QVERIFY(!future.result()); // Cancelled, or late by the clock that moves on.
    held.release();
    QVERIFY(CacheFixture::eventually([&] { return held.isLetGo(); }));
    QVERIFY(!f.store->row("key"));
}

void CacheLoadsTest::whatIsComputedIsStoredWithinTheCallersDeadline()
{
    const CacheFixture f;
    const auto cache = f.open();
    const SteadyTime end = f.clock.steadyNow() + 20ms;
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("value"); }, EntryOptions(), 20ms)), QByteArray("value"));
    QCOMPARE(f.store->writeDeadline(), end);
    // On a thread of the cache nobody waits for it.
    EntryOptions bounded;
    bounded.hardFactoryTimeout = 1s;
    QCOMPARE(valueOf(cache->getOrCompute("other", [] { return QByteArray("value"); }, bounded, 20ms)), QByteArray("value"));
    QVERIFY(f.store->writeDeadline() > end);
}

QTEST_GUILESS_MAIN(CacheLoadsTest)
#include "tst_cacheloads.moc"
