// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include <store/expiredscan.h>
#include <store/previewcount.h>
#include <store/targetscan.h>

#include <infra/manualclock.h>

#include <QtTest>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {
constexpr std::chrono::seconds Patience{20};
}

class tst_SqliteStore : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsSetIsRead();
    void everyFieldOfAnEntryComesBack();
    void anotherProcessReadsWhatWasSet();
    void entriesSurviveReopening();
    void touchChangesTheTimesOnly();
    void removeTellsWhetherThereWasOne();
    void aSetMakesCopiesStale();
    void anInvalidationMakesCopiesStale_data();
    void anInvalidationMakesCopiesStale();
    void aWriteWithAMovedTokenIsDropped();
    void anInvalidationDropsLoadsOfMissingRows_data();
    void anInvalidationDropsLoadsOfMissingRows();
    void previewIsWhatInvalidateRemoves_data();
    void previewIsWhatInvalidateRemoves();
    void pagesOfKeysAreInOrder();
    void keysAreBytes();
    void countingAgreesWithTheScan_data();
    void countingAgreesWithTheScan();
    void aScanLooksAtNoMoreThanItIsAsked();
    void aKeyIsInvalidatedWhereThereIsNoRegion();
    void aWatchedInvalidationCanBeStopped();
    void aPreviewIsOfOneMomentWhileOthersWrite_data();
    void aPreviewIsOfOneMomentWhileOthersWrite();
    void aCancelledPreviewSaysSo();
    void largeInvalidationsTakeSeveralTurns();
    void journalTellsWhoInvalidated();
    void regionsAreCounted();
    void emptyTargetsAreRefused();
    void aLoadLockExcludes();
    void aLoadLockWaitsForItsDeadline();
};

void tst_SqliteStore::whatIsSetIsRead()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(!get(store, region, "a"));
    const WriteOutcome outcome = put(store, region, "a", "1");
    QVERIFY(outcome.applied);
    QVERIFY(isCurrent(store, region, "a", outcome.stamp));
    const auto entry = get(store, region, "a");
    QVERIFY(entry);
    QCOMPARE(entry->value, QByteArray("1"));
    QCOMPARE(entry->stamp, outcome.stamp);
}

void tst_SqliteStore::everyFieldOfAnEntryComesBack()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    WriteOperation operation = setOperation(region, QByteArray("k\0k", 3), QByteArray("v\0\xff", 3));
    operation.times.storedAt = SystemTime(std::chrono::milliseconds(1'700'000'000'123));
    operation.times.expiresAt = SystemTime(std::chrono::milliseconds(1'900'000'000'456));
    operation.times.staleUntil = SystemTime(std::chrono::milliseconds(1'900'000'009'456));
    operation.flags = NegativeEntry | CompressedEntry;
    operation.tags = {"t1", "t2"};
    QVERIFY(store.write({operation}, Patience));
    const auto entry = get(store, region, operation.key);
    QVERIFY(entry);
    QCOMPARE(entry->value, operation.value);
    QCOMPARE(entry->times.storedAt, operation.times.storedAt);
    QCOMPARE(entry->times.expiresAt, operation.times.expiresAt);
    QCOMPARE(entry->times.staleUntil, operation.times.staleUntil);
    QCOMPARE(entry->flags, operation.flags);
    const auto page = store.entries(region, {}, {}, 10, Patience);
    QVERIFY(page);
    QCOMPARE(page->size(), std::size_t{1});
    QCOMPARE(page->front().tags, operation.tags);
    QVERIFY(page->front().negative);
}

void tst_SqliteStore::anotherProcessReadsWhatWasSet()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto other = fixture.openAnother();
    QCOMPARE(regionOf(*other), region);
    // More often than a snapshot lives, so that an old one would show.
    for (int i = 0; i < 50; ++i) {
        const QByteArray value = QByteArray::number(i);
        QVERIFY(put(i % 2 ? store : *other, region, "a", value).applied);
        for (int j = 0; j < 3; ++j) {
            QCOMPARE(get(store, region, "a")->value, value);
            QCOMPARE(get(*other, region, "a")->value, value);
        }
    }
}

void tst_SqliteStore::entriesSurviveReopening()
{
    StoreFixture fixture;
    auto region = regionOf(fixture.store());
    QVERIFY(put(fixture.store(), region, "a", "1").applied);
    fixture.close();
    region = regionOf(fixture.store());
    QCOMPARE(get(fixture.store(), region, "a")->value, QByteArray("1"));
    QCOMPARE(fixture.store().statistics().quarantines, std::uint64_t{0});
}

