// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "mortalclock.h"
#include "rawhttpserver.h"

#include <infra/healthchecker.h>
#include <infra/healthmonitor.h>
#include <infra/healthreport.h>

#include <QtTest>

using InfraTest::RawHttpServer;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

HealthResult check(const QUrl &url, std::chrono::milliseconds timeout = 2s)
{
    HealthCheckOptions options;
    options.timeout = timeout;
    auto future = HealthChecker::check(QStringLiteral("service"), url, options);
    future.waitForFinished();
    return future.takeResult();
}

} // namespace

class HealthTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aReportIsReadBackByTheChecker();
    void checksUseAFreshConnectionEachAndAreNeverRetried();
    void checksOfOneServerAtOnceDoNotShareAConnection();
    void theReasonForNoAnswerIsKnown();
    void aRedirectIsNotFollowed();
    void aHugeAnswerCountsByItsStatus();
    void badInputIsARefusalWithAReason();
    void theMonitorTellsEveryCheckAndEveryChange();
    void aThreadThatDoesNotListenIsToldTheChangesAndTheNewestChecks();
    void aSingleFailureDoesNotFlipTheVerdict();
    void pausingStopsChecksAndResumingStartsThem();
    void theFirstCheckAfterAPauseCountsAtOnce();
    void aCheckThatAPauseOvertookIsDropped();
    void removedServicesAreForgotten();
    void addingTwiceAndConflicts();
    void badMonitorOptionsAreRefused();
    void theMonitorCanBeDestroyedDuringChecks();
    void aDestroyedMonitorNoLongerReadsItsClock();
    void aCheckReadsItsClockUntilItsFutureHasFinished();
};

void HealthTest::aReportIsReadBackByTheChecker()
{
    HealthReportBuilder report(QStringLiteral("data-api"), QStringLiteral("1.4.2"));
    report.addDependency(QStringLiteral("database"), HealthVerdict::Up, HealthReportBuilder::Importance::Required, {}, 3ms);
    report.addDependency(QStringLiteral("search"), HealthVerdict::Unreachable, HealthReportBuilder::Importance::Optional, QStringLiteral("refused"));
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target != "/base/health")
            connection.write(RawHttpServer::response(404, ""));
        else
            connection.write(RawHttpServer::response(report.httpStatus(), report.build(), QByteArray("Content-Type: ") + HealthReportBuilder::ContentType + "\r\n"));
    });
    QUrl url = server.url();
    url.setPath(QStringLiteral("/base/"));
    const HealthResult result = check(url);
    QCOMPARE(result.verdict, HealthVerdict::Degraded);
    QCOMPARE(result.reason, UnreachableReason::None);
    QCOMPARE(result.httpStatus, 200);
    QCOMPARE(result.version, QStringLiteral("1.4.2"));
    QCOMPARE(result.service, QStringLiteral("service"));
    QCOMPARE(result.dependencies.size(), 2U);
    QCOMPARE(result.dependencies[1].name, QStringLiteral("search"));
    QCOMPARE(result.dependencies[1].verdict, HealthVerdict::Down);
    QCOMPARE(result.dependencies[1].detail, QStringLiteral("refused"));
    QVERIFY(result.message.contains(QStringLiteral("search")));
    QCOMPARE(result.body, report.build());
    QVERIFY(result.connect > 0ns);
    QVERIFY(result.response > 0ns);
    QVERIFY(result.total >= result.connect + result.response);
}

void HealthTest::checksUseAFreshConnectionEachAndAreNeverRetried()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(503, "")); });
    for (int i = 1; i <= 3; ++i) {
        QCOMPARE(check(server.url()).verdict, HealthVerdict::Down);
        QCOMPARE(server.requestCount(), i);
        QCOMPARE(server.connectionCount(), i);
    }
}

void HealthTest::checksOfOneServerAtOnceDoNotShareAConnection()
{
    // It closes without announcing that it will, and takes a moment to: a check that another one's connection is used
    // for would find it closed.
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(200, ""));
        connection.delay(request.connection % 3 == 0 ? 2ms : 0ms);
    });
    for (int round = 0; round < 8; ++round) {
        std::vector<QFuture<HealthResult>> checks;
        for (int i = 0; i < 6; ++i)
            checks.push_back(HealthChecker::check(QStringLiteral("service"), server.url()));
        for (auto &each : checks) {
            const HealthResult result = each.result();
            QVERIFY2(result.verdict == HealthVerdict::Up, qPrintable(result.message));
        }
    }
    QCOMPARE(server.requestCount(), 48);
    QCOMPARE(server.connectionCount(), 48);
}

