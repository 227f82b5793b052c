// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/endpoint.h>

#include <QFile>
#include <QHttpServer>
#include <QProcess>
#include <QTcpSocket>
#include <QtTest>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

using namespace Infra;
using namespace std::chrono_literals;

// What peers may do to an endpoint: each is a socket of its own.
class EndpointLimitsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void silentPeersKeepNobodyOut();
    void descriptorsAreLeftToTheService();
    void descriptorsThatAreFreeAgainAreUsedAgain();
    void aServiceThatIsOutOfDescriptorsRestsUntilItHasSome();
    void requestsBeyondTheirSizeAreRefused_data();
    void requestsBeyondTheirSizeAreRefused();
    void aPeerThatIsSilentOrSlowIsClosed_data();
    void aPeerThatIsSilentOrSlowIsClosed();
    void emptyLinesAreNoRequest();
    void whatIsNoHeaderFieldIsRefused_data();
    void whatIsNoHeaderFieldIsRefused();
    void aConnectionServesManyRequests();
    void aConnectionThatIsIdleIsClosed();
    void aPeerThatAsksForItIsClosedBehindItsAnswer_data();
    void aPeerThatAsksForItIsClosedBehindItsAnswer();
    void anAnswerThatNobodyTakesIsNotKept();
    void onLoopbackOnlyNamesOfThisMachineAreAnswered_data();
    void onLoopbackOnlyNamesOfThisMachineAreAnswered();
    void anUpgradeIsRefusedUnlessItIsWaitedFor();
    void anUpgradeToNoWebSocketIsPassedOver_data();
    void anUpgradeToNoWebSocketIsPassedOver();
    void requestsAreNotPipelined();
    void ownRoutesTakeBodies();