void tst_SqliteStore::touchChangesTheTimesOnly()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto stamp = put(store, region, "a", "1").stamp;
    WriteOperation touch = setOperation(region, "a", {});
    touch.kind = WriteOperation::Kind::Touch;
    touch.times.expiresAt = SystemTime(std::chrono::milliseconds(1'900'000'000'000));
    auto outcome = store.write({touch}, Patience);
    QVERIFY(outcome && outcome->front().applied);
    QVERIFY(!isCurrent(store, region, "a", stamp));
    const auto entry = get(store, region, "a");
    QCOMPARE(entry->value, QByteArray("1"));
    QCOMPARE(entry->times.expiresAt, touch.times.expiresAt);
    touch.key = "missing";
    touch.keyHash = keyHash(touch.key);
    outcome = store.write({touch}, Patience);
    QVERIFY(outcome && !outcome->front().applied);
}

void tst_SqliteStore::removeTellsWhetherThereWasOne()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    WriteOperation remove = setOperation(region, "a", {});
    remove.kind = WriteOperation::Kind::Remove;
    auto outcome = store.write({remove}, Patience);
    QVERIFY(outcome && outcome->front().applied);
    QVERIFY(!get(store, region, "a"));
    outcome = store.write({remove}, Patience);
    QVERIFY(outcome && !outcome->front().applied);
}

void tst_SqliteStore::aSetMakesCopiesStale()
{
    const auto copyGoesStale = [](const StoreFaults &faults) {
        StoreFixture fixture(faults);
        auto &store = fixture.store();
        const auto region = regionOf(store);
        const auto other = fixture.openAnother(faults);
        static_cast<void>(regionOf(*other));
        const auto stamp = put(store, region, "a", "1").stamp;
        static_cast<void>(put(*other, region, "a", "2"));
        return !isCurrent(store, region, "a", stamp);
    };
    QVERIFY(copyGoesStale({}));
    StoreFaults off;
    off.skipMarks = true;
    QVERIFY2(!copyGoesStale(off), "the test does not see that marks are missing");
}

namespace {

void addTargets()
{
    QTest::addColumn<Target>("target");
    QTest::newRow("key") << Target::key("user:1");
    QTest::newRow("keys") << Target::keys({"user:1", "user:3", "user:1", "none"});
    QTest::newRow("prefix") << Target::prefix("user:");
    QTest::newRow("glob") << Target::glob("*:[1-2]");
    QTest::newRow("tag") << Target::tag("red");
    QTest::newRow("region") << Target::region();
    QTest::newRow("everything") << Target::everything();
}

} // namespace

void tst_SqliteStore::anInvalidationMakesCopiesStale_data()
{
    addTargets();
}

void tst_SqliteStore::anInvalidationMakesCopiesStale()
{
    QFETCH(Target, target);
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto other = fixture.openAnother();
    WriteOperation operation = setOperation(region, "user:1", "v");
    operation.tags = {"red"};
    const auto stamp = store.write({operation}, Patience)->front().stamp;
    QVERIFY(isCurrent(store, region, "user:1", stamp));
    const auto report = other->invalidate(region, target, "test", Patience);
    QVERIFY(report);
    QCOMPARE(report->entries, std::uint64_t{1});
    QVERIFY(!isCurrent(store, region, "user:1", stamp));
    QVERIFY(!get(store, region, "user:1"));
}

void tst_SqliteStore::aWriteWithAMovedTokenIsDropped()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    WriteOperation late = setOperation(region, "a", "old");
    late.onlyIfUnchanged = store.captureToken(region, late.keyHash);
    QVERIFY(put(store, region, "a", "new").applied);
    const auto outcome = store.write({late}, Patience);
    QVERIFY(outcome && !outcome->front().applied);
    QCOMPARE(get(store, region, "a")->value, QByteArray("new"));
    late.onlyIfUnchanged = store.captureToken(region, late.keyHash);
    QVERIFY(store.write({late}, Patience)->front().applied);
    QCOMPARE(store.statistics().droppedWrites, std::uint64_t{1});
}

void tst_SqliteStore::anInvalidationDropsLoadsOfMissingRows_data()
{
    addTargets();
}

