// SPDX-License-Identifier: MIT
#include "core/random.h"
#include "failonwarning.h"
#include "storefixture.h"

#include "store/readerpool.h"
#include "telemetry/telemetrychannel.h"

#include <infra/cachestore.h>
#include <infra/manualclock.h>

#include <QFile>
#include <QtTest>

#include <array>
#include <barrier>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

constexpr std::chrono::seconds Patience{60};
constexpr int KeyCount = 8;

// What a memory tier keeps.
struct Copy
{
    std::uint64_t value = 0;
    CoherenceStamp stamp{1, 1};
};

// Writers write growing numbers; a reader must never see a number smaller than one that was acknowledged before it
// looked, neither in the store nor in a copy that counts as current. Returns how often it did.
int staleReads(const StoreFaults &faults)
{
    StoreFixture fixture(faults);
    SqliteStore &first = fixture.store();
    const auto second = fixture.openAnother(faults);
    const std::uint32_t region = regionOf(first);
    static_cast<void>(regionOf(*second));
    std::array<std::atomic<std::uint64_t>, KeyCount> acknowledged{};
    std::array<std::atomic<std::uint64_t>, KeyCount> next{};
    std::atomic<bool> stop{false};
    std::atomic<int> stale{0};
    const auto key = [](std::size_t number) -> QByteArray { return "key:" + QByteArray::number(static_cast<int>(number)); };
    const auto raise = [](std::atomic<std::uint64_t> &to, std::uint64_t value) {
        std::uint64_t seen = to.load();
        while (seen < value && !to.compare_exchange_weak(seen, value)) { }
    };
    std::array<std::mutex, KeyCount> oneWriter;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            SqliteStore &store = i % 2 ? *second : first;
            Random random(static_cast<std::uint64_t>(i));
            for (int round = 0; round < 150; ++round) {
                const std::size_t number = random.below(KeyCount);
                // Numbers of a key are written in their order.
                const std::lock_guard<std::mutex> lock(oneWriter[number]);
                const std::uint64_t value = ++next[number];
                if (!store.write({setOperation(region, key(number), QByteArray::number(static_cast<qulonglong>(value)))}, Patience))
                    qFatal("a write failed");
                raise(acknowledged[number], value);
            }
            stop = true;
        });
    }
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            SqliteStore &store = i % 2 ? *second : first;
            Random random(static_cast<std::uint64_t>(i) + 100);
            std::array<Copy, KeyCount> memory;
            while (!stop) {
                const std::size_t number = random.below(KeyCount);
                const std::uint64_t atLeast = acknowledged[number].load();
                Copy &copy = memory[number];
                if (!isCurrent(store, region, key(number), copy.stamp)) {
                    const auto entry = get(store, region, key(number));
                    copy = entry ? Copy{entry->value.toULongLong(), entry->stamp} : Copy();
                }
                if (copy.value < atLeast)
                    ++stale;
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    return stale;
}

} // namespace

class tst_StoreConcurrency : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void nobodyReadsStaleValues();
    void writersOfOneProcessShareTransactions();
    void invalidationsAndWritersTakeTurns();
    void waitersForReadersHaveDeadlines();
    void aLongLogIsBegunAnew();
    void everythingIncludesWhatWasCommittedAMomentAgo();
    void writesOfOneTransactionDoNotOvertakeEachOther();
    void ofTwoWritesInOneTransactionOnlyTheLaterIsCurrent();
    void aChangeThatWritesNothingLeavesTheLengthOfTheLog();
    void openingAStoreIsNoForeignWrite();
    void aForeignWriteIsAnnouncedThoughItsWriterIsInTheWayAtFirst();
    void whatClosesAtOnceLeavesTheStoreWhole();
    void whoWaitsForTheLockLetsGoOfTheLog();
    void healthTellsThatTheLogIsHeld();
    void cullingKeepsTheStoreBelowItsCap();
    void makingRoomOvertakesNobody_data();
    void makingRoomOvertakesNobody();
    void whatAnOvertakenSetWasToReplaceGoes();
    void expiredEntriesAreCulledFirst();
    void memoryBackendMovesWords();
    void telemetryIsKeptForItsWindow();
};

