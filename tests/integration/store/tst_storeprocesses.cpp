// SPDX-License-Identifier: MIT
// Real processes on one store. The test program is its own child: "child ROLE DATABASE …" plays a role and exits.
#include "core/random.h"
#include "failonwarning.h"
#include "storefixture.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QtTest>

#include <cstdio>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

constexpr std::chrono::seconds Patience{60};
constexpr int KeyCount = 20;

QByteArray keyOf(int number)
{
    return "key:" + QByteArray::number(number % KeyCount);
}

std::shared_ptr<SqliteStore> openForChild(const QString &path, const StoreFaults &faults = {})
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    auto store = SqliteStore::open(options, path, faults);
    if (!store)
        qFatal("child: %s", qPrintable(toString(store.error())));
    return *store;
}

// Writes value after value and says so when each is acknowledged.
int playWriter(const QString &path, const QByteArray &name, int count)
{
    const auto store = openForChild(path);
    const auto region = regionOf(*store, name);
    for (int i = 0; i < count; ++i) {
        if (!put(*store, region, keyOf(i), QByteArray::number(i)).applied)
            return 1;
        std::printf("%d\n", i);
        std::fflush(stdout);
    }
    const StoreStatistics statistics = store->statistics();
    std::printf("busy %llu\n", static_cast<unsigned long long>(statistics.busy));
    return 0;
}

// Is killed in the middle of a write.
int playVictim(const QString &path, StoreFaults::Death death)
{
    // The region exists, so that this is the first change.
    StoreFaults faults;
    faults.death = death;
    const auto store = openForChild(path, faults);
    const auto region = regionOf(*store);
    static_cast<void>(put(*store, region, "a", "of the dead"));
    return 1;
}

// Keeps the writer's lock until told to end.
int playHolder(const QString &path)
{
    auto file = CoherenceFile::open(QFile::encodeName(path) + ".coherence");
    if (!file || !(*file)->lockWriter(Clock::system(), SteadyTime::max()))
        return 1;
    std::puts("held");
    std::fflush(stdout);
    std::getchar();
    (*file)->unlockWriter();
    return 0;
}

// Loads a key under the load lock, if nobody has, and says whether it did.
int playLoader(const QString &path)
{
    const auto store = openForChild(path);
    const auto region = regionOf(*store);
    std::puts("ready");
    std::fflush(stdout);
    std::getchar();
    const auto lock = store->lockLoad(region, keyHash("a"), Patience);
    if (!lock || !*lock)
        return 1;
    if (get(*store, region, "a")) {
        std::puts("found");
    } else {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        static_cast<void>(put(*store, region, "a", "loaded"));
        std::puts("loaded");
    }
    return 0;
}

// Opens the database as any program does that knows nothing of stores, and closes it.
int playStranger(const QString &path)
{
    const auto connection = SqliteConnection::open(path, SqliteConnection::Mode::ReadWrite, Patience);
    const auto count = connection ? (*connection)->value(QStringLiteral("SELECT count(*) FROM entries")) : tl::unexpected(connection.error());
    return count && count->toInt() > 0 ? 0 : 1;
}

int playChild(const QStringList &arguments)
{
    const QString role = arguments.value(2);
    const QString path = arguments.value(3);
    if (role == QLatin1String("writer"))
        return playWriter(path, arguments.value(4).toUtf8(), arguments.value(5).toInt());
    if (role == QLatin1String("victim"))
        return playVictim(path, arguments.value(4) == QLatin1String("before") ? StoreFaults::Death::BeforeCommit : StoreFaults::Death::AfterCommit);
    if (role == QLatin1String("holder"))
        return playHolder(path);
    if (role == QLatin1String("stranger"))
        return playStranger(path);
    return playLoader(path);
}

std::unique_ptr<QProcess> startChild(const QStringList &arguments)
{
    auto child = std::make_unique<QProcess>();
    child->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    child->start(QCoreApplication::applicationFilePath(), QStringList{QStringLiteral("child")} + arguments);
    if (!child->waitForStarted())
        qFatal("a child does not start");
    return child;
}

} // namespace

class tst_StoreProcesses : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void writersShareTheStoreFairly();
    void acknowledgedWritesSurviveKills();
    void aWriterKilledInFlightIsRepaired_data();
    void aWriterKilledInFlightIsRepaired();
    void repairIsWhatEndsTheFlight();
    void aHeldLockDoesNotHoldReaders();
    void oneProcessLoads();
    void theLogThatAStoreUsesIsLeftByStrangers();
    void aLogThatLostItsEndIsNoticed_data();
    void aLogThatLostItsEndIsNoticed();
};

