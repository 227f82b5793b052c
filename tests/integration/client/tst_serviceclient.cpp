// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/serviceclient.h>

#include <QBuffer>
#include <QJsonArray>
#include <QJsonObject>
#include <QNetworkProxy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QtTest>

#include <thread>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// "hello" in a stored (uncompressed) deflate block in a gzip frame, so that the bytes can be read here.
QByteArray packedHello()
{
    return QByteArray::fromHex("1f8b08000000000000ff010500faff") + "hello" + QByteArray::fromHex("86a6103605000000");
}

} // namespace

// What is asked and answered: methods, bodies, headers, limits, bad input.
class ServiceClientTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void everyMethodArrivesWithItsBody();
    void queryAndPathAreEncoded();
    void jsonGoesOutAndComesBack();
    void anErrorStatusIsAnAnswer();
    void keptConnectionsAreUsedAgain();
    void badInputIsRefusedBeforeAnythingIsSent_data();
    void badInputIsRefusedBeforeAnythingIsSent();
    void aTraceStateThatIsNoHeaderIsRefused_data();
    void aTraceStateThatIsNoHeaderIsRefused();
    void badOptionsAreRefused();
    void traceAndDeadlineArePassedOn();
    void bodiesOverTheLimitAreRefused();
    void announcedBodiesThatDoNotComeAreWithinTheLimit();
    void aBodyThatBreaksOffIsAnError();
    void aReplyThatIsNotJsonIsAProtocolError();
    void gzipIsUnpacked();
    void gzipThatBreaksOffIsAnError_data();
    void gzipThatBreaksOffIsAnError();
    void damagedGzipIsAProtocolError();
    void theLimitIsForTheUnpackedBody();
    void whatUnpacksWithoutMeasureIsRefused();
    void whoAsksForAnEncodingGetsItAsItIs();
    void downloadsGoToTheDeviceWithProgress();
    void callsFromManyThreadsAllEnd();
    void theApplicationsProxyIsLeftAlone_data();
    void theApplicationsProxyIsLeftAlone();
    void statisticsAddUp();
};

void ServiceClientTest::everyMethodArrivesWithItsBody()
{
    RawHttpServer server(&echo);
    const auto client = makeClient(server);
    QCOMPARE(resultOf(client->get(QStringLiteral("/a")))->body, "GET /a ");
    QCOMPARE(resultOf(client->post(QStringLiteral("/b"), "x", "text/plain"))->body, "POST /b x");
    QCOMPARE(resultOf(client->put(QStringLiteral("/c"), "y", "text/plain"))->body, "PUT /c y");
    QCOMPARE(resultOf(client->patch(QStringLiteral("/d"), "z", "text/plain"))->body, "PATCH /d z");
    QCOMPARE(resultOf(client->del(QStringLiteral("/e")))->body, "DELETE /e ");
    QCOMPARE(resultOf(client->post(QStringLiteral("/empty"), QByteArray(), "text/plain"))->body, "POST /empty ");
    ServiceRequest head;
    head.method = "HEAD";
    head.path = QStringLiteral("/f");
    const ServiceResult answer = resultOf(client->request(head));
    QVERIFY(answer);
    QCOMPARE(answer->status, 200);
    ServiceRequest other;
    other.method = "PURGE";
    other.path = QStringLiteral("/g");
    QCOMPARE(resultOf(client->request(other))->body, "PURGE /g ");
    const QByteArray large(300'000, 'L');
    QCOMPARE(resultOf(client->post(QStringLiteral("/h"), large, "text/plain"))->body.size(), 8 + large.size());
    QCOMPARE(server.requests()[1].header("Content-Type"), "text/plain");
}

void ServiceClientTest::queryAndPathAreEncoded()
{
    RawHttpServer server(&echo);
    auto url = server.url();
    url.setPath(QStringLiteral("/prefix/"));
    const auto client = ServiceClient::create(QStringLiteral("service"), url);
    QVERIFY(client);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("items/a%20b"), {{QStringLiteral("q"), QStringLiteral("x&y=1+2 ü")}, {QStringLiteral("e"), {}}}));
    QCOMPARE(result->body, "GET /prefix/items/a%20b?q=x%26y%3D1%2B2%20%C3%BC&e= ");
}

