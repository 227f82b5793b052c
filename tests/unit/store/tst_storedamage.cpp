// SPDX-License-Identifier: MIT
#include "damage.h"
#include "failonwarning.h"
#include "store/coherencelayout.h"
#include "store/sqliteconnection.h"
#include "store/sqliteschema.h"
#include "store/storefiles.h"
#include "storefixture.h"

#include <infra/cachestore.h>
#include <infra/manualclock.h>

#include <QDir>
#include <QFile>
#include <QtTest>

#include <cstdio>
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
    void aTruncatedCoherenceFileKillsNobody();
    void theRestOfATruncatedCoherenceFileIsNotTrusted();
    void aDeletedCoherenceFileLeavesNoStaleCopies();
    void aFlippedWordIsNotBelieved();
    void aReplacedDatabaseIsAdopted();
    void aReplacedDatabaseIsSparedTheLogOfTheOneBefore();
    void aDeletedDatabaseIsRebuiltForAll();
    void quarantinesAreBounded();
    void openRefusesWhatIsNoStore();
    void openCreatesNothingUnlessAsked();
    void readOnlyChangesNothing();
    void readOnlyFollowsAReplacedDatabase();
    void readOnlyDoesNotApplyTheLogOfAnotherDatabase();
    void aDamagedCommitCounterIsNotMovedOn();
    void noSnapshotIsKeptUnderADamagedCommitCounter();
    void whoOpensADamagedStoreWaitsForItsWriter();
    void aDamagedNumberOfTheDatabaseIsNotBelieved();
    void damageThatNobodyReadsIsFound_data();
    void damageThatNobodyReadsIsFound();
    void pagesOfAnotherStoreAreNotBelieved();
    void framesThatNobodyCommittedAreNoDamage();
    void aLogThatCannotBeOpenedIsNoDamage();
    void optionsOutOfRangeAreRefused();
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

void tst_StoreDamage::aTruncatedCoherenceFileKillsNobody()
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

