// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/healthchecker.h>
#include <infra/manualclock.h>
#include <infra/serviceclient.h>

#include <QThread>
#include <QtTest>

#include <thread>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// "/103…" gets that status first, and a moment later, as every other target at once, its own name.
void hint(const RawHttpServer::Request &request, RawHttpServer::Connection &connection)
{
    if (request.target.startsWith("/1")) {
        connection.write("HTTP/1.1 " + request.target.mid(1, 3) + " Interim\r\nLink: </style.css>\r\n\r\n");
        connection.delay(20ms);
    }
    connection.write(RawHttpServer::response(200, request.target));
}

} // namespace

// Answers that announce another one, which Qt takes for the whole.
class ClientInterimTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void anInterimAnswerIsNoneAndTheFinalOneIsNotTheNextCalls_data();
    void anInterimAnswerIsNoneAndTheFinalOneIsNotTheNextCalls();
    void aContinueIsPassedOver();
    void aRequestThatIsOnTheConnectionBeforeThatIsNoticedDoesNotGetTheFinalAnswer();
    void anAnswerToACallThatEndsBeforeItsInterimOneIsNoticedIsNotTheNextCalls();
    void anInterimAnswerThatCrossesTheEndOfItsCallIsNotFollowedByTheNextCallsAnswer();
    void callsOnOtherConnectionsGetTheirAnswers();
    void callsAtOnceNeverGetOneAnothersAnswers();
    void aHealthCheckDoesNotReadTheFinalAnswerToAnother();
    void otherOriginsKeepTheirConnections();
    void anyNumberOfOriginsMayAnswerSo();
    void connectionsThatAreNotUsedAgainAreClosed();
};

void ClientInterimTest::anInterimAnswerIsNoneAndTheFinalOneIsNotTheNextCalls_data()
{
    QTest::addColumn<QString>("status");
    for (const char *status : {"101", "102", "103", "199"})
        QTest::newRow(status) << QString::fromLatin1(status);
}

void ClientInterimTest::anInterimAnswerIsNoneAndTheFinalOneIsNotTheNextCalls()
{
    QFETCH(const QString, status);
    std::atomic<bool> isNextSent{false};
    std::atomic<bool> isFinalWritten{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target.startsWith("/1")) {
            connection.write("HTTP/1.1 " + request.target.mid(1) + " Interim\r\nLink: </style.css>\r\n\r\n");
            while (!isNextSent)
                connection.delay(1ms);
            connection.write(RawHttpServer::response(200, request.target));
            isFinalWritten = true;
            return;
        }
        // The other answer is there first.
        while (!isFinalWritten)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, request.target));
    });
    const auto client = makeClient(server, quick());
    const ServiceResult first = resultOf(client->get(QLatin1Char('/') + status));
    isNextSent = true;
    const ServiceResult second = resultOf(client->get(QStringLiteral("/second")));
    QVERIFY2(second, explain(second).constData());
    QCOMPARE(second->body, "/second");
    QCOMPARE(second->ledger.attempts.size(), 1U);
    QVERIFY(!first);
    QCOMPARE(first.error().kind, Error::Kind::Protocol);
    QCOMPARE(first.error().nativeCode, status);
    QCOMPARE(first.error().ledger.attempts.size(), 1U);
    QCOMPARE(first.error().ledger.attempts[0].status, status.toInt());
    QCOMPARE(first.error().ledger.attempts[0].decision, RetryDecision::NotRetryable);
    // From here on connections are kept as before.
    const ServiceResult third = resultOf(client->get(QStringLiteral("/third")));
    QVERIFY2(third, explain(third).constData());
    QCOMPARE(third->body, "/third");
    QVERIFY(third->ledger.attempts[0].connectionReused);
    QCOMPARE(server.connectionCount(), 2);
}

void ClientInterimTest::aContinueIsPassedOver()
{
    RawHttpServer server(&hint);
    const auto client = makeClient(server);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/100")));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->status, 200);
    QCOMPARE(result->body, "/100");
    QVERIFY(resultOf(client->get(QStringLiteral("/")))->ledger.attempts[0].connectionReused);
}

