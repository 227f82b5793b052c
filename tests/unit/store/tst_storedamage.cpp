// SPDX-License-Identifier: MIT
#include "damage.h"
#include "failonwarning.h"
#include "store/coherencefile.h"
#include "store/sqliteconnection.h"
#include "store/storefiles.h"
#include "storefixture.h"

#include <infra/cachestore.h>

#include <QDir>
#include <QFile>
#include <QtTest>

#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {
constexpr std::chrono::seconds Patience{20};
constexpr int Keys = 300;

QByteArray keyOf(int number)
{
    return "key:" + QByteArray::number(number);
}

void fill(SqliteStore &store, std::uint32_t region, const QByteArray &generation)
{
    std::vector<WriteOperation> operations;
    for (int i = 0; i < Keys; ++i)
        operations.push_back(setOperation(region, keyOf(i), generation + QByteArray(200, static_cast<char>('a' + i % 26))));
    QVERIFY(store.write(std::move(operations), Patience));
}

// Every key is a miss or what was written last.
void expectNothingWrong(SqliteStore &store, std::uint32_t region, const QByteArray &generation, int *hits = nullptr)
{
    for (int i = 0; i < Keys; ++i) {
        const QByteArray key = keyOf(i);
        const auto entry = store.read(region, key, keyHash(key), Patience);
        if (!entry || !*entry)
            continue;
        QCOMPARE((*entry)->value, generation + QByteArray(200, static_cast<char>('a' + i % 26)));
        if (hits)
            ++*hits;
    }
}

} // namespace

class tst_StoreDamage : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void damageEndsInMisses_data();
    void damageEndsInMisses();
    void aChangedValueIsNotBelieved();
    void aReplacedDatabaseIsAdopted();
    void aReplacedDatabaseIsSparedTheLogOfTheOneBefore();
    void aDeletedDatabaseIsRebuiltForAll();
    void quarantinesAreBounded();
    void whoOpensADamagedStoreWaitsForItsWriter();
    void pagesOfAnotherStoreAreNotBelieved();
    void framesThatNobodyCommittedAreNoDamage();
    void aLogThatCannotBeOpenedIsNoDamage();
};

void tst_StoreDamage::damageEndsInMisses_data()
{
    QTest::addColumn<int>("damage");
    QTest::addColumn<QString>("suffix");
    QTest::addColumn<bool>("open");
    for (int damage = 0; damage < DamageCount; ++damage) {
        for (const char *suffix : {"", "-wal", ".coherence", ".loads", ".telemetry"}) {
            for (const bool open : {false, true})
                QTest::addRow("%s of cache.db%s while %s", damageName(static_cast<Damage>(damage)), suffix, open ? "open" : "closed")
                    << damage << QString::fromLatin1(suffix) << open;
        }
    }
}

void tst_StoreDamage::damageEndsInMisses()
{
    QFETCH(int, damage);
    QFETCH(QString, suffix);
    QFETCH(bool, open);
    Random random(static_cast<std::uint64_t>(damage) * 31 + static_cast<std::uint64_t>(suffix.size()) * 2 + open);
    StoreFixture fixture;
    std::uint32_t region = regionOf(fixture.store());
    fill(fixture.store(), region, "1");
    auto other = fixture.openAnother();
    static_cast<void>(regionOf(*other));
    expectNothingWrong(*other, region, "1");
    if (!open) {
        other.reset();
        fixture.close();
    }
    static_cast<void>(inflict(static_cast<Damage>(damage), fixture.path() + suffix, random));
    if (!open)
        other = fixture.openAnother();
    region = regionOf(fixture.store());
    QCOMPARE(regionOf(*other), region);
    expectNothingWrong(fixture.store(), region, "1");
    expectNothingWrong(*other, region, "1");
    // It heals by being used.
    fill(fixture.store(), region, "2");
    expectNothingWrong(*other, region, "2");
    other->keepHouse();
    fixture.store().keepHouse();
    fill(*other, region, "3");
    int hits = 0;
    expectNothingWrong(fixture.store(), region, "3", &hits);
    QCOMPARE(hits, Keys);
    QCOMPARE(fixture.store().health().state, StoreHealth::State::Available);
}

