// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"

#include <QtTest>

#include <future>
#include <latch>
#include <utility>

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

// The one thread of a cache, kept by a factory until released or destroyed.
class BusyThread
{
public:
    explicit BusyThread(Cache &cache)
    {
        auto entered = std::make_shared<std::promise<void>>();
        m_load = cache.getOrComputeAsync("busy", [release = m_release.get_future().share(), entered] {
            entered->set_value();
            release.wait();
            return QByteArray("busy");
        });
        entered->get_future().wait();
    }
    ~BusyThread() { release(); }
    void release()
    {
        if (!std::exchange(m_isReleased, true))
            m_release.set_value();
        m_load.waitForFinished();
    }

private:
    std::promise<void> m_release;
    QFuture<Result<Cache::Value>> m_load;
    bool m_isReleased = false;
};

// getOrCompute() that blocks: single flight, fail-safe, timeouts, refresh, and what an invalidation does to a load.
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
    void aStaleValueIsServedWhenTheFactoryFails();
    void aStaleValueIsNotServedBeyondItsLimit();
    void whatWasRemovedBeforeTheFactoryWasAskedIsNotServedStale();
    void withoutTheStoreTheStaleValueOfMemoryIsServed();
    void whatIsOutdatedInMemoryIsNotServedStale();
    void aFailingFactoryIsNotAskedAgainAtOnce();
    void theSoftTimeoutServesTheStaleValueAndTheLoadGoesOn();
    void theSoftTimeoutServesTheStaleValueThoughNoThreadIsFree();
    void theHardTimeoutEndsTheCallAndTheNextCallerLeads();
    void theHardTimeoutEndsALoadWhoseCallerWasServedStale();
    void frequentEntriesAreRefreshedBeforeTheyExpire();
    void whatOthersStoredIsRefreshedEarlyToo_data();
    void whatOthersStoredIsRefreshedEarlyToo();
    void aTouchedEntryIsRefreshedAtTheEndOfItsNewLife();
    void whatExpiresDuringAnEarlyLoadIsNotServed();
    void destructionDoesNotWaitForAHungFactory();
    void whatIsComputedIsStoredWithinTheCallersDeadline();

private:
    static EntryOptions failSafe()
    {
        EntryOptions options;
        options.timeToLive = 10s;
        options.failSafe = 1h;
        return options;
    }
};

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
    std::promise<void> entered;
    std::promise<void> release;
    std::atomic<int> calls{0};
    auto first = std::async(std::launch::async, [&] {
        return valueOf(a->getOrCompute("key", [&] {
            ++calls;
            entered.set_value();
            release.get_future().wait();
            return QByteArray("value");
        }));
    });
    entered.get_future().wait();
    auto second = std::async(std::launch::async, [&] {
        return valueOf(b->getOrCompute("key", [&] {
            ++calls;
            return QByteArray("other");
        }));
    });
    QVERIFY(CacheFixture::eventually([&] { return f.store->reads() == 2; }));
    release.set_value();
    QCOMPARE(first.get(), QByteArray("value"));
    QCOMPARE(second.get(), QByteArray("value"));
    QCOMPARE(calls.load(), 1);
}

void CacheLoadsTest::aWaiterGivesUpAtItsDeadline()
{
    CacheFixture f;
    const auto cache = f.open();
    std::promise<void> entered;
    std::promise<void> release;
    auto leader = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [&] {
            entered.set_value();
            release.get_future().wait();
            return QByteArray("value");
        }));
    });
    entered.get_future().wait();
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [] { return QByteArray("unused"); }, {}, 5s);
    });
    QVERIFY(waitForWaiter(f));
    f.clock.advance(5s);
    QCOMPARE(errorOf(waiter.get()), Error::Kind::Timeout);
    release.set_value();
    QCOMPARE(leader.get(), QByteArray("value"));
    QCOMPARE(cache->statistics().loadTimeouts, 1U);
}