void ServiceClientTest::jsonGoesOutAndComesBack()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(201, request.body, "Content-Type: " + request.header("Content-Type") + "\r\n"));
    });
    const auto client = makeClient(server);
    const QJsonDocument document(QJsonObject{{QStringLiteral("a"), QJsonArray{1, 2}}});
    const ServiceResult result = resultOf(client->post(QStringLiteral("/"), document));
    QVERIFY(result);
    QVERIFY(result->isSuccess());
    QCOMPARE(result->header("content-type"), "application/json");
    QCOMPARE(*result->json(), document);
}

void ServiceClientTest::anErrorStatusIsAnAnswer()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(request.target.mid(1).toInt(), "the reason"));
    });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    options.breaker.enabled = false;
    const auto client = makeClient(server, options);
    for (const int status : {400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 418, 429, 451, 499, 500, 501, 502, 503, 504, 599}) {
        const ServiceResult result = resultOf(client->get(QStringLiteral("/%1").arg(status)));
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->status, status);
        QVERIFY(!result->isSuccess());
        QCOMPARE(result->body, "the reason");
    }
    QCOMPARE(server.requestCount(), 20);
    QCOMPARE(resultOf(client->get(QStringLiteral("/404")))->ledger.attempts[0].decision, RetryDecision::NotRetryable);
}

void ServiceClientTest::keptConnectionsAreUsedAgain()
{
    RawHttpServer server(&echo);
    const auto client = makeClient(server);
    QVERIFY(!resultOf(client->get(QStringLiteral("/")))->ledger.attempts[0].connectionReused);
    QVERIFY(resultOf(client->get(QStringLiteral("/")))->ledger.attempts[0].connectionReused);
    QCOMPARE(server.connectionCount(), 1);
}

void ServiceClientTest::badInputIsRefusedBeforeAnythingIsSent_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("absolute URL") << "http://other/" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("network path") << "//other/" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("dot segments") << "/a/../b" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("encoded dot segments") << "/a/%2E%2e/b" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("query in the path") << "/a?b" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("line break in the path") << "/a\r\nX: y" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("half an escape") << "/a%2" << QByteArray("GET") << QByteArray() << QByteArray();
    QTest::newRow("line break in a value") << "/" << QByteArray("GET") << QByteArray("X-A") << QByteArray("a\r\nEvil: 1");
    QTest::newRow("NUL in a value") << "/" << QByteArray("GET") << QByteArray("X-A") << QByteArray("a\0b", 3);
    QTest::newRow("line break in a name") << "/" << QByteArray("GET") << QByteArray("X\r\nEvil") << QByteArray("a");
    QTest::newRow("transport header") << "/" << QByteArray("GET") << QByteArray("content-length") << QByteArray("7");
    QTest::newRow("method with a space") << "/" << QByteArray("GE T") << QByteArray() << QByteArray();
    QTest::newRow("method with a line break") << "/" << QByteArray("GET\r\nX: y") << QByteArray() << QByteArray();
    QTest::newRow("CONNECT") << "/" << QByteArray("CONNECT") << QByteArray() << QByteArray();
    QTest::newRow("empty method") << "/" << QByteArray("") << QByteArray() << QByteArray();
}

void ServiceClientTest::badInputIsRefusedBeforeAnythingIsSent()
{
    QFETCH(const QString, path);
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, name);
    QFETCH(const QByteArray, value);
    RawHttpServer server(&echo);
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = path;
    request.method = method;
    if (!name.isEmpty())
        request.headers.emplace_back(name, value);
    const QFuture<ServiceResult> future = client->request(request);
    QVERIFY(future.isFinished());
    const ServiceResult result = future.result();
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::InvalidArgument);
    QCOMPARE(server.connectionCount(), 0);
    QCOMPARE(client->statistics().callCount(), 0U);
}