private:
    [[nodiscard]] static EndpointOptions options()
    {
        EndpointOptions result;
        result.metrics = [] { return std::vector<ComponentSnapshot>(); };
        result.health = [] { return HealthReportBuilder(QStringLiteral("orders"), QStringLiteral("1.0")); };
        return result;
    }
    [[nodiscard]] static std::unique_ptr<QTcpSocket> connectTo(const Endpoint &endpoint)
    {
        auto peer = std::make_unique<QTcpSocket>();
        peer->connectToHost(QHostAddress::LocalHost, endpoint.port());
        if (!QTest::qWaitFor([&] { return peer->state() == QAbstractSocket::ConnectedState; }, 10'000))
            return nullptr;
        return peer;
    }
    [[nodiscard]] static QByteArray request(const QByteArray &line, const QByteArray &fields = {}, const QByteArray &body = {})
    {
        return line + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
    }
    [[nodiscard]] static bool isClosed(const QTcpSocket &peer) { return peer.state() == QAbstractSocket::UnconnectedState; }
    // What arrives until the peer is closed by the endpoint.
    [[nodiscard]] static QByteArray exchange(const Endpoint &endpoint, const QByteArray &bytes)
    {
        const auto peer = connectTo(endpoint);
        if (!peer)
            return "was not connected";
        peer->write(bytes);
        if (!QTest::qWaitFor([&] { return isClosed(*peer); }, 10'000))
            return "was not closed: " + peer->readAll();
        return peer->readAll();
    }
    [[nodiscard]] static bool isHealthy(const Endpoint &endpoint)
    {
        const auto peer = connectTo(endpoint);
        if (!peer)
            return false;
        peer->write(request("GET /health"));
        QByteArray answer;
        return QTest::qWaitFor([&] { return (answer += peer->readAll()).startsWith("HTTP/1.1 200 OK"); }, 10'000);
    }
};

void EndpointLimitsTest::silentPeersKeepNobodyOut()
{
    EndpointOptions few = options();
    few.maximumConnections = 4;
    const auto endpoint = Endpoint::create(few);
    std::vector<std::unique_ptr<QTcpSocket>> peers;
    for (int i = 0; i < 10; ++i)
        peers.push_back(connectTo(**endpoint));
    QVERIFY(isHealthy(**endpoint));
    const auto open = [&] { return std::count_if(peers.begin(), peers.end(), [](const auto &peer) { return !isClosed(*peer); }); };
    QTRY_COMPARE(open(), 3);
    QVERIFY(!isClosed(*peers.back()));
}

void EndpointLimitsTest::descriptorsAreLeftToTheService()
{
    EndpointOptions many = options();
    many.maximumConnections = 10'000;
    const auto endpoint = Endpoint::create(many);
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit low = {64, before.rlim_max};
    // Peers of another process: their descriptors are not ours.
    QProcess peers;
    peers.start(QStringLiteral("python3"),
                {QStringLiteral("-c"), QStringLiteral("import socket, sys\n"
                                                      "peers = [socket.create_connection(('127.0.0.1', %1)) for i in range(100)]\n"
                                                      "print('ready', flush=True)\nsys.stdin.read()\n").arg((*endpoint)->port())});
    QVERIFY(peers.waitForStarted(10'000));
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
    const bool isReady = QTest::qWaitFor([&] { return peers.canReadLine(); }, 20'000);
    const bool healthy = isHealthy(**endpoint);
    std::vector<std::unique_ptr<QFile>> files;
    while (files.size() < 4) {
        files.push_back(std::make_unique<QFile>(QStringLiteral("/proc/self/stat")));
        if (!files.back()->open(QIODevice::ReadOnly))
            break;
    }
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    peers.closeWriteChannel();
    QVERIFY(peers.waitForFinished(10'000));
    QVERIFY2(isReady, peers.readAllStandardError().constData());
    QVERIFY(healthy);
    QVERIFY(files.back()->isOpen());
}

void EndpointLimitsTest::descriptorsThatAreFreeAgainAreUsedAgain()
{
    constexpr int Most = 64;
    const auto endpoint = Endpoint::create(options());
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    // The service itself has all but a few, for a while.
    std::vector<int> files;
    do {
        files.push_back(::dup(0));
    } while (files.back() < Most - Most / 8);
    const struct rlimit low = {Most, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &low), 0);
    const bool healthy = isHealthy(**endpoint);
    std::for_each(files.begin(), files.end(), ::close);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY(healthy);
    std::vector<std::unique_ptr<QTcpSocket>> peers;
    for (int i = 0; i < 10; ++i)
        peers.push_back(connectTo(**endpoint));
    QVERIFY(isHealthy(**endpoint));
    QVERIFY(std::none_of(peers.begin(), peers.end(), [](const auto &peer) { return isClosed(*peer); }));
}

void EndpointLimitsTest::aServiceThatIsOutOfDescriptorsRestsUntilItHasSome()
{
    const auto endpoint = Endpoint::create(options());
    QProcess peer;
    peer.start(QStringLiteral("python3"),
               {QStringLiteral("-c"), QStringLiteral("import sys, urllib.request\nsys.stdin.readline()\n"
                                                     "print(urllib.request.urlopen('http://127.0.0.1:%1/health').status, flush=True)\n")
                                          .arg((*endpoint)->port())});
    QVERIFY(peer.waitForStarted(10'000));
    struct rlimit before = {};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int free = ::dup(0);
    ::close(free);
    const struct rlimit none = {static_cast<rlim_t>(free), before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &none), 0);
    peer.write("\n");
    QTest::qWait(500);
    const std::clock_t began = std::clock();
    QTest::qWait(1500);
    const double busy = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &before), 0);
    QVERIFY(QTest::qWaitFor([&] { return peer.state() == QProcess::NotRunning; }, 20'000));
    QVERIFY2(peer.readAllStandardOutput() == "200\n", peer.readAllStandardError().right(300).constData());
    QVERIFY2(busy < 0.5, qPrintable(QString::number(busy)));
}

void EndpointLimitsTest::requestsBeyondTheirSizeAreRefused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("status");
    const QByteArray much(256 * 1024, 'x');
    QTest::newRow("announced") << request("POST /metrics", "Content-Length: 1000000000000\r\n") << QByteArray("413");
    QTest::newRow("long line") << QByteArray("GET /" + much) << QByteArray("413");
    QTest::newRow("long field") << request("GET /health", "X: " + much + "\r\n") << QByteArray("413");
    QTest::newRow("body with a length") << request("POST /metrics", "Content-Length: 262144\r\n", much) << QByteArray("413");
    QTest::newRow("body without one") << request("POST /metrics", "Transfer-Encoding: chunked\r\n", "40000\r\n" + much) << QByteArray("411");
    QTest::newRow("no length") << request("POST /metrics", "Content-Length: one\r\n") << QByteArray("400");
}

void EndpointLimitsTest::requestsBeyondTheirSizeAreRefused()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const QByteArray, status);
    const auto endpoint = Endpoint::create(options());
    QVERIFY2(exchange(**endpoint, bytes).startsWith(QByteArray("HTTP/1.1 " + status)), status);
    QVERIFY(isHealthy(**endpoint));
}

void EndpointLimitsTest::aPeerThatIsSilentOrSlowIsClosed_data()
{
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<QByteArray>("more");
    QTest::newRow("silent") << QByteArray() << QByteArray();
    QTest::newRow("empty lines") << QByteArray("\r\n\r\n") << QByteArray();
    QTest::newRow("stops") << QByteArray("GET /heal") << QByteArray();
    QTest::newRow("field after field") << request("GET /health", "A: b\r\n").chopped(2) << QByteArray("A: b\r\n");
    QTest::newRow("body byte by byte") << request("POST /metrics", "Content-Length: 60000\r\n") << QByteArray("x");
}

void EndpointLimitsTest::aPeerThatIsSilentOrSlowIsClosed()
{
    QFETCH(const QByteArray, begin);
    QFETCH(const QByteArray, more);
    EndpointOptions impatient = options();
    impatient.requestTimeout = 100ms;
    const auto endpoint = Endpoint::create(impatient);
    const auto peer = connectTo(**endpoint);
    peer->write(begin);
    QVERIFY(QTest::qWaitFor([&] {
        if (!isClosed(*peer))
            peer->write(more);
        return isClosed(*peer);
    }, 10'000));
    QCOMPARE(peer->readAll(), QByteArray());
}

void EndpointLimitsTest::emptyLinesAreNoRequest()
{
    const auto endpoint = Endpoint::create(options());
    QVERIFY(exchange(**endpoint, "\r\n\n\r\n" + request("GET /health", "Connection: close\r\n")).startsWith("HTTP/1.1 200 OK"));
}

void EndpointLimitsTest::whatIsNoHeaderFieldIsRefused_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("no colon") << QByteArray("none\r\nContent-Length: 40\r\n");
    QTest::newRow("no name") << QByteArray(": 40\r\n");
    QTest::newRow("blank before the colon") << QByteArray("Content-Length : 40\r\n");
    QTest::newRow("blank before the name") << QByteArray("A: b\r\n Content-Length: 40\r\n");
}

void EndpointLimitsTest::whatIsNoHeaderFieldIsRefused()
{
    QFETCH(const QByteArray, line);
    const auto endpoint = Endpoint::create(options());
    const QByteArray answer = exchange(**endpoint, request("POST /health", line));
    QVERIFY2(answer.startsWith("HTTP/1.1 400"), answer.constData());
}

void EndpointLimitsTest::aConnectionServesManyRequests()
{
    const auto endpoint = Endpoint::create(options());
    const auto peer = connectTo(**endpoint);
    for (int i = 0; i < 5; ++i) {
        // In two pieces, as it may arrive.
        const QByteArray asked = request("GET /health");
        peer->write(asked.first(30));
        QVERIFY(peer->flush());
        QTest::qWait(1);
        peer->write(asked.mid(30));
        QByteArray answer;
        QVERIFY(QTest::qWaitFor([&] { return (answer += peer->readAll()).contains("\"releaseId\""); }, 10'000));
        QVERIFY(answer.startsWith("HTTP/1.1 200 OK"));
        QVERIFY(QTest::qWaitFor([&] { return answer.endsWith('}') || (answer += peer->readAll()).endsWith('}'); }, 10'000));
    }
    QVERIFY(!isClosed(*peer));
}

void EndpointLimitsTest::aConnectionThatIsIdleIsClosed()
{
    EndpointOptions impatient = options();
    impatient.idleTimeout = 100ms;
    const auto endpoint = Endpoint::create(impatient);
    QVERIFY(exchange(**endpoint, request("GET /health")).startsWith("HTTP/1.1 200 OK"));
}

void EndpointLimitsTest::aPeerThatAsksForItIsClosedBehindItsAnswer_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("field") << request("GET /health", "Connection: close\r\n");
    QTest::newRow("first version") << QByteArray("GET /health HTTP/1.0\r\n\r\n");
}

void EndpointLimitsTest::aPeerThatAsksForItIsClosedBehindItsAnswer()
{
    QFETCH(const QByteArray, bytes);
    const auto endpoint = Endpoint::create(options());
    const QByteArray answer = exchange(**endpoint, bytes);
    QVERIFY2(answer.startsWith("HTTP/1.1 200 OK") && answer.endsWith('}'), answer.constData());
}

void EndpointLimitsTest::anAnswerThatNobodyTakesIsNotKept()
{
    constexpr qsizetype LargeBytes = 64 * 1024 * 1024;
    EndpointOptions impatient = options();
    impatient.requestTimeout = 100ms;
    const auto endpoint = Endpoint::create(impatient);
    (*endpoint)->server().route(QStringLiteral("/large"), [] { return QByteArray(LargeBytes, 'x'); });
    const auto peer = connectTo(**endpoint);
    peer->setReadBufferSize(1024);
    peer->write(request("GET /large"));
    QVERIFY(QTest::qWaitFor([&] { return peer->bytesAvailable() >= 1024; }, 10'000));
    // Long enough for it to be given up, then read to the end.
    QTest::qWait(500);
    peer->setReadBufferSize(0);
    qsizetype taken = 0;
    QVERIFY(QTest::qWaitFor([&] {
        taken += peer->readAll().size();
        return isClosed(*peer);
    }, 30'000));
    QVERIFY(taken < LargeBytes);
}

void EndpointLimitsTest::onLoopbackOnlyNamesOfThisMachineAreAnswered_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<QByteArray>("status");
    QTest::newRow("name") << QByteArray("Host: localhost:9100\r\n") << QByteArray("200");
    QTest::newRow("address") << QByteArray("Host: 127.0.0.1\r\n") << QByteArray("200");
    QTest::newRow("version 6") << QByteArray("Host: [::1]:80\r\n") << QByteArray("200");
    QTest::newRow("named in the options") << QByteArray("Host: Orders.internal\r\n") << QByteArray("200");
    QTest::newRow("none") << QByteArray() << QByteArray("200");
    QTest::newRow("foreign") << QByteArray("Host: evil.example:80\r\n") << QByteArray("421");
    QTest::newRow("two") << QByteArray("Host: localhost\r\nHost: evil.example\r\n") << QByteArray("400");
}

void EndpointLimitsTest::onLoopbackOnlyNamesOfThisMachineAreAnswered()
{
    QFETCH(const QByteArray, host);
    QFETCH(const QByteArray, status);
    EndpointOptions named = options();
    named.hosts = {"orders.internal"};
    named.idleTimeout = 50ms;
    const auto endpoint = Endpoint::create(named);
    const QByteArray asked = "GET /metrics HTTP/1.1\r\n" + host + "\r\n";
    QVERIFY(exchange(**endpoint, asked).startsWith(QByteArray("HTTP/1.1 " + status)));
    // Who listens for others is asked by the names that others have for it.
    named.address = QHostAddress::Any;
    const auto everywhere = Endpoint::create(named);
    if (status == "421")
        QVERIFY(exchange(**everywhere, asked).startsWith("HTTP/1.1 200"));
}

void EndpointLimitsTest::anUpgradeIsRefusedUnlessItIsWaitedFor()
{
    const auto endpoint = Endpoint::create(options());
    const QByteArray asked = request("GET /health", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    const QByteArray answer = exchange(**endpoint, asked);
    QVERIFY(answer.startsWith("HTTP/1.1 501"));
    QCOMPARE(answer.count("HTTP/1.1"), 1);
    connect(&(*endpoint)->server(), &QHttpServer::newWebSocketConnection, this, [] {});
    const auto peer = connectTo(**endpoint);
    peer->write(asked);
    QVERIFY(QTest::qWaitFor([&] { return peer->bytesAvailable() > 12; }, 10'000));
    QVERIFY(!peer->readAll().startsWith("HTTP/1.1 501"));
}

void EndpointLimitsTest::anUpgradeToNoWebSocketIsPassedOver_data()
{
    QTest::addColumn<QByteArray>("fields");
    // As clients that know HTTP/2 ask for it.
    QTest::newRow("HTTP/2") << QByteArray("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n");
    QTest::newRow("not for this connection") << QByteArray("Upgrade: websocket\r\n");
}

void EndpointLimitsTest::anUpgradeToNoWebSocketIsPassedOver()
{
    QFETCH(const QByteArray, fields);
    EndpointOptions impatient = options();
    impatient.idleTimeout = 100ms;
    const auto endpoint = Endpoint::create(impatient);
    for (int i = 0; i < 2; ++i) {
        const QByteArray answer = exchange(**endpoint, request("GET /health", fields));
        QVERIFY2(answer.startsWith("HTTP/1.1 200"), answer.constData());
        QCOMPARE(answer.count("HTTP/1.1"), 1);
        // The second time with a service that takes WebSockets.
        connect(&(*endpoint)->server(), &QHttpServer::newWebSocketConnection, this, [] {});
    }
}

void EndpointLimitsTest::requestsAreNotPipelined()
{
    const auto endpoint = Endpoint::create(options());
    const QByteArray answer = exchange(**endpoint, request("GET /health") + request("GET /health"));
    QVERIFY(answer.startsWith("HTTP/1.1 400"));
    QCOMPARE(answer.count("HTTP/1.1"), 1);
}

void EndpointLimitsTest::ownRoutesTakeBodies()
{
    const auto endpoint = Endpoint::create(options());
    (*endpoint)->server().route(QStringLiteral("/size"), QHttpServerRequest::Method::Post,
                                [](const QHttpServerRequest &asked) { return QByteArray::number(asked.body().size()); });
    const QByteArray body(60'000, 'x');
    const QByteArray answer = exchange(**endpoint, request("POST /size", "Connection: close\r\nContent-Length: 60000\r\n", body));
    QVERIFY2(answer.endsWith("\r\n\r\n60000"), answer.constData());
}

QTEST_GUILESS_MAIN(EndpointLimitsTest)
#include "tst_endpointlimits.moc"
