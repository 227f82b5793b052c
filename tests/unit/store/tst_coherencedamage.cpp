// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "store/coherencefile.h"
#include "store/coherencelayout.h"
#include "store/sqliteconnection.h"
#include "store/storefiles.h"
#include "storefixture.h"

#include <infra/cachestore.h>

#include <QFile>
#include <QtTest>

#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

// Changes eight bytes of the control page of the coherence file.
void spoil(const QString &path, qint64 offset, quint64 bits)
{
    QFile file(path + QStringLiteral(".coherence"));
    quint64 word = 0;
    if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered) || !file.seek(offset) || file.read(reinterpret_cast<char *>(&word), 8) != 8)
        qFatal("the coherence file cannot be read");
    word ^= bits;
    if (!file.seek(offset) || file.write(reinterpret_cast<const char *>(&word), 8) != 8)
        qFatal("the coherence file cannot be written");
}

} // namespace

class tst_CoherenceDamage : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aTruncatedCoherenceFileKillsNobody();
    void theRestOfATruncatedCoherenceFileIsNotTrusted();
    void aDeletedCoherenceFileLeavesNoStaleCopies();
    void aFlippedWordIsNotBelieved();
    void aDamagedCommitCounterIsNotMovedOn();
    void noSnapshotIsKeptUnderADamagedCommitCounter();
    void aDamagedNumberOfTheDatabaseIsNotBelieved();
    void damageThatNobodyReadsIsFound_data();
    void damageThatNobodyReadsIsFound();
};

void tst_CoherenceDamage::aTruncatedCoherenceFileKillsNobody()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto stamp = put(store, region, "a", "1").stamp;
    QVERIFY(QFile::resize(fixture.path() + QStringLiteral(".coherence"), 0));
    QVERIFY(!isCurrent(store, region, "a", stamp));
    QCOMPARE(get(store, region, "a")->value, QByteArray("1"));
    const auto outcome = put(store, region, "a", "2");
    QVERIFY(isCurrent(store, region, "a", outcome.stamp));
    QCOMPARE(get(store, region, "a")->value, QByteArray("2"));
}

void tst_CoherenceDamage::theRestOfATruncatedCoherenceFileIsNotTrusted()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto reader = fixture.openAnother();
    const auto keyWhoseStripeIs = [](auto condition) {
        for (int number = 0;; ++number) {
            if (const QByteArray key = "key:" + QByteArray::number(number); condition(keyHash(key) % CoherenceFile::StripeCount))
                return key;
        }
    };
    constexpr std::uint64_t Kept = CoherenceFile::StripeCount / 2;
    const QByteArray kept = keyWhoseStripeIs([](std::uint64_t stripe) { return stripe < Kept; });
    const QByteArray lost = keyWhoseStripeIs([](std::uint64_t stripe) { return stripe >= Kept; });
    QVERIFY(put(store, region, kept, "1").applied);
    const auto copy = get(*reader, regionOf(*reader), kept);
    QVERIFY(isCurrent(*reader, regionOf(*reader), kept, copy->stamp));
    QVERIFY(QFile::resize(fixture.path() + QStringLiteral(".coherence"), static_cast<qint64>(CoherenceStripeOffset + 8 * Kept)));
    // Makes this process notice, and replace the file. The other has touched no page that is gone.
    QVERIFY(put(store, region, lost, "1").applied);
    QVERIFY(put(store, region, kept, "2").applied);
    QVERIFY(!isCurrent(*reader, regionOf(*reader), kept, copy->stamp));
}

void tst_CoherenceDamage::aDeletedCoherenceFileLeavesNoStaleCopies()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto other = fixture.openAnother();
    static_cast<void>(regionOf(*other));
    const auto stamp = put(store, region, "a", "1").stamp;
    QVERIFY(QFile::remove(fixture.path() + QStringLiteral(".coherence")));
    // Both know the deleted one; this one replaces it, and the next writes by the new one.
    static_cast<void>(put(*other, region, "b", "1"));
    QVERIFY(QFile::exists(fixture.path() + QStringLiteral(".coherence")));
    static_cast<void>(put(*other, region, "a", "2"));
    QVERIFY(!isCurrent(store, region, "a", stamp));
}

void tst_CoherenceDamage::aFlippedWordIsNotBelieved()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    std::vector<CoherenceStamp> stamps;
    for (int i = 0; i < 8; ++i)
        stamps.push_back(put(store, region, "a", QByteArray::number(i)).stamp);
    // Back to a count that copies of before were stamped with: the check in the word does not fit any more.
    QFile file(fixture.path() + QStringLiteral(".coherence"));
    QVERIFY(file.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    const qint64 at = 2 * 4096 + 2 * 8 * 1024 + 8 * static_cast<qint64>(keyHash("a") & (CoherenceFile::StripeCount - 1));
    QVERIFY(file.seek(at));
    quint64 word = 0;
    QCOMPARE(file.read(reinterpret_cast<char *>(&word), 8), 8);
    QCOMPARE(word, stamps.back().stripe);
    word ^= (stamps.back().stripe ^ stamps.at(4).stripe) & 0xff;
    QVERIFY(file.seek(at));
    QCOMPARE(file.write(reinterpret_cast<const char *>(&word), 8), 8);
    file.close();
    for (const CoherenceStamp &stamp : stamps)
        QVERIFY(!isCurrent(store, region, "a", stamp));
    QVERIFY(!isCurrent(store, region, "a", get(store, region, "a")->stamp));
    QVERIFY(put(store, region, "a", "new").applied);
    for (const CoherenceStamp &stamp : stamps)
        QVERIFY(!isCurrent(store, region, "a", stamp));
    QVERIFY(isCurrent(store, region, "a", get(store, region, "a")->stamp));
}

