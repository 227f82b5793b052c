// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include "store/sqliteconnection.h"

#include <QVariant>
#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

constexpr std::chrono::seconds Patience{60};

std::int64_t bytesOnDisk(SqliteStore &store)
{
    const auto sizeOf = [](const QByteArray &path) { return std::max<std::int64_t>(0, FileIdentity::of(path).size); };
    return sizeOf(store.context().paths.databaseFile) + sizeOf(store.context().paths.logFile);
}

// What a program of its own would count; -1 when it cannot.
int rowsOf(const QString &path, const QString &table)
{
    const auto connection = SqliteConnection::open(path, SqliteConnection::Mode::ReadOnly, Patience);
    if (!connection)
        return -1;
    const auto count = (*connection)->value(QStringLiteral("SELECT count(*) FROM ") + table);
    return count ? count->toInt() : -1;
}

} // namespace

// What is kept beside the entries has bounds of its own, and takes none of their room.
class tst_StoreSpace : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void theJournalKeepsItsNewestEvents();
    void aKeySetWithOtherTagsLeavesNoTagsBehind();
    void tagsThatAreSetAgainStay();
    void aLoweredLimitHoldsOnceTheStoreHasShrunk();
};

void tst_StoreSpace::theJournalKeepsItsNewestEvents()
{
    StoreFixture fixture;
    fixture.changed.maximumBytes = 1 << 20;
    SqliteStore &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "kept", "1").applied);
    constexpr int Events = 1500;
    for (int i = 0; i < Events; ++i)
        QVERIFY(store.invalidate(region, Target::key("absent"), QByteArray::number(i), Patience));
    // Its own housekeeper may be in a turn; then a round of ours ends at once.
    const auto isTrimmed = [&] {
        store.keepHouse();
        const auto events = store.events(0, 10'000, Patience);
        return events && events->size() <= 400;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isTrimmed(), 10'000);
    const auto events = store.events(0, 10'000, Patience);
    QVERIFY(events && events->size() >= 250);
    QVERIFY(events->back().payload.contains(QByteArray::number(Events - 1)));
    QCOMPARE(get(store, region, "kept")->value, QByteArray("1"));
}

void tst_StoreSpace::aKeySetWithOtherTagsLeavesNoTagsBehind()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const auto region = regionOf(store);
    for (int run = 0; run < 100; ++run) {
        WriteOperation operation = setOperation(region, "job", "done");
        operation.tags = {"run:" + QByteArray::number(run)};
        QVERIFY(store.write({operation}, Patience));
    }
    QCOMPARE(rowsOf(fixture.path(), QStringLiteral("tags")), 1);
    QVERIFY(put(store, region, "job", "untagged").applied);
    QCOMPARE(rowsOf(fixture.path(), QStringLiteral("tags")), 0);
}

void tst_StoreSpace::tagsThatAreSetAgainStay()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const auto region = regionOf(store);
    WriteOperation operation = setOperation(region, "a", "1");
    operation.tags = {"old", "both"};
    QVERIFY(store.write({operation}, Patience));
    operation.tags = {"both", "new"};
    QVERIFY(store.write({operation}, Patience));
    QCOMPARE(rowsOf(fixture.path(), QStringLiteral("tags")), 2);
    QCOMPARE(store.invalidate(region, Target::tag("old"), "test", Patience)->entries, std::uint64_t{0});
    QCOMPARE(store.invalidate(region, Target::tag("both"), "test", Patience)->entries, std::uint64_t{1});
    QVERIFY(!get(store, region, "a"));
}

void tst_StoreSpace::aLoweredLimitHoldsOnceTheStoreHasShrunk()
{
    constexpr std::uint64_t Lowered = 4 << 20;
    StoreFixture fixture;
    fixture.changed.maximumBytes = 4 * Lowered;
    const auto fill = [&](int from, int count) {
        const auto region = regionOf(fixture.store());
        for (int i = from; i < from + count; ++i)
            QVERIFY(put(fixture.store(), region, "key:" + QByteArray::number(i), QByteArray(4000, 'x')).applied);
    };
    fill(0, 2000);
    QVERIFY(bytesOnDisk(fixture.store()) > static_cast<std::int64_t>(Lowered));
    fixture.close();

    fixture.changed.maximumBytes = Lowered;
    fixture.changed.housekeepingInterval = std::chrono::minutes(1);
    // To the database's part; what is left of the log is begun anew.
    const auto hasShrunk = [&] {
        fixture.store().keepHouse();
        return FileIdentity::of(fixture.store().context().paths.databaseFile).size < static_cast<std::int64_t>(Lowered) * 3 / 4;
    };
    QTRY_VERIFY_WITH_TIMEOUT(hasShrunk(), 30'000);
    fill(2000, 2000);
    QVERIFY2(bytesOnDisk(fixture.store()) <= static_cast<std::int64_t>(Lowered), qPrintable(QString::number(bytesOnDisk(fixture.store()))));
}

QTEST_GUILESS_MAIN(tst_StoreSpace)
#include "tst_storespace.moc"
