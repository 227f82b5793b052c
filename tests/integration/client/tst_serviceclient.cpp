// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "rawhttpserver.h"

#include <infra/serviceclient.h>

#include <QBuffer>
#include <QJsonArray>
#include <QJsonObject>
#include <QtTest>

using InfraTest::RawHttpServer;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

void echo(const RawHttpServer::Request &request, RawHttpServer::Connection &connection)
{
    connection.write(RawHttpServer::response(200, request.method + ' ' + request.target + ' ' + request.body));
}

std::unique_ptr<ServiceClient> makeClient(const RawHttpServer &server, const ServiceClientOptions &options = {})
{
    auto client = ServiceClient::create(QStringLiteral("service"), server.url(), options);
    if (!client)
        qFatal("%s", qPrintable(client.error().message));
    return std::move(*client);
}

// Fails the test by a fatal message when the call does not end; every call has a deadline, so it must.
ServiceResult resultOf(QFuture<ServiceResult> future)
{
    future.waitForFinished();
    return future.takeResult();
}

QByteArray explain(const ServiceResult &result)
{
    return result ? QByteArray() : toString(result.error()).toUtf8();
}

ServiceClientOptions quick()
{
    ServiceClientOptions options;
    options.retry.initialBackoff = 1ms;
    options.retry.maximumBackoff = 2ms;
    return options;
}

} // namespace

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
    void badOptionsAreRefused();
    void aPostReachesAServerThatClosesOnceOnly();
    void aPostWithAKeyIsRetriedWithTheSameKey();
    void aGetIsRetriedAndTheLedgerSaysWhy();
    void aGetOnAConnectionThatTheServerClosedIsSentAgainAtOnce();
    void retryAfterIsWaitedFor();
    void aRetryAfterBehindTheDeadlineEndsTheCall();
    void theBudgetEndsRetries();
    void theBreakerOpensAndRefusesWithoutSending();
    void refusedConnectionsAreUnavailable();
    void unknownHostsAreUnavailable();
    void attemptTimeoutsAreTimeouts();
    void theTotalDeadlineCountsQueueTime();
    void theDeadlineOfTheCallersContextBinds();
    void callsOfARetryingCallerAreNotRetried();
    void traceAndDeadlineArePassedOn();
    void cancellingAborts();
    void droppingTheFutureAborts();
    void aContinuationKeepsTheCallAlive();
    void destroyingTheClientCancelsItsCalls();
    void bodiesOverTheLimitAreRefused();
    void aBodyThatBreaksOffIsAnError();
    void aReplyThatIsNotJsonIsAProtocolError();
    void gzipIsUnpacked();
    void downloadsGoToTheDeviceWithProgress();
    void aBrokenDownloadIsNotRetried();
    void credentialsNeverFollowARedirectToAnotherOrigin();
    void redirectsKeepCredentialsWithinTheOrigin();
    void postsAreRedirectedByGetOnly();
    void redirectLoopsEnd();
    void highPriorityOvertakes();
    void theQueueIsBounded();
    void callsFromManyThreadsAllEnd();
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

void ServiceClientTest::aPostReachesAServerThatClosesOnceOnly()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.method == "GET")
            connection.write(RawHttpServer::response(200, "warm"));
        else
            connection.close();
    });
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    const auto client = makeClient(server, options);
    for (const char *method : {"POST", "PATCH"}) {
        for (const QByteArray &body : {QByteArray(), QByteArray("body"), QByteArray(200'000, 'b')}) {
            for (const bool reused : {false, true}) {
                if (reused)
                    QVERIFY(resultOf(client->get(QStringLiteral("/warm"))));
                const int before = server.requestCount();
                ServiceRequest request;
                request.method = method;
                request.path = QStringLiteral("/");
                request.body = body;
                const ServiceResult result = resultOf(client->request(request));
                QVERIFY(!result);
                QCOMPARE(result.error().kind, Error::Kind::Unavailable);
                QCOMPARE(server.requestCount() - before, 1);
                QCOMPARE(result.error().ledger.attempts.size(), 1U);
                QCOMPARE(result.error().ledger.attempts[0].decision, RetryDecision::NotIdempotent);
                QCOMPARE(result.error().ledger.attempts[0].connectionReused, reused);
                QVERIFY(result.error().ledger.attempts[0].sent);
            }
        }
    }
}

void ServiceClientTest::aPostWithAKeyIsRetriedWithTheSameKey()
{
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        if (++count < 3)
            connection.close();
        else
            connection.write(RawHttpServer::response(200, "done"));
    });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.method = "POST";
    request.path = QStringLiteral("/");
    request.body = "body";
    request.idempotencyKey = "key-1";
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(result);
    QCOMPARE(result->body, "done");
    const auto requests = server.requests();
    QCOMPARE(requests.size(), 3U);
    for (const auto &seen : requests)
        QCOMPARE(seen.header("Idempotency-Key"), "key-1");
    QCOMPARE(requests[0].header("Infra-Attempt"), "1/3");
    QCOMPARE(requests[2].header("Infra-Attempt"), "3/3");
}