void tst_StoreDamage::theRestOfATruncatedCoherenceFileIsNotTrusted()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto reader = fixture.openAnother();
    const auto keyWhoseStripeIs = [](auto condition) {
        for (int number = 0;; ++number) {
            if (const QByteArray key = keyOf(number); condition(keyHash(key) % CoherenceFile::StripeCount))
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

void tst_StoreDamage::aDeletedCoherenceFileLeavesNoStaleCopies()
{
    const auto staleCopyIsTrusted = [](const StoreFaults &faults) {
        StoreFixture fixture(faults);
        auto &store = fixture.store();
        const auto region = regionOf(store);
        const auto other = fixture.openAnother(faults);
        static_cast<void>(regionOf(*other));
        const auto stamp = put(store, region, "a", "1").stamp;
        if (!QFile::remove(fixture.path() + QStringLiteral(".coherence")))
            qFatal("there is no coherence file");
        // Both know the deleted one; this one replaces it, and the next writes by the new one.
        static_cast<void>(put(*other, region, "b", "1"));
        if (!faults.skipIdentityChecks && !QFile::exists(fixture.path() + QStringLiteral(".coherence")))
            qFatal("the coherence file was not replaced");
        static_cast<void>(put(*other, region, "a", "2"));
        return isCurrent(store, region, "a", stamp);
    };
    QVERIFY(!staleCopyIsTrusted({}));
}

void tst_StoreDamage::aFlippedWordIsNotBelieved()
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

void tst_StoreDamage::openRefusesWhatIsNoStore()
{
    QTemporaryDir directory;
    StoreOptions options;
    const auto kindFor = [&](const QString &url) {
        options.url = url;
        const auto store = CacheStore::open(options);
        return store ? Error::Kind::Internal : store.error().kind;
    };
    const auto write = [&](const QString &name, const QByteArray &bytes) -> QString {
        QFile file(directory.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("a file cannot be written");
        return QStringLiteral("sqlite://") + file.fileName();
    };
    QCOMPARE(kindFor(QStringLiteral("http://x/y")), Error::Kind::InvalidArgument);
    QCOMPARE(kindFor(QStringLiteral("sqlite:///:memory:")), Error::Kind::InvalidArgument);
    QCOMPARE(kindFor(QStringLiteral("sqlite://") + directory.path()), Error::Kind::InvalidArgument);
    QCOMPARE(kindFor(QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("none/x.db"))), Error::Kind::NotFound);
    // Somebody's letter is neither overwritten nor moved.
    const QByteArray letter = "Dear Sir or Madam, " + QByteArray(4096, '.');
    const QString url = write(QStringLiteral("letter.txt"), letter);
    QCOMPARE(kindFor(url), Error::Kind::Corrupt);
    QFile file(directory.filePath(QStringLiteral("letter.txt")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), letter);
    // Somebody else's database.
    const QString foreign = directory.filePath(QStringLiteral("foreign.db"));
    {
        auto connection = SqliteConnection::open(foreign, SqliteConnection::Mode::Create, Patience);
        QVERIFY(connection);
        QVERIFY((*connection)->execute(QStringLiteral("CREATE TABLE precious (x)")));
    }
    QCOMPARE(kindFor(QStringLiteral("sqlite://") + foreign), Error::Kind::Incompatible);
    // A store of a newer schema.
    StoreFixture fixture;
    static_cast<void>(regionOf(fixture.store()));
    fixture.close();
    {
        auto connection = SqliteConnection::open(fixture.path(), SqliteConnection::Mode::ReadWrite, Patience);
        QVERIFY(connection);
        QVERIFY((*connection)->execute(QStringLiteral("PRAGMA user_version = 99")));
    }
    for (const auto mode : {StoreOptions::AccessMode::Create, StoreOptions::AccessMode::Existing, StoreOptions::AccessMode::ReadOnly}) {
        options.accessMode = mode;
        QCOMPARE(kindFor(fixture.url()), Error::Kind::Incompatible);
        const QString message = CacheStore::open(options).error().message;
        QVERIFY2(message.contains(QLatin1String("schema 99")) && message.contains(QStringLiteral("up to %1").arg(SqliteSchema::Version)), qPrintable(message));
    }
}

void tst_StoreDamage::openCreatesNothingUnlessAsked()
{
    QTemporaryDir directory;
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("missing.db"));
    for (const auto mode : {StoreOptions::AccessMode::Existing, StoreOptions::AccessMode::ReadOnly}) {
        options.accessMode = mode;
        const auto store = CacheStore::open(options);
        QVERIFY(!store);
        QCOMPARE(store.error().kind, Error::Kind::NotFound);
        QVERIFY(QDir(directory.path()).isEmpty());
    }
}

void tst_StoreDamage::readOnlyChangesNothing()
{
    StoreFixture fixture;
    const auto region = regionOf(fixture.store());
    QVERIFY(put(fixture.store(), region, "a", "1").applied);
    StoreOptions options = fixture.options();
    options.accessMode = StoreOptions::AccessMode::ReadOnly;
    const auto store = CacheStore::open(options);
    QVERIFY(store);
    const auto page = (*store)->entries("users", {}, {}, 10, Patience);
    QVERIFY(page);
    QCOMPARE(page->size(), std::size_t{1});
    QCOMPARE((*store)->invalidate("users", Target::region(), "test", Patience).error().kind, Error::Kind::ReadOnly);
    QCOMPARE((*store)->preview({}, Target::everything(), Patience)->entries, std::uint64_t{1});
    QCOMPARE((*store)->entries("nobody", {}, {}, 10, Patience).error().kind, Error::Kind::NotFound);
    for (const Error &error : {(*store)->preview("nobody", Target::region(), Patience).error(),
                               (*store)->invalidate("nobody", Target::region(), "test", Patience).error()}) {
        QCOMPARE(error.kind, Error::Kind::NotFound);
        QVERIFY(error.message.contains(QLatin1String("nobody")));
    }
}

void tst_StoreDamage::readOnlyFollowsAReplacedDatabase()
{
    const auto valueBehindReplacement = [](const StoreFaults &faults, bool isDeletedFirst) -> QByteArray {
        StoreFixture other;
        if (!put(other.store(), regionOf(other.store()), "a", "of the other").applied)
            qFatal("the other store refuses");
        other.close();
        StoreFixture fixture;
        ManualClock clock;
        StoreOptions options = fixture.options();
        options.accessMode = StoreOptions::AccessMode::ReadOnly;
        options.clock = &clock;
        const auto region = regionOf(fixture.store());
        if (!put(fixture.store(), region, "a", "mine").applied)
            qFatal("the store refuses");
        const auto store = SqliteStore::open(options, fixture.path(), faults);
        if (!store || regionOf(**store) != region || get(**store, region, "a")->value != "mine")
            qFatal("the store cannot be read");
        fixture.close();
        // The reader kept the log from going with the last writer.
        for (const char *suffix : {"", "-wal", "-shm"})
            QFile::remove(fixture.path() + QLatin1String(suffix));
        clock.advance(std::chrono::milliseconds(500));
        if (isDeletedFirst) {
            const auto entry = (*store)->read(region, "a", keyHash("a"), Patience);
            if (entry && *entry)
                return (*entry)->value;
            if ((*store)->health().state != StoreHealth::State::Degraded)
                qFatal("the store says that it is well");
            clock.advance(std::chrono::milliseconds(500));
        }
        QFile::copy(other.path(), fixture.path());
        return get(**store, region, "a")->value;
    };
    for (const bool isDeletedFirst : {false, true})
        QCOMPARE(valueBehindReplacement({}, isDeletedFirst), QByteArray("of the other"));
    StoreFaults off;
    off.skipIdentityChecks = true;
    QCOMPARE(valueBehindReplacement(off, false), QByteArray("mine"));
}

void tst_StoreDamage::readOnlyDoesNotApplyTheLogOfAnotherDatabase()
{
    StoreFixture other;
    QVERIFY(put(other.store(), regionOf(other.store()), "a", "of the other").applied);
    other.close();
    StoreFixture fixture;
    const auto region = regionOf(fixture.store());
    QVERIFY(put(fixture.store(), region, "a", "mine").applied);
    // Nobody that may write is there to move the log aside.
    QTemporaryDir copy;
    for (const char *suffix : {"-wal", ".coherence"})
        QVERIFY(QFile::copy(fixture.path() + QLatin1String(suffix), copy.filePath(QStringLiteral("cache.db")) + QLatin1String(suffix)));
    QVERIFY(QFile::copy(other.path(), copy.filePath(QStringLiteral("cache.db"))));
    StoreOptions options = fixture.options();
    options.accessMode = StoreOptions::AccessMode::ReadOnly;
    options.url = QStringLiteral("sqlite://") + copy.filePath(QStringLiteral("cache.db"));
    const auto refused = CacheStore::open(options);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Unavailable);
    QVERIFY(QFile::remove(copy.filePath(QStringLiteral("cache.db-wal"))));
    QVERIFY(CacheStore::open(options));
}

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