void tst_StoreConcurrency::nobodyReadsStaleValues()
{
    QCOMPARE(staleReads({}), 0);
    // Whether a fault shows depends on how the threads meet: it must within a few rounds.
    const auto isSeen = [](const StoreFaults &faults) {
        for (int round = 0; round < 20; ++round) {
            if (staleReads(faults) > 0)
                return true;
        }
        return false;
    };
    StoreFaults noMarks;
    noMarks.skipMarks = true;
    QVERIFY2(isSeen(noMarks), "the test does not see that marks are missing");
    StoreFaults oldSnapshots;
    oldSnapshots.keepSnapshots = true;
    QVERIFY2(isSeen(oldSnapshots), "the test does not see snapshots that are too old");
}

void tst_StoreConcurrency::writersOfOneProcessShareTransactions()
{
    // A turn that does not begin until it is let go.
    class GatedTurn final : public WriteTurn
    {
    public:
        std::atomic<bool> open{false};
        std::vector<std::size_t> batches;

        Result<void> beginTurn(SteadyTime) override
        {
            while (!open)
                std::this_thread::yield();
            return {};
        }
        void execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime) override
        {
            batches.push_back(batch.size());
            for (const auto &request : batch)
                request->result = std::vector<WriteOutcome>(request->operations.size());
        }
        void endTurn() override {}
    };
    GatedTurn turn;
    WriteQueue queue(Clock::system(), turn);
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&] { QVERIFY(queue.write({setOperation(1, "key", "v")}, SteadyTime::max())); });
    while (queue.waiting() < 15)
        std::this_thread::yield();
    turn.open = true;
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(turn.batches, std::vector<std::size_t>{16});
}

void tst_StoreConcurrency::invalidationsAndWritersTakeTurns()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    std::thread writer([&] {
        for (int i = 0; i < 200; ++i)
            QVERIFY(put(store, region, "key:" + QByteArray::number(i), "v").applied);
    });
    for (int i = 0; i < 20; ++i)
        QVERIFY(store.invalidate(region, i % 2 ? Target::prefix("key:1") : Target::region(), "test", Patience));
    writer.join();
    QVERIFY(store.invalidate(region, Target::region(), "test", Patience));
    QCOMPARE(store.regions(Patience)->front().entries, std::uint64_t{0});
}

void tst_StoreConcurrency::waitersForReadersHaveDeadlines()
{
    ManualClock clock;
    StoreOptions options;
    options.readers = 1;
    options.clock = &clock;
    StoreFixture fixture;
    fixture.changed.readers = 1;
    fixture.changed.clock = &clock;
    SqliteStore &store = fixture.store();
    static_cast<void>(regionOf(store));
    StoreContext context(fixture.options(), fixture.path(), {});
    ReaderPool pool(context);
    auto session = std::make_shared<StoreSession>();
    session->database = FileIdentity::of(context.paths.databaseFile);
    pool.setSession(session);
    auto held = pool.acquire(SteadyTime::max());
    QVERIFY(held);
    const SteadyTime deadline = clock.steadyNow() + std::chrono::seconds(3);
    std::thread waiter([&] {
        const auto refused = pool.acquire(deadline);
        QVERIFY(!refused);
        QCOMPARE(refused.error().error.kind, Error::Kind::Timeout);
    });
    clock.advance(std::chrono::seconds(4));
    waiter.join();
}

void tst_StoreConcurrency::aLongLogIsBegunAnew()
{
    StoreFixture fixture;
    fixture.changed.maximumBytes = 8 << 20; // A quarter of it for the log, a quarter of that before it is moved.
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    // Another process read and then had nothing to do: its snapshot is in the way until it is let go.
    const auto idle = fixture.openAnother();
    static_cast<void>(regionOf(*idle));
    static_cast<void>(put(store, region, "key", "value"));
    for (int i = 0; i < 3; ++i)
        QVERIFY(get(*idle, region, "key"));
    QVERIFY(idle->statistics().snapshotReads > 0);
    // Counts how often the log was begun (sqlite.org/fileformat2.html#walformat).
    const auto generation = [&] {
        QFile log(fixture.path() + QStringLiteral("-wal"));
        return log.open(QIODevice::ReadOnly) ? log.read(24).mid(12, 8) : QByteArray();
    };
    const QByteArray first = generation();
    QCOMPARE(first.size(), 8);
    for (int i = 0; i < 150; ++i)
        static_cast<void>(put(store, region, "key", QByteArray::number(i)));
    QTRY_VERIFY2(put(store, region, "key", "again").applied && generation() != first, "the snapshot kept the log from being begun anew");
}