void HealthTest::theReasonForNoAnswerIsKnown()
{
    RawHttpServer silent([](const auto &, auto &connection) { connection.delay(30s); });
    RawHttpServer closing([](const auto &, auto &connection) { connection.close(); });
    quint16 freePort = 0;
    {
        const RawHttpServer gone([](const auto &, auto &) {});
        freePort = gone.port();
    }
    const auto reasonOf = [](const QUrl &url, std::chrono::milliseconds timeout = 2s) {
        const HealthResult result = check(url, timeout);
        return result.verdict == HealthVerdict::Unreachable && !result.message.isEmpty() ? result.reason : UnreachableReason::None;
    };
    QCOMPARE(reasonOf(silent.url(), 50ms), UnreachableReason::Timeout);
    QCOMPARE(reasonOf(closing.url()), UnreachableReason::ConnectionLost);
    QCOMPARE(closing.requestCount(), 1);
    QCOMPARE(reasonOf(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(freePort))), UnreachableReason::Refused);
    QCOMPARE(reasonOf(QUrl(QStringLiteral("http://nowhere.invalid"))), UnreachableReason::NameNotFound);
    // A server that closes as soon as it sees a TLS handshake.
    QUrl tls = closing.url();
    tls.setScheme(QStringLiteral("https"));
    QVERIFY(reasonOf(tls, 500ms) != UnreachableReason::None);
}

void HealthTest::aRedirectIsNotFollowed()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(302, "", "Location: /ok\r\n")); });
    QCOMPARE(check(server.url()).verdict, HealthVerdict::Down);
    QCOMPARE(server.requestCount(), 1);
}

void HealthTest::aHugeAnswerCountsByItsStatus()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(200, "{\"status\": \"fail\", \"pad\": \"" + QByteArray(1'000'000, 'x') + "\"}"));
    });
    const HealthResult result = check(server.url());
    QCOMPARE(result.verdict, HealthVerdict::Up);
    QCOMPARE(result.body.size(), HealthResult::MaximumBodyBytes);
}

void HealthTest::badInputIsARefusalWithAReason()
{
    const HealthResult result = check(QUrl(QStringLiteral("ftp://user:secret@host")));
    QCOMPARE(result.verdict, HealthVerdict::Unreachable);
    QVERIFY(!result.message.isEmpty());
    QVERIFY(!result.message.contains(QStringLiteral("secret")));
    QVERIFY(!result.url.toString().contains(QStringLiteral("secret")));
}

void HealthTest::theMonitorTellsEveryCheckAndEveryChange()
{
    std::atomic<int> status{200};
    RawHttpServer server([&](const auto &, auto &connection) { connection.write(RawHttpServer::response(status, "")); });
    HealthMonitorOptions options;
    options.interval = 10ms;
    auto monitor = HealthMonitor::create(options);
    QVERIFY(monitor);
    std::vector<HealthVerdict> verdicts;
    int checks = 0;
    connect(monitor->get(), &HealthMonitor::verdictChanged, this, [&](const ServiceHealth &health) { verdicts.push_back(health.verdict); });
    connect(monitor->get(), &HealthMonitor::checked, this, [&] { ++checks; });
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_VERIFY(checks >= 3);
    status = 500;
    QTRY_COMPARE(verdicts.size(), 2U);
    status = 200;
    QTRY_COMPARE(verdicts.size(), 3U);
    QCOMPARE(verdicts, (std::vector{HealthVerdict::Up, HealthVerdict::Down, HealthVerdict::Up}));
    const auto health = (*monitor)->health(QStringLiteral("a"));
    QVERIFY(health);
    QCOMPARE(health->flips, 2U);
    const auto history = (*monitor)->history(QStringLiteral("a"));
    QVERIFY(history.size() >= 5 && history.size() <= 60);
    const ComponentSnapshot snapshot = (*monitor)->snapshot();
    QCOMPARE(snapshot.kind, ComponentSnapshot::Kind::Health);
    QVERIFY(!snapshot.metrics.empty());
}