void tst_StoreDamage::aChangedValueIsNotBelieved()
{
    const auto wrongValueIsRead = [](const StoreFaults &faults) {
        StoreFixture fixture(faults);
        std::uint32_t region = regionOf(fixture.store());
        static_cast<void>(put(fixture.store(), region, "key", "the right value"));
        fixture.close();
        QFile file(fixture.path());
        if (!file.open(QIODevice::ReadWrite))
            qFatal("the database cannot be opened");
        const qsizetype at = file.readAll().indexOf("the right value");
        if (at < 0 || !file.seek(at + 4) || file.write("wrong") != 5)
            qFatal("the value is not in the database");
        file.close();
        region = regionOf(fixture.store());
        const auto entry = get(fixture.store(), region, "key");
        return entry && entry->value != "the right value";
    };
    QVERIFY(!wrongValueIsRead({}));
    StoreFaults off;
    off.skipChecksums = true;
    QVERIFY2(wrongValueIsRead(off), "the test does not see that checksums are not verified");
}

void tst_StoreDamage::aReplacedDatabaseIsAdopted()
{
    StoreFixture other;
    QVERIFY(put(other.store(), regionOf(other.store()), "a", "of the other").applied);
    other.close();
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto stamp = put(store, region, "a", "mine").stamp;
    QVERIFY(QFile::remove(fixture.path()));
    QVERIFY(QFile::copy(other.path(), fixture.path()));
    store.keepHouse();
    QVERIFY(!isCurrent(store, region, "a", stamp));
    QCOMPARE(get(store, region, "a")->value, QByteArray("of the other"));
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});
    QVERIFY(store.statistics().reopens > 0);
}

// By a connection that was opened between the replacement and its discovery, as the only one of the new database.

void tst_StoreDamage::aReplacedDatabaseIsSparedTheLogOfTheOneBefore()
{
    StoreFixture other;
    const auto regionOfOther = regionOf(other.store());
    for (int i = 0; i < 50; ++i)
        QVERIFY(put(other.store(), regionOfOther, QByteArray::number(i), QByteArray(2000, 'o')).applied);
    other.close();
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    for (int i = 0; i < 50; ++i)
        QVERIFY(put(store, region, QByteArray::number(i), QByteArray(2000, 'm')).applied);
    QCOMPARE(std::rename(QFile::encodeName(other.path()).constData(), QFile::encodeName(fixture.path()).constData()), 0);
    // Counts on two connections, of which one is opened for that.
    static_cast<void>(store.preview(region, Target::region(), nullptr, Patience));
    for (int i = 0; i < 50; ++i)
        QCOMPARE(get(store, region, QByteArray::number(i))->value, QByteArray(2000, 'o'));
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});
}

void tst_StoreDamage::aDeletedDatabaseIsRebuiltForAll()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto other = fixture.openAnother();
    static_cast<void>(regionOf(*other));
    const auto stamp = put(store, region, "a", "1").stamp;
    QVERIFY(get(*other, region, "a"));
    QVERIFY(QFile::remove(fixture.path()));
    QVERIFY(put(*other, region, "a", "2").applied);
    QVERIFY(!isCurrent(store, region, "a", stamp));
    QCOMPARE(get(store, region, "a")->value, QByteArray("2"));
    QCOMPARE(get(*other, region, "a")->value, QByteArray("2"));
}

void tst_StoreDamage::quarantinesAreBounded()
{
    StoreFixture fixture;
    fixture.changed.keptQuarantines = 2;
    for (int i = 0; i < 5; ++i) {
        const auto region = regionOf(fixture.store());
        QVERIFY(put(fixture.store(), region, "a", "1").applied);
        fixture.close();
        QFile file(fixture.path());
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(file.write(QByteArray(8192, 'x')) == 8192);
    }
    static_cast<void>(regionOf(fixture.store()));
    const QFileInfo database(fixture.path());
    QCOMPARE(database.dir().entryList({QStringLiteral("cache.db.quarantine-*")}, QDir::Files).size(), 2);
}

void tst_StoreDamage::whoOpensADamagedStoreWaitsForItsWriter()
{
    StoreFixture fixture;
    static_cast<void>(put(fixture.store(), regionOf(fixture.store()), "a", "1"));
    const auto coherence = CoherenceFile::open(QFile::encodeName(fixture.path()) + ".coherence");
    QVERIFY(coherence);
    QVERIFY((*coherence)->lockWriter(Clock::system(), Clock::system().steadyNow() + Patience).value_or(false));
    for (const char *suffix : {"", "-wal"}) {
        QFile file(fixture.path() + QLatin1String(suffix));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.write(QByteArray(static_cast<qsizetype>(file.size()), '\0')) == file.size());
    }
    const QByteArray name = QFile::encodeName(fixture.path());
    const FileIdentity damaged = FileIdentity::of(name);
    std::shared_ptr<SqliteStore> opened;
    std::thread opener([&] { opened = fixture.openAnother(); });
    const bool isTouched = QTest::qWaitFor([&] { return !FileIdentity::of(name).isSameFile(damaged); }, 200);
    (*coherence)->unlockWriter();
    opener.join();
    QVERIFY(!isTouched);
    QVERIFY(!FileIdentity::of(name).isSameFile(damaged));
    // Both go on in the new database.
    QVERIFY(put(fixture.store(), regionOf(fixture.store()), "a", "2").applied);
    QCOMPARE(get(*opened, regionOf(*opened), "a")->value, QByteArray("2"));
}