void tst_StoreConcurrency::everythingIncludesWhatWasCommittedAMomentAgo()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store, "old");
    static_cast<void>(put(store, region, "key", "value"));
    for (int i = 0; i < 3; ++i)
        QVERIFY(get(store, region, "key"));
    QVERIFY(store.statistics().snapshotReads > 0); // The reader keeps what it sees.
    const auto second = fixture.openAnother();
    const std::uint32_t created = regionOf(*second, "new");
    static_cast<void>(put(*second, created, "key", "value"));
    QVERIFY(store.invalidate(region, Target::everything(), "test", Patience));
    QVERIFY(!get(*second, created, "key"));
}

void tst_StoreConcurrency::writesOfOneTransactionDoNotOvertakeEachOther()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    // Enough for many to share a stripe of the coherence file.
    std::vector<WriteOperation> operations;
    for (int i = 0; i < 2000; ++i) {
        WriteOperation operation = setOperation(region, "key:" + QByteArray::number(i), "value");
        operation.onlyIfUnchanged = store.captureToken(region, operation.keyHash);
        operations.push_back(std::move(operation));
    }
    // But of the same entry the later one is late: what it was made of is older than what was set meanwhile.
    WriteOperation late = operations.front();
    late.value = "late";
    operations.push_back(late);
    const auto outcomes = store.write(operations, Patience);
    QVERIFY(outcomes);
    for (std::size_t i = 0; i + 1 < outcomes->size(); ++i)
        QVERIFY2((*outcomes)[i].applied, operations[i].key.constData());
    QVERIFY(!outcomes->back().applied);
    QCOMPARE(get(store, region, "key:0")->value, QByteArray("value"));
    QVERIFY(!store.write({late}, Patience)->front().applied);
}

void tst_StoreConcurrency::ofTwoWritesInOneTransactionOnlyTheLaterIsCurrent()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    static_cast<void>(put(store, region, "gone", "value"));
    WriteOperation removal;
    removal.kind = WriteOperation::Kind::Remove;
    removal.regionId = region;
    removal.key = "gone";
    removal.keyHash = keyHash(removal.key);
    const auto outcomes = store.write({setOperation(region, "key", "older"), setOperation(region, "other", "value"),
                                       setOperation(region, "gone", "again"), setOperation(region, "key", "newer"), removal},
                                      Patience);
    QVERIFY(outcomes);
    QVERIFY2(!isCurrent(store, region, "key", (*outcomes)[0].stamp), "a copy of the older value would be served");
    QVERIFY(isCurrent(store, region, "other", (*outcomes)[1].stamp));
    QVERIFY(!isCurrent(store, region, "gone", (*outcomes)[2].stamp));
    QVERIFY(isCurrent(store, region, "key", (*outcomes)[3].stamp));
    QCOMPARE(get(store, region, "key")->value, QByteArray("newer"));
}

void tst_StoreConcurrency::aChangeThatWritesNothingLeavesTheLengthOfTheLog()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    static_cast<void>(put(store, region, "key", "value"));
    const auto second = fixture.openAnother();
    static_cast<void>(regionOf(*second));
    for (int i = 0; i < 5; ++i)
        static_cast<void>(put(*second, region, "key", QByteArray::number(i)));
    const auto file = CoherenceFile::open(store.context().paths.coherenceFile);
    QVERIFY(file);
    const auto frames = (*file)->logFrames();
    QVERIFY(frames && *frames > 0);
    WriteOperation removal;
    removal.kind = WriteOperation::Kind::Remove;
    removal.regionId = region;
    removal.key = "absent";
    removal.keyHash = keyHash(removal.key);
    QVERIFY(store.write({removal}, Patience));
    QCOMPARE((*file)->logFrames(), frames);
}

