// SPDX-License-Identifier: MIT
#include "cache/writebehindbuffer.h"
#include "cachefixture.h"
#include "core/keyhash.h"
#include "failonwarning.h"
#include "heldfactory.h"

#include <infra/cachestore.h>

#include <QTemporaryDir>
#include <QtTest>

#include <atomic>
#include <future>
#include <set>
#include <thread>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

class CacheWriteBehindTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aSetIsSeenHereAtOnceAndElsewhereAfterTheCommit();
    void setsAreCommittedTogetherAfterTheDelay();
    void factoriesThatKeepAllThreadsBusyDelayNoCommit();
    void aChangeElsewhereWinsOverAnOlderUncommittedSet();
    void aSetThatAnotherKeyOvertookBringsNothingOlderBack();
    void whatWasStoredBeforeASetIsTakenInIsOlder();
    void aLoadThatEndsBehindASetIsOlderWhenItBeganBefore();
    void anExpiredSetBringsNothingOlderBack();
    void lookingForAWaitingSetDoesNotBlockTheCallerOfAnAsyncCall();
    void aWaitingSetAnswersAnAsyncCallAtOnce();
    void aSetWhoseCommitWaitsIsReadMeanwhile();
    void lookingForAWaitingSetEndsAtTheDeadline();
    void factoriesAreCalledWhileSetsCannotBeCommitted();
    void invalidationsCommitFirst();
    void aFullBufferIsCommittedByTheSetThatFindsItFull();
    void aBufferThatIsFullInBytesIsCommittedToo();
    void whatASetTakesInMemoryCountsToo();
    void whatASmallStoreCannotTakeIsRefusedAtOnce();
    void aSetComesBehindTheCommitOfAnOlderOneOfItsKey();
    void aSetThatIsWrittenThroughComesBehindAnOlderOneOfItsKey();
    void whatCannotBeCommittedIsKeptAndTriedAgain();
    void whatCannotBeCommittedKeepsNobodyFromReadingTheRest();
    void getManyCommitsOnlyWhatItCannotTellOtherwise();
    void whatWaitsIsListed();
    void whatIsLostAtTheEndIsCounted();
    void whatACommitLosesBehindTheEndIsCounted();
    void aSetThatEndsBehindTheCacheIsCommitted();
    void whatWasSetInTheBackgroundIsThereBehindTheEnd();
    void aLoadDoesNotHideANewerSet();
    void aCallBehindASetDoesNotGetAnOlderLoad();
    void withoutAStoreWhatASetWasToReplaceIsOutdatedToo();

private:
    static constexpr std::uint64_t Stripes = 1024; // Of FaultyStore.

    // No set of one drops that of another.
    static QByteArrayList keysOfDifferentStripes(int count)
    {
        std::set<std::uint64_t> taken;
        QByteArrayList keys;
        for (int i = 0; keys.size() < count; ++i) {
            if (const QByteArray key = QByteArray::number(i); taken.insert(Detail::keyHash(key) % Stripes).second)
                keys << key;
        }
        return keys;
    }
    // Another key.
    static QByteArray keyOnStripeOf(const QByteArray &key)
    {
        for (int i = 0;; ++i) {
            const QByteArray other = QByteArray::number(i);
            if (other != key && Detail::keyHash(other) % Stripes == Detail::keyHash(key) % Stripes)
                return other;
        }
    }
    static CacheOptions behind()
    {
        CacheOptions options;
        options.writePolicy = CacheOptions::WritePolicy::WriteBehind;
        return options;
    }
};