void ServiceClientTest::aTraceStateThatIsNoHeaderIsRefused_data()
{
    QTest::addColumn<QByteArray>("state");
    QTest::newRow("line break") << QByteArray("a=b\r\nEvil: 1");
    QTest::newRow("NUL") << QByteArray("a=\0b", 4);
    QTest::newRow("long") << QByteArray("a=" + QByteArray(511, 'b'));
}

void ServiceClientTest::aTraceStateThatIsNoHeaderIsRefused()
{
    QFETCH(const QByteArray, state);
    RawHttpServer server(&echo);
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.context = RequestContext();
    request.context->trace = TraceContext::create();
    request.context->traceState = state;
    const QFuture<ServiceResult> future = client->request(request);
    QVERIFY(future.isFinished());
    QCOMPARE(future.result().error().kind, Error::Kind::InvalidArgument);
    QVERIFY(future.result().error().message.contains(QStringLiteral("traceState")));
    QCOMPARE(server.connectionCount(), 0);
}

void ServiceClientTest::badOptionsAreRefused()
{
    const auto kindOf = [](const QString &name, const QString &url, const ServiceClientOptions &options = {}) {
        const auto client = ServiceClient::create(name, QUrl(url), options);
        return client ? Error::Kind::Internal : client.error().kind;
    };
    const QString name = QStringLiteral("service");
    QCOMPARE(kindOf(QString(), QStringLiteral("http://a")), Error::Kind::InvalidArgument);
    for (const char *url : {"", "a", "ftp://a", "http://", "http://user:secret@a", "http://a?x", "http://a#x", "http://a:0", "http://a/../b", "http://[::1", "http:///x"})
        QCOMPARE(kindOf(name, QString::fromLatin1(url)), Error::Kind::InvalidArgument);
    const auto withPassword = ServiceClient::create(name, QUrl(QStringLiteral("http://user:secret@a")));
    QVERIFY(!withPassword.error().message.contains(QStringLiteral("secret")));
    ServiceClientOptions options;
    options.attemptTimeout = 0ms;
    QCOMPARE(kindOf(name, QStringLiteral("http://a"), options), Error::Kind::InvalidArgument);
    options = {};
    options.maxConnectionsPerHost = 7;
    const auto refused = ServiceClient::create(name, QUrl(QStringLiteral("http://a")), options);
    QVERIFY(refused.error().message.contains(QStringLiteral("maxConnectionsPerHost")));
    options = {};
    options.retry.budgetRatio = std::nan("");
    QCOMPARE(kindOf(name, QStringLiteral("http://a"), options), Error::Kind::InvalidArgument);
    options = {};
    options.bearerToken = "a\r\nb";
    QCOMPARE(kindOf(name, QStringLiteral("http://a"), options), Error::Kind::InvalidArgument);
}

void ServiceClientTest::traceAndDeadlineArePassedOn()
{
    RawHttpServer server(&echo);
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.context = RequestContext::fromHeaders({{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, {"tracestate", "a=b"}});
    QVERIFY(resultOf(client->request(request)));
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    // A call that begins a trace of its own leaves behind what was said about another.
    request.context->trace.reset();
    QVERIFY(resultOf(client->request(request)));
    const auto requests = server.requests();
    const auto sent = TraceContext::parse(requests[0].header("traceparent"));
    QVERIFY(sent);
    QCOMPARE(sent->traceId, request.context->trace->traceId);
    QVERIFY(sent->spanId != request.context->trace->spanId);
    QCOMPARE(requests[0].header("tracestate"), "a=b");
    QCOMPARE(requests[2].header("tracestate"), "");
    QVERIFY(TraceContext::parse(requests[1].header("traceparent")));
    const int left = requests[1].header("Infra-Deadline-Ms").toInt();
    QVERIFY(left > 4000 && left <= 5000);
}

void ServiceClientTest::bodiesOverTheLimitAreRefused()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/announced")
            connection.write(RawHttpServer::response(200, QByteArray(2000, 'x')));
        else
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + QByteArray(200'000, 'x'));
        connection.close();
    });
    ServiceClientOptions options;
    options.maxResponseBytes = 1000;
    const auto client = makeClient(server, options);
    for (const char *path : {"/announced", "/unannounced"}) {
        const ServiceResult result = resultOf(client->get(QString::fromLatin1(path)));
        QVERIFY(!result);
        QCOMPARE(result.error().kind, Error::Kind::LimitExceeded);
        QVERIFY(result.error().message.contains(QStringLiteral("1000")));
        // The connection that the first answer closed may cost the second request an attempt.
        QCOMPARE(result.error().ledger.attempts.back().decision, RetryDecision::NotRetryable);
    }
}

