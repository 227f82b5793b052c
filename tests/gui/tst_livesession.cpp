// SPDX-License-Identifier: MIT
#include "application.h"
#include "commandline.h"
#include "guitest.h"
#include "mainwindow.h"
#include "pages/keyspage.h"
#include "pages/servicedialog.h"
#include "pages/servicespage.h"
#include "session/livesession.h"
#include "session/storefile.h"
#include "settings.h"
#include "settingsdialog.h"
#include "singleinstance.h"
#include "widgets/datatable.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/clock.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>

#include <QAbstractItemModelTester>
#include <QAction>
#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPointer>
#include <QProcess>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QThread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace InfraConsole;

// A session on a real store, with a real socket behind its services.
class LiveSessionTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void badCommandLinesAreOneSentence_data();
    void badCommandLinesAreOneSentence();
    void badFilesAreNamedAndNotTouched_data();
    void badFilesAreNamedAndNotTouched();
    void aClickOnCheckYieldsVerdictAndLatency();
    void aServiceThatEndsIsUnreachableWithTheReason();
    void keysAreBrowsedThatNoServiceUses();
    void aBadAddressIsRefusedInTheDialog();
    void aRemovedStoreIsLostAndDated();
    void aLostStoreLeavesItsLastFiguresAndAccusesNobody();
    void whatIsNoStoreFailsToOpen();
    void aStoreThatDoesNotAnswerHoldsUpNothing();
    void aClosedSessionIsHeardOfOnce();
    void aStoreThatIsOpenKeepsItsLocks();
    void settingsKeepServicesAndRecentStores();
    void anImportSaysWhatItRefusedLetterByLetter();
    void storesAreTheSameHoweverTheirUrlsAreSpelled_data();
    void storesAreTheSameHoweverTheirUrlsAreSpelled();
    void aProfileGuardsItsStoreHoweverItIsSpelled_data();
    void aProfileGuardsItsStoreHoweverItIsSpelled();
    void theStrictestOfTheProfilesOfAStoreApplies();
    void safetyThatIsTickedAppliesAtOnce();
    void aStoreHasOneWindowHoweverItIsSpelled();

private:
    [[nodiscard]] SessionOptions options() const;
    // Of an operator who checks no services, so that nothing is asked of the network.
    [[nodiscard]] std::unique_ptr<Settings> settingsWith(const std::vector<Profile> &profiles) const;

    QTemporaryDir m_home;
    QString m_url;
    // The same store by another name.
    QString m_linkUrl;
    QString m_relativeUrl;
};

namespace {

// Answers every request with a health report.
class HealthServer : public QTcpServer
{
public:
    HealthServer()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *const socket = nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, socket, [socket] {
                    if (!socket->readAll().contains("\r\n\r\n"))
                        return;
                    const QByteArray body = R"({"status":"pass"})";
                    socket->write("HTTP/1.1 200 OK\r\nContent-Type: application/health+json\r\nConnection: close\r\nContent-Length: "
                                  + QByteArray::number(body.size()) + "\r\n\r\n" + body);
                    socket->disconnectFromHost();
                });
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
    }
    [[nodiscard]] QUrl url() const { return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(serverPort())); }
};

const ServiceRow *service(const Session &session, const QString &name)
{
    for (const ServiceRow &row : session.snapshot()->services) {
        if (row.name == name)
            return &row;
    }
    return nullptr;
}

// Opens no store for others: they wait for the opening lock until their deadline.
class HeldOpening
{
public:
    explicit HeldOpening(const QString &store)
        : m_descriptor(::open(QFile::encodeName(store + QStringLiteral(".loads")).constData(), O_RDWR | O_CLOEXEC))
    {
        struct flock range = {};
        range.l_type = F_WRLCK;
        range.l_whence = SEEK_SET;
        range.l_len = 1;
        m_isHeld = m_descriptor >= 0 && ::fcntl(m_descriptor, F_OFD_SETLK, &range) == 0;
    }
    ~HeldOpening() { ::close(m_descriptor); }
    HeldOpening(const HeldOpening &) = delete;
    HeldOpening &operator=(const HeldOpening &) = delete;
    [[nodiscard]] bool isHeld() const { return m_isHeld; }

private:
    const int m_descriptor;
    bool m_isHeld = false;
};

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

