// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include <store/expiredscan.h>

#include <infra/manualclock.h>

#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds Patience{20};
constexpr std::chrono::seconds Life{10};

} // namespace

// What Target::expired() removes, and what it leaves alone.
class tst_StoreExpired : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void onlyRowsBeyondTheirFailSafeLimitAreRemoved();
    void nothingButTheRemovedRowsIsMarked();
    void manyTakeSeveralTurnsThoughTheyExpireTogether();
    void ofAllRegionsItTakesThemInOneGo();
    void aScanLooksAtNoMoreThanItIsAsked();

private:
    // Rows that expire after Life, and may be served stale for `failSafe` more.
    void put(std::uint32_t region, const QByteArray &prefix, int count, std::chrono::seconds failSafe = 0s) const
    {
        std::vector<WriteOperation> operations;
        for (int i = 0; i < count; ++i) {
            operations.push_back(setOperation(region, prefix + QByteArray::number(i), "value"));
            EntryTimes &times = operations.back().times;
            times.storedAt = m_clock->systemNow();
            times.expiresAt = times.storedAt + Life;
            times.staleUntil = times.expiresAt + failSafe;
        }
        QVERIFY(m_fixture->store().write(operations, Patience));
    }
    [[nodiscard]] std::uint64_t rows(std::uint32_t region) const
    {
        const auto preview = m_fixture->store().preview(region, Target::region(), nullptr, Patience);
        return preview ? preview->entries : 0;
    }

    std::unique_ptr<ManualClock> m_clock;
    std::unique_ptr<StoreFixture> m_fixture;
};

void tst_StoreExpired::init()
{
    m_clock = std::make_unique<ManualClock>();
    m_fixture = std::make_unique<StoreFixture>();
    m_fixture->changed.clock = m_clock.get();
}

void tst_StoreExpired::cleanup()
{
    m_fixture.reset();
    m_clock.reset();
}

void tst_StoreExpired::onlyRowsBeyondTheirFailSafeLimitAreRemoved()
{
    SqliteStore &store = m_fixture->store();
    const auto region = regionOf(store);
    put(region, "expired:", 3);
    put(region, "stale:", 3, 30s);
    QVERIFY(InfraTest::put(store, region, "for ever", "value").applied);
    m_clock->advance(Life);
    const auto preview = store.preview(region, Target::expired(), nullptr, Patience);
    const auto report = store.invalidate(region, Target::expired(), "test", Patience);
    QVERIFY(preview && report);
    QCOMPARE(report->entries, std::uint64_t{3});
    QCOMPARE(report->bytes, preview->bytes);
    QVERIFY(report->complete);
    QCOMPARE(rows(region), std::uint64_t{4});
    QVERIFY(get(store, region, "stale:0"));
    m_clock->advance(30s);
    QCOMPARE(store.invalidate(region, Target::expired(), "test", Patience)->entries, std::uint64_t{3});
    QVERIFY(get(store, region, "for ever"));
    QCOMPARE(store.events(0, 10, Patience)->size(), std::size_t{2});
}

void tst_StoreExpired::nothingButTheRemovedRowsIsMarked()
{
    SqliteStore &store = m_fixture->store();
    const auto region = regionOf(store);
    const auto other = m_fixture->openAnother();
    QCOMPARE(regionOf(*other), region);
    put(region, "expired:", 1);
    m_clock->advance(Life);
    const auto live = InfraTest::put(store, region, "live", "value").stamp;
    const auto expired = get(store, region, "expired:0");
    QVERIFY(expired);
    WriteOperation load = setOperation(region, "loaded", "value");
    load.onlyIfUnchanged = store.captureToken(region, load.keyHash);
    WriteOperation late = setOperation(region, "expired:0", "value");
    late.onlyIfUnchanged = store.captureToken(region, late.keyHash);
    QCOMPARE(other->invalidate(region, Target::expired(), "test", Patience)->entries, std::uint64_t{1});
    QVERIFY(isCurrent(store, region, "live", live));
    QVERIFY(!isCurrent(store, region, "expired:0", expired->stamp));
    QVERIFY(store.write({load}, Patience)->front().applied);
    QVERIFY(!store.write({late}, Patience)->front().applied);
    // Nothing to remove is nothing to mark, in every region.
    QCOMPARE(other->invalidate(0, Target::expired(), "test", Patience)->entries, std::uint64_t{0});
    QVERIFY(isCurrent(store, region, "live", live));
}

void tst_StoreExpired::manyTakeSeveralTurnsThoughTheyExpireTogether()
{
    SqliteStore &store = m_fixture->store();
    const auto users = regionOf(store, "users");
    const auto orders = regionOf(store, "orders");
    put(users, "key:", 2500);
    put(orders, "key:", 2500);
    m_clock->advance(Life);
    const std::uint64_t before = store.statistics().transactions;
    const auto report = store.invalidate(users, Target::expired(), "test", Patience);
    QVERIFY(report && report->complete);
    QCOMPARE(report->entries, std::uint64_t{2500});
    QVERIFY(store.statistics().transactions - before >= 5); // What is looked at in vain counts too.
    QCOMPARE(rows(users), std::uint64_t{0});
    QCOMPARE(rows(orders), std::uint64_t{2500});
}

void tst_StoreExpired::ofAllRegionsItTakesThemInOneGo()
{
    SqliteStore &store = m_fixture->store();
    const auto users = regionOf(store, "users");
    const auto orders = regionOf(store, "orders");
    put(users, "key:", 100);
    put(orders, "key:", 100);
    m_clock->advance(Life);
    QVERIFY(InfraTest::put(store, users, "live", "value").applied);
    const std::uint64_t before = store.statistics().transactions;
    QCOMPARE(store.invalidate(0, Target::expired(), "test", Patience)->entries, std::uint64_t{200});
    QCOMPARE(store.statistics().transactions - before, std::uint64_t{1});
    QCOMPARE(rows(0), std::uint64_t{1});
}

// A turn is over after so many rows, however few of them are of the region.
void tst_StoreExpired::aScanLooksAtNoMoreThanItIsAsked()
{
    SqliteStore &store = m_fixture->store();
    const auto users = regionOf(store, "users");
    put(regionOf(store, "orders"), "key:", 300);
    const auto connection = SqliteConnection::open(m_fixture->path(), SqliteConnection::Mode::ReadWrite, 1s);
    QVERIFY(connection);
    ExpiredScan scan(users, m_clock->systemNow() + Life);
    int steps = 0;
    for (; !scan.isAtEnd(); ++steps) {
        const auto rows = scan.next(**connection, 64);
        QVERIFY(rows && rows->empty());
    }
    QCOMPARE(steps, 5);
}

QTEST_GUILESS_MAIN(tst_StoreExpired)
#include "tst_storeexpired.moc"