void tst_SqliteStore::anInvalidationDropsLoadsOfMissingRows()
{
    QFETCH(Target, target);
    const auto loadIsStored = [&](const StoreFaults &faults) {
        StoreFixture fixture(faults);
        auto &store = fixture.store();
        const auto region = regionOf(store);
        const auto other = fixture.openAnother(faults);
        WriteOperation load = setOperation(region, "user:1", "computed before");
        load.tags = {"red"};
        load.onlyIfUnchanged = store.captureToken(region, load.keyHash);
        // There is no such row yet.
        const auto report = other->invalidate(region, target, "test", Patience);
        if (!report || report->entries != 0)
            qFatal("the store was not empty");
        return store.write({load}, Patience)->front().applied;
    };
    QVERIFY(!loadIsStored({}));
    StoreFaults off;
    off.skipLoadGenerations = true;
    QVERIFY2(loadIsStored(off), "the test does not see that load generations are missing");
}

void tst_SqliteStore::previewIsWhatInvalidateRemoves_data()
{
    addTargets();
}

void tst_SqliteStore::previewIsWhatInvalidateRemoves()
{
    QFETCH(Target, target);
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    for (int i = 0; i < 20; ++i) {
        WriteOperation operation = setOperation(region, (i % 2 ? "user:" : "order:") + QByteArray::number(i), QByteArray(i, 'x'));
        if (i % 3 == 0)
            operation.tags = {"red", "blue"};
        QVERIFY(store.write({operation}, Patience));
    }
    const auto preview = store.preview(region, target, nullptr, Patience);
    QVERIFY(preview);
    const auto report = store.invalidate(region, target, "test", Patience);
    QVERIFY(report);
    QCOMPARE(preview->entries, report->entries);
    QCOMPARE(preview->bytes, report->bytes);
    QVERIFY(report->entries > 0);
    QCOMPARE(preview->examples.size(), std::min<qsizetype>(5, static_cast<qsizetype>(report->entries)));
    QCOMPARE(store.preview(region, target, nullptr, Patience)->entries, std::uint64_t{0});
    QCOMPARE(store.regions(Patience)->front().entries, 20 - report->entries);
}

void tst_SqliteStore::pagesOfKeysAreInOrder()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    std::vector<WriteOperation> operations;
    for (int i = 0; i < 250; ++i)
        operations.push_back(setOperation(region, "k" + QByteArray::number(i).rightJustified(4, '0'), "v"));
    operations.push_back(setOperation(region, "z", "v"));
    QVERIFY(store.write(operations, Patience));
    QByteArray after;
    int seen = 0;
    for (;;) {
        const auto page = store.entries(region, "k", after, 100, Patience);
        QVERIFY(page);
        if (page->empty())
            break;
        for (const EntryInfo &entry : *page)
            QCOMPARE(entry.key, "k" + QByteArray::number(seen++).rightJustified(4, '0'));
        after = page->back().key;
    }
    QCOMPARE(seen, 250);
    QCOMPARE(store.entries(region, {}, {}, 0, Patience).error().kind, Error::Kind::LimitExceeded);
}

void tst_SqliteStore::keysAreBytes()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const QByteArray high("\xff\xff\x01", 3);
    const QByteArray zero("\0a", 2);
    QVERIFY(put(store, region, high, "h").applied);
    QVERIFY(put(store, region, zero, "z").applied);
    QCOMPARE(store.preview(region, Target::prefix(QByteArray("\xff\xff", 2)), nullptr, Patience)->entries, std::uint64_t{1});
    QCOMPARE(store.preview(region, Target::glob(QByteArray("\0?", 2)), nullptr, Patience)->entries, std::uint64_t{1});
    QCOMPARE(store.preview(region, Target::glob("*"), nullptr, Patience)->entries, std::uint64_t{2});
    QCOMPARE(get(store, region, zero)->value, QByteArray("z"));
}

void tst_SqliteStore::countingAgreesWithTheScan_data()
{
    QTest::addColumn<Target>("target");
    QTest::newRow("region") << Target::region();
    QTest::newRow("prefix") << Target::prefix("a");
    QTest::newRow("prefix of the highest byte") << Target::prefix("\xff");
    QTest::newRow("glob, literal in the middle") << Target::glob("*b*");
    QTest::newRow("glob, beginning and end") << Target::glob("a*a");
    QTest::newRow("glob, beginning, middle and end") << Target::glob("a*b*a");
    QTest::newRow("glob, two in the middle") << Target::glob("*a*b*");
    QTest::newRow("glob without a star") << Target::glob("ab");
    QTest::newRow("glob of a zero byte") << Target::glob(QByteArray("*\0*", 3));
    QTest::newRow("glob, literal at the end") << Target::glob("*ab");
    QTest::newRow("glob without a literal") << Target::glob("??");
    QTest::newRow("glob of a set") << Target::glob("*[]a-b]?");
    QTest::newRow("glob of an unclosed set") << Target::glob("*[a");
    QTest::newRow("glob, everything") << Target::glob("*");
    QTest::newRow("tag") << Target::tag("red");
    QTest::newRow("tag that is part of another") << Target::tag("re");
    QTest::newRow("long tag") << Target::tag(QByteArray(256, 'r'));
    QTest::newRow("no such tag") << Target::tag("green");
    QTest::newRow("expired") << Target::expired();
}