void LiveSessionTest::initTestCase()
{
    QVERIFY(m_home.isValid());
    // Where consoles of one operator find each other.
    qputenv("XDG_RUNTIME_DIR", m_home.path().toLocal8Bit());
    m_url = QStringLiteral("sqlite://") + m_home.filePath(QStringLiteral("cache.db"));
    Infra::StoreOptions store;
    store.url = m_url;
    const auto created = Infra::CacheStore::open(store);
    QVERIFY2(created, created ? "" : qPrintable(created.error().message));
    const QString link = m_home.filePath(QStringLiteral("link.db"));
    QVERIFY(QFile::link(m_home.filePath(QStringLiteral("cache.db")), link));
    m_linkUrl = QStringLiteral("sqlite://") + link;
    m_relativeUrl = QStringLiteral("sqlite:") + QDir::current().relativeFilePath(m_home.filePath(QStringLiteral("cache.db")));
}

SessionOptions LiveSessionTest::options() const
{
    SessionOptions result;
    result.storeUrl = m_url;
    result.sourceName = QStringLiteral("cache.db");
    result.health.interval = std::chrono::seconds(60);
    result.health.failuresToFlip = 1;
    return result;
}

void LiveSessionTest::badCommandLinesAreOneSentence_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("unknown option") << QStringList{QStringLiteral("--bogus")} << QStringLiteral("bogus");
    QTest::newRow("scheme") << QStringList{QStringLiteral("--store"), QStringLiteral("http://x")} << QStringLiteral("http");
    QTest::newRow("size") << QStringList{QStringLiteral("--size"), QStringLiteral("9x9")} << QStringLiteral("9x9");
    QTest::newRow("two sources") << QStringList{QStringLiteral("--demo"), QStringLiteral("--store"), QStringLiteral("sqlite:///a")}
                                 << QStringLiteral("--demo");
    QTest::newRow("two actions") << QStringList{QStringLiteral("--stats"), QStringLiteral("--check"), QStringLiteral("all")}
                                 << QStringLiteral("--check");
    QTest::newRow("argument") << QStringList{QStringLiteral("cache.db")} << QStringLiteral("cache.db");
    QTest::newRow("json alone") << QStringList{QStringLiteral("--json")} << QStringLiteral("--json");
}

void LiveSessionTest::badCommandLinesAreOneSentence()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    const auto parsed = parseCommandLine(QStringList{QStringLiteral("infra-console")} + arguments);
    QVERIFY(!parsed);
    QVERIFY2(parsed.error().message.contains(named), qPrintable(parsed.error().message));
    QVERIFY(!parsed.error().message.contains(QLatin1Char('\n')));
}

void LiveSessionTest::badFilesAreNamedAndNotTouched_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("says");
    QTest::newRow("empty") << QByteArray("") << QStringLiteral("not a database");
    QTest::newRow("text") << QByteArray("a letter to a friend, long enough to be one") << QStringLiteral("not a database");
    QTest::newRow("missing") << QByteArray() << QStringLiteral("no such file");
}

void LiveSessionTest::badFilesAreNamedAndNotTouched()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, says);
    const QString path = m_home.filePath(QStringLiteral("bad.db"));
    QFile::remove(path);
    if (!content.isNull()) {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    const auto usable = checkUnopenedStoreFile(Infra::DatabaseUrl::forSqliteFile(path));
    QVERIFY(!usable);
    QVERIFY2(usable.error().message.contains(says), qPrintable(usable.error().message));
    QCOMPARE(QFile::exists(path), !content.isNull());
    if (QFile file(path); file.exists()) {
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
    }
}