void tst_CoherenceDamage::aDamagedCommitCounterIsNotMovedOn()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    const QByteArray name = QFile::encodeName(fixture.path()) + ".coherence";
    const FileIdentity before = FileIdentity::of(name);
    spoil(fixture.path(), static_cast<qint64>(CoherenceControlOffset + offsetof(CoherenceControl, commitCounter)), 8);
    QVERIFY(put(store, region, "a", "2").applied);
    QVERIFY(!FileIdentity::of(name).isSameFile(before));
    QCOMPARE(get(store, region, "a")->value, QByteArray("2"));
}

void tst_CoherenceDamage::noSnapshotIsKeptUnderADamagedCommitCounter()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    const auto reader = fixture.openAnother();
    QCOMPARE(get(*reader, regionOf(*reader), "a")->value, QByteArray("1"));
    // A writer that has looked at the counter and is kept from committing.
    const auto coherence = CoherenceFile::open(QFile::encodeName(fixture.path()) + ".coherence");
    QVERIFY(coherence);
    const auto foreign = SqliteConnection::open(fixture.path(), SqliteConnection::Mode::ReadWrite, std::chrono::seconds(5));
    QVERIFY(foreign && (*foreign)->execute(QStringLiteral("BEGIN IMMEDIATE")));
    std::thread writer([&] { static_cast<void>(put(store, region, "a", "2")); });
    const bool isWriting = QTest::qWaitFor([&] { return (*coherence)->isWriterActive(); });
    spoil(fixture.path(), static_cast<qint64>(CoherenceControlOffset + offsetof(CoherenceControl, commitCounter)), 8);
    // The counter cannot move on from here, so what is read under it says nothing about the commit.
    for (int i = 0; i < 3; ++i)
        static_cast<void>(get(*reader, regionOf(*reader), "a"));
    const bool isReleased = (*foreign)->execute(QStringLiteral("COMMIT")).has_value();
    writer.join();
    QVERIFY(isWriting && isReleased);
    QCOMPARE(get(*reader, regionOf(*reader), "a")->value, QByteArray("2"));
}

void tst_CoherenceDamage::aDamagedNumberOfTheDatabaseIsNotBelieved()
{
    StoreFixture fixture;
    static_cast<void>(put(fixture.store(), regionOf(fixture.store()), "a", "old"));
    fixture.close();
    // Leaves its log behind, as a process does that is killed.
    QTemporaryDir copy;
    static_cast<void>(put(fixture.store(), regionOf(fixture.store()), "a", "new"));
    for (const char *suffix : {"", "-wal", ".coherence"})
        QVERIFY(QFile::copy(fixture.path() + QLatin1String(suffix), copy.filePath(QStringLiteral("cache.db")) + QLatin1String(suffix)));
    const QString path = copy.filePath(QStringLiteral("cache.db"));
    const auto valueIn = [&] {
        StoreOptions options = fixture.options();
        options.url = QStringLiteral("sqlite://") + path;
        const auto store = SqliteStore::open(options, path);
        if (!store)
            qFatal("the store cannot be opened");
        const auto entry = get(**store, regionOf(**store), "a");
        return entry ? entry->value : QByteArray();
    };
    // A copy has another inode, which a sound coherence file tells: the copy's log is left aside, as it may be another
    // database's. Damaged, it tells nothing, and the log is checked as ever.
    spoil(path, static_cast<qint64>(CoherenceControlOffset + offsetof(CoherenceControl, databaseInode)), 4);
    QVERIFY(valueIn() != "old");
}

void tst_CoherenceDamage::damageThatNobodyReadsIsFound_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::newRow("header") << qint64{20};
    QTest::newRow("epoch") << static_cast<qint64>(CoherenceControlOffset + offsetof(CoherenceControl, epoch));
    QTest::newRow("unused region") << static_cast<qint64>(CoherenceRegionOffset);
    QTest::newRow("load generation") << static_cast<qint64>(CoherenceLoadsOffset);
    QTest::newRow("unused stripe") << static_cast<qint64>(CoherenceBytes - 8);
}

void tst_CoherenceDamage::damageThatNobodyReadsIsFound()
{
    QFETCH(qint64, offset);
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    const QByteArray name = QFile::encodeName(fixture.path()) + ".coherence";
    const FileIdentity before = FileIdentity::of(name);
    store.keepHouse();
    QVERIFY(FileIdentity::of(name).isSameFile(before));
    spoil(fixture.path(), offset, 64);
    store.keepHouse();
    QVERIFY(!FileIdentity::of(name).isSameFile(before));
    QCOMPARE(get(store, region, "a")->value, QByteArray("1"));
    QVERIFY(put(store, region, "a", "2").applied);
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});
}

QTEST_GUILESS_MAIN(tst_CoherenceDamage)
#include "tst_coherencedamage.moc"