void CacheWriteBehindTest::aSetIsSeenHereAtOnceAndElsewhereAfterTheCommit()
{
    const CacheFixture f;
    const auto a = f.open(behind());
    const auto b = f.open();
    QVERIFY(b->set("key", "old").has_value());
    QCOMPARE(valueOf(a->get("key")), QByteArray("old"));
    QVERIFY(a->set("key", "new").has_value());
    QCOMPARE(f.store->writes(), 1);
    QCOMPARE(valueOf(a->get("key")), QByteArray("new"));
    QCOMPARE(valueOf(a->getOrCompute("key", [] { return QByteArray("unused"); })), QByteArray("new"));
    QCOMPARE(valueOf(b->get("key")), QByteArray("old"));
    QCOMPARE(a->statistics().pendingWrites, 1U);
    QVERIFY(a->flush().has_value());
    QCOMPARE(valueOf(b->get("key")), QByteArray("new"));
    QCOMPARE(valueOf(a->get("key")), QByteArray("new"));
    QCOMPARE(a->statistics().pendingWrites, 0U);
}

void CacheWriteBehindTest::setsAreCommittedTogetherAfterTheDelay()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    for (int i = 0; i < 50; ++i)
        QVERIFY(cache->set(QByteArray::number(i), "value").has_value());
    QCOMPARE(f.store->writes(), 0);
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(100ms);
        return cache->statistics().disk.puts == 50;
    }));
    QCOMPARE(f.store->writes(), 1);
    QCOMPARE(cache->statistics().meanBatch(), std::optional(50.0));
}

void CacheWriteBehindTest::factoriesThatKeepAllThreadsBusyDelayNoCommit()
{
    CacheFixture f;
    CacheOptions options = behind();
    options.backgroundThreads = 1;
    options.backgroundQueue = 1;
    const auto cache = f.open(options);
    BusyThread busy(*cache);
    const auto queued = cache->getOrComputeAsync("queued", [] { return QByteArray("queued"); });
    // Again when the thread that made the first commit has ended, or not yet.
    for (const char *key : {"first", "second"}) {
        QVERIFY(cache->set(key, "value").has_value());
        f.clock.advance(options.writeBehindDelay);
        QVERIFY(CacheFixture::eventually([&] { return cache->statistics().pendingWrites == 0; }));
        QVERIFY(f.store->row(key));
    }
    QVERIFY(!queued.isFinished()); // Only the cache's own work is done meanwhile.
    busy.release();
    QCOMPARE(valueOf(queued.result()), QByteArray("queued"));
}

void CacheWriteBehindTest::aChangeElsewhereWinsOverAnOlderUncommittedSet()
{
    CacheFixture f;
    const auto a = f.open(behind());
    const auto b = f.open();
    QVERIFY(a->set("set", "older").has_value());
    QVERIFY(a->set("gone", "older").has_value());
    f.clock.advance(1ms);
    QVERIFY(b->set("set", "newer").has_value());
    QVERIFY(b->invalidate(Target::prefix("g")).has_value());
    QCOMPARE(valueOf(a->get("set")), QByteArray("newer"));
    QVERIFY(a->flush().has_value());
    QCOMPARE(valueOf(a->get("set")), QByteArray("newer"));
    QCOMPARE(valueOf(b->get("set")), QByteArray("newer"));
    QCOMPARE(valueOf(a->get("gone")), Cache::Value());
    QCOMPARE(valueOf(b->get("gone")), Cache::Value());
    QCOMPARE(a->statistics().disk.rejectedPuts, 2U);
}

void CacheWriteBehindTest::aSetThatAnotherKeyOvertookBringsNothingOlderBack()
{
    CacheFixture f;
    const auto a = f.open(behind());
    const auto b = f.open();
    QVERIFY(b->set("read", "old").has_value());
    QVERIFY(b->set("flushed", "old").has_value());
    f.clock.advance(1ms);
    QVERIFY(a->set("read", "new").has_value());
    QVERIFY(a->set("flushed", "new").has_value());
    // Of neither key, but their words move with it.
    QVERIFY(b->invalidate(Target::prefix("other")).has_value());
    QCOMPARE(valueOf(a->get("read")), Cache::Value());
    QVERIFY(a->flush().has_value());
    QCOMPARE(valueOf(a->get("flushed")), Cache::Value());
    QCOMPARE(valueOf(b->get("read")), Cache::Value());
    QCOMPARE(valueOf(b->get("flushed")), Cache::Value());
    QCOMPARE(valueOf(a->getOrCompute("read", [] { return QByteArray("computed"); })), QByteArray("computed"));
}

