// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/manualclock.h>
#include <infra/serviceclient.h>

#include <QBuffer>
#include <QtTest>

using InfraTest::echo;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

// What is sent again, how often, and what never is.
class ClientRetriesTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aPostReachesAServerThatClosesOnceOnly();
    void aPostWithAKeyIsRetriedWithTheSameKey();
    void aGetIsRetriedAndTheLedgerSaysWhy();
    void aGetOnAConnectionThatTheServerClosedIsSentAgainAtOnce();
    void retryAfterIsWaitedFor();
    void aRetryAfterBehindTheDeadlineEndsTheCall();
    void theBudgetEndsRetries();
    void theBreakerOpensAndRefusesWithoutSending();
    void anErrorOfTheServerOpensTheBreakerWhateverItsSize();
    void aHalfOpenBreakerSendsExactlyItsTrials();
    void refusedConnectionsAreUnavailable();
    void unknownHostsAreUnavailable();
    void callsOfARetryingCallerAreNotRetried();
    void aBrokenDownloadIsNotRetried();
};

void ClientRetriesTest::aPostReachesAServerThatClosesOnceOnly()
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

void ClientRetriesTest::aPostWithAKeyIsRetriedWithTheSameKey()
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

void ClientRetriesTest::aGetIsRetriedAndTheLedgerSaysWhy()
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

void ClientRetriesTest::aGetOnAConnectionThatTheServerClosedIsSentAgainAtOnce()
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

void ClientRetriesTest::retryAfterIsWaitedFor()
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

void ClientRetriesTest::aRetryAfterBehindTheDeadlineEndsTheCall()
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

void ClientRetriesTest::theBudgetEndsRetries()
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

void ClientRetriesTest::theBreakerOpensAndRefusesWithoutSending()
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

void ClientRetriesTest::anErrorOfTheServerOpensTheBreakerWhateverItsSize()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(500, QByteArray(2000, 'x')));
    });
    ServiceClientOptions options;
    options.retry.maxAttempts = 1;
    options.breaker.minimumAttempts = 5;
    options.maxResponseBytes = 1000;
    const auto client = makeClient(server, options);
    for (int i = 0; i < 5; ++i) {
        const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
        QVERIFY(!result);
        QCOMPARE(result.error().kind, Error::Kind::LimitExceeded);
        QCOMPARE(result.error().nativeCode, QStringLiteral("500"));
    }
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    QCOMPARE(resultOf(client->get(QStringLiteral("/"))).error().kind, Error::Kind::Rejected);
    QCOMPARE(server.requestCount(), 5);
}

void ClientRetriesTest::aHalfOpenBreakerSendsExactlyItsTrials()
{
    std::atomic<bool> isUp{false};
    std::atomic<bool> isHeld{false};
    RawHttpServer server([&](const auto &, auto &connection) {
        while (isHeld)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(isUp ? 200 : 500, ""));
    });
    ManualClock clock;
    ServiceClientOptions options;
    options.clock = &clock;
    options.retry.maxAttempts = 1;
    options.breaker.minimumAttempts = 5;
    options.breaker.window = 10s;
    options.breaker.openDuration = 5s;
    options.breaker.trialAttempts = 3;
    const auto client = makeClient(server, options);
    const auto answers = [&](int calls) {
        std::vector<QFuture<ServiceResult>> futures;
        for (int i = 0; i < calls; ++i)
            futures.push_back(client->get(QStringLiteral("/")));
        return futures;
    };
    // Four failures, and four more when the window has forgotten those: closed.
    for (auto &call : answers(4))
        QVERIFY(resultOf(call));
    QCOMPARE(client->statistics().breakerState, BreakerState::Closed);
    clock.advance(11s);
    for (auto &call : answers(4))
        QVERIFY(resultOf(call));
    QCOMPARE(client->statistics().breakerState, BreakerState::Closed);
    // The fifth within one window opens it.
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    QCOMPARE(server.requestCount(), 9);
    clock.advance(5s - 1ms);
    QCOMPARE(resultOf(client->get(QStringLiteral("/"))).error().kind, Error::Kind::Rejected);
    QCOMPARE(server.requestCount(), 9);
    // Its time is up: of twelve calls at once three are sent, whatever they will bring; the others are refused.
    clock.advance(1ms);
    isUp = true;
    isHeld = true;
    auto trials = answers(12);
    QTRY_COMPARE(client->statistics().callCount(CallOutcome::Rejected), 1U + 9U);
    QTRY_COMPARE(server.requestCount(), 9 + 3);
    QCOMPARE(client->statistics().breakerState, BreakerState::HalfOpen);
    isHeld = false;
    int answered = 0;
    for (auto &call : trials)
        answered += resultOf(call).has_value();
    QCOMPARE(answered, 3);
    QCOMPARE(server.requestCount(), 9 + 3);
    QCOMPARE(client->statistics().breakerState, BreakerState::Closed);
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
}

void ClientRetriesTest::refusedConnectionsAreUnavailable()
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

void ClientRetriesTest::unknownHostsAreUnavailable()
{
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://nowhere.invalid")), quick());
    QVERIFY(client);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Unavailable);
    QCOMPARE(result.error().phase, RequestPhase::Connect);
}

void ClientRetriesTest::callsOfARetryingCallerAreNotRetried()
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

void ClientRetriesTest::aBrokenDownloadIsNotRetried()
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

QTEST_GUILESS_MAIN(ClientRetriesTest)
#include "tst_clientretries.moc"
