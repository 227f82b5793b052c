// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <QPromise>
#include <QtTest>

#include <future>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

using ValueResult = Result<Cache::Value>;

namespace {

std::shared_ptr<QPromise<ValueResult>> startedPromise()
{
    auto promise = std::make_shared<QPromise<ValueResult>>();
    promise->start();
    return promise;
}

void fulfil(QPromise<ValueResult> &promise, const QByteArray &value)
{
    promise.addResult(ValueResult(value));
    promise.finish();
}

} // namespace

// getOrComputeAsync(): the same rules without blocking.
class CacheLoadsAsyncTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aMemoryHitIsFinishedAtOnce();
    void aFactoryThatReturnsAValueRunsOffTheCallersThread();
    void aFactoryThatReturnsAFutureIsAwaited();
    void callsThatAskMeanwhileShareTheLoad();
    void aFutureWithoutAResultIsAFailure();
    void aCallGivesUpAtItsDeadline();
    void theSoftTimeoutServesTheStaleValue();
    void aStaleValueThatIsFoundBehindTheSoftTimeoutIsServed();
    void theSoftTimeoutHoldsForTheNextLeaderToo();
    void aFullQueueIsRejected();
    void closingCancelsWhatIsQueued();
    void closingCancelsWhatItsSourceHasNotAnswered();
};

void CacheLoadsAsyncTest::aMemoryHitIsFinishedAtOnce()
{
    const CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "value").has_value());
    const auto future = cache->getOrComputeAsync("key", [] { return QByteArray("unused"); });
    QVERIFY(future.isFinished());
    QCOMPARE(valueOf(future.result()), QByteArray("value"));
}

void CacheLoadsAsyncTest::aFactoryThatReturnsAValueRunsOffTheCallersThread()
{
    const CacheFixture f;
    const auto cache = f.open();
    const auto caller = std::this_thread::get_id();
    auto other = std::make_shared<std::atomic<bool>>(false);
    const auto future = cache->getOrComputeAsync("key", [caller, other] {
        *other = std::this_thread::get_id() != caller;
        return QByteArray("value");
    });
    QCOMPARE(valueOf(future.result()), QByteArray("value"));
    QVERIFY(other->load());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
}

void CacheLoadsAsyncTest::aFactoryThatReturnsAFutureIsAwaited()
{
    const CacheFixture f;
    const auto cache = f.open();
    const auto promise = startedPromise();
    const auto future = cache->getOrComputeAsync("key", [promise] { return promise->future(); });
    QVERIFY(CacheFixture::eventually([&] { return f.store->reads() == 1; }));
    QVERIFY(!future.isFinished());
    fulfil(*promise, "value");
    QCOMPARE(valueOf(future.result()), QByteArray("value"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
}

void CacheLoadsAsyncTest::callsThatAskMeanwhileShareTheLoad()
{
    const CacheFixture f;
    const auto cache = f.open();
    const auto promise = startedPromise();
    auto calls = std::make_shared<std::atomic<int>>(0);
    std::vector<QFuture<ValueResult>> futures;
    for (int i = 0; i < 5; ++i) {
        futures.push_back(cache->getOrComputeAsync("key", [promise, calls] {
            ++*calls;
            return promise->future();
        }));
    }
    fulfil(*promise, "value");
    for (const auto &future : futures)
        QCOMPARE(valueOf(future.result()), QByteArray("value"));
    QCOMPARE(calls->load(), 1);
    QCOMPARE(cache->statistics().joinedLoads, 4U);
}

void CacheLoadsAsyncTest::aFutureWithoutAResultIsAFailure()
{
    const CacheFixture f;
    const auto cache = f.open();
    const auto cancelled = cache->getOrComputeAsync("key", [] {
        QPromise<ValueResult> promise;
        promise.start();
        return promise.future(); // Destroyed unfinished: cancelled.
    });
    QCOMPARE(errorOf(cancelled.result()), Error::Kind::FactoryFailed);
    const auto thrown = cache->getOrComputeAsync("key", []() -> QFuture<ValueResult> { throw std::runtime_error("no"); });
    QCOMPARE(errorOf(thrown.result()), Error::Kind::FactoryFailed);
    const auto value = cache->getOrComputeAsync("key", [] { return QByteArray("value"); });
    QCOMPARE(valueOf(value.result()), QByteArray("value"));
}

void CacheLoadsAsyncTest::aCallGivesUpAtItsDeadline()
{
    CacheFixture f;
    const auto cache = f.open();
    const auto promise = startedPromise();
    const auto future = cache->getOrComputeAsync("key", [promise] { return promise->future(); }, {}, 5s);
    QVERIFY(CacheFixture::eventually([&] { return f.store->reads() == 1; }));
    f.clock.advance(4s);
    QVERIFY(!future.isFinished());
    f.clock.advance(1s);
    QCOMPARE(errorOf(future.result()), Error::Kind::Timeout);
    promise->addResult(ValueResult(QByteArray("late")));
    promise->finish();
    // Nothing changed meanwhile: the late value is as good as any.
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("late"); }));
}