void tst_StoreConcurrency::aForeignWriteIsAnnouncedThoughItsWriterIsInTheWayAtFirst()
{
    StoreFixture fixture;
    fixture.changed.housekeepingInterval = std::chrono::seconds(60);
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    QVERIFY(put(store, region, "key", "value").applied);
    const auto entry = get(store, region, "key");
    QVERIFY(entry);
    store.keepHouse();
    QVERIFY(isCurrent(store, region, "key", entry->stamp));
    const auto foreign = SqliteConnection::open(fixture.path(), SqliteConnection::Mode::ReadWrite, std::chrono::seconds(1));
    QVERIFY(foreign && (*foreign)->execute(QStringLiteral("DELETE FROM entries")));
    QVERIFY((*foreign)->execute(QStringLiteral("BEGIN IMMEDIATE")));
    store.keepHouse();
    QVERIFY((*foreign)->execute(QStringLiteral("COMMIT")));
    // What others commit meanwhile hides it no more.
    QVERIFY(put(store, region, "other", "value").applied);
    store.keepHouse();
    QVERIFY(!isCurrent(store, region, "key", entry->stamp));
    QCOMPARE(store.statistics().foreignWrites, std::uint64_t{1});
}

void tst_StoreConcurrency::openingAStoreIsNoForeignWrite()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    static_cast<void>(put(store, regionOf(store), "key", "value"));
    store.keepHouse();
    store.keepHouse();
    static_cast<void>(fixture.openAnother());
    store.keepHouse();
    QCOMPARE(store.statistics().foreignWrites, std::uint64_t{0});
}

void tst_StoreConcurrency::whatClosesAtOnceLeavesTheStoreWhole()
{
    for (int round = 0; round < 100; ++round) {
        StoreFixture fixture;
        constexpr int Stores = 4;
        std::vector<std::shared_ptr<SqliteStore>> stores;
        for (int i = 0; i < Stores; ++i)
            stores.push_back(fixture.openAnother());
        static_cast<void>(put(*stores.front(), regionOf(*stores.front()), "key", "value"));
        std::barrier together(Stores);
        std::vector<std::thread> closing;
        for (auto &store : stores) {
            closing.emplace_back([&] {
                together.arrive_and_wait();
                store.reset();
            });
        }
        for (std::thread &thread : closing)
            thread.join();
        SqliteStore &opened = fixture.store();
        QVERIFY2(get(opened, regionOf(opened), "key"), qPrintable(QStringLiteral("lost in round %1").arg(round)));
        QCOMPARE(opened.statistics().quarantines, std::uint64_t{0});
    }
}

