// SPDX-License-Identifier: MIT
#include "commandline.h"
#include "guitest.h"
#include "pages/servicedialog.h"
#include "pages/servicespage.h"
#include "session/livesession.h"
#include "session/storefile.h"
#include "settings.h"
#include "widgets/datatable.h"

#include <infra/cachestore.h>

#include <QAbstractItemModelTester>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>

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
    void aBadAddressIsRefusedInTheDialog();
    void aRemovedStoreIsLostAndDated();
    void whatIsNoStoreFailsToOpen();
    void settingsKeepServicesAndRecentStores();

private:
    [[nodiscard]] SessionOptions options() const;

    QTemporaryDir m_home;
    QString m_url;
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

} // namespace

void LiveSessionTest::initTestCase()
{
    QVERIFY(m_home.isValid());
    m_url = QStringLiteral("sqlite://") + m_home.filePath(QStringLiteral("cache.db"));
    Infra::StoreOptions store;
    store.url = m_url;
    const auto created = Infra::CacheStore::open(store);
    QVERIFY2(created, created ? "" : qPrintable(created.error().message));
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
    const auto usable = checkStoreFile(Infra::DatabaseUrl::forSqliteFile(path));
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

QTEST_MAIN(LiveSessionTest)
#include "tst_livesession.moc"
