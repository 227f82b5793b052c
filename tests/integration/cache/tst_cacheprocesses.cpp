// SPDX-License-Identifier: MIT
// What the memory tier of one process serves once another process has found the store broken. The test program is its
// own child: "child DATABASE" answers what it is asked for until its input ends.
#include "damage.h"
#include "failonwarning.h"
#include "storefixture.h"

#include <infra/cache.h>

#include <QCoreApplication>
#include <QFile>
#include <QProcess>
#include <QtTest>

#include <cstdio>
#include <iostream>
#include <string>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

namespace {

constexpr char Region[] = "users";
constexpr int AnswerPatience = 60'000;

StoreFaults faultsOf(const QString &broken)
{
    StoreFaults faults;
    faults.skipIdentityChecks = broken == QLatin1String("identity");
    faults.skipMarks = broken == QLatin1String("marks");
    return faults;
}

// Answers "VALUE HITS" to each key it is given: the value, "-" for none, "!" for an error; how often memory had it.
int playReader(const QString &path, const QString &broken)
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    // Only what a read notices by itself counts.
    options.housekeepingInterval = std::chrono::minutes(1);
    auto store = SqliteStore::open(options, path, faultsOf(broken));
    if (!store)
        return 1;
    auto cache = Cache::create(*store, Region);
    if (!cache)
        return 1;
    for (std::string key; std::getline(std::cin, key);) {
        const auto value = (*cache)->get(QByteArray::fromStdString(key));
        const QByteArray answer = !value ? QByteArray("!") : *value ? **value : QByteArray("-");
        std::printf("%s %llu\n", answer.constData(), static_cast<unsigned long long>((*cache)->statistics().memory.hits));
        std::fflush(stdout);
    }
    return 0;
}

struct Answer
{
    QByteArray value;
    qulonglong memoryHits = 0;
};

class Reader
{
public:
    explicit Reader(const QString &path, const QString &broken)
    {
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        m_process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("child"), path, broken});
        if (!m_process.waitForStarted())
            qFatal("a child does not start");
    }
    ~Reader()
    {
        m_process.closeWriteChannel();
        if (!m_process.waitForFinished(AnswerPatience))
            m_process.kill();
    }
    Answer get(const QByteArray &key)
    {
        m_process.write(key + '\n');
        while (!m_process.canReadLine()) {
            if (!m_process.waitForReadyRead(AnswerPatience))
                qFatal("a child does not answer");
        }
        const QByteArrayList words = m_process.readLine().trimmed().split(' ');
        return {words.value(0), words.value(1).toULongLong()};
    }

private:
    QProcess m_process;
};

enum class Trouble { DatabaseDeleted, DatabaseReplaced, DatabaseDamaged, LogDeleted, CoherenceDeleted, CoherenceTruncated };

void makeTrouble(const StoreFixture &fixture, Trouble trouble)
{
    const QString &path = fixture.path();
    switch (trouble) {
    case Trouble::DatabaseDeleted:
        QVERIFY(QFile::remove(path));
        break;
    case Trouble::DatabaseReplaced: {
        StoreFixture other;
        QVERIFY(put(other.store(), regionOf(other.store(), Region), "key", "foreign").applied);
        other.close();
        QVERIFY(QFile::remove(path));
        QVERIFY(QFile::copy(other.path(), path));
        break;
    }
    case Trouble::DatabaseDamaged: {
        // Every page of it, and of the log: whoever reads meets it.
        for (const char *suffix : {"", "-wal"}) {
            QFile file(path + QLatin1String(suffix));
            QVERIFY(file.open(QIODevice::ReadWrite | QIODevice::Unbuffered));
            const QByteArray zeros(static_cast<qsizetype>(file.size()), '\0');
            QVERIFY(file.write(zeros) == zeros.size());
        }
        break;
    }
    case Trouble::LogDeleted:
        QVERIFY(QFile::remove(path + QStringLiteral("-wal")));
        break;
    case Trouble::CoherenceDeleted:
        QVERIFY(QFile::remove(path + QStringLiteral(".coherence")));
        break;
    case Trouble::CoherenceTruncated:
        QVERIFY(QFile::resize(path + QStringLiteral(".coherence"), 0));
        break;
    }
}

} // namespace