void ServiceClientTest::aGetIsRetriedAndTheLedgerSaysWhy()
{
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        const int number = ++count;
        if (number == 1)
            connection.reset();
        else
            connection.write(RawHttpServer::response(number == 2 ? 503 : 200, "x"));
    });
    const auto client = makeClient(server, quick());
    const ServiceResult result = resultOf(client->get(QStringLiteral("/path"), {{QStringLiteral("token"), QStringLiteral("secret")}}));
    QVERIFY(result);
    QCOMPARE(result->status, 200);
    const auto &attempts = result->ledger.attempts;
    QCOMPARE(attempts.size(), 3U);
    QCOMPARE(server.requestCount(), 3);
    QCOMPARE(result->ledger.sentCount(), 3);
    QCOMPARE(attempts[0].decision, RetryDecision::Retried);
    QVERIFY(!attempts[0].failure.isEmpty());
    QVERIFY(!attempts[0].status);
    QCOMPARE(attempts[1].status, 503);
    QCOMPARE(attempts[1].decision, RetryDecision::Retried);
    QCOMPARE(attempts[2].decision, RetryDecision::NotNeeded);
    QVERIFY(attempts[2].started > attempts[1].started);
    QVERIFY(!attempts[0].url.contains(QStringLiteral("secret")));
    QCOMPARE(client->statistics().retries[static_cast<std::size_t>(RetryReason::ConnectionLost)], 1U);
    QCOMPARE(client->statistics().retries[static_cast<std::size_t>(RetryReason::ServerError)], 1U);
    QVERIFY(result->ledger.summary().contains(QStringLiteral("#2 503, retried")));
}

void ServiceClientTest::aGetOnAConnectionThatTheServerClosedIsSentAgainAtOnce()
{
    // The second request on each connection finds it closed.
    std::atomic<int> lastConnection{0};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (lastConnection.exchange(request.connection) == request.connection)
            connection.close();
        else
            connection.write(RawHttpServer::response(200, "x"));
    });
    ServiceClientOptions options;
    options.retry.initialBackoff = 60s;
    options.retry.maximumBackoff = 60s;
    const auto client = makeClient(server, options);
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(result);
    QCOMPARE(result->ledger.attempts.size(), 2U);
    QVERIFY(result->ledger.attempts[0].connectionReused);
    QVERIFY(!result->ledger.attempts[1].connectionReused);
    // Every request the server saw is one the ledger owns up to.
    QCOMPARE(server.requestCount(), 3);
}

void ServiceClientTest::retryAfterIsWaitedFor()
{
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        if (++count == 1)
            connection.write(RawHttpServer::response(503, "", "Retry-After: 3600\r\n"));
        else
            connection.write(RawHttpServer::response(200, "x"));
    });
    ServiceClientOptions options = quick();
    options.retry.maximumRetryAfter = 80ms;
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(result);
    QCOMPARE(result->status, 200);
    QVERIFY(result->ledger.attempts[0].backoff >= 80ms);
}