void HealthTest::aThreadThatDoesNotListenIsToldTheChangesAndTheNewestChecks()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, "")); });
    HealthMonitorOptions options;
    options.interval = 10ms;
    auto monitor = HealthMonitor::create(options);
    QVERIFY(monitor);
    std::vector<HealthVerdict> verdicts;
    std::vector<std::uint64_t> checks;
    std::atomic<bool> isPauseTold{false};
    // In the monitor's thread, which has not been started.
    connect(monitor->get(), &HealthMonitor::checked, [&](const ServiceHealth &health) { checks.push_back(health.checks); });
    connect(monitor->get(), &HealthMonitor::verdictChanged, [&](const ServiceHealth &health) {
        verdicts.push_back(health.verdict);
        isPauseTold = health.verdict == HealthVerdict::Paused;
    });
    QThread thread;
    (*monitor)->moveToThread(&thread);
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_VERIFY((*monitor)->health(QStringLiteral("a"))->checks >= 30);
    (*monitor)->pause(QStringLiteral("a"));
    const auto checksMade = (*monitor)->health(QStringLiteral("a"))->checks;
    thread.start();
    QTRY_VERIFY(isPauseTold);
    thread.quit();
    QVERIFY(thread.wait());
    QCOMPARE(verdicts, (std::vector{HealthVerdict::Up, HealthVerdict::Paused}));
    // The first is told because the verdict changed.
    QCOMPARE(checks.size(), 15U);
    QCOMPARE(checks.front(), 1U);
    QCOMPARE(checks[1], checksMade - 13);
    QCOMPARE(checks.back(), checksMade);
}

void HealthTest::aSingleFailureDoesNotFlipTheVerdict()
{
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(++count % 3 == 0 ? 500 : 200, ""));
    });
    HealthMonitorOptions options;
    options.interval = 10ms;
    auto monitor = HealthMonitor::create(options);
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_VERIFY(count >= 12);
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->verdict, HealthVerdict::Up);
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->flips, 0U);
}

void HealthTest::pausingStopsChecksAndResumingStartsThem()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, "")); });
    HealthMonitorOptions options;
    options.interval = 10ms;
    auto monitor = HealthMonitor::create(options);
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QVERIFY((*monitor)->add(QStringLiteral("witness"), server.url()));
    const auto checksOf = [&](const char *name) { return (*monitor)->health(QString::fromLatin1(name))->checks; };
    QTRY_VERIFY(checksOf("a") >= 2);
    (*monitor)->pause(QStringLiteral("a"));
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->verdict, HealthVerdict::Paused);
    // One may have been under way.
    const auto before = checksOf("a");
    const auto witnessed = checksOf("witness");
    QTRY_VERIFY(checksOf("witness") >= witnessed + 10);
    QVERIFY(checksOf("a") <= before + 1);
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->verdict, HealthVerdict::Paused);
    (*monitor)->resume(QStringLiteral("a"));
    QTRY_COMPARE((*monitor)->health(QStringLiteral("a"))->verdict, HealthVerdict::Up);
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->flips, 0U);
}

void HealthTest::theFirstCheckAfterAPauseCountsAtOnce()
{
    std::atomic<int> status{200};
    RawHttpServer server([&](const auto &, auto &connection) { connection.write(RawHttpServer::response(status, "")); });
    HealthMonitorOptions options;
    options.interval = 1h;
    options.failuresToFlip = 3;
    auto monitor = HealthMonitor::create(options);
    QVERIFY(monitor);
    const auto health = [&] { return *(*monitor)->health(QStringLiteral("a")); };
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_COMPARE(health().verdict, HealthVerdict::Up);
    (*monitor)->pause(QStringLiteral("a"));
    status = 500;
    (*monitor)->resume(QStringLiteral("a"));
    QTRY_COMPARE(health().checks, 2U);
    QCOMPARE(health().last.verdict, HealthVerdict::Down);
    QCOMPARE(health().verdict, HealthVerdict::Down);
    QCOMPARE(health().flips, 0U);
}

void HealthTest::aCheckThatAPauseOvertookIsDropped()
{
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        if (++count == 1)
            connection.delay(30s);
        else
            connection.write(RawHttpServer::response(200, ""));
    });
    HealthMonitorOptions options;
    options.interval = 1h;
    auto monitor = HealthMonitor::create(options);
    QVERIFY(monitor);
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_COMPARE(server.requestCount(), 1);
    (*monitor)->pause(QStringLiteral("a"));
    (*monitor)->resume(QStringLiteral("a"));
    // Another is made at once, and is the only one that counts.
    QTRY_COMPARE((*monitor)->health(QStringLiteral("a"))->checks, 1U);
    QVERIFY(InfraTest::networkThreadHasLookedAround());
    QCOMPARE(server.requestCount(), 2);
    const auto history = (*monitor)->history(QStringLiteral("a"));
    QCOMPARE(history.size(), 1U);
    QCOMPARE(history[0].verdict, HealthVerdict::Up);
    QCOMPARE((*monitor)->health(QStringLiteral("a"))->verdict, HealthVerdict::Up);
}