void tst_StoreProcesses::writersShareTheStoreFairly()
{
    StoreFixture fixture;
    static_cast<void>(regionOf(fixture.store()));
    std::vector<std::unique_ptr<QProcess>> children;
    for (int i = 0; i < 4; ++i)
        children.push_back(startChild({QStringLiteral("writer"), fixture.path(), QStringLiteral("region%1").arg(i), QStringLiteral("300")}));
    for (int i = 0; i < 4; ++i) {
        QProcess &child = *children[static_cast<std::size_t>(i)];
        QVERIFY(child.waitForFinished(120'000));
        QCOMPARE(child.exitCode(), 0);
        QVERIFY(child.readAllStandardOutput().endsWith("busy 0\n"));
        const auto region = regionOf(fixture.store(), "region" + QByteArray::number(i));
        for (int key = 0; key < KeyCount; ++key)
            QCOMPARE(get(fixture.store(), region, keyOf(key))->value, QByteArray::number(300 - KeyCount + key));
    }
}

void tst_StoreProcesses::acknowledgedWritesSurviveKills()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    static_cast<void>(regionOf(store));
    Random random(11);
    for (int round = 0; round < 12; ++round) {
        const QByteArray name = "round" + QByteArray::number(round);
        auto child = startChild({QStringLiteral("writer"), fixture.path(), QString::fromLatin1(name), QStringLiteral("1000000")});
        QVERIFY(child->waitForReadyRead(60'000));
        QTest::qWait(static_cast<int>(random.below(60)));
        child->kill();
        QVERIFY(child->waitForFinished(60'000));
        const QByteArrayList lines = child->readAllStandardOutput().split('\n');
        // The last line may be cut off.
        const int acknowledged = lines.size() >= 2 ? lines.at(lines.size() - 2).toInt() : -1;
        const auto region = regionOf(store, name);
        for (int i = std::max(0, acknowledged - KeyCount + 1); i <= acknowledged; ++i) {
            const auto entry = get(store, region, keyOf(i));
            QVERIFY(entry);
            const int value = entry->value.toInt();
            QVERIFY2(value >= i, qPrintable(QStringLiteral("%1 was acknowledged, %2 is there").arg(i).arg(value)));
            QCOMPARE(value % KeyCount, i % KeyCount);
        }
        QVERIFY(put(store, region, "after", "1").applied);
    }
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});
}

void tst_StoreProcesses::aWriterKilledInFlightIsRepaired_data()
{
    QTest::addColumn<QString>("when");
    QTest::newRow("before the commit") << QStringLiteral("before");
    QTest::newRow("after the commit") << QStringLiteral("after");
}

void tst_StoreProcesses::aWriterKilledInFlightIsRepaired()
{
    QFETCH(QString, when);
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    const auto stamp = put(store, region, "a", "old").stamp;
    for (int i = 0; i < 3; ++i)
        QVERIFY(get(store, region, "a"));
    auto child = startChild({QStringLiteral("victim"), fixture.path(), when});
    QVERIFY(child->waitForFinished(60'000));
    QCOMPARE(child->exitStatus(), QProcess::CrashExit);
    // Nothing was repaired yet, and nothing stale may be seen.
    QVERIFY(!isCurrent(store, region, "a", stamp));
    const auto entry = get(store, region, "a");
    QVERIFY(entry);
    QVERIFY(!isCurrent(store, region, "a", entry->stamp) || store.statistics().repairs > 0);
    store.keepHouse();
    QVERIFY(store.statistics().repairs > 0);
    const auto repaired = get(store, region, "a");
    QVERIFY(repaired);
    QCOMPARE(repaired->value, entry->value);
    QVERIFY(isCurrent(store, region, "a", repaired->stamp));
    QVERIFY(put(store, region, "a", "new").applied);
    QCOMPARE(get(store, region, "a")->value, QByteArray("new"));
}

void tst_StoreProcesses::repairIsWhatEndsTheFlight()
{
    StoreFaults off;
    off.skipRepair = true;
    StoreFixture fixture(off);
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "old").applied);
    auto child = startChild({QStringLiteral("victim"), fixture.path(), QStringLiteral("after")});
    QVERIFY(child->waitForFinished(60'000));
    store.keepHouse();
    QVERIFY2(!isCurrent(store, region, "a", get(store, region, "a")->stamp), "the test does not see that repair is missing");
}

void tst_StoreProcesses::aHeldLockDoesNotHoldReaders()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    auto child = startChild({QStringLiteral("holder"), fixture.path()});
    QVERIFY(child->waitForReadyRead(60'000));
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 100; ++i)
        QCOMPARE(get(store, region, "a")->value, QByteArray("1"));
    const auto refused = store.write({setOperation(region, "a", "2")}, std::chrono::milliseconds(100));
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Busy);
    QVERIFY(timer.elapsed() < 30'000);
    child->write("\n");
    QVERIFY(child->waitForFinished(60'000));
    QVERIFY(put(store, region, "a", "2").applied);
    // The kernel frees the lock of a holder that is killed.
    child = startChild({QStringLiteral("holder"), fixture.path()});
    QVERIFY(child->waitForReadyRead(60'000));
    child->kill();
    QVERIFY(child->waitForFinished(60'000));
    QVERIFY(put(store, region, "a", "3").applied);
}

void tst_StoreProcesses::oneProcessLoads()
{
    StoreFixture fixture;
    static_cast<void>(regionOf(fixture.store()));
    std::vector<std::unique_ptr<QProcess>> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(startChild({QStringLiteral("loader"), fixture.path()}));
        QVERIFY(children.back()->waitForReadyRead(60'000));
        children.back()->readAllStandardOutput();
    }
    for (auto &child : children)
        child->write("\n");
    int loaded = 0;
    for (auto &child : children) {
        QVERIFY(child->waitForFinished(60'000));
        QCOMPARE(child->exitCode(), 0);
        loaded += child->readAllStandardOutput().contains("loaded") ? 1 : 0;
    }
    QCOMPARE(loaded, 1);
}

// SQLite keeps a log for as long as any process says by its locks that it uses the database, and the kernel drops all of a
// process's locks on a file when it closes any descriptor of that file. So a store that closes must not drop another's.
void tst_StoreProcesses::theLogThatAStoreUsesIsLeftByStrangers()
{
    StoreFixture fixture;
    auto &store = fixture.store();
    const auto region = regionOf(store);
    QVERIFY(put(store, region, "a", "1").applied);
    auto another = fixture.openAnother();
    QVERIFY(put(*another, regionOf(*another), "a", "2").applied);
    another.reset();
    const QByteArray logFile = QFile::encodeName(fixture.path()) + "-wal";
    const FileIdentity log = FileIdentity::of(logFile);
    QVERIFY(log.exists());

    const auto stranger = startChild({QStringLiteral("stranger"), fixture.path()});
    QVERIFY(stranger->waitForFinished(60'000));
    QCOMPARE(stranger->exitCode(), 0);
    QVERIFY(FileIdentity::of(logFile).isSameFile(log));
    QVERIFY(put(store, region, "a", "3").applied);
    QCOMPARE(get(store, region, "a")->value, QByteArray("3"));
    QCOMPARE(store.statistics().quarantines, std::uint64_t{0});

    fixture.close();
    QVERIFY2(!FileIdentity::of(logFile).exists(), "the last store leaves its log");
}

void tst_StoreProcesses::aLogThatLostItsEndIsNoticed_data()
{
    QTest::addColumn<QString>("damage");
    QTest::newRow("truncated") << QStringLiteral("truncated");
    QTest::newRow("last frame zeroed") << QStringLiteral("zeroed");
    QTest::newRow("deleted") << QStringLiteral("deleted");
}

void tst_StoreProcesses::aLogThatLostItsEndIsNoticed()
{
    QFETCH(QString, damage);
    const auto oldValueIsRead = [&](const StoreFaults &faults) {
        StoreFixture fixture(faults);
        static_cast<void>(put(fixture.store(), regionOf(fixture.store(), "log"), "other", "1"));
        fixture.close();
        auto child = startChild({QStringLiteral("writer"), fixture.path(), QStringLiteral("log"), QStringLiteral("1000000")});
        // Long enough to write the same keys again.
        QByteArray output;
        while (output.count('\n') < 3 * KeyCount && child->waitForReadyRead(60'000))
            output += child->readAllStandardOutput();
        child->kill();
        child->waitForFinished(60'000);
        output += child->readAllStandardOutput();
        const int acknowledged = output.split('\n').value(output.count('\n') - 1).toInt();
        QFile log(fixture.path() + QStringLiteral("-wal"));
        if (!log.exists())
            qFatal("there is no log");
        if (damage == QLatin1String("deleted")) {
            log.remove();
        } else if (damage == QLatin1String("truncated")) {
            log.resize(log.size() / 2);
        } else {
            // The second half, so that the commits in it are gone.
            if (!log.open(QIODevice::ReadWrite) || !log.seek(log.size() / 2))
                qFatal("the log cannot be opened");
            log.write(QByteArray(static_cast<qsizetype>(log.size() - log.size() / 2), '\0'));
            log.close();
        }
        const auto region = regionOf(fixture.store(), "log");
        const auto entry = get(fixture.store(), region, keyOf(acknowledged));
        return entry && entry->value.toInt() < acknowledged;
    };
    QVERIFY(!oldValueIsRead({}));
    if (damage == QLatin1String("deleted"))
        return; // The old values were in the log as well.
    StoreFaults off;
    off.skipLogChecks = true;
    QVERIFY2(oldValueIsRead(off), "the test does not see that logs are not checked");
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (application.arguments().value(1) == QLatin1String("child"))
        return playChild(application.arguments());
    tst_StoreProcesses test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_storeprocesses.moc"