void ClientInterimTest::aRequestThatIsOnTheConnectionBeforeThatIsNoticedDoesNotGetTheFinalAnswer()
{
    std::atomic<bool> isThreadHeld{false};
    std::atomic<bool> isInterimWritten{false};
    std::atomic<bool> isSecondSent{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target == "/103") {
            while (!isThreadHeld)
                connection.delay(1ms);
            connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
            isInterimWritten = true;
            while (!isSecondSent)
                connection.delay(1ms);
        }
        connection.write(RawHttpServer::response(200, request.target));
    });
    const auto release = qScopeGuard([&] { isThreadHeld = isSecondSent = true; });
    const auto client = makeClient(server, quick());
    QVERIFY(resultOf(client->get(QStringLiteral("/warm"))));
    const auto first = client->get(QStringLiteral("/103"));
    QTRY_COMPARE(server.requestCount(), 2);
    QFuture<ServiceResult> second;
    // On the network thread, which does not see meanwhile what Qt's own thread reads. That it has read it nobody says.
    QFuture<void> held = client->get(QStringLiteral("/other")).then([&](const ServiceResult &) {
        isThreadHeld = true;
        while (!isInterimWritten)
            QThread::msleep(1);
        QThread::msleep(50);
        second = client->get(QStringLiteral("/second"));
        isSecondSent = true;
    });
    held.waitForFinished();
    const ServiceResult result = resultOf(second);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "/second");
    QCOMPARE(resultOf(first).error().kind, Error::Kind::Protocol);
}

void ClientInterimTest::anAnswerToACallThatEndsBeforeItsInterimOneIsNoticedIsNotTheNextCalls()
{
    std::atomic<bool> isThreadHeld{false};
    std::atomic<bool> isInterimWritten{false};
    std::atomic<bool> isNextSent{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target == "/silent") {
            connection.delay(30s);
            return;
        }
        if (request.target == "/103") {
            while (!isThreadHeld)
                connection.delay(1ms);
            connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
            isInterimWritten = true;
            while (!isNextSent)
                connection.delay(1ms);
        }
        connection.write(RawHttpServer::response(200, request.target));
    });
    const auto release = qScopeGuard([&] { isThreadHeld = isNextSent = true; });
    ManualClock clock;
    ServiceClientOptions options = quick();
    options.clock = &clock;
    options.retry.maxAttempts = 1;
    const auto client = makeClient(server, options);
    // Both time out at once, and on the network thread nothing is heard of the interim answer between these.
    const auto silent = client->get(QStringLiteral("/silent")).then([&](const ServiceResult &result) {
        isThreadHeld = true;
        while (!isInterimWritten)
            QThread::msleep(1);
        QThread::msleep(50);
        return result;
    });
    QTRY_COMPARE(server.requestCount(), 1);
    const auto first = client->get(QStringLiteral("/103"));
    QTRY_COMPARE(server.requestCount(), 2);
    clock.advance(options.attemptTimeout);
    QCOMPARE(resultOf(first).error().kind, Error::Kind::Timeout);
    QVERIFY(isInterimWritten);
    const auto second = client->get(QStringLiteral("/second"));
    // It was on that connection by then.
    QThread::msleep(50);
    isNextSent = true;
    const ServiceResult result = resultOf(second);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "/second");
}

void ClientInterimTest::anInterimAnswerThatCrossesTheEndOfItsCallIsNotFollowedByTheNextCallsAnswer()
{
    // Qt's own thread reads the one when it has not heard of the other yet: one in thirty of these.
    std::atomic<int> wrong{0};
    std::atomic<int> timeouts{0};
    const auto play = [&] {
        RawHttpServer server([](const auto &request, auto &connection) {
            if (request.target.startsWith("/103/")) {
                std::this_thread::sleep_for(std::chrono::microseconds(request.target.mid(5).toInt()));
                connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
                connection.delay(10ms);
            } else if (request.target == "/second") {
                connection.delay(20ms);
            }
            connection.write(RawHttpServer::response(200, request.target));
        });
        ServiceClientOptions options = quick();
        options.breaker.enabled = false;
        options.retry.maxAttempts = 1;
        const auto client = makeClient(server, options);
        for (int i = 0; i < 80; ++i) {
            wrong += !resultOf(client->get(QStringLiteral("/warm")));
            ServiceRequest request;
            request.path = QStringLiteral("/103/%1").arg(4600 + 97 * i % 900);
            request.attemptTimeout = 5ms;
            const ServiceResult first = resultOf(client->request(request));
            timeouts += !first && first.error().kind == Error::Kind::Timeout;
            const ServiceResult second = resultOf(client->get(QStringLiteral("/second")));
            wrong += first || !second || second->body != "/second";
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back(play);
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(timeouts > 0);
    QCOMPARE(wrong, 0);
}

void ClientInterimTest::callsOnOtherConnectionsGetTheirAnswers()
{
    std::atomic<bool> isOver{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target == "/103") {
            connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
            return;
        }
        while (!isOver)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, request.target));
    });
    const auto release = qScopeGuard([&] { isOver = true; });
    const auto client = makeClient(server, quick());
    const auto bystander = client->post(QStringLiteral("/bystander"), "body", "text/plain");
    QTRY_COMPARE(server.requestCount(), 1);
    QCOMPARE(resultOf(client->get(QStringLiteral("/103"))).error().kind, Error::Kind::Protocol);
    isOver = true;
    const ServiceResult result = resultOf(bystander);
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "/bystander");
}