void CacheWriteBehindTest::whatWasStoredBeforeASetIsTakenInIsOlder()
{
    CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindEntries = 10;
    const auto a = f.open(options);
    const auto b = f.open();
    for (int i = 0; i < 10; ++i)
        QVERIFY(a->set(QByteArray::number(i), "value").has_value());
    // The set waits for room, and meanwhile what was computed before it is stored.
    f.store->beforeWrite([&] {
        f.clock.advance(5ms);
        Detail::StoredEntry older;
        older.value = "older";
        older.times.storedAt = f.clock.systemNow();
        f.store->plant("key", older);
    });
    QVERIFY(a->set("key", "newer").has_value());
    f.store->beforeWrite({});
    QVERIFY(b->invalidate(Target::prefix("other")).has_value());
    QCOMPARE(valueOf(a->get("key")), Cache::Value());
}

void CacheWriteBehindTest::aLoadThatEndsBehindASetIsOlderWhenItBeganBefore()
{
    CacheFixture f;
    const auto a = f.open(behind());
    const auto b = f.open();
    bool isSet = false;
    const auto loaded = b->getOrCompute("key", [&] {
        f.clock.advance(5ms);
        isSet = a->set("key", "newer").has_value();
        f.clock.advance(5ms);
        return QByteArray("older");
    });
    QVERIFY(isSet);
    QCOMPARE(valueOf(loaded), QByteArray("older"));
    QVERIFY(a->flush().has_value());
    // What was set is lost to the change that came before its commit; but what it was to replace is not what is read.
    QCOMPARE(valueOf(a->get("key")), Cache::Value());
    QCOMPARE(valueOf(b->get("key")), Cache::Value());
}

void CacheWriteBehindTest::anExpiredSetBringsNothingOlderBack()
{
    CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindDelay = 1h;
    const auto a = f.open(options);
    const auto b = f.open();
    QVERIFY(b->set("key", "old").has_value());
    EntryOptions brief;
    brief.timeToLive = 10ms;
    QVERIFY(a->set("key", "new", brief).has_value());
    f.clock.advance(10ms);
    QCOMPARE(valueOf(a->get("key")), Cache::Value());
    QCOMPARE(valueOf(b->get("key")), Cache::Value());
}

void CacheWriteBehindTest::lookingForAWaitingSetDoesNotBlockTheCallerOfAnAsyncCall()
{
    CacheFixture f;
    const auto a = f.open(behind());
    const auto b = f.open();
    QVERIFY(a->set("key", "value").has_value());
    QVERIFY(b->invalidate(Target::prefix("other")).has_value());
    std::atomic<bool> mayCommit{false};
    f.store->beforeWrite([&] {
        while (!mayCommit)
            std::this_thread::yield();
    });
    const auto future = a->getOrComputeAsync("key", [] { return QByteArray("computed"); });
    QVERIFY(!future.isFinished());
    mayCommit = true;
    QVERIFY(CacheFixture::eventually([&] { return future.isFinished(); }));
    QCOMPARE(valueOf(future.result()), QByteArray("computed"));
}

void CacheWriteBehindTest::aWaitingSetAnswersAnAsyncCallAtOnce()
{
    const CacheFixture f;
    const auto cache = f.open(behind());
    QVERIFY(cache->set("key", "value").has_value());
    const auto future = cache->getOrComputeAsync("key", [] { return QByteArray("computed"); });
    QVERIFY(future.isFinished());
    QCOMPARE(valueOf(future.result()), QByteArray("value"));
}