class tst_CacheProcesses : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void memoryOfAnotherProcessForgetsALostStore_data();
    void memoryOfAnotherProcessForgetsALostStore();
    void memoryOfAnotherProcessForgetsWhatIsSetOrInvalidated_data();
    void memoryOfAnotherProcessForgetsWhatIsSetOrInvalidated();
};

void tst_CacheProcesses::memoryOfAnotherProcessForgetsALostStore_data()
{
    QTest::addColumn<int>("trouble");
    QTest::newRow("database deleted") << static_cast<int>(Trouble::DatabaseDeleted);
    QTest::newRow("database replaced") << static_cast<int>(Trouble::DatabaseReplaced);
    QTest::newRow("database damaged") << static_cast<int>(Trouble::DatabaseDamaged);
    QTest::newRow("log deleted") << static_cast<int>(Trouble::LogDeleted);
    QTest::newRow("coherence file deleted") << static_cast<int>(Trouble::CoherenceDeleted);
    QTest::newRow("coherence file truncated") << static_cast<int>(Trouble::CoherenceTruncated);
}

void tst_CacheProcesses::memoryOfAnotherProcessForgetsALostStore()
{
    QFETCH(int, trouble);
    const auto kind = static_cast<Trouble>(trouble);
    const auto valueBehind = [&](const QString &broken) -> QByteArray {
        StoreFixture fixture(faultsOf(broken));
        auto &store = fixture.store();
        const auto region = regionOf(store, Region);
        static_cast<void>(put(store, region, "key", "old"));
        Reader reader(fixture.path(), broken);
        // From now on the other process has it in memory.
        static_cast<void>(reader.get("key"));
        const Answer before = reader.get("key");
        const Answer again = reader.get("key");
        if (again.value != "old" || again.memoryHits != before.memoryHits + 1)
            qFatal("the value is not in memory");
        makeTrouble(fixture, kind);
        // This process meets the trouble by a write to another key, and mends it.
        static_cast<void>(put(store, region, "another", "1"));
        if (kind == Trouble::CoherenceDeleted || kind == Trouble::CoherenceTruncated)
            static_cast<void>(put(store, region, "key", "new"));
        return reader.get("key").value;
    };
    const QByteArray value = valueBehind(QString());
    switch (kind) {
    case Trouble::CoherenceDeleted:
    case Trouble::CoherenceTruncated:
        QCOMPARE(value, QByteArray("new"));
        break;
    case Trouble::DatabaseReplaced:
        QCOMPARE(value, QByteArray("foreign"));
        break;
    default:
        QCOMPARE(value, QByteArray("-"));
        break;
    }
    // The test of the test.
    if (kind == Trouble::DatabaseDeleted || kind == Trouble::DatabaseReplaced)
        QCOMPARE(valueBehind(QStringLiteral("identity")), QByteArray("old"));
}

void tst_CacheProcesses::memoryOfAnotherProcessForgetsWhatIsSetOrInvalidated_data()
{
    QTest::addColumn<bool>("isSet");
    QTest::newRow("set") << true;
    QTest::newRow("invalidated") << false;
}

void tst_CacheProcesses::memoryOfAnotherProcessForgetsWhatIsSetOrInvalidated()
{
    QFETCH(bool, isSet);
    const auto valueBehind = [&](const QString &broken) {
        StoreFixture fixture(faultsOf(broken));
        auto &store = fixture.store();
        const auto region = regionOf(store, Region);
        static_cast<void>(put(store, region, "key", "old"));
        Reader reader(fixture.path(), broken);
        static_cast<void>(reader.get("key"));
        static_cast<void>(reader.get("key"));
        if (isSet)
            static_cast<void>(put(store, region, "key", "new"));
        else if (!store.invalidate(region, Target::region(), "test", std::chrono::seconds(20)))
            qFatal("the store refuses");
        return reader.get("key").value;
    };
    QCOMPARE(valueBehind(QString()), QByteArray(isSet ? "new" : "-"));
    QCOMPARE(valueBehind(QStringLiteral("marks")), QByteArray("old"));
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (application.arguments().value(1) == QLatin1String("child"))
        return playReader(application.arguments().value(2), application.arguments().value(3));
    tst_CacheProcesses test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_cacheprocesses.moc"