void LiveSessionTest::aClickOnCheckYieldsVerdictAndLatency()
{
    HealthServer server;
    SessionOptions wanted = options();
    wanted.services = {{QStringLiteral("data-api"), server.url()}};
    LiveSession session(wanted);
    ViewContext view;
    ServicesPage page(session, view);
    QObject::connect(&session, &Session::snapshotChanged, &page, [&] { page.setSnapshot(session.snapshot()); });
    const QAbstractItemModelTester tester(page.table()->view()->model(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    page.resize(1000, 600);
    page.show();
    session.start();
    QTRY_VERIFY(service(session, QStringLiteral("data-api")));
    QTRY_COMPARE(service(session, QStringLiteral("data-api"))->verdict, Verdict::Up);
    const auto before = service(session, QStringLiteral("data-api"))->heartbeats.size();
    auto *const button = page.findChild<QPushButton *>(QStringLiteral("checkServiceButton"));
    QVERIFY(button);
    QTRY_VERIFY(button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_COMPARE(service(session, QStringLiteral("data-api"))->heartbeats.size(), before + 1);
    QVERIFY(service(session, QStringLiteral("data-api"))->latency.has_value());
    QCOMPARE(page.currentService(), QStringLiteral("data-api"));
}

void LiveSessionTest::aServiceThatEndsIsUnreachableWithTheReason()
{
    auto server = std::make_unique<HealthServer>();
    SessionOptions wanted = options();
    wanted.services = {{QStringLiteral("data-api"), server->url()}};
    LiveSession session(wanted);
    session.start();
    QTRY_VERIFY(service(session, QStringLiteral("data-api")));
    QTRY_COMPARE(service(session, QStringLiteral("data-api"))->verdict, Verdict::Up);
    server.reset();
    session.checkService(QStringLiteral("data-api"));
    QTRY_COMPARE(service(session, QStringLiteral("data-api"))->verdict, Verdict::Unreachable);
    QVERIFY(!service(session, QStringLiteral("data-api"))->reason.isEmpty());
    QTRY_VERIFY(!session.snapshot()->attention.empty());
    QCOMPARE(session.snapshot()->attention.front().subject, QStringLiteral("data-api"));
    QCOMPARE(session.snapshot()->attention.front().severity, Severity::Critical);
    QTRY_VERIFY(!session.snapshot()->events.empty());
    QCOMPARE(session.snapshot()->events.front().kind, EventKind::HealthChanged);
}

void LiveSessionTest::keysAreBrowsedThatNoServiceUses()
{
    SessionOptions wanted = options();
    wanted.storeUrl = QStringLiteral("sqlite://") + m_home.filePath(QStringLiteral("quiet.db"));
    {
        Infra::StoreOptions store;
        store.url = wanted.storeUrl;
        const auto opened = Infra::CacheStore::open(store);
        QVERIFY2(opened, opened ? "" : qPrintable(opened.error().message));
        const auto cache = Infra::Cache::create(**opened, "orders");
        QVERIFY2(cache, cache ? "" : qPrintable(cache.error().message));
        QVERIFY((*cache)->set("order:1", "a value"));
    }
    LiveSession session(wanted);
    ViewContext view;
    KeysPage page(session, view);
    QObject::connect(&session, &Session::snapshotChanged, &page, [&] { page.setSnapshot(session.snapshot()); });
    page.resize(1000, 600);
    // Its first question comes before the store is open.
    page.show();
    session.start();
    QTRY_COMPARE(page.region(), QByteArray("orders"));
    QTRY_COMPARE(page.model()->rowCount(), 1);
    QCOMPARE(page.model()->entry(0).key, QByteArray("order:1"));
    QVERIFY(session.snapshot()->caches.empty());
}

void LiveSessionTest::aBadAddressIsRefusedInTheDialog()
{
    LiveSession session(options());
    QPointer<ServiceDialog> dialog = new ServiceDialog({}, {}, [&session](const QString &name, const QString &url) {
        return session.addService(name, url);
    });
    dialog->open();
    dialog->findChild<QLineEdit *>(QStringLiteral("serviceName"))->setText(QStringLiteral("data-api"));
    auto *const url = dialog->findChild<QLineEdit *>(QStringLiteral("serviceUrl"));
    auto *const save = dialog->findChild<QPushButton *>(QStringLiteral("serviceSave"));
    for (const char *const bad : {"", "data-api", "ftp://data-api", "http://", "http://user:secret@data-api"}) {
        url->setText(QString::fromLatin1(bad));
        save->click();
        QVERIFY(dialog);
        QVERIFY2(!dialog->findChild<QLabel *>(QStringLiteral("serviceProblem"))->isHidden(), bad);
        QVERIFY(session.services().empty());
    }
    url->setText(QStringLiteral("http://127.0.0.1:9"));
    save->click();
    QTRY_VERIFY(!dialog);
    QCOMPARE(session.services().size(), std::size_t{1});
    const auto twice = session.addService(QStringLiteral("data-api"), QStringLiteral("http://127.0.0.1:10"));
    QVERIFY(!twice);
    QCOMPARE(twice.error().kind, Infra::Error::Kind::Conflict);
}

void LiveSessionTest::aRemovedStoreIsLostAndDated()
{
    const QString path = m_home.filePath(QStringLiteral("lost.db"));
    SessionOptions wanted = options();
    wanted.storeUrl = QStringLiteral("sqlite://") + path;
    {
        Infra::StoreOptions store;
        store.url = wanted.storeUrl;
        QVERIFY(Infra::CacheStore::open(store));
    }
    LiveSession session(wanted);
    session.start();
    QTRY_COMPARE(session.snapshot()->source, SourceState::Live);
    const auto files = QDir(m_home.path()).entryList({QStringLiteral("lost.db*")});
    for (const QString &file : files)
        QVERIFY(QFile::remove(m_home.filePath(file)));
    QTRY_COMPARE_WITH_TIMEOUT(session.snapshot()->source, SourceState::Lost, 15'000);
    QVERIFY(!session.snapshot()->sourceMessage.isEmpty());
    QVERIFY(session.snapshot()->lastDataAt != SystemTime{});
    QVERIFY(!QFile::exists(path));
}

void LiveSessionTest::aLostStoreLeavesItsLastFiguresAndAccusesNobody()
{
    const QString path = m_home.filePath(QStringLiteral("figures.db"));
    Infra::StoreOptions opening;
    opening.url = QStringLiteral("sqlite://") + path;
    QVERIFY(Infra::CacheStore::open(opening));
    // As the console opens it: a file that is gone is not made anew.
    opening.accessMode = Infra::StoreOptions::AccessMode::Existing;
    auto store = Infra::CacheStore::open(opening);
    QVERIFY(store);
    const auto cache = Infra::Cache::create(**store, "orders");
    QVERIFY(cache);
    const auto registry = std::make_shared<Infra::MetricRegistry>();
    const Infra::MetricRegistry::Registration registration = registry->add(**cache);
    Infra::PublisherOptions publishing;
    publishing.service = QStringLiteral("data-api");
    auto publisher = Infra::TelemetryPublisher::create((*store)->telemetryChannel(), registry, publishing);
    QVERIFY(publisher);

    SessionOptions wanted = options();
    wanted.storeUrl = opening.url;
    LiveSession session(wanted);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(region(session, "orders") && region(session, "orders")->requestsPerSecond, 15'000);
    QVERIFY(QFile::remove(path));
    QTRY_VERIFY_WITH_TIMEOUT((session.refresh(), session.snapshot()->source == SourceState::Lost), 15'000);
    // As much silence as makes a process of a store that answers stale.
    publisher->reset();
    const SystemTime ended = Infra::Clock::system().systemNow();
    const SystemTime silent = ended + 3 * publishing.interval + std::chrono::milliseconds(200);
    QTRY_VERIFY_WITH_TIMEOUT((session.refresh(), session.snapshot()->at > silent), 15'000);
    const SnapshotPointer last = session.snapshot();
    QCOMPARE(last->source, SourceState::Lost);
    QVERIFY(last->lastDataAt <= ended);
    const CacheRow *const row = region(session, "orders");
    QVERIFY(row && !row->stale);
    QVERIFY(row->requestsPerSecond.has_value());
    QCOMPARE(last->instances.size(), std::size_t{1});
    QVERIFY(!last->instances.front().stale);
    for (const Attention &each : last->attention)
        QVERIFY2(each.subject != publishing.service, qPrintable(each.sentence));
}

void LiveSessionTest::whatIsNoStoreFailsToOpen()
{
    const QString path = m_home.filePath(QStringLiteral("letter.db"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("a letter to a friend, long enough to be one");
    file.close();
    SessionOptions wanted = options();
    wanted.storeUrl = QStringLiteral("sqlite://") + path;
    LiveSession session(wanted);
    QSignalSpy failed(&session, &LiveSession::openFailed);
    session.start();
    QTRY_COMPARE(failed.count(), 1);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("a letter to a friend, long enough to be one"));
}

void LiveSessionTest::aStoreThatDoesNotAnswerHoldsUpNothing()
{
    const QString path = m_home.filePath(QStringLiteral("held.db"));
    Infra::StoreOptions store;
    store.url = QStringLiteral("sqlite://") + path;
    {
        const auto created = Infra::CacheStore::open(store);
        QVERIFY2(created, created ? "" : qPrintable(created.error().message));
    }
    auto held = std::make_unique<HeldOpening>(path);
    QVERIFY(held->isHeld());

    Application console(CommandLine(), settingsWith({}));
    console.openStore(store.url);
    const QPointer<LiveSession> before = console.session();
    QVERIFY(before);
    QTest::qWait(200); // It waits for the lock by now.
    console.openStore(m_url);
    QVERIFY(before && !before->isClosed()); // Not waited for.
    QVERIFY(console.session() != before.data());
    QTRY_COMPARE(console.session()->snapshot()->source, SourceState::Live);
    held.reset();
    QTRY_VERIFY_WITH_TIMEOUT(!before, 15'000);
    QCOMPARE(console.session()->snapshot()->source, SourceState::Live);
}

void LiveSessionTest::aClosedSessionIsHeardOfOnce()
{
    LiveSession session(options());
    QSignalSpy closed(&session, &LiveSession::closed);
    QSignalSpy changed(&session, &Session::snapshotChanged);
    session.start();
    QTRY_VERIFY(session.isOpen());
    const auto entries = session.entries("orders", {}, {}, 100);
    session.close();
    const auto before = changed.count();
    QVERIFY(!session.isOpen());
    QTRY_VERIFY(session.isClosed());
    QTRY_COMPARE(closed.count(), 1);
    session.close();
    session.refresh();
    QTest::qWait(50);
    QCOMPARE(closed.count(), 1);
    QCOMPARE(changed.count(), before);
}

// Without SQLite's locks, which any look into the file drops, the next program that closes it takes its log away.
void LiveSessionTest::aStoreThatIsOpenKeepsItsLocks()
{
    Application console(CommandLine(), settingsWith({Profile{QStringLiteral("shop"), m_url, false, false}}));
    console.openStore(m_url);
    const QPointer<LiveSession> before = console.session();
    QTRY_VERIFY(before && before->isOpen());
    console.openStore(m_url);
    QTRY_VERIFY(!before);
    QTRY_VERIFY(console.session()->isOpen());
    console.window()->openSettings();
    console.window()->findChild<SettingsDialog *>()->accept();

    const QString path = m_home.filePath(QStringLiteral("cache.db"));
    const auto inodeOfLog = [log = QByteArray(QFile::encodeName(path) + "-wal")] {
        struct stat status = {};
        return ::stat(log.constData(), &status) == 0 ? status.st_ino : ino_t{0};
    };
    const ino_t inode = inodeOfLog();
    QVERIFY(inode != 0);
    const QString script = QStringLiteral("import sqlite3, sys\n"
                                          "connection = sqlite3.connect(sys.argv[1])\n"
                                          "connection.execute('SELECT count(*) FROM entries').fetchall()\n"
                                          "connection.close()\n");
    QCOMPARE(QProcess::execute(QStringLiteral("python3"), {QStringLiteral("-c"), script, path}), 0);
    QCOMPARE(inodeOfLog(), inode);
}

void LiveSessionTest::settingsKeepServicesAndRecentStores()
{
    const QString path = m_home.filePath(QStringLiteral("settings.ini"));
    const std::vector<Infra::ServiceEndpoint> services{{QStringLiteral("a"), QUrl(QStringLiteral("http://a:1"))},
                                                       {QStringLiteral("b"), QUrl(QStringLiteral("http://b:2"))}};
    {
        Settings settings(std::make_unique<QSettings>(path, QSettings::IniFormat));
        QVERIFY(!settings.services());
        settings.setServices(services);
        for (int store = 0; store < 12; ++store)
            settings.addRecentStore(QStringLiteral("sqlite:///%1.db").arg(store));
        settings.addRecentStore(QStringLiteral("sqlite:///7.db"));
    }
    const Settings settings(std::make_unique<QSettings>(path, QSettings::IniFormat));
    QVERIFY(settings.services() == services);
    QCOMPARE(settings.recentStores().size(), 8);
    QCOMPARE(settings.recentStores().front(), QStringLiteral("sqlite:///7.db"));
}

void LiveSessionTest::anImportSaysWhatItRefusedLetterByLetter()
{
    LiveSession session(options());
    ViewContext view;
    ServicesPage page(session, view);
    page.importList(R"([{"name":"<img src='x'>","url":"ftp://a"}])");
    auto *const box = page.findChild<QMessageBox *>(QStringLiteral("importServicesBox"));
    QVERIFY(box);
    QVERIFY2(box->informativeText().contains(QStringLiteral("<img src='x'>")), qPrintable(box->informativeText()));
    int shown = 0;
    for (const QLabel *const label : box->findChildren<QLabel *>()) {
        if (label->text().isEmpty())
            continue;
        QCOMPARE(label->textFormat(), Qt::PlainText);
        ++shown;
    }
    QCOMPARE(shown, 2);
}

void LiveSessionTest::storesAreTheSameHoweverTheirUrlsAreSpelled_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("same");
    const auto add = [](const char *one, const char *other, bool same) {
        QTest::addRow("%s and %s", one, other) << QString::fromLatin1(one) << QString::fromLatin1(other) << same;
    };
    add("sqlite:///srv/a.db", "sqlite:////srv/a.db", true);
    add("sqlite:///srv/a.db", "SQLITE:///srv/x/.././/a.db?busy_timeout=100&mode=ro", true);
    add("sqlite:///srv/a.db", "sqlite:///srv/%61.db", true);
    add("sqlite:///srv/a.db", "sqlite:///srv/b.db", false);
    add("sqlite:///srv/a.db", "sqlite:///srv/A.db", false);
    add("postgresql://ann:one@db/shop", "postgres://bob:two@DB:5432/shop?connect_timeout=2", true);
    add("postgresql:///shop?host=/run/postgresql", "postgresql:///shop?host=/run/other", false);
    add("postgresql://db/shop", "postgresql://db:5433/shop", false);
    add("postgresql://db/shop", "postgresql://db/other", false);
    add("no URL", "no URL", true);
    add("no URL", "neither", false);
}

void LiveSessionTest::storesAreTheSameHoweverTheirUrlsAreSpelled()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    QFETCH(bool, same);
    QCOMPARE(storeKey(one) == storeKey(other), same);
    // What is compared and handed to other consoles tells no secrets.
    if (one.contains(QLatin1Char('@')))
        QVERIFY(!storeKey(one).contains(QStringLiteral("ann")) && !storeKey(one).contains(QStringLiteral("one")));
}

std::unique_ptr<Settings> LiveSessionTest::settingsWith(const std::vector<Profile> &profiles) const
{
    const QString path = m_home.filePath(QString::fromLatin1(QTest::currentTestFunction()) + QStringLiteral(".ini"));
    auto result = std::make_unique<Settings>(std::make_unique<QSettings>(path, QSettings::IniFormat));
    result->setServices({});
    result->setProfiles(profiles);
    return result;
}

void LiveSessionTest::aProfileGuardsItsStoreHoweverItIsSpelled_data()
{
    QTest::addColumn<QString>("spelling");
    const QString path = m_home.filePath(QStringLiteral("cache.db"));
    const auto add = [](const char *name, const QString &spelling) { QTest::newRow(name) << spelling; };
    add("as it is", m_url);
    add("four slashes", QStringLiteral("sqlite:///") + path);
    add("dots", QStringLiteral("sqlite://") + m_home.filePath(QStringLiteral("below/../cache.db")));
    add("relative", m_relativeUrl);
    add("escape", QStringLiteral("sqlite://") + m_home.filePath(QStringLiteral("%63ache.db")));
    add("option", m_url + QStringLiteral("?busy_timeout=100"));
    add("link", m_linkUrl);
}

void LiveSessionTest::aProfileGuardsItsStoreHoweverItIsSpelled()
{
    QFETCH(QString, spelling);
    Application console(CommandLine(), settingsWith({Profile{QStringLiteral("shop"), spelling, true, true}}));
    console.openStore(m_url);
    QVERIFY(console.session());
    QVERIFY(console.session()->isProduction());
    QVERIFY(console.session()->isReadOnly());
    QCOMPARE(console.session()->sourceName(), QStringLiteral("shop"));
}

void LiveSessionTest::theStrictestOfTheProfilesOfAStoreApplies()
{
    const QString otherUrl = QStringLiteral("sqlite:///srv/other.db");
    Application console(CommandLine(), settingsWith({Profile{QStringLiteral("plain"), m_url, false, false},
                                                     Profile{QStringLiteral("careful"), m_linkUrl, true, false},
                                                     Profile{QStringLiteral("looking"), m_url, false, true},
                                                     Profile{QStringLiteral("other"), otherUrl, true, true}}));
    console.openProfile(QStringLiteral("plain"));
    QVERIFY(console.session());
    QVERIFY(console.session()->isProduction() && console.session()->isReadOnly());
    QCOMPARE(console.session()->sourceName(), QStringLiteral("plain"));
    console.openStore(m_url);
    QVERIFY(console.session()->isProduction() && console.session()->isReadOnly());
    QCOMPARE(console.session()->sourceName(), QStringLiteral("careful"));
}

void LiveSessionTest::safetyThatIsTickedAppliesAtOnce()
{
    Application console(CommandLine(), settingsWith({Profile{QStringLiteral("shop"), m_linkUrl, false, false}}));
    console.openStore(m_url);
    const QPointer<LiveSession> before = console.session();
    QVERIFY(before && !before->isProduction() && !before->isReadOnly());
    auto *const invalidate = console.window()->findChild<QAction *>(QStringLiteral("invalidate"));
    QVERIFY(invalidate);
    QTRY_VERIFY(invalidate->isEnabled()); // Not before the store is open.

    console.window()->openSettings();
    QPointer<SettingsDialog> dialog = console.window()->findChild<SettingsDialog *>();
    QVERIFY(dialog);
    dialog->findChild<QSpinBox *>(QStringLiteral("thresholdHitRatio"))->setValue(80);
    dialog->accept();
    QCOMPARE(console.session(), before.data()); // Nothing of its safety has changed.
    QTRY_VERIFY(!dialog);

    console.window()->openSettings();
    dialog = console.window()->findChild<SettingsDialog *>();
    QVERIFY(dialog);
    dialog->findChild<QCheckBox *>(QStringLiteral("profileProduction"))->setChecked(true);
    dialog->findChild<QCheckBox *>(QStringLiteral("profileReadOnly"))->setChecked(true);
    dialog->accept();
    QVERIFY(console.session() != before.data());
    QTRY_VERIFY(!before);
    QVERIFY(console.session());
    QVERIFY(console.session()->isProduction() && console.session()->isReadOnly());
    QVERIFY(!invalidate->isEnabled());
}

void LiveSessionTest::aStoreHasOneWindowHoweverItIsSpelled()
{
    const auto settings = settingsWith({});
    settings->addRecentStore(m_linkUrl);
    settings->addRecentStore(m_url);
    settings->addRecentStore(m_relativeUrl);
    QCOMPARE(settings->recentStores(), QStringList{m_url});
    settings->removeRecentStore(m_linkUrl);
    QCOMPARE(settings->recentStores(), QStringList());

    Application console(CommandLine(), settingsWith({}));
    console.openStore(m_url);
    QVERIFY(console.session());
    QVERIFY(!console.window()->isVisible());
    auto outcome = SingleInstance::Outcome::First;
    const std::unique_ptr<QThread> later(QThread::create([&outcome, key = storeKey(m_linkUrl)] {
        outcome = SingleInstance().claim(key);
    }));
    later->start();
    QTRY_VERIFY(console.window()->isVisible());
    later->wait();
    QVERIFY(outcome == SingleInstance::Outcome::Raised);
}

QTEST_MAIN(LiveSessionTest)
#include "tst_livesession.moc"