void CacheLoadsAsyncTest::theSoftTimeoutServesTheStaleValue()
{
    CacheFixture f;
    const auto cache = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.failSafe = 1h;
    options.softFactoryTimeout = 100ms;
    QVERIFY(cache->set("key", "old", options).has_value());
    f.clock.advance(10s);
    const auto promise = startedPromise();
    auto asked = std::make_shared<std::atomic<bool>>(false);
    const auto future = cache->getOrComputeAsync("key", [promise, asked] {
        *asked = true;
        return promise->future();
    }, options);
    QVERIFY(CacheFixture::eventually([&] { return asked->load(); }));
    f.clock.advance(100ms);
    QCOMPARE(valueOf(future.result()), QByteArray("old"));
    QCOMPARE(cache->statistics().staleServed, 1U);
    promise->addResult(ValueResult(QByteArray("new")));
    promise->finish();
    QVERIFY(CacheFixture::eventually([&] { return valueOf(cache->get("key")) == QByteArray("new"); }));
}

void CacheLoadsAsyncTest::aStaleValueThatIsFoundBehindTheSoftTimeoutIsServed()
{
    CacheFixture f;
    CacheOptions cacheOptions;
    cacheOptions.backgroundThreads = 1;
    const auto cache = f.open(cacheOptions);
    const auto other = f.open();
    EntryOptions options;
    options.timeToLive = 10s;
    options.failSafe = 1h;
    options.softFactoryTimeout = 100ms;
    QVERIFY(cache->set("key", "old", options));
    f.clock.advance(11s);
    std::promise<void> isAsked;
    QFuture<ValueResult> behind;
    // Something changes while the leader waits for its turn, so that it looks again; the timeout comes before that finds anything.
    f.store->beforeLoadLock([&] {
        f.store->beforeLoadLock({});
        static_cast<void>(other->invalidate(Target::prefix("unrelated")));
        f.store->beforeRead([&] {
            f.store->beforeRead({});
            isAsked.get_future().wait();
            f.clock.advance(100ms);
            static_cast<void>(CacheFixture::eventually([&] { return behind.isFinished(); }));
        });
    });
    HeldFactory held("new");
    const auto future = cache->getOrComputeAsync("key", *held, options);
    // It has no thread, and its timer is the next: when it has ended, the timeout of the other call has been.
    behind = cache->getOrComputeAsync("behind", [] { return QByteArray("unused"); }, EntryOptions(), 100ms);
    isAsked.set_value();
    held.waitUntilAsked();
    const bool isServed = CacheFixture::eventually([&] { return future.isFinished(); });
    held.release();
    QVERIFY(isServed);
    QCOMPARE(valueOf(future.result()), QByteArray("old"));
    QCOMPARE(errorOf(behind.result()), Error::Kind::Timeout);
}