void tst_StoreDamage::aDamagedCommitCounterIsNotMovedOn()
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

void tst_StoreDamage::noSnapshotIsKeptUnderADamagedCommitCounter()
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

void tst_StoreDamage::aDamagedNumberOfTheDatabaseIsNotBelieved()
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

void tst_StoreDamage::damageThatNobodyReadsIsFound_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::newRow("header") << qint64{20};
    QTest::newRow("epoch") << static_cast<qint64>(CoherenceControlOffset + offsetof(CoherenceControl, epoch));
    QTest::newRow("unused region") << static_cast<qint64>(CoherenceRegionOffset);
    QTest::newRow("load generation") << static_cast<qint64>(CoherenceLoadsOffset);
    QTest::newRow("unused stripe") << static_cast<qint64>(CoherenceBytes - 8);
}

void tst_StoreDamage::damageThatNobodyReadsIsFound()
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

void tst_StoreDamage::optionsOutOfRangeAreRefused()
{
    StoreFixture fixture;
    StoreOptions options = fixture.options();
    options.maximumBytes = 1;
    QCOMPARE(CacheStore::open(options).error().kind, Error::Kind::InvalidArgument);
    options = fixture.options();
    options.readers = 0;
    QCOMPARE(CacheStore::open(options).error().kind, Error::Kind::InvalidArgument);
    options = fixture.options();
    options.url += QStringLiteral("?synchronous=OFF");
    QCOMPARE(CacheStore::open(options).error().kind, Error::Kind::InvalidArgument);
}

QTEST_GUILESS_MAIN(tst_StoreDamage)
#include "tst_storedamage.moc"