void CacheLoadsTest::aLeaderThatThrowsIsReplaced()
{
    const CacheFixture f;
    const auto cache = f.open();
    std::promise<void> entered;
    std::promise<void> release;
    auto leader = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [&]() -> Result<Cache::Value> {
            entered.set_value();
            release.get_future().wait();
            throw std::runtime_error("no luck");
        });
    });
    entered.get_future().wait();
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [] { return QByteArray("second"); });
    });
    QVERIFY(waitForWaiter(f));
    release.set_value();
    const auto failed = leader.get();
    QCOMPARE(errorOf(failed), Error::Kind::FactoryFailed);
    QVERIFY(failed.error().message.contains(u"no luck"));
    QCOMPARE(valueOf(waiter.get()), QByteArray("second"));
}

void CacheLoadsTest::anErrorOfTheFactoryIsGivenToAllWaiters()
{
    const CacheFixture f;
    const auto cache = f.open();
    std::promise<void> entered;
    std::promise<void> release;
    auto leader = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [&]() -> Result<Cache::Value> {
            entered.set_value();
            release.get_future().wait();
            return failure(Error::Kind::Unavailable, QStringLiteral("source down"));
        });
    });
    entered.get_future().wait();
    std::atomic<int> calls{0};
    auto waiter = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [&] {
            ++calls;
            return QByteArray("second");
        });
    });
    QVERIFY(waitForWaiter(f));
    release.set_value();
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
    std::promise<void> entered;
    std::promise<void> release;
    auto older = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [&] {
            entered.set_value();
            release.get_future().wait();
            return QByteArray("older");
        }));
    });
    entered.get_future().wait();
    QVERIFY(cache->invalidate(Target::key("key")).has_value());
    auto newer = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [] { return QByteArray("newer"); }));
    });
    QVERIFY(waitForWaiter(f));
    release.set_value();
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

void CacheLoadsTest::aStaleValueIsServedWhenTheFactoryFails()
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

void CacheLoadsTest::aStaleValueIsNotServedBeyondItsLimit()
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
void CacheLoadsTest::whatWasRemovedBeforeTheFactoryWasAskedIsNotServedStale()
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

void CacheLoadsTest::withoutTheStoreTheStaleValueOfMemoryIsServed()
{
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "value", failSafe()));
    f.clock.advance(11s);
    f.store->failReads(Error{Error::Kind::Io, QStringLiteral("no store"), {}});
    const auto broken = []() -> Result<Cache::Value> { return failure(Error::Kind::FactoryFailed, QStringLiteral("broken")); };
    QCOMPARE(valueOf(cache->getOrCompute("key", broken, failSafe())), QByteArray("value"));
}

void CacheLoadsTest::whatIsOutdatedInMemoryIsNotServedStale()
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

void CacheLoadsTest::aFailingFactoryIsNotAskedAgainAtOnce()
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

void CacheLoadsTest::theSoftTimeoutServesTheStaleValueAndTheLoadGoesOn()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options = failSafe();
    options.softFactoryTimeout = 100ms;
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("old"); }, options)), QByteArray("old"));
    f.clock.advance(11s);
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    auto call = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [release, entered] {
            entered->set_value();
            release->get_future().wait();
            return QByteArray("new");
        }, options));
    });
    entered->get_future().wait();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(100ms);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(call.get(), QByteArray("old"));
    release->set_value();
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("new"); }));
}

void CacheLoadsTest::theSoftTimeoutServesTheStaleValueThoughNoThreadIsFree()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    const auto cache = f.open(options);
    QVERIFY(cache->set("key", "old", failSafe()));
    f.clock.advance(11s);
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    const auto hung = cache->getOrComputeAsync("other", [release, entered] {
        entered->set_value();
        release->get_future().wait();
        return QByteArray("late");
    });
    entered->get_future().wait();
    EntryOptions impatient = failSafe();
    impatient.softFactoryTimeout = 100ms;
    auto call = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", [] { return QByteArray("new"); }, impatient)); });
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(100ms);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    QCOMPARE(call.get(), QByteArray("old"));
    release->set_value();
    QCOMPARE(valueOf(hung.result()), QByteArray("late"));
}