void HealthTest::removedServicesAreForgotten()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, "")); });
    HealthMonitorOptions options;
    options.interval = 10ms;
    auto monitor = HealthMonitor::create(options);
    QSignalSpy removed(monitor->get(), &HealthMonitor::removed);
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_VERIFY((*monitor)->health(QStringLiteral("a"))->checks >= 1);
    (*monitor)->remove(QStringLiteral("a"));
    QCOMPARE((*monitor)->health(QStringLiteral("a")).error().kind, Error::Kind::NotFound);
    QVERIFY((*monitor)->services().empty());
    QTRY_COMPARE(removed.size(), 1);
    (*monitor)->remove(QStringLiteral("a"));
    QVERIFY((*monitor)->add(QStringLiteral("a"), server.url()));
    QTRY_VERIFY((*monitor)->health(QStringLiteral("a"))->checks >= 1);
}

void HealthTest::addingTwiceAndConflicts()
{
    auto monitor = HealthMonitor::create();
    const QUrl url(QStringLiteral("http://127.0.0.1:1"));
    QVERIFY((*monitor)->add(QStringLiteral("a"), url));
    QVERIFY((*monitor)->add(QStringLiteral("a"), url));
    QCOMPARE((*monitor)->add(QStringLiteral("a"), QUrl(QStringLiteral("http://127.0.0.1:2"))).error().kind, Error::Kind::Conflict);
    QCOMPARE((*monitor)->add(QStringLiteral("b"), QUrl(QStringLiteral("nonsense"))).error().kind, Error::Kind::InvalidArgument);
    QCOMPARE((*monitor)->add(QString(), url).error().kind, Error::Kind::InvalidArgument);
    QCOMPARE((*monitor)->services().size(), 1U);
}

void HealthTest::badMonitorOptionsAreRefused()
{
    HealthMonitorOptions options;
    options.interval = 1ms;
    QCOMPARE(HealthMonitor::create(options).error().kind, Error::Kind::InvalidArgument);
    options = {};
    options.jitter = 2;
    QVERIFY(HealthMonitor::create(options).error().message.contains(QStringLiteral("jitter")));
    options = {};
    options.check.timeout = 0ms;
    QCOMPARE(HealthMonitor::create(options).error().kind, Error::Kind::InvalidArgument);
}

void HealthTest::theMonitorCanBeDestroyedDuringChecks()
{
    RawHttpServer server([](const auto &, auto &connection) { connection.delay(30s); });
    for (int i = 0; i < 5; ++i) {
        auto monitor = HealthMonitor::create();
        for (int s = 0; s < 10; ++s)
            QVERIFY((*monitor)->add(QStringLiteral("s%1").arg(s), server.url()));
        QTRY_VERIFY(server.requestCount() > i);
    }
}

void HealthTest::aDestroyedMonitorNoLongerReadsItsClock()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target.startsWith("/held"))
            connection.delay(30s);
        connection.write(RawHttpServer::response(200, ""));
    });
    QUrl held = server.url();
    held.setPath(QStringLiteral("/held"));
    InfraTest::MortalClock clock;
    HealthMonitorOptions options;
    options.interval = 1h;
    options.check.clock = &clock;
    options.check.timeout = 1min;
    auto monitor = HealthMonitor::create(options);
    QVERIFY(monitor);
    QVERIFY((*monitor)->add(QStringLiteral("between checks"), server.url()));
    QVERIFY((*monitor)->add(QStringLiteral("being checked"), held));
    QVERIFY((*monitor)->add(QStringLiteral("removed"), held));
    QTRY_COMPARE((*monitor)->health(QStringLiteral("between checks"))->checks, 1U);
    QTRY_COMPARE(server.requestCount(), 3);
    (*monitor)->remove(QStringLiteral("removed"));
    monitor->reset();
    clock.end();
    QVERIFY(InfraTest::networkThreadHasLookedAround());
    QCOMPARE(clock.readsAfterItsEnd(), 0);
}

void HealthTest::aCheckReadsItsClockUntilItsFutureHasFinished()
{
    std::atomic<bool> isWatched{false};
    RawHttpServer server([&](const auto &, auto &connection) {
        while (!isWatched)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, ""));
    });
    InfraTest::MortalClock clock;
    HealthCheckOptions options;
    options.clock = &clock;
    QFuture<void> ended = HealthChecker::check(QStringLiteral("service"), server.url(), options)
                              .then([&clock](const HealthResult &) { clock.end(); });
    isWatched = true;
    ended.waitForFinished();
    QVERIFY(InfraTest::networkThreadHasLookedAround());
    QCOMPARE(clock.readsAfterItsEnd(), 0);
}

QTEST_GUILESS_MAIN(HealthTest)
#include "tst_health.moc"