void ServiceClientTest::aRetryAfterBehindTheDeadlineEndsTheCall()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(503, "", "Retry-After: 9\r\n"));
    });
    ServiceClientOptions options = quick();
    options.totalTimeout = 5s;
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(result);
    QCOMPARE(result->status, 503);
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::DeadlineSpent);
    QCOMPARE(server.requestCount(), 1);
}

void ServiceClientTest::theBudgetEndsRetries()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(503, "")); });
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    options.retry.budgetReserve = 4;
    const auto client = makeClient(server, options);
    for (int i = 0; i < 20; ++i)
        QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    QCOMPARE(server.requestCount(), 24);
    QCOMPARE(client->statistics().retryCount(), 4U);
    QVERIFY(client->statistics().retriesRefused > 0);
    QCOMPARE(resultOf(client->get(QStringLiteral("/")))->ledger.attempts[0].decision, RetryDecision::BudgetSpent);
}

void ServiceClientTest::theBreakerOpensAndRefusesWithoutSending()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(500, "")); });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    options.breaker.minimumAttempts = 5;
    const auto client = makeClient(server, options);
    for (int i = 0; i < 5; ++i)
        QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Rejected);
    QCOMPARE(result.error().ledger.sentCount(), 0);
    QCOMPARE(server.requestCount(), 5);
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    QCOMPARE(client->statistics().breakerOpened, 1U);
    QCOMPARE(client->statistics().callCount(CallOutcome::Rejected), 1U);
}

void ServiceClientTest::refusedConnectionsAreUnavailable()
{
    quint16 port = 0;
    {
        const RawHttpServer gone(&echo);
        port = gone.port();
    }
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), quick());
    QVERIFY(client);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    QCOMPARE(result.error().phase, RequestPhase::Connect);
    QCOMPARE(result.error().ledger.attempts.size(), 3U);
    QCOMPARE(result.error().ledger.sentCount(), 0);
}

void ServiceClientTest::unknownHostsAreUnavailable()
{
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://nowhere.invalid")), quick());
    QVERIFY(client);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    QCOMPARE(result.error().phase, RequestPhase::Connect);
}

void ServiceClientTest::attemptTimeoutsAreTimeouts()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    ServiceClientOptions options = quick();
    options.attemptTimeout = 60ms;
    options.retry.maxAttempts = 2;
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Timeout);
    QCOMPARE(result.error().phase, RequestPhase::Wait);
    QVERIFY(result.error().message.contains(QStringLiteral("60 ms")));
    QCOMPARE(server.requestCount(), 2);
    QCOMPARE(result.error().ledger.attempts[0].decision, RetryDecision::Retried);
    QCOMPARE(result.error().ledger.attempts[1].decision, RetryDecision::AttemptsSpent);
    QCOMPARE(client->statistics().callCount(CallOutcome::Timeout), 1U);
}

void ServiceClientTest::theTotalDeadlineCountsQueueTime()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    const auto client = makeClient(server, quick());
    std::vector<QFuture<ServiceResult>> holders;
    for (int i = 0; i < 6; ++i)
        holders.push_back(client->get(QStringLiteral("/hold")));
    QTRY_COMPARE(server.requestCount(), 6);
    ServiceRequest request;
    request.path = QStringLiteral("/seventh");
    request.deadline = Deadline(100ms);
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Timeout);
    QCOMPARE(result.error().phase, RequestPhase::Queue);
    QCOMPARE(result.error().ledger.longestPhase(), RequestPhase::Queue);
    QVERIFY(result.error().message.contains(QStringLiteral("phase queue")));
    QCOMPARE(server.requestCount(), 6);
    for (auto &holder : holders)
        holder.cancel();
}

void ServiceClientTest::theDeadlineOfTheCallersContextBinds()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    const auto client = makeClient(server);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.context = RequestContext::fromHeaders({{"Infra-Deadline-Ms", "50"}});
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Timeout);
    QVERIFY(server.requests()[0].header("Infra-Deadline-Ms").toInt() <= 50);
}

