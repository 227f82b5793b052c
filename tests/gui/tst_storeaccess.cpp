// SPDX-License-Identifier: MIT
#include "guitest.h"
#include "session/livesession.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/journal.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

using namespace InfraConsole;

// What a session makes of a store of other processes.
class StoreAccessTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void whatWasJournalledBeforeNamesItsWriter();
    void whatMayOnlyBeReadIsShownReadOnly();
};

namespace {

SessionOptions options(const QString &path)
{
    SessionOptions result;
    result.storeUrl = QStringLiteral("sqlite://") + path;
    result.sourceName = QStringLiteral("cache.db");
    return result;
}

// While it exists, files are opened as somebody who owns none of them; who is not root already is somebody whom modes bind.
class OtherAccount
{
public:
    OtherAccount() : m_isOther(::geteuid() == 0 && ::seteuid(Nobody) == 0) {}
    ~OtherAccount()
    {
        if (m_isOther && ::seteuid(0) != 0)
            qFatal("The account cannot be taken back.");
    }
    OtherAccount(const OtherAccount &) = delete;
    OtherAccount &operator=(const OtherAccount &) = delete;

private:
    static constexpr uid_t Nobody = 65534;
    const bool m_isOther;
};

constexpr char ServeOption[] = "--serve";

// A service with one entry that publishes, until its input ends.
int serve(const QString &url)
{
    Infra::StoreOptions opening;
    opening.url = url;
    const auto store = Infra::CacheStore::open(opening);
    if (!store)
        return 1;
    const auto cache = Infra::Cache::create(**store, "orders");
    if (!cache || !(*cache)->set("order:1", "a value"))
        return 1;
    const auto registry = std::make_shared<Infra::MetricRegistry>();
    const Infra::MetricRegistry::Registration registration = registry->add(**cache);
    Infra::PublisherOptions publishing;
    publishing.service = QStringLiteral("data-api");
    const auto publisher = Infra::TelemetryPublisher::create((*store)->telemetryChannel(), registry, publishing);
    if (!publisher || !(*publisher)->publish(std::chrono::seconds(5)))
        return 1;
    std::puts("ready");
    std::fflush(stdout);
    while (std::getchar() != EOF) { }
    return 0;
}

// Merged over all instances.
const CacheRow *region(const Session &session, const QByteArray &name)
{
    for (const CacheRow &row : session.snapshot()->caches) {
        if (row.instanceId.isEmpty() && row.region == name)
            return &row;
    }
    return nullptr;
}

} // namespace

void StoreAccessTest::whatWasJournalledBeforeNamesItsWriter()
{
    QTemporaryDir home;
    const SessionOptions wanted = options(home.filePath(QStringLiteral("cache.db")));
    Infra::StoreOptions opening;
    opening.url = wanted.storeUrl;
    const auto store = Infra::CacheStore::open(opening);
    QVERIFY(store);
    Infra::PublisherOptions publishing;
    publishing.service = QStringLiteral("data-api");
    const auto publisher = Infra::TelemetryPublisher::create((*store)->telemetryChannel(), std::make_shared<Infra::MetricRegistry>(), publishing);
    QVERIFY(publisher);
    QVERIFY((*publisher)->publish(std::chrono::seconds(5)));
    Infra::JournalEvent event;
    event.instanceId = (*publisher)->instanceId();
    event.body = Infra::HealthChangeEvent{QStringLiteral("ai-query"), QStringLiteral("up"), QStringLiteral("down"), {}};
    QVERIFY(Infra::Journal((*store)->telemetryChannel()).append(event, std::chrono::seconds(5)));

    LiveSession session(wanted);
    session.start();
    const auto found = [&session]() -> const EventRow * {
        for (const EventRow &row : session.snapshot()->events) {
            if (row.kind == EventKind::HealthChanged)
                return &row;
        }
        return nullptr;
    };
    QTRY_VERIFY(found());
    QVERIFY2(found()->text.startsWith(QStringLiteral("data-api (pid ")), qPrintable(found()->text));
}

void StoreAccessTest::whatMayOnlyBeReadIsShownReadOnly()
{
    QTemporaryDir home;
    const QString path = home.filePath(QStringLiteral("cache.db"));
    const SessionOptions wanted = options(path);
    // Another process is the service: of the locks and maps that it holds, this one shares nothing.
    QProcess service;
    service.start(QCoreApplication::applicationFilePath(), {QString::fromLatin1(ServeOption), wanted.storeUrl});
    QVERIFY(service.waitForReadyRead(15'000));
    QCOMPARE(service.readLine(), QByteArray("ready\n"));
    const auto setModes = [&home](mode_t ofFiles, mode_t ofFolder) {
        const auto files = QDir(home.path()).entryList(QDir::Files);
        for (const QString &file : files)
            QVERIFY(::chmod(QFile::encodeName(home.filePath(file)).constData(), ofFiles) == 0);
        QVERIFY(::chmod(QFile::encodeName(home.path()).constData(), ofFolder) == 0);
    };
    setModes(0444, 0555);
    {
        const OtherAccount account;
        QVERIFY(::eaccess(QFile::encodeName(path).constData(), R_OK) == 0);
        QVERIFY(::eaccess(QFile::encodeName(home.path()).constData(), W_OK) != 0);
        LiveSession session(wanted);
        QSignalSpy failed(&session, &LiveSession::openFailed);
        QSignalSpy changed(&session, &Session::accessChanged);
        session.start();
        QVERIFY(!session.isReadOnly());
        QTRY_VERIFY_WITH_TIMEOUT(failed.count() > 0 || session.snapshot()->source == SourceState::Live, 15'000);
        QVERIFY2(failed.isEmpty(), "it is not shown at all");
        QCOMPARE(changed.count(), 1);
        QVERIFY(session.isReadOnly());
        QVERIFY2(session.readOnlyReason().contains(QStringLiteral("cache.db")), qPrintable(session.readOnlyReason()));
        // Charts need what the service publishes.
        QTRY_VERIFY_WITH_TIMEOUT(region(session, "orders") && region(session, "orders")->requestsPerSecond, 15'000);
        const auto entries = session.entries("orders", {}, {}, 10);
        QTRY_VERIFY(entries.isFinished());
        QVERIFY(entries.result() && entries.result()->entries.size() == 1);
        const auto refused = session.invalidate("orders", Infra::Target::region());
        QTRY_VERIFY(refused.isFinished());
        QVERIFY(!refused.result());
        QCOMPARE(refused.result().error().kind, Infra::Error::Kind::ReadOnly);
    }
    setModes(0644, 0755);
    service.closeWriteChannel();
    QVERIFY(service.waitForFinished(15'000));
}

int main(int argc, char **argv)
{
    if (argc == 3 && qstrcmp(argv[1], ServeOption) == 0) {
        const QCoreApplication application(argc, argv);
        return serve(QString::fromLocal8Bit(argv[2]));
    }
    QApplication application(argc, argv);
    StoreAccessTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_storeaccess.moc"