void tst_StoreDamage::pagesOfAnotherStoreAreNotBelieved()
{
    StoreFixture other;
    fill(other.store(), regionOf(other.store()), "2");
    other.close();
    StoreFixture fixture;
    fill(fixture.store(), regionOf(fixture.store()), "1");
    fixture.store().keepHouse();
    const auto reader = fixture.openAnother();
    const auto region = regionOf(*reader);
    // The same keys in the same pages, all of it sound but for the store that it is of; as cp does it.
    QFile from(other.path());
    QVERIFY(from.open(QIODevice::ReadOnly));
    const QByteArray bytes = from.readAll();
    QFile file(fixture.path());
    QVERIFY(file.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
    QVERIFY(file.write(bytes) == bytes.size());
    file.close();
    expectNothingWrong(*reader, region, "1");
}

void tst_StoreDamage::framesThatNobodyCommittedAreNoDamage()
{
    QTemporaryDir directory;
    const auto pathOf = [&](const char *name) { return directory.filePath(QString::fromLatin1(name)); };
    const auto contentOf = [](const QString &path) {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    };
    const auto open = [&](const char *name) {
        return *SqliteConnection::open(pathOf(name), SqliteConnection::Mode::Create, std::chrono::seconds(1));
    };
    const auto write = [](const SqliteConnection &connection, int kilobytes) {
        return connection.execute(QStringLiteral("INSERT INTO rows (value) VALUES (randomblob(%1))").arg(kilobytes * 1024)).has_value();
    };
    // Two processes go on from the same log: what the first was about to commit when it was killed, and the shorter
    // commit of the second that took its place.
    const auto before = open("before");
    QVERIFY(before->value(QStringLiteral("PRAGMA journal_mode = WAL")));
    QVERIFY(before->execute(QStringLiteral("CREATE TABLE rows (value BLOB)")));
    QVERIFY(write(*before, 10));
    for (const char *name : {"first", "second"}) {
        for (const char *suffix : {"", "-wal"})
            QVERIFY(QFile::copy(pathOf("before") + QLatin1String(suffix), pathOf(name) + QLatin1String(suffix)));
    }
    const auto first = open("first");
    QVERIFY(write(*first, 100));
    const auto second = open("second");
    QVERIFY(write(*second, 5));
    const QByteArray unfinished = contentOf(pathOf("first-wal"));
    const QByteArray committed = contentOf(pathOf("second-wal"));
    QVERIFY(unfinished.size() > committed.size());
    QCOMPARE(unfinished.first(32), committed.first(32));
    constexpr qsizetype FrameSize = 24 + 4096;
    const auto frames = static_cast<std::uint64_t>((committed.size() - 32) / FrameSize);

    const StorePaths paths(pathOf("left"));
    const auto leave = [&](const QByteArray &log) {
        QFile file(pathOf("left-wal"));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(log), log.size());
    };
    leave(committed + unfinished.sliced(committed.size()));
    QVERIFY(!isLogDamaged(paths, frames));
    QVERIFY2(isLogDamaged(paths, std::nullopt), "the frames behind would not have been seen anyway");
    QByteArray damaged = committed;
    damaged[32 + FrameSize + 100] = static_cast<char>(damaged.at(32 + FrameSize + 100) ^ 1);
    leave(damaged + unfinished.sliced(committed.size()));
    QVERIFY(isLogDamaged(paths, frames));
}

void tst_StoreDamage::aLogThatCannotBeOpenedIsNoDamage()
{
    StoreFixture fixture;
    static_cast<void>(put(fixture.store(), regionOf(fixture.store()), "key", "value"));
    fixture.close();
    const QDir directory = QFileInfo(fixture.path()).dir();
    const QString log = QFileInfo(fixture.path()).fileName() + QStringLiteral("-wal");
    QVERIFY(directory.mkdir(log));
    const auto opened = SqliteStore::open(fixture.options(), fixture.path());
    QVERIFY(!opened);
    QVERIFY(directory.rmdir(log));
    QVERIFY2(get(fixture.store(), regionOf(fixture.store()), "key"), "the store was moved aside");
}

QTEST_GUILESS_MAIN(tst_StoreDamage)
#include "tst_storedamage.moc"
