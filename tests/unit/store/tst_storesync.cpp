// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include "store/sqliteconnection.h"

#include <infra/cachestore.h>

#include <QtTest>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<bool> s_refusesToSync{false};
std::atomic<bool> s_refusesToRename{false};

} // namespace

// In the place of the C library's, for SQLite too: this program exports its functions.
extern "C" Q_DECL_EXPORT int fdatasync(int descriptor)
{
    if (!s_refusesToSync)
        return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
    errno = EIO;
    return -1;
}

extern "C" Q_DECL_EXPORT int rename(const char *from, const char *to) noexcept
{
    if (!s_refusesToRename)
        return static_cast<int>(::syscall(SYS_rename, from, to));
    errno = EROFS;
    return -1;
}

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

// With one entry, "before". Its housekeeper does nothing by itself.
struct QuietStore
{
    explicit QuietStore(std::uint64_t maximumBytes = StoreOptions().maximumBytes) : store(open(fixture, maximumBytes)), region(regionOf(store))
    {
        static_cast<void>(put(store, region, "before", "value"));
    }
    static SqliteStore &open(StoreFixture &fixture, std::uint64_t maximumBytes)
    {
        fixture.changed.maximumBytes = maximumBytes; // A quarter of it for the log.
        fixture.changed.housekeepingInterval = std::chrono::hours(1);
        return fixture.store();
    }
    StoreFixture fixture;
    SqliteStore &store;
    const std::uint32_t region;
};

} // namespace

// A disk that does not take what was written.
class tst_StoreSync : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        s_refusesToSync = false;
        s_refusesToRename = false;
    }
    void aFailedSyncIsTold();
    void aStoreThatCouldNotBeSyncedIsRebuilt_data();
    void aStoreThatCouldNotBeSyncedIsRebuilt();
    void aStoreThatIsWrittenToMeanwhileIsRebuiltToo();
    void aWriterThatMeetsAFailedSyncSaysSo();
    void aRebuildThatFailedIsNotForgotten();
};

void tst_StoreSync::aFailedSyncIsTold()
{
    QTemporaryDir directory;
    const auto opened = SqliteConnection::open(directory.filePath(QStringLiteral("x.db")), SqliteConnection::Mode::Create,
                                               std::chrono::milliseconds(100));
    QVERIFY(opened);
    QVERIFY((*opened)->execute(QStringLiteral("CREATE TABLE t (x)")));
    QVERIFY((*opened)->syncDatabase());
    s_refusesToSync = true;
    const auto refused = (*opened)->syncDatabase();
    QVERIFY(!refused);
    QCOMPARE(refused.error().fault, SqliteFault::Unsynced);
    QCOMPARE(refused.error().error.kind, Error::Kind::Io);
}

void tst_StoreSync::aStoreThatCouldNotBeSyncedIsRebuilt_data()
{
    QTest::addColumn<bool>("isLogEmptied");
    QTest::newRow("the housekeeper moves the log") << false;
    QTest::newRow("a writer empties the log") << true;
}

void tst_StoreSync::aStoreThatCouldNotBeSyncedIsRebuilt()
{
    QFETCH(bool, isLogEmptied);
    const QuietStore quiet(2 << 20);
    SqliteStore &store = quiet.store;
    const std::uint32_t region = quiet.region;
    s_refusesToSync = true;
    if (isLogEmptied) {
        // More than the log has room for beside what is in it.
        static_cast<void>(store.write({setOperation(region, "key", QByteArray(200'000, 'v'))}, std::chrono::seconds(1)));
    } else {
        store.keepHouse();
        store.keepHouse(); // Nothing was written for an interval.
    }
    QVERIFY(store.statistics().errors > 0);
    QCOMPARE(store.health().state, StoreHealth::State::Degraded);
    s_refusesToSync = false;
    store.keepHouse();
    QVERIFY(!get(store, region, "before"));
    QVERIFY(put(store, region, "after", "value").applied);
    QVERIFY(get(store, region, "after"));
    QVERIFY(store.statistics().quarantines > 0);
    QCOMPARE(store.health().state, StoreHealth::State::Available);
}

void tst_StoreSync::aStoreThatIsWrittenToMeanwhileIsRebuiltToo()
{
    const QuietStore quiet(8 << 20);
    SqliteStore &store = quiet.store;
    const std::uint32_t region = quiet.region;
    s_refusesToSync = true;
    // The housekeeper's thread is asked for the log again and again while they write.
    const bool isNoticed = QTest::qWaitFor([&] {
        for (int i = 0; i < 50; ++i)
            static_cast<void>(store.write({setOperation(region, "key", QByteArray::number(i))}, std::chrono::seconds(1)));
        return store.statistics().errors > 0;
    }, 60'000);
    s_refusesToSync = false;
    QVERIFY(isNoticed);
    QTRY_VERIFY(put(store, region, "after", "value").applied && store.statistics().quarantines > 0);
    QVERIFY(!get(store, region, "before"));
}

void tst_StoreSync::aWriterThatMeetsAFailedSyncSaysSo()
{
    const QuietStore quiet(2 << 20);
    SqliteStore &store = quiet.store;
    const std::uint32_t region = quiet.region;
    s_refusesToSync = true;
    s_refusesToRename = true;
    // More than the log has room for beside what is in it.
    const auto refused = store.write({setOperation(region, "key", QByteArray(200'000, 'v'))}, std::chrono::seconds(30));
    QVERIFY(!refused);
    QVERIFY2(!refused.error().message.contains(QLatin1String("readers")), qPrintable(refused.error().message));
    QVERIFY(store.statistics().errors < 5);
}

void tst_StoreSync::aRebuildThatFailedIsNotForgotten()
{
    const QuietStore quiet;
    SqliteStore &store = quiet.store;
    const std::uint32_t region = quiet.region;
    s_refusesToSync = true;
    s_refusesToRename = true;
    store.keepHouse();
    store.keepHouse();
    QVERIFY(!store.write({setOperation(region, "key", "v")}, std::chrono::seconds(1)));
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});
    s_refusesToSync = false;
    s_refusesToRename = false;
    QVERIFY(put(store, region, "after", "value").applied);
    QCOMPARE(store.statistics().quarantines, std::uint64_t{1});
    QVERIFY(!get(store, region, "before"));
}

QTEST_GUILESS_MAIN(tst_StoreSync)
#include "tst_storesync.moc"