// The same rows by another way: SQLite's aggregates against one row at a time.
void tst_SqliteStore::countingAgreesWithTheScan()
{
    QFETCH(Target, target);
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const SystemTime now = Clock::system().systemNow();
    std::mt19937 random(7);
    static const QByteArray Alphabet("ab]\0\xff\xc3:", 7);
    std::vector<WriteOperation> operations;
    for (int i = 0; i < 400; ++i) {
        QByteArray key;
        for (unsigned size = 1 + random() % 5; size > 0; --size)
            key.append(Alphabet.at(static_cast<qsizetype>(random() % 7)));
        WriteOperation operation = setOperation(region, key, QByteArray(static_cast<qsizetype>(random() % 60), 'v'));
        if (random() % 2)
            operation.tags << "red";
        if (random() % 3 == 0)
            operation.tags << "reddish" << QByteArray(256, 'r');
        if (random() % 3 == 0) {
            operation.times.expiresAt = now - std::chrono::seconds(random() % 2 ? 5 : -500);
            operation.times.staleUntil = operation.times.expiresAt;
        }
        operations.push_back(operation);
    }
    QVERIFY(store.write(operations, Patience));
    const auto connection = Detail::SqliteConnection::open(fixture.path(), Detail::SqliteConnection::Mode::ReadWrite, std::chrono::seconds(1));
    QVERIFY(connection);
    InvalidationPreview scanned;
    const auto add = [&scanned](const Detail::MatchedRow &row) {
        ++scanned.entries;
        scanned.bytes += row.bytes;
        if (scanned.examples.size() < Detail::TargetCount::ExampleCount)
            scanned.examples << row.key;
    };
    Detail::TargetScan scan(region, target);
    while (!scan.isAtEnd()) {
        const auto rows = scan.next(**connection, 64);
        QVERIFY(rows);
        std::for_each(rows->begin(), rows->end(), add);
    }
    Detail::ExpiredScan expired(region, now);
    while (target.kind() == Target::Kind::Expired && !expired.isAtEnd()) {
        const auto rows = expired.next(**connection, 64);
        QVERIFY(rows);
        for (const Detail::ExpiredScan::Row &found : *rows)
            add(found.row);
    }
    const auto second = Detail::SqliteConnection::open(fixture.path(), Detail::SqliteConnection::Mode::ReadWrite, std::chrono::seconds(1));
    QVERIFY(second);
    const std::uint32_t regions[] = {region};
    for (const int ranges : {1, 2, 7, 32, 1000}) {
        for (const bool isShared : {false, true}) {
            Detail::PreviewCount counting(Clock::system(), {}, {ranges, ranges == 32 ? 2000 : 0});
            const auto counted = counting.run(regions, target, now, **connection, isShared ? &**second : nullptr);
            QVERIFY(counted);
            QCOMPARE(counted->entries, scanned.entries);
            QCOMPARE(counted->bytes, scanned.bytes);
            QCOMPARE(counted->examples, scanned.examples);
        }
    }
}

// A turn is over after so many rows, however few of them match.
void tst_SqliteStore::aScanLooksAtNoMoreThanItIsAsked()
{
    StoreFixture fixture;
    const auto region = regionOf(fixture.store());
    std::vector<WriteOperation> operations;
    for (int i = 0; i < 300; ++i)
        operations.push_back(setOperation(region, "key:" + QByteArray::number(i), "live"));
    QVERIFY(fixture.store().write(operations, Patience));
    const auto connection = Detail::SqliteConnection::open(fixture.path(), Detail::SqliteConnection::Mode::ReadWrite, std::chrono::seconds(1));
    QVERIFY(connection);
    Detail::TargetScan scan(region, Target::glob("*absent*"));
    int steps = 0;
    for (; !scan.isAtEnd(); ++steps) {
        const auto rows = scan.next(**connection, 64);
        QVERIFY(rows && rows->empty());
    }
    QCOMPARE(steps, 5);
}