void CacheLoadsTest::theHardTimeoutEndsTheCallAndTheNextCallerLeads()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.hardFactoryTimeout = 1s;
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    auto call = std::async(std::launch::async, [&] {
        return cache->getOrCompute("key", [release, entered] {
            entered->set_value();
            release->get_future().wait();
            return QByteArray("late");
        }, options);
    });
    entered->get_future().wait();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return call.wait_for(0s) == std::future_status::ready;
    }));
    const auto timedOut = call.get();
    QCOMPARE(errorOf(timedOut), Error::Kind::Timeout);
    QVERIFY(timedOut.error().message.contains(u"hardFactoryTimeout"));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("next"); })), QByteArray("next"));
    release->set_value();
    // The late value was computed from before the newer one was stored: it is dropped.
    QVERIFY(CacheFixture::eventually([&] { return cache->statistics().loadSuccesses == 2; }));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("next"));
}

void CacheLoadsTest::theHardTimeoutEndsALoadWhoseCallerWasServedStale()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options = failSafe();
    options.softFactoryTimeout = 100ms;
    options.hardFactoryTimeout = 1s;
    options.failSafeThrottle = 0ms;
    QVERIFY(cache->set("key", "old", options));
    f.clock.advance(11s);
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    auto call = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [release, entered] {
            entered->set_value();
            release->get_future().wait();
            return QByteArray("late");
        }, options));
    });
    entered->get_future().wait();
    f.clock.advance(100ms);
    QCOMPARE(call.get(), QByteArray("old"));
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return cache->statistics().loadsInFlight == 0;
    }));
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("next"); })), QByteArray("next"));
    release->set_value();
}

void CacheLoadsTest::frequentEntriesAreRefreshedBeforeTheyExpire()
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

void CacheLoadsTest::whatOthersStoredIsRefreshedEarlyToo_data()
{
    QTest::addColumn<qint64>("memoryEntries");
    QTest::newRow("in memory") << qint64{10'000};
    QTest::newRow("without a memory tier") << qint64{0};
}

void CacheLoadsTest::whatOthersStoredIsRefreshedEarlyToo()
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

void CacheLoadsTest::aTouchedEntryIsRefreshedAtTheEndOfItsNewLife()
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

void CacheLoadsTest::whatExpiresDuringAnEarlyLoadIsNotServed()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.eagerRefresh = 0.5;
    QVERIFY(cache->set("key", "value", options));
    f.clock.advance(6s);
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    const auto factory = [release, entered]() -> Result<Cache::Value> {
        entered->set_value();
        release->get_future().wait();
        return failure(Error::Kind::Io, QStringLiteral("broken"));
    };
    QCOMPARE(valueOf(cache->getOrCompute("key", factory, options)), QByteArray("value"));
    entered->get_future().wait();
    f.clock.advance(4s);
    const auto joined = cache->getOrComputeAsync("key", [] { return QByteArray("unused"); });
    release->set_value();
    QCOMPARE(errorOf(joined.result()), Error::Kind::Io);
}

void CacheLoadsTest::destructionDoesNotWaitForAHungFactory()
{
    // The factory's thread looks at the clock once more when it is back, behind the end of the cache.
    static CacheFixture f;
    auto cache = f.open();
    EntryOptions options;
    options.hardFactoryTimeout = 1s;
    auto release = std::make_shared<std::promise<void>>();
    auto entered = std::make_shared<std::promise<void>>();
    auto future = cache->getOrComputeAsync("key", [release, entered] {
        entered->set_value();
        release->get_future().wait();
        return QByteArray("late");
    }, options);
    entered->get_future().wait();
    auto closing = std::async(std::launch::async, [&] { cache.reset(); });
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return closing.wait_for(0s) == std::future_status::ready;
    }));
    QVERIFY(!future.result()); // Cancelled, or late by the clock that moves on.
    release->set_value();
    QVERIFY(CacheFixture::eventually([&] { return release.use_count() == 1; }));
    QVERIFY(!f.store->row("key"));
}

QTEST_GUILESS_MAIN(CacheLoadsTest)
#include "tst_cacheloads.moc"