void ServiceClientTest::announcedBodiesThatDoNotComeAreWithinTheLimit()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write("HTTP/1.1 " + (request.target == "/same" ? QByteArray("304 Not Modified") : QByteArray("200 OK"))
                         + "\r\nContent-Length: 2000\r\n\r\n");
    });
    ServiceClientOptions options;
    options.maxResponseBytes = 1000;
    const auto client = makeClient(server, options);
    ServiceRequest head;
    head.method = "HEAD";
    head.path = QStringLiteral("/");
    const ServiceResult answer = resultOf(client->request(head));
    QVERIFY2(answer, explain(answer).constData());
    QCOMPARE(answer->status, 200);
    QCOMPARE(answer->header("Content-Length"), "2000");
    const ServiceResult same = resultOf(client->get(QStringLiteral("/same")));
    QVERIFY2(same, explain(same).constData());
    QCOMPARE(same->status, 304);
}

void ServiceClientTest::aBodyThatBreaksOffIsAnError()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        connection.close();
    });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    QCOMPARE(result.error().phase, RequestPhase::Receive);
}

void ServiceClientTest::aReplyThatIsNotJsonIsAProtocolError()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, "<html>")); });
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.expectJson = true;
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Protocol);
    QCOMPARE(server.requestCount(), 1);
    const ServiceResult plain = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(plain);
    QCOMPARE(plain->json().error().kind, Error::Kind::Protocol);
}

void ServiceClientTest::gzipIsUnpacked()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (!request.header("Accept-Encoding").contains("gzip"))
            connection.write(RawHttpServer::response(200, "no gzip asked for"));
        else if (request.target == "/empty")
            connection.write(RawHttpServer::response(200, "", "Content-Encoding: gzip\r\n"));
        else if (request.target == "/old-name")
            connection.write(RawHttpServer::response(200, packedHello(), "Content-Encoding: X-GZip\r\n"));
        else if (request.target == "/error")
            connection.write(RawHttpServer::response(404, packedHello(), "Content-Encoding: gzip\r\n"));
        else if (request.target == "/chunked")
            connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "a\r\n" + packedHello().left(10) + "\r\n12\r\n" + packedHello().mid(10) + "\r\n0\r\n\r\n");
        else
            connection.write(RawHttpServer::response(200, packedHello(), "Content-Encoding: gzip\r\n"));
    });
    const auto client = makeClient(server);
    for (const char *path : {"/announced", "/chunked", "/error", "/empty", "/old-name"}) {
        const QByteArray expected = qstrcmp(path, "/empty") == 0 ? "" : "hello";
        const ServiceResult result = resultOf(client->get(QString::fromLatin1(path)));
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->body, expected);
        QCOMPARE(result->bytesReceived, expected.size());
    }
    const auto sink = std::make_shared<QBuffer>();
    QVERIFY(sink->open(QIODevice::WriteOnly));
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.sink = sink;
    QVERIFY(resultOf(client->request(request)));
    QCOMPARE(sink->data(), "hello");
}