void CacheWriteBehindTest::aSetWhoseCommitWaitsIsReadMeanwhile()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    QVERIFY(cache->set("key", "value").has_value());
    std::atomic<bool> isWaiting{false};
    std::atomic<bool> mayCommit{false};
    f.store->beforeTurn([&] {
        isWaiting = true;
        while (!mayCommit)
            std::this_thread::yield();
    });
    std::thread committing([&] { static_cast<void>(cache->flush()); });
    const bool waits = CacheFixture::eventually([&] { return isWaiting.load(); });
    auto reading = std::async(std::launch::async, [&] { return cache->get("key"); });
    const bool isRead = CacheFixture::eventually([&] { return reading.wait_for(0s) == std::future_status::ready; });
    mayCommit = true;
    committing.join();
    QVERIFY(waits);
    QVERIFY(isRead);
    QCOMPARE(valueOf(reading.get()), QByteArray("value"));
}

void CacheWriteBehindTest::lookingForAWaitingSetEndsAtTheDeadline()
{
    CacheFixture f;
    CacheOptions options = behind();
    options.backgroundThreads = 1;
    options.writeBehindDelay = 1h;
    const auto a = f.open(options);
    const auto b = f.open();
    QVERIFY(a->set("key", "value").has_value());
    QVERIFY(b->invalidate(Target::prefix("other")).has_value());
    std::atomic<bool> mayEnd{false};
    std::atomic<bool> isBusy{false};
    const auto busy = a->getOrComputeAsync("slow", [&] {
        isBusy = true;
        while (!mayEnd)
            std::this_thread::yield();
        return QByteArray("value");
    });
    QVERIFY(CacheFixture::eventually([&] { return isBusy.load(); }));
    const auto future = a->getOrComputeAsync("key", [] { return QByteArray("computed"); }, EntryOptions(), 100ms);
    f.clock.advance(100ms);
    const bool hasEnded = CacheFixture::eventually([&] { return future.isFinished(); });
    mayEnd = true;
    QVERIFY(hasEnded);
    QCOMPARE(errorOf(future.result()), Error::Kind::Timeout);
    QVERIFY(CacheFixture::eventually([&] { return busy.isFinished(); }));
}

void CacheWriteBehindTest::factoriesAreCalledWhileSetsCannotBeCommitted()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    const auto other = f.open();
    QVERIFY(other->set("key", "old").has_value());
    EntryOptions brief;
    brief.timeToLive = 10ms;
    QVERIFY(cache->set("key", "new", brief).has_value());
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    f.clock.advance(10ms);
    QCOMPARE(errorOf(cache->get("key")), Error::Kind::DiskFull);
    QCOMPARE(valueOf(cache->getOrCompute("key", [] { return QByteArray("computed"); })), QByteArray("computed"));
    const auto future = cache->getOrComputeAsync("key", [] { return QByteArray("computed"); });
    QVERIFY(CacheFixture::eventually([&] { return future.isFinished(); }));
    QCOMPARE(valueOf(future.result()), QByteArray("computed"));
}

void CacheWriteBehindTest::invalidationsCommitFirst()
{
    const CacheFixture f;
    const auto cache = f.open(behind());
    QVERIFY(cache->set("key", "value").has_value());
    QCOMPARE(cache->preview(Target::region())->entries, 1U);
    QVERIFY(cache->set("key", "value").has_value());
    QCOMPARE(cache->invalidate(Target::key("key"))->entries, 1U);
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
    QVERIFY(cache->flush().has_value());
    QCOMPARE(valueOf(cache->get("key")), Cache::Value());
}

void CacheWriteBehindTest::aFullBufferIsCommittedByTheSetThatFindsItFull()
{
    const CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindEntries = 10;
    const auto cache = f.open(options);
    for (int i = 0; i < 25; ++i)
        QVERIFY(cache->set(QByteArray::number(i), "value").has_value());
    QCOMPARE(f.store->writes(), 2);
    QCOMPARE(cache->statistics().pendingWrites, 5U);
}

