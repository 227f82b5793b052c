// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"
#include "loopback.h"

#include <infra/manualclock.h>
#include <infra/serviceclient.h>

#include <QBuffer>
#include <QtTest>

#include <thread>

#include <sys/socket.h>
#include <unistd.h>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// Its breaker opens with the fifth failure, for 5 s.
ServiceClientOptions breakable(const Clock &clock)
{
    ServiceClientOptions options = quick();
    options.clock = &clock;
    options.breaker.minimumAttempts = 5;
    options.breaker.window = 10s;
    options.breaker.openDuration = 5s;
    options.breaker.trialAttempts = 3;
    return options;
}

ServiceRequest once(const char *path)
{
    ServiceRequest request;
    request.path = QString::fromLatin1(path);
    request.maxAttempts = 1;
    return request;
}

} // namespace

// What is sent again, how often, and what never is.
class ClientRetriesTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aPostReachesAServerThatClosesOnceOnly();
    void aPostThatAServerReadBeforeItWasGoneIsNotSentAgain_data();
    void aPostThatAServerReadBeforeItWasGoneIsNotSentAgain();
    void aHeadThatAServerReadBeforeItWasGoneWasSent();
    void aPostWithAKeyIsRetriedWithTheSameKey();
    void aGetIsRetriedAndTheLedgerSaysWhy();
    void aGetOnAConnectionThatTheServerClosedIsSentAgainAtOnce();
    void retryAfterIsWaitedFor();
    void aRetryAfterBehindTheDeadlineEndsTheCall();
    void theBudgetEndsRetries_data();
    void theBudgetEndsRetries();
    void answersThatArePlainlyNoEarnRetries();
    void theBreakerOpensAndRefusesWithoutSending();
    void anErrorOfTheServerOpensTheBreakerWhateverItsSize();
    void aHalfOpenBreakerSendsExactlyItsTrials();
    void aHalfOpenBreakerLetsARedirectGoOn();
    void anAnswerIsKeptOverAPauseInWhichTheBreakerOpens();
    void anAnswerIsKeptOverAPauseInWhichTheQueueFillsUp();
    void aTimeoutIsKeptOverAPauseInWhichTheBreakerOpens();
    void aRetryThatIsGivenUpInItsPauseCostsNothing();
    void refusedConnectionsAreUnavailable();
    void aServiceThatComesBackGetsOneConnectionForOneCall();
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

void ClientRetriesTest::aPostThatAServerReadBeforeItWasGoneIsNotSentAgain_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("resets");
    QTest::newRow("no body, closed") << QByteArray() << false;
    QTest::newRow("a body, closed") << QByteArray("body") << false;
    QTest::newRow("no body, reset") << QByteArray() << true;
    QTest::newRow("a body, reset") << QByteArray("body") << true;
}

// A process that ends takes its port with it: whoever connects again is refused, which proves nothing of the first time.
void ClientRetriesTest::aPostThatAServerReadBeforeItWasGoneIsNotSentAgain()
{
    QFETCH(const QByteArray, body);
    QFETCH(const bool, resets);
    quint16 port = 0;
    const int listener = InfraTest::listenOnLoopback(0, port);
    std::thread server([listener, resets] {
        const int socket = ::accept(listener, nullptr, nullptr);
        QByteArray bytes;
        while (!bytes.contains("\r\n\r\n") && InfraTest::receiveSome(socket, bytes)) { }
        InfraTest::sendAll(socket, RawHttpServer::response(200, "warm"));
        bytes.clear();
        while (!bytes.contains("\r\n\r\n") && InfraTest::receiveSome(socket, bytes)) { }
        ::close(listener);
        if (resets)
            InfraTest::closeWithReset(socket);
        ::close(socket);
    });
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), options);
    const ServiceResult warm = resultOf((*client)->get(QStringLiteral("/warm")));
    ServiceRequest request;
    request.method = "POST";
    request.path = QStringLiteral("/");
    request.body = body;
    const ServiceResult result = resultOf((*client)->request(request));
    server.join();
    QVERIFY(warm && !result);
    QVERIFY2(result.error().ledger.attempts.size() == 1, explain(result).constData());
    QVERIFY(result.error().ledger.attempts[0].connectionReused);
    QVERIFY(result.error().ledger.attempts[0].sent);
    QCOMPARE(result.error().ledger.attempts[0].decision, RetryDecision::NotIdempotent);
}