void ServiceClientTest::gzipThatBreaksOffIsAnError_data()
{
    QTest::addColumn<QByteArray>("answer");
    const QByteArray head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
    QTest::newRow("announced") << QByteArray(head + "Content-Length: 28\r\n\r\n" + packedHello().left(20));
    QTest::newRow("announced, nothing") << QByteArray(head + "Content-Length: 28\r\n\r\n");
    QTest::newRow("chunked") << QByteArray(head + "Transfer-Encoding: chunked\r\n\r\n14\r\n" + packedHello().left(20) + "\r\n");
    QTest::newRow("chunked, whole chunks") << QByteArray(head + "Transfer-Encoding: chunked\r\n\r\n14\r\n" + packedHello().left(20)
                                                         + "\r\n0\r\n\r\n");
    QTest::newRow("until the end") << QByteArray(head + "Connection: close\r\n\r\n" + packedHello().left(20));
    QTest::newRow("until the end, but a byte") << QByteArray(head + "Connection: close\r\n\r\n" + packedHello().left(27));
    QTest::newRow("until the end, nothing") << QByteArray(head + "Connection: close\r\n\r\n");
}

void ServiceClientTest::gzipThatBreaksOffIsAnError()
{
    QFETCH(const QByteArray, answer);
    RawHttpServer server([&](const auto &, auto &connection) {
        connection.write(answer);
        connection.close();
    });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    QCOMPARE(result.error().phase, RequestPhase::Receive);
}

void ServiceClientTest::damagedGzipIsAProtocolError()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(200, packedHello().replace("hello", "jello"), "Content-Encoding: gzip\r\n"));
    });
    const auto client = makeClient(server);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Protocol);
    QCOMPARE(server.requestCount(), 1);
}

void ServiceClientTest::theLimitIsForTheUnpackedBody()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(200, packedHello(), "Content-Encoding: gzip\r\n"));
    });
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.maxResponseBytes = 5;
    const ServiceResult fits = resultOf(client->request(request));
    QVERIFY2(fits, explain(fits).constData());
    QCOMPARE(fits->body, "hello");
    request.maxResponseBytes = 4;
    const ServiceResult tooLarge = resultOf(client->request(request));
    QVERIFY(!tooLarge);
    QCOMPARE(tooLarge.error().kind, Error::Kind::LimitExceeded);
}

void ServiceClientTest::whatUnpacksWithoutMeasureIsRefused()
{
    // A gzip member around the raw stream in what qCompress() makes: length, header, stream, checksum.
    const QByteArray packed = qCompress(QByteArray(16 * 1024 * 1024, '\0'), 9);
    const QByteArray bomb = QByteArray::fromHex("1f8b08000000000000ff") + packed.mid(6, packed.size() - 10) + QByteArray(8, '\0');
    RawHttpServer server([bomb](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(200, bomb, "Content-Encoding: gzip\r\n"));
    });
    const auto client = makeClient(server);
    const auto sink = std::make_shared<QBuffer>();
    QVERIFY(sink->open(QIODevice::WriteOnly));
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.sink = sink;
    request.maxAttempts = 1;
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Protocol);
    QVERIFY(sink->data().size() < 12 * 1024 * 1024);
}

void ServiceClientTest::whoAsksForAnEncodingGetsItAsItIs()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(200, packedHello(), "Content-Encoding: gzip\r\nX-Asked: "
                                                                         + request.header("Accept-Encoding") + "\r\n"));
    });
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.headers = {{"accept-encoding", "gzip, br"}};
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->header("X-Asked"), "gzip, br");
    QCOMPARE(result->body, packedHello());
}

void ServiceClientTest::downloadsGoToTheDeviceWithProgress()
{
    QByteArray large;
    for (int i = 0; i < 500'000; ++i)
        large += QByteArray::number(i);
    RawHttpServer server([&](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, large)); });
    ServiceClientOptions options;
    options.maxResponseBytes = 1000; // Does not apply to a stream.
    const auto client = makeClient(server, options);
    const auto sink = std::make_shared<QBuffer>();
    QVERIFY(sink->open(QIODevice::WriteOnly));
    std::atomic<qint64> received{0};
    std::atomic<qint64> total{0};
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.sink = sink;
    request.progress = [&](qint64 now, qint64 all) {
        received = now;
        total = all;
    };
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY2(result, explain(result).constData());
    QVERIFY(result->body.isEmpty());
    QCOMPARE(result->bytesReceived, large.size());
    QCOMPARE(received.load(), large.size());
    QCOMPARE(total.load(), large.size());
    QCOMPARE(sink->data(), large);
}