void tst_StoreConcurrency::whoWaitsForTheLockLetsGoOfTheLog()
{
    ManualClock clock; // Of the second process: its housekeeper does nothing.
    StoreFixture fixture;
    fixture.changed.maximumBytes = 8 << 20; // A quarter of it for the log.
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    fixture.changed.clock = &clock;
    const auto second = fixture.openAnother();
    static_cast<void>(regionOf(*second));
    static_cast<void>(put(store, region, "key", QByteArray(400'000, 'a'))); // Too little to be moved at once.
    for (int i = 0; i < 3; ++i)
        QVERIFY(get(*second, region, "key"));
    QVERIFY(second->statistics().snapshotReads > 0);
    // Does not fit into what is left of the log, which cannot be emptied while the second process reads in it.
    std::atomic<bool> isDone{false};
    bool isWritten = false;
    std::thread writer([&] {
        isWritten = store.write({setOperation(region, "large", QByteArray(900'000, 'b'))}, Patience).has_value();
        isDone = true;
    });
    while (!isDone)
        static_cast<void>(put(*second, region, "small", "value"));
    writer.join();
    QVERIFY2(isWritten, "the log was not let go");
}

void tst_StoreConcurrency::healthTellsThatTheLogIsHeld()
{
    StoreFixture fixture;
    fixture.changed.maximumBytes = 4 << 20;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    // A program that reads for long.
    const auto foreign = SqliteConnection::open(fixture.path(), SqliteConnection::Mode::ReadOnly, std::chrono::seconds(1));
    QVERIFY(foreign && (*foreign)->execute(QStringLiteral("BEGIN")) && (*foreign)->value(QStringLiteral("SELECT count(*) FROM entries")));
    std::optional<Error> error;
    for (int i = 0; i < 1000 && !error; ++i) {
        // SQLite writes no page for a row that is the same as before.
        const auto written = store.write({setOperation(region, "key", QByteArray::number(i).repeated(1000))}, std::chrono::milliseconds(100));
        if (!written)
            error = written.error();
    }
    QVERIFY(error);
    QCOMPARE(error->kind, Error::Kind::DiskFull);
    QCOMPARE(store.health().state, StoreHealth::State::Degraded);
    QVERIFY(store.health().reason.contains(QLatin1String("readers hold on to it")));
    QVERIFY((*foreign)->execute(QStringLiteral("COMMIT")));
    QVERIFY(put(store, region, "key", "value").applied);
    QCOMPARE(store.health().state, StoreHealth::State::Available);
}

void tst_StoreConcurrency::cullingKeepsTheStoreBelowItsCap()
{
    StoreFixture fixture;
    fixture.changed.maximumBytes = 4 << 20;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    const auto bytesOnDisk = [&] {
        return std::max<std::int64_t>(0, FileIdentity::of(store.context().paths.databaseFile).size)
            + std::max<std::int64_t>(0, FileIdentity::of(store.context().paths.logFile).size);
    };
    const auto first = put(store, region, "key:0", QByteArray(4000, 'x'));
    for (int i = 1; i < 3000; ++i) {
        QVERIFY(put(store, region, "key:" + QByteArray::number(i), QByteArray(4000, 'x')).applied);
        QVERIFY2(bytesOnDisk() <= static_cast<std::int64_t>(store.context().options.maximumBytes), qPrintable(QString::number(bytesOnDisk())));
    }
    store.keepHouse();
    const StoreStatistics statistics = store.statistics();
    QVERIFY(statistics.culledForSpace > 0);
    QVERIFY(get(store, region, "key:2999"));
    // What was culled is not served from memory either.
    QVERIFY(get(store, region, "key:0") || !isCurrent(store, region, "key:0", first.stamp));
    // Space is given back.
    QVERIFY(store.invalidate(region, Target::region(), "test", Patience));
    // The store's own housekeeper may be in the middle of a checkpoint; then a round of ours finds nothing to do.
    const auto isGivenBack = [&] {
        store.keepHouse();
        return bytesOnDisk() < (4 << 20) * 3 / 4;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isGivenBack(), 10'000);
}

void tst_StoreConcurrency::makingRoomOvertakesNobody_data()
{
    QTest::addColumn<int>("keys");
    QTest::addColumn<int>("bytes");
    QTest::newRow("others go") << 1500 << 4000;
    QTest::newRow("what is replaced goes itself") << 16 << 200'000;
}

void tst_StoreConcurrency::makingRoomOvertakesNobody()
{
    QFETCH(const int, keys);
    QFETCH(const int, bytes);
    StoreFixture fixture;
    fixture.changed.maximumBytes = 4 << 20;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    Random random(1);
    // Full over and over again: then what was marked is rolled back, others go, and it is written a second time.
    for (int i = 0; i < 8'000'000 / bytes; ++i) {
        const auto number = static_cast<int>(random.below(static_cast<std::uint64_t>(keys)));
        // Not all of one size, which would fit into the place of the one before.
        WriteOperation operation = setOperation(region, "key:" + QByteArray::number(number), QByteArray(bytes / 2 + static_cast<int>(random.below(static_cast<std::uint64_t>(bytes))), 'x'));
        operation.onlyIfUnchanged = store.captureToken(region, operation.keyHash);
        const auto outcomes = store.write({operation}, Patience);
        QVERIFY(outcomes);
        QVERIFY2(outcomes->front().applied, operation.key.constData());
    }
    QVERIFY(store.statistics().culledForSpace > 0);
}

void tst_StoreConcurrency::whatAnOvertakenSetWasToReplaceGoes()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    static_cast<void>(put(store, region, "older", "value"));
    static_cast<void>(put(store, region, "close", "value"));
    static_cast<void>(put(store, region, "newer", "value"));
    static_cast<void>(put(store, region, "own", "value"));
    std::vector<WriteOperation> operations;
    for (const char *key : {"older", "close", "newer", "own", "absent"}) {
        WriteOperation operation = setOperation(region, key, "late");
        operation.times.storedAt = get(store, region, "older")->times.storedAt + std::chrono::milliseconds(10);
        operation.removesOlder = true;
        operations.push_back(operation);
    }
    // The clock of another process may be ahead by a little.
    WriteOperation close = setOperation(region, "close", "older");
    close.times.storedAt = operations[1].times.storedAt + std::chrono::milliseconds(3);
    WriteOperation newer = setOperation(region, "newer", "newer");
    newer.times.storedAt = operations[2].times.storedAt + std::chrono::milliseconds(4);
    QVERIFY(store.write({close, newer, operations[3]}, Patience));
    for (WriteOperation &operation : operations)
        operation.onlyIfUnchanged = store.captureToken(region, operation.keyHash);
    QVERIFY(store.invalidate(region, Target::prefix("unrelated"), "test", Patience));
    const auto outcomes = store.write(operations, Patience);
    QVERIFY(outcomes);
    for (const WriteOutcome &outcome : *outcomes)
        QVERIFY(!outcome.applied);
    QVERIFY(!get(store, region, "older"));
    QVERIFY(!get(store, region, "close"));
    QCOMPARE(get(store, region, "newer")->value, QByteArray("newer"));
    QCOMPARE(get(store, region, "own")->value, QByteArray("late"));
    QVERIFY(!get(store, region, "absent"));
}

void tst_StoreConcurrency::expiredEntriesAreCulledFirst()
{
    ManualClock clock;
    StoreFixture fixture;
    fixture.changed.clock = &clock;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    for (int i = 0; i < 10; ++i) {
        WriteOperation operation = setOperation(region, "key:" + QByteArray::number(i), "v");
        operation.times.storedAt = clock.systemNow();
        operation.times.expiresAt = clock.systemNow() + std::chrono::seconds(i < 5 ? 10 : 1000);
        operation.times.staleUntil = operation.times.expiresAt;
        QVERIFY(store.write({operation}, Deadline::never()));
    }
    clock.advance(std::chrono::seconds(11));
    store.keepHouse();
    QCOMPARE(store.statistics().culledExpired, std::uint64_t{5});
    QCOMPARE(store.regions(Deadline::never())->front().entries, std::uint64_t{5});
}

void tst_StoreConcurrency::memoryBackendMovesWords()
{
    const auto store = CacheStore::openInMemory();
    StoreBackend &backend = *store->backend();
    const auto region = backend.openRegion("users", Patience);
    QVERIFY(region);
    const CoherenceView *view = backend.coherence(*region).load();
    const auto stamp = backend.write({setOperation(*region, "a", "1")}, Patience)->front().stamp;
    QVERIFY(view->isCurrent(keyHash("a"), stamp));
    WriteOperation late = setOperation(*region, "a", "late");
    late.onlyIfUnchanged = backend.captureToken(*region, keyHash("a"));
    QVERIFY(backend.invalidate(*region, Target::tag("any"), {}, Patience));
    QVERIFY(!view->isCurrent(keyHash("a"), stamp));
    QVERIFY(!backend.write({late}, Patience)->front().applied);
}

void tst_StoreConcurrency::telemetryIsKeptForItsWindow()
{
    ManualClock clock;
    QTemporaryDir directory;
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("cache.db"));
    options.clock = &clock;
    options.telemetryWindow = std::chrono::seconds(60);
    const auto store = CacheStore::open(options);
    QVERIFY(store);
    const auto channel = (*store)->telemetryChannel();
    InstanceRow instance;
    instance.id = "one";
    instance.service = QStringLiteral("shop");
    for (int i = 0; i < 100; ++i) {
        instance.lastSeenAt = clock.systemNow();
        FrameRow frame;
        frame.instanceId = "one";
        frame.at = clock.systemNow();
        frame.payload = QByteArray::number(i);
        QVERIFY(channel->publish(instance, frame, Deadline::never()));
        clock.advance(std::chrono::seconds(1));
    }
    QCOMPARE(channel->instances(Deadline::never())->size(), std::size_t{1});
    const auto frames = channel->frames(0, 1000, Deadline::never());
    QVERIFY(frames);
    QVERIFY(frames->size() >= 60 && frames->size() <= 62);
    QCOMPARE(frames->back().payload, QByteArray("99"));
    QVERIFY(channel->frames(frames->back().position, 1000, Deadline::never())->empty());
    EventRow event;
    event.at = clock.systemNow();
    event.payload = "remark";
    const auto position = channel->appendEvent(event, Deadline::never());
    QVERIFY(position);
    QCOMPARE(channel->events(*position - 1, 10, Deadline::never())->front().payload, QByteArray("remark"));
}

QTEST_GUILESS_MAIN(tst_StoreConcurrency)
#include "tst_storeconcurrency.moc"