// Qt asks again by itself, and is refused then.
void ClientRetriesTest::aHeadThatAServerReadBeforeItWasGoneWasSent()
{
    quint16 port = 0;
    const int listener = InfraTest::listenOnLoopback(0, port);
    std::thread server([listener] {
        const int socket = ::accept(listener, nullptr, nullptr);
        QByteArray bytes;
        while (!bytes.contains("\r\n\r\n") && InfraTest::receiveSome(socket, bytes)) { }
        ::close(listener);
        ::close(socket);
    });
    ServiceClientOptions options = quick();
    options.retry.maxAttempts = 1;
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), options);
    ServiceRequest request;
    request.method = "HEAD";
    request.path = QStringLiteral("/");
    const ServiceResult result = resultOf((*client)->request(request));
    server.join();
    QVERIFY(!result);
    QVERIFY2(result.error().ledger.attempts[0].sent, explain(result).constData());
    QCOMPARE((*client)->statistics().attempts, 1U);
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

void ClientRetriesTest::theBudgetEndsRetries_data()
{
    QTest::addColumn<int>("status");
    for (const int status : {408, 425, 429, 503})
        QTest::addRow("%d", status) << status;
}

void ClientRetriesTest::theBudgetEndsRetries()
{
    QFETCH(const int, status);
    RawHttpServer server([&](const auto &, auto &connection) { connection.write(RawHttpServer::response(status, "")); });
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

void ClientRetriesTest::answersThatArePlainlyNoEarnRetries()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(request.target.mid(1).toInt(), ""));
    });
    ServiceClientOptions options = quick();
    options.retry.budgetReserve = 2;
    const auto client = makeClient(server, options);
    QVERIFY(resultOf(client->get(QStringLiteral("/429"))));
    QCOMPARE(client->statistics().budgetBalance, 0.0);
    for (const char *path : {"/404", "/200"})
        QVERIFY(resultOf(client->get(QString::fromLatin1(path))));
    QCOMPARE(client->statistics().budgetBalance, 0.4);
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
    ServiceClientOptions options = breakable(clock);
    options.retry.maxAttempts = 1;
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

void ClientRetriesTest::aHalfOpenBreakerLetsARedirectGoOn()
{
    std::atomic<int> posts{0};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target == "/result") {
            connection.write(RawHttpServer::response(200, request.method));
        } else if (request.method == "POST") {
            ++posts;
            while (posts < 3)
                connection.delay(1ms);
            connection.write(RawHttpServer::response(303, "", "Location: /result\r\n"));
        } else {
            connection.write(RawHttpServer::response(500, ""));
        }
    });
    const auto release = qScopeGuard([&] { posts = 3; });
    ManualClock clock;
    const auto client = makeClient(server, breakable(clock));
    for (int i = 0; i < 5; ++i)
        QVERIFY(resultOf(client->request(once("/fails"))));
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    clock.advance(5s);
    std::vector<QFuture<ServiceResult>> trials;
    for (int i = 0; i < 3; ++i)
        trials.push_back(client->post(QStringLiteral("/"), "x", "text/plain"));
    for (auto &trial : trials) {
        const ServiceResult result = resultOf(trial);
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->body, "GET");
        QCOMPARE(result->ledger.attempts.size(), 2U);
    }
    QCOMPARE(client->statistics().breakerState, BreakerState::Closed);
    QCOMPARE(client->statistics().breakerClosed, 1U);
}

void ClientRetriesTest::anAnswerIsKeptOverAPauseInWhichTheBreakerOpens()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/paused")
            connection.write(RawHttpServer::response(503, "in a moment", "Retry-After: 1\r\n"));
        else
            connection.write(RawHttpServer::response(500, ""));
    });
    ManualClock clock;
    const auto client = makeClient(server, breakable(clock));
    auto paused = client->get(QStringLiteral("/paused"));
    QTRY_COMPARE(client->statistics().attempts, 1U);
    for (int i = 0; i < 4; ++i)
        QVERIFY(resultOf(client->request(once("/fails"))));
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    clock.advance(1s);
    const ServiceResult result = resultOf(paused);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->status, 503);
    QCOMPARE(result->body, "in a moment");
    QCOMPARE(result->ledger.attempts.size(), 1U);
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::BreakerOpened);
    QCOMPARE(result->ledger.attempts[0].backoff, 1s);
    const ClientStatistics statistics = client->statistics();
    QCOMPARE(statistics.callCount(CallOutcome::Rejected), 0U);
    QCOMPARE(statistics.callCount(CallOutcome::ServerError), 5U);
    QCOMPARE(statistics.retryCount(), 0U);
    QCOMPARE(statistics.budgetBalance, 10.0);
    QCOMPARE(server.requestCount(), 5);
}