void CacheWriteBehindTest::aBufferThatIsFullInBytesIsCommittedToo()
{
    const CacheFixture f;
    const auto cache = f.open(behind());
    const QByteArray large(qsizetype{3} << 20, 'x');
    QVERIFY(cache->set("a", large));
    QVERIFY(cache->set("a", large)); // In its own place.
    QCOMPARE(f.store->writes(), 0);
    QVERIFY(cache->set("b", large));
    QCOMPARE(f.store->writes(), 1);
    QCOMPARE(cache->statistics().pendingWrites, 1U);
    QVERIFY(cache->set("c", large + large));
    QVERIFY(f.store->row("c"));
}

void CacheWriteBehindTest::whatASetTakesInMemoryCountsToo()
{
    const CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindDelay = 1h;
    options.compressionThreshold = 1;
    const auto cache = f.open(options);
    const QByteArray large(qsizetype{1} << 20, '\0');
    for (int i = 0; i < 10; ++i)
        QVERIFY(cache->set(QByteArray::number(i), large));
    // A little less than four fit into 4 MiB.
    QCOMPARE(f.store->writes(), 3);
    QCOMPARE(cache->statistics().pendingWrites, 1U);
}

void CacheWriteBehindTest::whatASmallStoreCannotTakeIsRefusedAtOnce()
{
    const QTemporaryDir directory;
    StoreOptions storeOptions;
    storeOptions.url = QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("cache.db"));
    storeOptions.maximumBytes = 1 << 20;
    const auto store = CacheStore::open(storeOptions);
    QVERIFY(store);
    const auto cache = Cache::create(**store, "region", behind());
    QVERIFY(cache);
    QCOMPARE(errorOf((*cache)->set("large", QByteArray(400'000, 'x'))), Error::Kind::LimitExceeded);
    EntryOptions tagged;
    for (int i = 0; i < 60; ++i)
        tagged.tags << QByteArray::number(i).rightJustified(200, 't');
    for (int i = 0; i < 100; ++i) {
        const auto done = (*cache)->set(QByteArray::number(i), QByteArray(5'000, 'x'), tagged);
        QVERIFY2(done, done ? "" : qPrintable(toString(done.error())));
    }
    QVERIFY((*cache)->flush());
    // Only as much was culled as needed.
    QVERIFY((*store)->preview("region", Target::region(), 10s)->entries >= 8);
}

void CacheWriteBehindTest::aSetComesBehindTheCommitOfAnOlderOneOfItsKey()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    QVERIFY(cache->set("key", "older"));
    std::promise<void> isCommitting;
    std::promise<void> mayCommit;
    f.store->beforeTurn([&] {
        f.store->beforeTurn({});
        isCommitting.set_value();
        mayCommit.get_future().wait();
    });
    auto committing = std::async(std::launch::async, [&] { return cache->flush(Deadline::never()); });
    isCommitting.get_future().wait();
    // It waits on the clock, beside the thread of timers.
    auto setting = std::async(std::launch::async, [&] { return cache->set("key", "newer"); });
    const bool isHeld = CacheFixture::eventually([&] {
        return f.clock.waiterCount() >= 2 || setting.wait_for(0s) == std::future_status::ready;
    });
    mayCommit.set_value();
    QVERIFY(committing.get());
    QVERIFY(setting.get());
    QVERIFY(isHeld);
    QVERIFY(cache->flush());
    QVERIFY(f.store->row("key"));
    QCOMPARE(f.store->row("key")->value, QByteArray("newer"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

void CacheWriteBehindTest::aSetThatIsWrittenThroughComesBehindAnOlderOneOfItsKey()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    const auto other = f.open();
    QVERIFY(cache->set("key", "older"));
    const QByteArray neighbour = keyOnStripeOf("key");
    std::promise<void> isWriting;
    std::promise<void> mayWrite;
    f.store->beforeWrite([&] {
        f.store->beforeWrite({});
        isWriting.set_value();
        mayWrite.get_future().wait();
    });
    auto writing = std::async(std::launch::async, [&] { return other->set(neighbour, "value"); });
    isWriting.get_future().wait();
    std::promise<void> isSetting;
    f.store->beforeTurn([&] {
        f.store->beforeTurn({});
        isSetting.set_value();
    });
    // A write is in flight on its stripe, so that it cannot wait in the buffer.
    auto setting = std::async(std::launch::async, [&] { return cache->set("key", "newer"); });
    isSetting.get_future().wait();
    mayWrite.set_value();
    QVERIFY(writing.get());
    QVERIFY(setting.get());
    QVERIFY(cache->flush());
    QVERIFY(f.store->row("key"));
    QCOMPARE(f.store->row("key")->value, QByteArray("newer"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

void CacheWriteBehindTest::whatCannotBeCommittedIsKeptAndTriedAgain()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    QCOMPARE(errorOf(cache->invalidate(Target::key("other"))), Error::Kind::DiskFull); // Closes the gate.
    QVERIFY(cache->set("key", "value").has_value());
    QCOMPARE(errorOf(cache->flush()), Error::Kind::DiskFull);
    QCOMPARE(cache->statistics().pendingWrites, 1U);
    QCOMPARE(valueOf(cache->get("key")), QByteArray("value"));
    f.store->failWrites(std::nullopt);
    QVERIFY(CacheFixture::eventually([&] {
        f.clock.advance(250ms);
        return f.store->row("key").has_value();
    }));
}

void CacheWriteBehindTest::whatCannotBeCommittedKeepsNobodyFromReadingTheRest()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    const auto other = f.open();
    QVERIFY(other->set("other", "stored"));
    QVERIFY(cache->set("key", "value"));
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    QCOMPARE(errorOf(cache->flush()), Error::Kind::DiskFull);
    const std::vector<Cache::Value> expected{QByteArray("stored"), std::nullopt, QByteArray("value")};
    QCOMPARE(cache->getMany({"other", "none", "key"}).value(), expected);
    CacheStatistics s = cache->statistics();
    QCOMPARE(s.hits, 2U);
    QCOMPARE(s.misses, 1U);
    QCOMPARE(s.failures, 0U);
    QCOMPARE(s.pendingWrites, 1U);
    // Only the store can tell what holds of it now.
    f.store->failWrites(std::nullopt);
    QVERIFY(other->invalidate(Target::prefix("unrelated")));
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    QCOMPARE(cache->getMany({"other", "none"}).value(), (std::vector<Cache::Value>{QByteArray("stored"), std::nullopt}));
    QCOMPARE(errorOf(cache->getMany({"other", "key", "none"})), Error::Kind::DiskFull);
    s = cache->statistics();
    QCOMPARE(s.hits + s.misses + s.failures, 8U);
    QCOMPARE(s.failures, 2U);
}

void CacheWriteBehindTest::getManyCommitsOnlyWhatItCannotTellOtherwise()
{
    CacheFixture f;
    const auto cache = f.open(behind());
    const auto other = f.open();
    QVERIFY(cache->set("key", "value"));
    QVERIFY(cache->set("overtaken", "older"));
    QCOMPARE(cache->getMany({"key"}).value(), std::vector<Cache::Value>{QByteArray("value")});
    QCOMPARE(f.store->writes(), 0);
    f.clock.advance(5ms);
    QVERIFY(other->set("overtaken", "newer"));
    QCOMPARE(cache->getMany({"key", "overtaken"}).value(), (std::vector<Cache::Value>{QByteArray("value"), QByteArray("newer")}));
    QCOMPARE(cache->statistics().pendingWrites, 0U);
}

void CacheWriteBehindTest::whatWaitsIsListed()
{
    const CacheFixture f;
    const auto cache = f.open(behind());
    QVERIFY(cache->set("key", "value"));
    const auto page = cache->entries({}, {}, 10);
    QVERIFY(page);
    QCOMPARE(page->size(), std::size_t{1});
    QCOMPARE(page->front().key, QByteArray("key"));
}

namespace {

// What write-behind is made of, so that it can be looked at behind its end.
struct Buffer
{
    explicit Buffer(const CacheFixture &fixture)
        : tiers(std::make_shared<Detail::CacheTiers>(fixture.store, 1, CacheOptions(), fixture.clock)),
          executor(std::make_shared<Detail::BackgroundExecutor>(fixture.clock, 1, 1)),
          sets(std::make_shared<Detail::WriteBehindBuffer>(tiers, executor))
    {
    }
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer() { executor->shutdown(tiers->clock().steadyNow()); }
    [[nodiscard]] Result<bool> add(const QByteArray &key) const
    {
        Detail::WriteOperation operation = tiers->setOperation(key, Detail::keyHash(key), "value", {}, {});
        return sets->add(operation, "value", tiers->operationDeadline());
    }
    [[nodiscard]] std::uint64_t lost() const { return tiers->statistics().lostWrites; }

    std::shared_ptr<Detail::CacheTiers> tiers;
    std::shared_ptr<Detail::BackgroundExecutor> executor;
    std::shared_ptr<Detail::WriteBehindBuffer> sets;
};

} // namespace

void CacheWriteBehindTest::whatIsLostAtTheEndIsCounted()
{
    const CacheFixture f;
    const Buffer buffer(f);
    QCOMPARE(buffer.add("key"), Result<bool>(true));
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    QCOMPARE(errorOf(buffer.sets->flush(buffer.tiers->operationDeadline())), Error::Kind::DiskFull);
    QCOMPARE(buffer.lost(), 0U);
    buffer.sets->close();
    QCOMPARE(buffer.add("other"), Result<bool>(false));
    buffer.sets->drop();
    QCOMPARE(buffer.lost(), 1U);
    QVERIFY(!f.store->row("key"));
}

void CacheWriteBehindTest::whatACommitLosesBehindTheEndIsCounted()
{
    const CacheFixture f;
    const Buffer buffer(f);
    QCOMPARE(buffer.add("key"), Result<bool>(true));
    std::promise<void> isCommitting;
    std::promise<void> mayCommit;
    f.store->beforeTurn([&] {
        isCommitting.set_value();
        mayCommit.get_future().wait();
    });
    auto flushed = std::async(std::launch::async, [&] { return buffer.sets->flush(buffer.tiers->operationDeadline()); });
    isCommitting.get_future().wait();
    buffer.sets->close();
    buffer.sets->drop();
    const std::uint64_t lostMeanwhile = buffer.lost();
    f.store->failWrites(Error{Error::Kind::DiskFull, QStringLiteral("full"), {}});
    mayCommit.set_value();
    QCOMPARE(errorOf(flushed.get()), Error::Kind::DiskFull);
    QCOMPARE(lostMeanwhile, 0U);
    QCOMPARE(buffer.lost(), 1U);
    QCOMPARE(buffer.sets->size(), 0U);
}

void CacheWriteBehindTest::aSetThatEndsBehindTheCacheIsCommitted()
{
    // Its thread goes on behind the end of the cache, and looks at the clock.
    static CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindEntries = 1;
    auto cache = f.open(options);
    QVERIFY(cache->set("first", "value"));
    std::promise<void> isCommitting;
    std::promise<void> mayCommit;
    f.store->beforeTurn([&] {
        f.store->beforeTurn({});
        isCommitting.set_value();
        mayCommit.get_future().wait();
    });
    // Has to make room, and is held in that.
    const auto second = cache->setAsync("second", "value");
    isCommitting.get_future().wait();
    auto closing = std::async(std::launch::async, [&] { cache.reset(); });
    const bool isClosed = CacheFixture::eventually([&] {
        f.clock.advance(1s);
        return closing.wait_for(0s) == std::future_status::ready;
    });
    mayCommit.set_value();
    QVERIFY(isClosed);
    QVERIFY(second.result());
    QVERIFY(f.store->row("first"));
    QVERIFY(f.store->row("second"));
}

void CacheWriteBehindTest::whatWasSetInTheBackgroundIsThereBehindTheEnd()
{
    const CacheFixture f;
    const QByteArrayList keys = keysOfDifferentStripes(50);
    int lost = 0;
    for (int round = 0; round < 200; ++round) {
        const QByteArray value = QByteArray::number(round);
        auto cache = f.open(behind());
        std::vector<QFuture<Result<void>>> sets;
        for (const QByteArray &key : keys)
            sets.push_back(cache->setAsync(key, value));
        cache.reset();
        for (std::size_t i = 0; i < sets.size(); ++i) {
            const auto row = f.store->row(keys.at(static_cast<qsizetype>(i)));
            lost += sets[i].result() && (!row || row->value != value); // Those that never began were cancelled.
        }
    }
    QCOMPARE(lost, 0);
}

void CacheWriteBehindTest::aLoadDoesNotHideANewerSet()
{
    const CacheFixture f;
    const auto cache = f.open(behind());
    QCOMPARE(valueOf(cache->getOrCompute("key", [&] {
        return cache->set("key", "newer") ? QByteArray("older") : QByteArray("cannot set");
    })), QByteArray("older"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
    QVERIFY(cache->flush().has_value());
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newer"));
}

void CacheWriteBehindTest::aCallBehindASetDoesNotGetAnOlderLoad()
{
    CacheFixture f;
    CacheOptions options = behind();
    options.writeBehindDelay = 1h;
    const auto cache = f.open(options);
    EntryOptions brief;
    brief.timeToLive = 10ms;
    QVERIFY(cache->set("key", "oldest", brief));
    f.clock.advance(10ms);
    HeldFactory held("older");
    auto older = std::async(std::launch::async, [&] { return valueOf(cache->getOrCompute("key", *held)); });
    held.waitUntilAsked();
    // Newer than that load, and over before its commit.
    QVERIFY(cache->set("key", "newer", brief));
    f.clock.advance(10ms);
    auto newest = std::async(std::launch::async, [&] {
        return valueOf(cache->getOrCompute("key", [] { return QByteArray("newest"); }));
    });
    QVERIFY(CacheFixture::eventually([&] { return f.clock.waiterCount() >= 2; }));
    held.release();
    QCOMPARE(older.get(), QByteArray("older"));
    QCOMPARE(newest.get(), QByteArray("newest"));
    QCOMPARE(valueOf(cache->get("key")), QByteArray("newest"));
}

void CacheWriteBehindTest::withoutAStoreWhatASetWasToReplaceIsOutdatedToo()
{
    ManualClock clock;
    const auto store = CacheStore::openInMemory(clock);
    const auto a = Cache::create(*store, "region", behind(), clock);
    const auto b = Cache::create(*store, "region", {}, clock);
    QVERIFY(a && b);
    bool isSet = false;
    const auto loaded = (*b)->getOrCompute("key", [&] {
        clock.advance(5ms);
        isSet = (*a)->set("key", "newer").has_value();
        clock.advance(5ms);
        return QByteArray("older");
    });
    QVERIFY(isSet);
    QCOMPARE(valueOf(loaded), QByteArray("older"));
    QVERIFY((*a)->flush());
    QCOMPARE(valueOf((*a)->get("key")), Cache::Value());
    QCOMPARE(valueOf((*b)->get("key")), Cache::Value());
}

QTEST_GUILESS_MAIN(CacheWriteBehindTest)
#include "tst_cachewritebehind.moc"