void ServiceClientTest::callsOfARetryingCallerAreNotRetried()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(503, "")); });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.context = RequestContext::fromHeaders({{"Infra-Attempt", "1/3"}});
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(result);
    QCOMPARE(server.requestCount(), 1);
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::CallerRetries);
    // The next service down the chain must not retry either.
    QCOMPARE(server.requests()[0].header("Infra-Attempt"), "1/3");
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
    const auto requests = server.requests();
    const auto sent = TraceContext::parse(requests[0].header("traceparent"));
    QVERIFY(sent);
    QCOMPARE(sent->traceId, request.context->trace->traceId);
    QVERIFY(sent->spanId != request.context->trace->spanId);
    QCOMPARE(requests[0].header("tracestate"), "a=b");
    QVERIFY(TraceContext::parse(requests[1].header("traceparent")));
    const int left = requests[1].header("Infra-Deadline-Ms").toInt();
    QVERIFY(left > 4000 && left <= 5000);
}

void ServiceClientTest::cancellingAborts()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    const auto client = makeClient(server);
    QFuture<ServiceResult> future = client->get(QStringLiteral("/"));
    QTRY_COMPARE(server.requestCount(), 1);
    future.cancel();
    future.waitForFinished();
    QVERIFY(future.isCanceled());
    QCOMPARE(future.resultCount(), 0);
    QTRY_COMPARE(client->statistics().callCount(CallOutcome::Cancelled), 1U);
    QCOMPARE(client->statistics().inFlight, 0U);
}

void ServiceClientTest::droppingTheFutureAborts()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    const auto client = makeClient(server);
    {
        const QFuture<ServiceResult> future = client->get(QStringLiteral("/"));
        QTRY_COMPARE(server.requestCount(), 1);
        QCOMPARE(client->statistics().inFlight, 1U);
    }
    QTRY_COMPARE(client->statistics().callCount(CallOutcome::Cancelled), 1U);
}

void ServiceClientTest::aContinuationKeepsTheCallAlive()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.delay(100ms);
        connection.write(RawHttpServer::response(200, "late"));
    });
    const auto client = makeClient(server);
    QByteArray body;
    client->get(QStringLiteral("/")).then(this, [&body](const ServiceResult &result) { body = result ? result->body : "failed"; });
    QTRY_COMPARE(body, "late");
}

void ServiceClientTest::destroyingTheClientCancelsItsCalls()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    auto client = makeClient(server);
    std::vector<QFuture<ServiceResult>> futures;
    for (int i = 0; i < 8; ++i)
        futures.push_back(client->get(QStringLiteral("/")));
    client.reset();
    for (auto &future : futures) {
        const ServiceResult result = resultOf(future);
        QVERIFY(!result);
        QCOMPARE(result.error().kind, Error::Kind::Cancelled);
    }
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
        // A stored (uncompressed) deflate block in a gzip frame, so that the bytes can be read here.
        QByteArray frame = QByteArray::fromHex("1f8b08000000000000ff010500faff") + "hello" + QByteArray::fromHex("86a61036") + QByteArray::fromHex("05000000");
        if (request.header("Accept-Encoding").contains("gzip"))
            connection.write(RawHttpServer::response(200, frame, "Content-Encoding: gzip\r\n"));
        else
            connection.write(RawHttpServer::response(200, "no gzip asked for"));
    });
    const auto client = makeClient(server);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(result);
    QCOMPARE(result->body, "hello");
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

void ServiceClientTest::aBrokenDownloadIsNotRetried()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        connection.delay(50ms);
        connection.close();
    });
    const auto client = makeClient(server, quick());
    const auto sink = std::make_shared<QBuffer>();
    QVERIFY(sink->open(QIODevice::WriteOnly));
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.sink = sink;
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(!result);
    QCOMPARE(result.error().ledger.attempts[0].decision, RetryDecision::BodyDelivered);
    QCOMPARE(server.requestCount(), 1);
    QCOMPARE(sink->data(), "half");
}