void ClientRetriesTest::anAnswerIsKeptOverAPauseInWhichTheQueueFillsUp()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target != "/paused")
            connection.delay(30s);
        connection.write(RawHttpServer::response(503, "", "Retry-After: 1\r\n"));
    });
    ManualClock clock;
    ServiceClientOptions options = quick();
    options.clock = &clock;
    options.maxConnectionsPerHost = 1;
    options.maxQueued = 1;
    const auto client = makeClient(server, options);
    auto paused = client->get(QStringLiteral("/paused"));
    QTRY_COMPARE(client->statistics().attempts, 1U);
    auto held = client->get(QStringLiteral("/held"));
    QTRY_COMPARE(server.requestCount(), 2);
    auto waiting = client->get(QStringLiteral("/waiting"));
    QTRY_COMPARE(client->statistics().queued, 1U);
    clock.advance(1s);
    const ServiceResult result = resultOf(paused);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->status, 503);
    QCOMPARE(result->ledger.attempts.size(), 1U);
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::QueueFull);
    QCOMPARE(client->statistics().retryCount(), 0U);
    QCOMPARE(client->statistics().budgetBalance, 10.0);
    // Their clock goes with this test.
    for (auto *call : {&held, &waiting}) {
        call->cancel();
        call->waitForFinished();
    }
}

void ClientRetriesTest::aTimeoutIsKeptOverAPauseInWhichTheBreakerOpens()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/held")
            connection.delay(30s);
        connection.write(RawHttpServer::response(500, ""));
    });
    ManualClock clock;
    ServiceClientOptions options = breakable(clock);
    options.attemptTimeout = 1s;
    const auto client = makeClient(server, options);
    auto held = client->get(QStringLiteral("/held"));
    QTRY_COMPARE(server.requestCount(), 1);
    clock.advance(1s);
    QTRY_COMPARE(client->statistics().attempts, 1U);
    for (int i = 0; i < 4; ++i)
        QVERIFY(resultOf(client->request(once("/fails"))));
    QCOMPARE(client->statistics().breakerState, BreakerState::Open);
    clock.advance(1s);
    const ServiceResult result = resultOf(held);
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Timeout);
    QCOMPARE(result.error().phase, RequestPhase::Wait);
    QCOMPARE(result.error().ledger.attempts.size(), 1U);
    QCOMPARE(result.error().ledger.attempts[0].decision, RetryDecision::BreakerOpened);
    QCOMPARE(client->statistics().callCount(CallOutcome::Timeout), 1U);
}

void ClientRetriesTest::aRetryThatIsGivenUpInItsPauseCostsNothing()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(503, "", "Retry-After: 1\r\n"));
    });
    ManualClock clock;
    const auto client = makeClient(server, breakable(clock));
    auto paused = client->get(QStringLiteral("/"));
    // Taken off, so that others do not pause for it too.
    QTRY_COMPARE(client->statistics().budgetBalance, 9.0);
    QCOMPARE(client->statistics().retryCount(), 0U);
    paused.cancel();
    paused.waitForFinished();
    QTRY_COMPARE(client->statistics().callCount(CallOutcome::Cancelled), 1U);
    QCOMPARE(client->statistics().budgetBalance, 10.0);
    QCOMPARE(client->statistics().retryCount(), 0U);
    QCOMPARE(server.requestCount(), 1);
}

void ClientRetriesTest::aServiceThatComesBackGetsOneConnectionForOneCall()
{
    quint16 port = 0;
    {
        const RawHttpServer gone(&echo);
        port = gone.port();
    }
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    options.retry.maxAttempts = 1;
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), options);
    for (int outage = 1; outage <= 2; ++outage) {
        for (int i = 0; i < 5; ++i) {
            const ServiceResult refused = resultOf((*client)->get(QStringLiteral("/")));
            QCOMPARE(refused.error().kind, Error::Kind::Unavailable);
            QCOMPARE(refused.error().phase, RequestPhase::Connect);
            QVERIFY(!refused.error().ledger.attempts[0].sent);
        }
        RawHttpServer server(&echo, port);
        for (int i = 0; i < 3; ++i) {
            const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
            QVERIFY2(result, explain(result).constData());
        }
        // Others would be on their way.
        QTest::qWait(50);
        // The first is not used again: Qt's count of those with its name is wrong.
        QCOMPARE(server.connectionCount(), 2);
    }
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