void tst_SqliteStore::aKeyIsInvalidatedWhereThereIsNoRegion()
{
    StoreFixture fixture;
    const auto report = fixture.store().invalidate(0, Target::key("a"), "test", Patience);
    QVERIFY(report);
    QVERIFY(report->complete);
    QCOMPARE(report->entries, std::uint64_t{0});
}

void tst_SqliteStore::aWatchedInvalidationCanBeStopped()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    constexpr std::uint64_t Rows = 20'000;
    for (std::uint64_t first = 0; first < Rows; first += 2000) {
        std::vector<WriteOperation> operations;
        for (std::uint64_t i = first; i < first + 2000; ++i)
            operations.push_back(setOperation(region, "k" + QByteArray::number(static_cast<qulonglong>(i)), "value"));
        QVERIFY(store.write(operations, Patience));
    }
    InvalidationControl atOnce;
    atOnce.cancelled = true;
    const auto nothing = store.invalidateWatched(region, Target::region(), "test", atOnce, Patience);
    QVERIFY(!nothing);
    QCOMPARE(nothing.error().kind, Error::Kind::Cancelled);
    QCOMPARE(store.regions(Patience)->front().entries, Rows);

    InvalidationControl control;
    std::thread stopper([&control] {
        while (control.removed == 0)
            std::this_thread::yield();
        control.cancelled = true;
    });
    const auto report = store.invalidateWatched(region, Target::region(), "test", control, Patience);
    stopper.join();
    QVERIFY(report);
    QVERIFY(!report->complete);
    QVERIFY(report->entries > 0 && report->entries < Rows);
    QCOMPARE(control.removed.load(), report->entries);
    // What was done is written down, and what is left is there.
    QCOMPARE(store.regions(Patience)->front().entries, Rows - report->entries);
    QCOMPARE(store.events(0, 10, Patience)->size(), std::size_t{1});

    InvalidationControl rest;
    const auto all = store.invalidateWatched(region, Target::region(), "test", rest, Patience);
    QVERIFY(all && all->complete);
    QCOMPARE(all->entries, Rows - report->entries);
}

void tst_SqliteStore::aPreviewIsOfOneMomentWhileOthersWrite_data()
{
    QTest::addColumn<int>("readers");
    QTest::newRow("counted by one thread") << 1;
    QTest::newRow("counted by two") << 4;
}

// Each commit takes a row away at one end of the region and adds one at the other.
void tst_SqliteStore::aPreviewIsOfOneMomentWhileOthersWrite()
{
    QFETCH(int, readers);
    StoreFixture fixture;
    StoreOptions options = fixture.options();
    options.readers = readers;
    const auto opened = SqliteStore::open(options, fixture.path());
    QVERIFY(opened);
    SqliteStore &store = **opened;
    const auto region = regionOf(store);
    constexpr std::uint64_t Rows = 4000;
    const auto keyOf = [](const char *end, std::uint64_t row) -> QByteArray { return end + QByteArray::number(static_cast<qulonglong>(row)); };
    std::vector<WriteOperation> operations;
    for (std::uint64_t row = 0; row < Rows; ++row)
        operations.push_back(setOperation(region, keyOf("a", row), "value"));
    QVERIFY(store.write(operations, Patience));
    std::atomic<bool> isOver = false;
    std::atomic<int> failures = 0;
    std::thread writer([&] {
        for (std::uint64_t turn = 0; !isOver; ++turn) {
            const bool isBack = turn / Rows % 2 == 1;
            WriteOperation removed = setOperation(region, keyOf(isBack ? "z" : "a", turn % Rows), {});
            removed.kind = WriteOperation::Kind::Remove;
            const WriteOperation added = setOperation(region, keyOf(isBack ? "a" : "z", turn % Rows), "value");
            failures += store.write({removed, added}, Patience) ? 0 : 1;
        }
    });
    std::set<std::uint64_t> counted;
    for (int round = 0; round < 200; ++round) {
        const auto preview = store.preview(region, round % 2 ? Target::region() : Target::glob("*?"), nullptr, Patience);
        counted.insert(preview ? preview->entries : 0);
    }
    isOver = true;
    writer.join();
    QCOMPARE(failures.load(), 0);
    QCOMPARE(counted, std::set<std::uint64_t>{Rows});
}