void CacheLoadsAsyncTest::theSoftTimeoutHoldsForTheNextLeaderToo()
{
    CacheFixture f;
    const auto cache = f.open();
    HeldFactory thrown([]() -> Result<Cache::Value> { throw std::runtime_error("no luck"); });
    const auto leader = cache->getOrComputeAsync("key", *thrown);
    thrown.waitUntilAsked();
    EntryOptions options;
    options.timeToLive = 10s;
    options.failSafe = 1h;
    options.softFactoryTimeout = 100ms;
    HeldFactory held("new");
    const auto future = cache->getOrComputeAsync("key", *held, options);
    const auto behind = cache->getOrComputeAsync("key", [] { return QByteArray("unused"); }, EntryOptions(), 100ms);
    f.clock.advance(100ms);
    // When this has ended, the timeout has been, and the leader that was waited for knew of no stale value.
    QCOMPARE(errorOf(behind.result()), Error::Kind::Timeout);
    // Another process had stored it, and the next leader finds it.
    Detail::StoredEntry old;
    old.value = "old";
    old.times = {f.clock.systemNow() - 20s, f.clock.systemNow() - 10s, f.clock.systemNow() + 10s};
    f.store->plant("key", old);
    thrown.release();
    held.waitUntilAsked();
    const bool isServed = CacheFixture::eventually([&] { return future.isFinished(); });
    held.release();
    QVERIFY(isServed);
    QCOMPARE(valueOf(future.result()), QByteArray("old"));
    QCOMPARE(errorOf(leader.result()), Error::Kind::FactoryFailed);
}

void CacheLoadsAsyncTest::aFullQueueIsRejected()
{
    const CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    options.backgroundQueue = 1;
    const auto cache = f.open(options);
    BusyThread busy(*cache);
    const auto queued = cache->getOrComputeAsync("b", [] { return QByteArray("b"); });
    const auto rejected = cache->getOrComputeAsync("c", [] { return QByteArray("c"); });
    QCOMPARE(errorOf(rejected.result()), Error::Kind::Rejected);
    QCOMPARE(errorOf(cache->getAsync("d").result()), Error::Kind::Rejected);
    busy.release();
    QCOMPARE(valueOf(queued.result()), QByteArray("b"));
}

void CacheLoadsAsyncTest::closingCancelsWhatIsQueued()
{
    CacheFixture f;
    CacheOptions options;
    options.backgroundThreads = 1;
    auto cache = f.open(options);
    HeldFactory held("a");
    const auto running = cache->getOrComputeAsync("a", *held);
    held.waitUntilAsked();
    const auto queued = cache->getOrComputeAsync("b", [] { return QByteArray("b"); });
    auto closing = std::async(std::launch::async, [&] { cache.reset(); });
    QCOMPARE(errorOf(queued.result()), Error::Kind::Cancelled);
    held.release();
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return closing.wait_for(0s) == std::future_status::ready;
    }));
    QVERIFY(running.result().has_value() || running.result().error().kind == Error::Kind::Cancelled);
}

void CacheLoadsAsyncTest::closingCancelsWhatItsSourceHasNotAnswered()
{
    CacheFixture f;
    auto cache = f.open();
    const auto promise = startedPromise();
    const auto future = cache->getOrComputeAsync("key", [promise] { return promise->future(); });
    QVERIFY(CacheFixture::eventually([&] { return f.store->reads() == 1; }));
    // Another load takes the place of this one, which is still there.
    QVERIFY(f.open()->invalidate(Target::key("key")));
    const auto newer = cache->getOrComputeAsync("key", [promise] { return promise->future(); });
    QCOMPARE(cache->statistics().loadsInFlight, 2U);
    cache.reset();
    QCOMPARE(errorOf(future.result()), Error::Kind::Cancelled);
    QCOMPARE(errorOf(newer.result()), Error::Kind::Cancelled);
    const auto next = f.open();
    QCOMPARE(valueOf(next->getOrCompute("key", [] { return QByteArray("next"); })), QByteArray("next"));
    fulfil(*promise, "late");
}

QTEST_GUILESS_MAIN(CacheLoadsAsyncTest)
#include "tst_cacheloadsasync.moc"