void ServiceClientTest::credentialsNeverFollowARedirectToAnotherOrigin()
{
    RawHttpServer other(&echo);
    RawHttpServer server([&](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(302, "", "Location: " + other.url().toEncoded() + "/target\r\n"));
    });
    ServiceClientOptions options;
    options.bearerToken = "secret-token";
    options.headers = {{"X-Api-Key", "secret-key"}, {"Cookie", "secret-cookie"}, {"Accept", "text/plain"}};
    const auto client = makeClient(server, options);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.idempotencyKey = "secret-idempotency";
    request.headers = {{"Proxy-Authorization", "secret-proxy"}};
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(result);
    QCOMPARE(result->body, "GET /target ");
    QCOMPARE(server.requests()[0].header("Authorization"), "Bearer secret-token");
    const auto arrived = other.requests();
    QCOMPARE(arrived.size(), 1U);
    QCOMPARE(arrived[0].header("Accept"), "text/plain");
    for (const auto &[name, value] : arrived[0].headers)
        QVERIFY2(!value.contains("secret"), name.constData());
    QVERIFY(!result->ledger.summary().contains(QStringLiteral("secret")));
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::Redirected);
}

void ServiceClientTest::redirectsKeepCredentialsWithinTheOrigin()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/")
            connection.write(RawHttpServer::response(308, "", "Location: next?a=1\r\n"));
        else
            connection.write(RawHttpServer::response(200, request.target));
    });
    ServiceClientOptions options;
    options.bearerToken = "token";
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "/next?a=1");
    QCOMPARE(server.requests()[1].header("Authorization"), "Bearer token");
}

void ServiceClientTest::postsAreRedirectedByGetOnly()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/see-other")
            connection.write(RawHttpServer::response(303, "", "Location: /result\r\n"));
        else if (request.target == "/result")
            connection.write(RawHttpServer::response(200, request.method + request.body));
        else
            connection.write(RawHttpServer::response(request.target.mid(1).toInt(), "", "Location: /result\r\n"));
    });
    const auto client = makeClient(server);
    QCOMPARE(resultOf(client->post(QStringLiteral("/see-other"), "x", "text/plain"))->body, "GET");
    for (const int status : {301, 302, 307, 308}) {
        const ServiceResult result = resultOf(client->post(QStringLiteral("/%1").arg(status), "x", "text/plain"));
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->status, status);
    }
    QCOMPARE(resultOf(client->put(QStringLiteral("/307"), "x", "text/plain"))->body, "PUTx");
}

void ServiceClientTest::redirectLoopsEnd()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(302, "", "Location: /\r\n"));
    });
    const auto client = makeClient(server);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Protocol);
    QCOMPARE(server.requestCount(), 6);
}

void ServiceClientTest::highPriorityOvertakes()
{
    std::atomic<bool> open{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        while (request.target == "/hold" && !open)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, ""));
    });
    ServiceClientOptions options;
    options.maxConnectionsPerHost = 1;
    const auto client = makeClient(server, options);
    std::vector<QFuture<ServiceResult>> futures{client->get(QStringLiteral("/hold"))};
    QTRY_COMPARE(server.requestCount(), 1);
    futures.push_back(client->get(QStringLiteral("/normal")));
    ServiceRequest urgent;
    urgent.path = QStringLiteral("/urgent");
    urgent.priority = ServiceRequest::Priority::High;
    futures.push_back(client->request(urgent));
    QTRY_COMPARE(client->statistics().queued, 2U);
    open = true;
    for (auto &future : futures)
        QVERIFY(resultOf(future));
    QCOMPARE(server.requests()[1].target, "/urgent");
    QCOMPARE(server.requests()[2].target, "/normal");
}

void ServiceClientTest::theQueueIsBounded()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    ServiceClientOptions options;
    options.maxConnectionsPerHost = 1;
    options.maxQueued = 2;
    auto client = makeClient(server, options);
    std::vector<QFuture<ServiceResult>> futures;
    for (int i = 0; i < 3; ++i)
        futures.push_back(client->get(QStringLiteral("/")));
    QTRY_COMPARE(client->statistics().queued, 2U);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::LimitExceeded);
    QVERIFY(result.error().message.contains(QStringLiteral("maxQueued")));
    QCOMPARE(client->statistics().callCount(CallOutcome::Rejected), 1U);
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