void tst_SqliteStore::aCancelledPreviewSaysSo()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    const std::atomic<bool> cancelled{true};
    const auto preview = store.preview(region, Target::region(), &cancelled, Patience);
    QVERIFY(!preview);
    QCOMPARE(preview.error().kind, Error::Kind::Cancelled);
    // The connection is as good as before.
    QVERIFY(get(store, region, "a"));
}

void tst_SqliteStore::largeInvalidationsTakeSeveralTurns()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    std::vector<WriteOperation> operations;
    for (int i = 0; i < 3500; ++i)
        operations.push_back(setOperation(region, "k" + QByteArray::number(i), "value"));
    QVERIFY(store.write(operations, Patience));
    const auto before = store.statistics().transactions;
    const auto report = store.invalidate(0, Target::everything(), "test", Patience);
    QVERIFY(report);
    QCOMPARE(report->entries, std::uint64_t{3500});
    QVERIFY(store.statistics().transactions - before >= 3);
    QCOMPARE(store.regions(Patience)->front().entries, std::uint64_t{0});
}

void tst_SqliteStore::journalTellsWhoInvalidated()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    QVERIFY(store.invalidate(region, Target::prefix("a"), "operator", Patience));
    const auto events = store.events(0, 10, Patience);
    QVERIFY(events);
    QCOMPARE(events->size(), std::size_t{1});
    QVERIFY(events->front().payload.contains("operator"));
    QVERIFY(store.events(events->front().position, 10, Patience)->empty());
}

void tst_SqliteStore::regionsAreCounted()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto users = regionOf(store, "users");
    static_cast<void>(regionOf(store, "orders"));
    QVERIFY(put(store, users, "abc", "12345").applied);
    const auto regions = store.regions(Patience);
    QVERIFY(regions);
    QCOMPARE(regions->size(), std::size_t{2});
    QCOMPARE(regions->at(0).name, QByteArray("orders"));
    QCOMPARE(regions->at(0).entries, std::uint64_t{0});
    QCOMPARE(regions->at(1).entries, std::uint64_t{1});
    QCOMPARE(regions->at(1).bytes, std::uint64_t{8});
    QCOMPARE(store.regionNames(Patience).value_or(QByteArrayList()), (QByteArrayList{"orders", "users"}));
}

void tst_SqliteStore::emptyTargetsAreRefused()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    for (const Target &target : {Target::key({}), Target::keys({}), Target::keys({""}), Target::prefix({}), Target::glob({}), Target::tag({})}) {
        QCOMPARE(store.invalidate(region, target, {}, Patience).error().kind, Error::Kind::InvalidArgument);
        QCOMPARE(store.preview(region, target, nullptr, Patience).error().kind, Error::Kind::InvalidArgument);
    }
    QCOMPARE(store.openRegion({}, Patience).error().kind, Error::Kind::InvalidArgument);
    QCOMPARE(store.openRegion(QByteArray(257, 'x'), Patience).error().kind, Error::Kind::LimitExceeded);
    QCOMPARE(store.write({setOperation(region, {}, "v")}, Patience).error().kind, Error::Kind::InvalidArgument);
}

void tst_SqliteStore::aLoadLockExcludes()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto other = fixture.openAnother();
    auto first = store.lockLoad(region, 7, Patience);
    QVERIFY(first && *first);
    auto second = other->lockLoad(region, 7, std::chrono::seconds(0));
    QVERIFY(second && !*second);
    auto elsewhere = other->lockLoad(region, 8, std::chrono::seconds(0));
    QVERIFY(elsewhere && *elsewhere);
    first->reset();
    second = other->lockLoad(region, 7, std::chrono::seconds(0));
    QVERIFY(second && *second);
}

void tst_SqliteStore::aLoadLockWaitsForItsDeadline()
{
    ManualClock clock;
    StoreFixture fixture;
    fixture.changed.clock = &clock;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    auto first = store.lockLoad(region, 7, Deadline::never());
    QVERIFY(first && *first);
    const auto start = clock.steadyNow();
    std::thread waiter([&] {
        auto second = store.lockLoad(region, 7, Deadline::at(start + std::chrono::seconds(5)));
        if (!second || *second)
            qFatal("the lock was granted twice");
    });
    clock.advance(std::chrono::seconds(6));
    waiter.join();
    QVERIFY(clock.steadyNow() - start >= std::chrono::seconds(5));
}

QTEST_GUILESS_MAIN(tst_SqliteStore)
#include "tst_sqlitestore.moc"
