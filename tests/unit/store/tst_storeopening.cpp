// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "store/sqliteconnection.h"
#include "store/sqliteschema.h"
#include "store/storefiles.h"
#include "storefixture.h"

#include <infra/cachestore.h>
#include <infra/manualclock.h>

#include <QDir>
#include <QFile>
#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {
constexpr std::chrono::seconds Patience{20};
}

class tst_StoreOpening : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void openRefusesWhatIsNoStore();
    void openCreatesNothingUnlessAsked();
    void optionsOutOfRangeAreRefused();
    void readOnlyChangesNothing();
    void readOnlyFollowsAReplacedDatabase();
    void readOnlyDoesNotApplyTheLogOfAnotherDatabase();
};

void tst_StoreOpening::openRefusesWhatIsNoStore()
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

void tst_StoreOpening::openCreatesNothingUnlessAsked()
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

void tst_StoreOpening::optionsOutOfRangeAreRefused()
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

void tst_StoreOpening::readOnlyChangesNothing()
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

void tst_StoreOpening::readOnlyFollowsAReplacedDatabase()
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

void tst_StoreOpening::readOnlyDoesNotApplyTheLogOfAnotherDatabase()
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

QTEST_GUILESS_MAIN(tst_StoreOpening)
#include "tst_storeopening.moc"