void ServiceClientTest::callsFromManyThreadsAllEnd()
{
    RawHttpServer server(&echo);
    ServiceClientOptions options;
    options.maxQueued = 1000;
    const auto client = makeClient(server, options);
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const ServiceResult result = resultOf(client->get(QStringLiteral("/%1/%2").arg(t).arg(i)));
                if (result && result->body == QStringLiteral("GET /%1/%2 ").arg(t).arg(i).toLatin1())
                    ++good;
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(good.load(), 400);
    QVERIFY(server.peakConnectionCount() <= 6);
}

void ServiceClientTest::theApplicationsProxyIsLeftAlone_data()
{
    QTest::addColumn<QString>("host");
    for (const char *host : {"127.0.0.1", "127.1.2.3", "localhost", "0.0.0.0"})
        QTest::newRow(host) << QString::fromLatin1(host);
}

void ServiceClientTest::theApplicationsProxyIsLeftAlone()
{
    QFETCH(const QString, host);
    RawHttpServer proxy(&echo);
    // Listens on every address of the loopback device.
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::AnyIPv4));
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            socket->readAll();
            socket->write(RawHttpServer::response(200, "direct"));
        });
    });
    QNetworkProxy::setApplicationProxy(QNetworkProxy(QNetworkProxy::HttpProxy, QStringLiteral("127.0.0.1"), proxy.port()));
    const auto restore = qScopeGuard([] { QNetworkProxy::setApplicationProxy(QNetworkProxy::NoProxy); });
    QUrl url(QStringLiteral("http://localhost:%1").arg(server.serverPort()));
    url.setHost(host);
    const auto client = ServiceClient::create(QStringLiteral("service"), url);
    QVERIFY(client);
    QFuture<ServiceResult> answer = (*client)->get(QStringLiteral("/"));
    QTRY_VERIFY(answer.isFinished());
    QVERIFY2(answer.result(), explain(answer.result()));
    QCOMPARE(answer.result()->body, "direct");
    QCOMPARE(proxy.connectionCount(), 0);
}

void ServiceClientTest::statisticsAddUp()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(request.target.mid(1).toInt(), ""));
    });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    const auto client = makeClient(server, options);
    for (const int status : {200, 204, 404, 500})
        QVERIFY(resultOf(client->get(QStringLiteral("/%1").arg(status))));
    const ClientStatistics statistics = client->statistics();
    QCOMPARE(statistics.callCount(CallOutcome::Success), 2U);
    QCOMPARE(statistics.callCount(CallOutcome::ClientError), 1U);
    QCOMPARE(statistics.callCount(CallOutcome::ServerError), 1U);
    QCOMPARE(statistics.callCount(), 4U);
    QCOMPARE(statistics.attempts, 4U);
    QCOMPARE(statistics.inFlight, 0U);
    QCOMPARE(statistics.queued, 0U);
    QCOMPARE(statistics.duration.count(), 4U);
    QCOMPARE(statistics.queueTime.count(), 4U);
    QCOMPARE(statistics.serverTime.count(), 4U);
    QCOMPARE(statistics.connectTime.count(), 1U);
    const ComponentSnapshot snapshot = client->snapshot();
    QCOMPARE(snapshot.kind, ComponentSnapshot::Kind::Client);
    QCOMPARE(snapshot.name, "service");
    QCOMPARE(ClientStatistics::fromSnapshot(snapshot), statistics);
}

QTEST_GUILESS_MAIN(ServiceClientTest)
#include "tst_serviceclient.moc"