void ClientInterimTest::callsAtOnceNeverGetOneAnothersAnswers()
{
    // The final answer comes at once, so that it waits for whoever is put on that connection.
    RawHttpServer server([](const auto &request, auto &connection) {
        const QByteArray interim = request.target.startsWith("/hint") ? "HTTP/1.1 103 Early Hints\r\n\r\n" : "";
        connection.write(interim + RawHttpServer::response(200, request.target));
    });
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    options.retry.maxAttempts = 10;
    options.retry.budgetReserve = 1000;
    options.maxQueued = 1000;
    const auto client = makeClient(server, options);
    std::vector<std::pair<QByteArray, QFuture<ServiceResult>>> calls;
    for (int i = 0; i < 300; ++i) {
        const QByteArray path = (i % 20 == 3 ? "/hint" : "/plain") + QByteArray::number(i);
        calls.emplace_back(path, client->get(QString::fromLatin1(path)));
    }
    for (auto &[path, call] : calls) {
        const ServiceResult result = resultOf(call);
        QCOMPARE(result.has_value(), !path.startsWith("/hint"));
        if (result)
            QCOMPARE(result->body, path);
        else
            QCOMPARE(result.error().kind, Error::Kind::Protocol);
    }
}

void ClientInterimTest::aHealthCheckDoesNotReadTheFinalAnswerToAnother()
{
    std::atomic<bool> isReleased{false};
    std::atomic<bool> isFinalWritten{false};
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        if (++count > 1) {
            connection.write(RawHttpServer::response(200, ""));
            return;
        }
        connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
        while (!isReleased)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(500, ""));
        isFinalWritten = true;
        connection.delay(30s);
    });
    const auto release = qScopeGuard([&] { isReleased = true; });
    ManualClock clock;
    HealthCheckOptions options;
    options.clock = &clock;
    const auto check = [&] { return HealthChecker::check(QStringLiteral("service"), server.url(), options).result(); };
    const HealthResult first = check();
    QCOMPARE(first.verdict, HealthVerdict::Unreachable);
    QVERIFY(!first.httpStatus);
    isReleased = true;
    QTRY_VERIFY(isFinalWritten);
    // A number is taken again once the connection that had it has had its time to close.
    clock.advance(1s);
    const HealthResult second = check();
    QVERIFY2(second.verdict == HealthVerdict::Up, qPrintable(second.message));
}

void ClientInterimTest::otherOriginsKeepTheirConnections()
{
    RawHttpServer server(&hint);
    RawHttpServer other(&echo);
    const auto client = makeClient(server, quick());
    const auto bystander = makeClient(other);
    QVERIFY(resultOf(bystander->get(QStringLiteral("/"))));
    QVERIFY(!resultOf(client->get(QStringLiteral("/103"))));
    QVERIFY(resultOf(bystander->get(QStringLiteral("/")))->ledger.attempts[0].connectionReused);
    QCOMPARE(other.connectionCount(), 1);
}

void ClientInterimTest::anyNumberOfOriginsMayAnswerSo()
{
    std::vector<std::unique_ptr<RawHttpServer>> servers;
    std::vector<std::unique_ptr<ServiceClient>> clients;
    for (int i = 0; i < 20; ++i) {
        servers.push_back(std::make_unique<RawHttpServer>(&hint));
        clients.push_back(makeClient(*servers.back(), quick()));
    }
    for (int round = 0; round < 2; ++round) {
        for (const auto &client : clients)
            QVERIFY(!resultOf(client->get(QStringLiteral("/103"))));
        for (const auto &client : clients) {
            const ServiceResult result = resultOf(client->get(QStringLiteral("/next")));
            QVERIFY2(result, explain(result).constData());
            QCOMPARE(result->body, "/next");
        }
    }
}

void ClientInterimTest::connectionsThatAreNotUsedAgainAreClosed()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write("HTTP/1.1 103 Early Hints\r\n\r\n"); });
    ServiceClientOptions options = quick();
    options.breaker.enabled = false;
    const auto client = makeClient(server, options);
    for (int i = 0; i < 40; ++i)
        QVERIFY(!resultOf(client->get(QStringLiteral("/"))));
    QCOMPARE(server.connectionCount(), 40);
    QVERIFY2(server.peakConnectionCount() < 10, QByteArray::number(server.peakConnectionCount()).constData());
}

QTEST_GUILESS_MAIN(ClientInterimTest)
#include "tst_clientinterim.moc"
