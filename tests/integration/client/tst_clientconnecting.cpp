// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"
#include "loopback.h"

#include <infra/serviceclient.h>

#include <QThread>
#include <QtTest>

#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// A server that takes no connection for a while: the system lets whoever connects try again after a second.
class ReluctantServer
{
public:
    ReluctantServer() : m_listener(InfraTest::listenOnLoopback(0, m_port)) { }
    ~ReluctantServer()
    {
        for (const int socket : m_sockets)
            ::close(socket);
        ::close(m_listener);
    }
    ReluctantServer(const ReluctantServer &) = delete;
    ReluctantServer &operator=(const ReluctantServer &) = delete;

    [[nodiscard]] std::unique_ptr<ServiceClient> makeClient(const ServiceClientOptions &options) const
    {
        return std::move(*ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_port)), options));
    }
    // The one place in the queue is taken.
    void refrain()
    {
        ::listen(m_listener, 0);
        m_sockets.push_back(InfraTest::connectToLoopback(m_port));
    }
    void relent() { m_sockets.push_back(::accept(m_listener, nullptr, nullptr)); }
    // The next connection, or -1 when none comes in time.
    [[nodiscard]] int take(std::chrono::milliseconds time)
    {
        pollfd entry{m_listener, POLLIN, 0};
        if (::poll(&entry, 1, static_cast<int>(time.count())) <= 0)
            return -1;
        m_sockets.push_back(::accept(m_listener, nullptr, nullptr));
        return m_sockets.back();
    }
    // False when no request came in time.
    static bool answer(int socket, const QByteArray &body, std::chrono::milliseconds time = 3s)
    {
        QByteArray bytes;
        pollfd entry{socket, POLLIN, 0};
        while (!bytes.contains("\r\n\r\n")) {
            if (::poll(&entry, 1, static_cast<int>(time.count())) <= 0 || !InfraTest::receiveSome(socket, bytes))
                return false;
        }
        return InfraTest::sendAll(socket, RawHttpServer::response(200, body));
    }

private:
    quint16 m_port = 0;
    const int m_listener;
    std::vector<int> m_sockets;
};

ServiceClientOptions impatient()
{
    ServiceClientOptions options = quick();
    options.attemptTimeout = 200ms;
    options.retry.maxAttempts = 1;
    options.breaker.enabled = false;
    options.maxConnectionsPerHost = 1;
    return options;
}

} // namespace

// Connections that took long, failed or went through somebody else.
class ClientConnectingTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void whatComesOnAConnectionWhoseCallWasGivenUpIsNotTheNextCalls();
    void aCallThatIsGivenUpWhileItsKeptConnectionIsMadeAnewLeavesNoneBehind();
    void behindAnOutageOneCallHasOneConnection();
    void aProxyForHttpsIsAskedForConnectionsToo();
};

void ClientConnectingTest::whatComesOnAConnectionWhoseCallWasGivenUpIsNotTheNextCalls()
{
    ReluctantServer server;
    const auto client = server.makeClient(impatient());
    server.refrain();
    const ServiceResult first = resultOf(client->get(QStringLiteral("/first")));
    QCOMPARE(first.error().kind, Error::Kind::Timeout);
    QCOMPARE(first.error().phase, RequestPhase::Connect);
    server.relent();
    const int abandoned = server.take(3s);
    QVERIFY(abandoned >= 0);
    // As servers say to whoever connects and then says nothing.
    InfraTest::sendAll(abandoned, RawHttpServer::response(408, "surplus"));
    QThread::msleep(1200);
    ServiceRequest request;
    request.path = QStringLiteral("/second");
    request.attemptTimeout = 5s;
    const auto second = client->request(request);
    std::thread answering([&] {
        const int other = server.take(500ms);
        ReluctantServer::answer(other >= 0 ? other : abandoned, "second");
    });
    const ServiceResult result = resultOf(second);
    answering.join();
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "second");
}

void ClientConnectingTest::aCallThatIsGivenUpWhileItsKeptConnectionIsMadeAnewLeavesNoneBehind()
{
    ReluctantServer server;
    const auto client = server.makeClient(impatient());
    auto warm = client->get(QStringLiteral("/"));
    const int kept = server.take(1s);
    QVERIFY(ReluctantServer::answer(kept, "warm"));
    QVERIFY(resultOf(warm));
    ::shutdown(kept, SHUT_RDWR);
    server.refrain();
    QThread::msleep(50);
    QCOMPARE(resultOf(client->get(QStringLiteral("/"))).error().kind, Error::Kind::Timeout);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.attemptTimeout = 10s;
    const auto call = client->request(request);
    QThread::msleep(50);
    server.relent();
    const int first = server.take(4s);
    QVERIFY(first >= 0);
    const int second = server.take(1500ms);
    if (!ReluctantServer::answer(first, "", 200ms))
        ReluctantServer::answer(second, "");
    const ServiceResult result = resultOf(call);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(second, -1);
}

void ClientConnectingTest::behindAnOutageOneCallHasOneConnection()
{
    quint16 port = 0;
    {
        const RawHttpServer gone(&echo);
        port = gone.port();
    }
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), impatient());
    QVERIFY(!resultOf((*client)->get(QStringLiteral("/"))));
    // It closes connections that are at rest.
    RawHttpServer server([](const auto &request, auto &connection) {
        echo(request, connection);
        connection.delay(20ms);
        connection.close();
    }, port);
    for (int i = 1; i <= 3; ++i) {
        const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
        QVERIFY2(result, explain(result).constData());
        QThread::msleep(1200);
        QCOMPARE(server.connectionCount(), i);
    }
}

void ClientConnectingTest::aProxyForHttpsIsAskedForConnectionsToo()
{
    RawHttpServer proxy([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(502, ""));
        connection.close();
    });
    qputenv("https_proxy", proxy.url().toEncoded());
    qunsetenv("http_proxy");
    qunsetenv("no_proxy");
    const auto restore = qScopeGuard([] { qunsetenv("https_proxy"); });
    ServiceClientOptions options = quick();
    options.proxy = ServiceClientOptions::Proxy::System;
    options.retry.maxAttempts = 1;
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("https://service.invalid")), options);
    QVERIFY(!resultOf((*client)->get(QStringLiteral("/"))));
    QCOMPARE(proxy.requestCount(), 1);
    QCOMPARE(proxy.requests()[0].method, "CONNECT");
}

QTEST_GUILESS_MAIN(ClientConnectingTest)
#include "tst_clientconnecting.moc"
