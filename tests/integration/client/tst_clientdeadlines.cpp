// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"
#include "mortalclock.h"

#include <infra/manualclock.h>
#include <infra/serviceclient.h>

#include <QtTest>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// Shows 10 ms more whenever it is looked at.
class TickingClock final : public Clock
{
public:
    [[nodiscard]] SteadyTime steadyNow() const noexcept override { return SteadyTime(1h) + ++m_ticks * 10ms; }
    [[nodiscard]] SystemTime systemNow() const noexcept override { return Clock::system().systemNow(); }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        return Clock::system().waitUntil(lock, condition, deadline, ready);
    }

private:
    mutable std::atomic<int> m_ticks{0};
};

} // namespace

// How calls end before their answer: timeouts, cancellation, a full queue.
class ClientDeadlinesTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void attemptTimeoutsAreTimeouts();
    void theTotalDeadlineCountsQueueTime();
    void callsWhoseDeadlinePassesInTheQueueAreNotDispatched();
    void theDeadlineOfTheCallersContextBinds();
    void theTimeToConnectIsNoLongerLeft();
    void cancellingAborts();
    void droppingTheFutureAborts();
    void aContinuationKeepsTheCallAlive();
    void destroyingTheClientCancelsItsCalls();
    void aCallReadsItsClockUntilItsFutureHasFinished();
    void highPriorityOvertakes();
    void theQueueIsBounded();
    void theLowestConnectionLimitBindsUntilItsCallGivesUp();
};

void ClientDeadlinesTest::attemptTimeoutsAreTimeouts()
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

void ClientDeadlinesTest::theTotalDeadlineCountsQueueTime()
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

void ClientDeadlinesTest::callsWhoseDeadlinePassesInTheQueueAreNotDispatched()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    ManualClock clock;
    ServiceClientOptions options = quick();
    options.clock = &clock;
    options.totalTimeout = 100ms;
    options.maxConnectionsPerHost = 1;
    options.breaker.minimumAttempts = 2;
    const auto client = makeClient(server, options);
    std::vector<QFuture<ServiceResult>> calls;
    for (int i = 0; i < 3; ++i)
        calls.push_back(client->get(QStringLiteral("/")));
    QTRY_COMPARE(server.requestCount(), 1);
    QTRY_COMPARE(client->statistics().queued, 2U);
    clock.advance(100ms);
    std::vector<RequestPhase> phases;
    for (auto &call : calls) {
        const ServiceResult result = resultOf(call);
        QVERIFY(!result);
        QCOMPARE(result.error().kind, Error::Kind::Timeout);
        QCOMPARE(result.error().ledger.attempts.size(), 1U);
        phases.push_back(result.error().phase);
    }
    QCOMPARE(phases, (std::vector{RequestPhase::Wait, RequestPhase::Queue, RequestPhase::Queue}));
    const ClientStatistics statistics = client->statistics();
    QCOMPARE(statistics.breakerState, BreakerState::Closed);
    QCOMPARE(statistics.queued, 0U);
    QCOMPARE(statistics.attempts, 1U);
    QVERIFY(statistics.connectTime.count() <= 1);
    QCOMPARE(server.connectionCount(), 1);
}

void ClientDeadlinesTest::theDeadlineOfTheCallersContextBinds()
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

void ClientDeadlinesTest::theTimeToConnectIsNoLongerLeft()
{
    RawHttpServer server(&echo);
    TickingClock clock;
    ServiceClientOptions options;
    options.clock = &clock;
    const auto client = makeClient(server, options);
    for (const bool isReused : {false, true}) {
        const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
        QVERIFY2(result, explain(result).constData());
        const Attempt &attempt = result->ledger.attempts[0];
        QCOMPARE(attempt.connectionReused, isReused);
        const std::chrono::milliseconds left(server.requests().back().header("Infra-Deadline-Ms").toInt());
        QVERIFY(left > 4s);
        QVERIFY(left <= options.attemptTimeout - attempt.connect);
    }
}

void ClientDeadlinesTest::cancellingAborts()
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

void ClientDeadlinesTest::droppingTheFutureAborts()
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

void ClientDeadlinesTest::aContinuationKeepsTheCallAlive()
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

void ClientDeadlinesTest::destroyingTheClientCancelsItsCalls()
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

void ClientDeadlinesTest::aCallReadsItsClockUntilItsFutureHasFinished()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    InfraTest::MortalClock clock;
    ServiceClientOptions options;
    options.clock = &clock;
    auto client = makeClient(server, options);
    QFuture<void> ended = client->get(QStringLiteral("/")).then([&clock](const ServiceResult &) { clock.end(); });
    QTRY_COMPARE(server.requestCount(), 1);
    client.reset();
    ended.waitForFinished();
    QVERIFY(InfraTest::networkThreadHasLookedAround());
    QCOMPARE(clock.readsAfterItsEnd(), 0);
}

void ClientDeadlinesTest::highPriorityOvertakes()
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

void ClientDeadlinesTest::theQueueIsBounded()
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

void ClientDeadlinesTest::theLowestConnectionLimitBindsUntilItsCallGivesUp()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    const auto wide = makeClient(server);
    ServiceClientOptions options;
    options.maxConnectionsPerHost = 1;
    const auto narrow = makeClient(server, options);
    const auto first = wide->get(QStringLiteral("/first"));
    QTRY_COMPARE(server.requestCount(), 1);
    auto waiting = narrow->get(QStringLiteral("/narrow"));
    QTRY_COMPARE(narrow->statistics().queued, 1U);
    const auto second = wide->get(QStringLiteral("/second"));
    QTRY_COMPARE(wide->statistics().queued, 1U);
    QCOMPARE(server.requestCount(), 1);
    waiting.cancel();
    QTRY_COMPARE(server.requestCount(), 2);
    QCOMPARE(server.requests()[1].target, "/second");
}

QTEST_GUILESS_MAIN(ClientDeadlinesTest)
#include "tst_clientdeadlines.moc"
