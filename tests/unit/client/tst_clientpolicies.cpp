// SPDX-License-Identifier: MIT
#include "client/admissionqueue.h"
#include "client/backoff.h"
#include "client/breaker.h"
#include "client/callpromise.h"
#include "client/flapfilter.h"
#include "client/networkthread.h"
#include "client/redirectpolicy.h"
#include "client/retrybudget.h"
#include "client/timerqueue.h"
#include "failonwarning.h"

#include <infra/manualclock.h>

#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace std::chrono_literals;
using Priority = ServiceRequest::Priority;

// The rules that a call follows, each alone, on a manual clock and with fixed seeds.
class ClientPoliciesTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void breakerOpensWithinItsWindow();
    void breakerIgnoresFailuresOlderThanItsWindow();
    void breakerNeedsItsMinimum();
    void breakerLetsExactlyItsTrialsThrough();
    void breakerReopensOnAFailedTrial();
    void breakerGivesBackACancelledTrial();
    void lateAnswersDoNotMoveTheBreaker();
    void aDisabledBreakerLetsEverythingThrough();
    void budgetIsEarnedBySuccesses();
    void budgetOfAServiceThatNeverAnswersRunsDry();
    void budgetTakesBackWhatIsNotUsed();
    void backoffStaysBelowItsCeilingAndSpreads();
    void backoffIsReplayedByItsSeed();
    void admissionIsFirstInFirstOutWithinAPriority();
    void admissionKeepsItsLimit();
    void admissionKeepsTheLowestLimitOfThoseInvolved();
    void withdrawnTicketsAreNeverGranted();
    void aLongLineIsGrantedWithoutNesting();
    void aLaneOutlivesWhatItGrants();
    void flapsAreFilteredBothWays();
    void flapsDependOnOneDirectionOnly();
    void redirects_data();
    void redirects();
    void redirectsToNowhereAreRefused_data();
    void redirectsToNowhereAreRefused();
    void timersRunInTheirOrder();
    void timersMayRemoveOneAnother();
    void aPromiseKnowsWhetherItIsWanted();
};

namespace {

CircuitBreakerOptions breakerOptions()
{
    CircuitBreakerOptions options;
    options.window = 10s;
    options.minimumAttempts = 10;
    options.failureRatio = 0.5;
    options.openDuration = 5s;
    options.trialAttempts = 3;
    return options;
}

void attempt(CircuitBreaker &breaker, CircuitBreaker::Verdict verdict)
{
    const auto permit = breaker.tryAcquire();
    QVERIFY(permit);
    breaker.release(*permit, verdict);
}

void open(CircuitBreaker &breaker)
{
    for (int i = 0; i < 10; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Open);
}

} // namespace

void ClientPoliciesTest::breakerOpensWithinItsWindow()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    for (int i = 0; i < 5; ++i) {
        attempt(breaker, CircuitBreaker::Verdict::Success);
        clock.advance(900ms);
        attempt(breaker, CircuitBreaker::Verdict::Failure);
        clock.advance(900ms);
        QCOMPARE(breaker.state(), i < 4 ? BreakerState::Closed : BreakerState::Open);
    }
    QVERIFY(!breaker.tryAcquire());
    QVERIFY(!breaker.wouldPermit());
    QCOMPARE(breaker.transitions().opened, 1U);
}

void ClientPoliciesTest::breakerIgnoresFailuresOlderThanItsWindow()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    for (int i = 0; i < 9; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Failure);
    clock.advance(11s);
    for (int i = 0; i < 9; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Closed);
    attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Open);
}

void ClientPoliciesTest::breakerNeedsItsMinimum()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    for (int i = 0; i < 9; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Closed);
}

void ClientPoliciesTest::breakerLetsExactlyItsTrialsThrough()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    open(breaker);
    clock.advance(5s - 1ns);
    QVERIFY(!breaker.tryAcquire());
    clock.advance(1ns);
    QVERIFY(breaker.wouldPermit());
    std::vector<CircuitBreaker::Permit> permits;
    for (int i = 0; i < 100; ++i) {
        if (const auto permit = breaker.tryAcquire())
            permits.push_back(*permit);
    }
    QCOMPARE(permits.size(), 3U);
    QCOMPARE(breaker.state(), BreakerState::HalfOpen);
    breaker.release(permits[0], CircuitBreaker::Verdict::Success);
    breaker.release(permits[1], CircuitBreaker::Verdict::Success);
    // Two have succeeded and one is out: no fourth.
    QVERIFY(!breaker.tryAcquire());
    QCOMPARE(breaker.state(), BreakerState::HalfOpen);
    breaker.release(permits[2], CircuitBreaker::Verdict::Success);
    QCOMPARE(breaker.state(), BreakerState::Closed);
    QVERIFY(breaker.tryAcquire());
    QCOMPARE(breaker.transitions().halfOpened, 1U);
    QCOMPARE(breaker.transitions().closed, 1U);
}

void ClientPoliciesTest::breakerReopensOnAFailedTrial()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    open(breaker);
    clock.advance(5s);
    attempt(breaker, CircuitBreaker::Verdict::Success);
    attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Open);
    QVERIFY(!breaker.tryAcquire());
    clock.advance(5s);
    QVERIFY(breaker.tryAcquire());
    QCOMPARE(breaker.transitions().opened, 2U);
}

void ClientPoliciesTest::breakerGivesBackACancelledTrial()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    open(breaker);
    clock.advance(5s);
    for (int i = 0; i < 20; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Ignored);
    QCOMPARE(breaker.state(), BreakerState::HalfOpen);
}

void ClientPoliciesTest::lateAnswersDoNotMoveTheBreaker()
{
    ManualClock clock;
    CircuitBreaker breaker(breakerOptions(), clock);
    std::vector<CircuitBreaker::Permit> early;
    for (int i = 0; i < 5; ++i)
        early.push_back(*breaker.tryAcquire());
    open(breaker);
    clock.advance(5s);
    const auto trial = breaker.tryAcquire();
    for (const auto permit : early)
        breaker.release(permit, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::HalfOpen);
    breaker.release(*trial, CircuitBreaker::Verdict::Success);
    QCOMPARE(breaker.state(), BreakerState::HalfOpen);
}

void ClientPoliciesTest::aDisabledBreakerLetsEverythingThrough()
{
    ManualClock clock;
    CircuitBreakerOptions options = breakerOptions();
    options.enabled = false;
    CircuitBreaker breaker(options, clock);
    for (int i = 0; i < 100; ++i)
        attempt(breaker, CircuitBreaker::Verdict::Failure);
    QCOMPARE(breaker.state(), BreakerState::Closed);
}

void ClientPoliciesTest::budgetIsEarnedBySuccesses()
{
    RetryBudget budget(0.2, 2);
    QVERIFY(budget.tryWithdraw());
    QVERIFY(budget.tryWithdraw());
    QVERIFY(!budget.tryWithdraw());
    for (int i = 0; i < 4; ++i)
        budget.recordSuccess();
    QVERIFY(!budget.tryWithdraw());
    budget.recordSuccess();
    QVERIFY(budget.tryWithdraw());
    QVERIFY(!budget.tryWithdraw());
    for (int i = 0; i < 1000; ++i)
        budget.recordSuccess();
    QCOMPARE(budget.balance(), 2.0);
}

void ClientPoliciesTest::budgetOfAServiceThatNeverAnswersRunsDry()
{
    RetryBudget budget(0.2, 10);
    int retries = 0;
    for (int call = 0; call < 1000; ++call)
        retries += budget.tryWithdraw();
    QCOMPARE(retries, 10);
}

void ClientPoliciesTest::budgetTakesBackWhatIsNotUsed()
{
    RetryBudget budget(0.2, 2);
    QVERIFY(budget.tryWithdraw());
    budget.giveBack();
    QCOMPARE(budget.balance(), 2.0);
    QVERIFY(budget.tryWithdraw());
    budget.recordSuccess();
    budget.giveBack();
    QCOMPARE(budget.balance(), 2.0);
}

void ClientPoliciesTest::backoffStaysBelowItsCeilingAndSpreads()
{
    RetryOptions options;
    options.initialBackoff = 100ms;
    options.maximumBackoff = 1500ms;
    Backoff backoff(options, 7);
    const std::vector<std::chrono::nanoseconds> ceilings{100ms, 200ms, 400ms, 800ms, 1500ms, 1500ms};
    for (int retry = 1; retry <= 6; ++retry) {
        const auto ceiling = ceilings[static_cast<std::size_t>(retry - 1)];
        QCOMPARE(backoff.ceiling(retry), ceiling);
        std::chrono::nanoseconds least = ceiling;
        std::chrono::nanoseconds most{};
        for (int i = 0; i < 1000; ++i) {
            const auto pause = backoff.pause(retry);
            QVERIFY(pause >= 0ns && pause < ceiling);
            least = std::min(least, pause);
            most = std::max(most, pause);
        }
        QVERIFY(least < ceiling / 20);
        QVERIFY(most > ceiling * 19 / 20);
    }
    QCOMPARE(backoff.ceiling(1000), 1500ms);
}

void ClientPoliciesTest::backoffIsReplayedByItsSeed()
{
    Backoff first({}, 42);
    Backoff second({}, 42);
    Backoff other({}, 43);
    int equal = 0;
    for (int i = 0; i < 20; ++i) {
        const auto pause = first.pause(3);
        QCOMPARE(second.pause(3), pause);
        equal += other.pause(3) == pause;
    }
    QVERIFY(equal < 2);
}

void ClientPoliciesTest::admissionIsFirstInFirstOutWithinAPriority()
{
    AdmissionQueue queue;
    const auto first = queue.enqueue(Priority::Normal, 1);
    const auto second = queue.enqueue(Priority::Normal, 1);
    QCOMPARE(queue.grantNext(), first);
    const auto urgent = queue.enqueue(Priority::High, 1);
    const auto alsoUrgent = queue.enqueue(Priority::High, 1);
    QVERIFY(!queue.grantNext());
    auto active = first;
    for (const auto expected : {urgent, alsoUrgent, second}) {
        queue.release(active);
        QCOMPARE(queue.grantNext(), expected);
        QVERIFY(!queue.grantNext());
        active = expected;
    }
    QCOMPARE(queue.waiting(), 0U);
    QCOMPARE(queue.active(), 1);
}

void ClientPoliciesTest::admissionKeepsItsLimit()
{
    AdmissionQueue queue;
    for (int i = 0; i < 20; ++i)
        queue.enqueue(Priority::Normal, 6);
    std::vector<AdmissionQueue::Ticket> granted;
    while (const auto ticket = queue.grantNext())
        granted.push_back(*ticket);
    QCOMPARE(granted.size(), 6U);
    QCOMPARE(queue.active(), 6);
    queue.release(granted[3]);
    QVERIFY(queue.grantNext());
    QVERIFY(!queue.grantNext());
    // One that is no longer active makes no room.
    queue.release(granted[3]);
    QVERIFY(!queue.grantNext());
}

void ClientPoliciesTest::admissionKeepsTheLowestLimitOfThoseInvolved()
{
    AdmissionQueue queue;
    const auto narrow = queue.enqueue(Priority::Normal, 1);
    QCOMPARE(queue.grantNext(), narrow);
    for (int i = 0; i < 5; ++i)
        queue.enqueue(Priority::Normal, 6);
    QVERIFY(!queue.grantNext());
    queue.release(narrow);
    for (int i = 0; i < 5; ++i)
        QVERIFY(queue.grantNext());
    // One that waits holds up those behind it, not what overtakes it, and nobody once it has given up.
    const auto waiting = queue.enqueue(Priority::Normal, 2);
    const auto behind = queue.enqueue(Priority::Normal, 6);
    QVERIFY(!queue.grantNext());
    const auto urgent = queue.enqueue(Priority::High, 6);
    QCOMPARE(queue.grantNext(), urgent);
    queue.release(urgent);
    QVERIFY(!queue.grantNext());
    QVERIFY(queue.withdraw(waiting));
    QCOMPARE(queue.grantNext(), behind);
    QCOMPARE(queue.active(), 6);
}

void ClientPoliciesTest::withdrawnTicketsAreNeverGranted()
{
    AdmissionQueue queue;
    const auto first = queue.enqueue(Priority::Normal, 6);
    const auto second = queue.enqueue(Priority::High, 6);
    QVERIFY(queue.withdraw(second));
    QVERIFY(!queue.withdraw(second));
    QCOMPARE(queue.grantNext(), first);
    QVERIFY(!queue.withdraw(first));
    QVERIFY(!queue.grantNext());
}

void ClientPoliciesTest::aLongLineIsGrantedWithoutNesting()
{
    const auto lane = std::make_shared<OriginLane>();
    int granted = 0;
    int depth = 0;
    int deepest = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto ticket = lane->queue.enqueue(Priority::Normal, 1);
        // As a call that an open breaker refuses.
        lane->granted.emplace(ticket, [&, ticket] {
            deepest = std::max(deepest, ++depth);
            ++granted;
            lane->queue.release(ticket);
            grantWaiting(lane);
            --depth;
        });
    }
    grantWaiting(lane);
    QCOMPARE(granted, 1000);
    QCOMPARE(deepest, 1);
    QCOMPARE(lane->queue.active(), 0);
    // What comes later is granted as before.
    const auto ticket = lane->queue.enqueue(Priority::Normal, 1);
    lane->granted.emplace(ticket, [&] { ++granted; });
    grantWaiting(lane);
    QCOMPARE(granted, 1001);
}

void ClientPoliciesTest::aLaneOutlivesWhatItGrants()
{
    auto lane = std::make_shared<OriginLane>();
    const std::weak_ptr<OriginLane> watched = lane;
    bool livedOn = false;
    const auto ticket = lane->queue.enqueue(Priority::Normal, 1);
    lane->granted.emplace(ticket, [&] {
        lane->queue.release(ticket);
        lane.reset();
        livedOn = !watched.expired();
    });
    grantWaiting(lane);
    QVERIFY(livedOn);
    QVERIFY(watched.expired());
}

void ClientPoliciesTest::flapsAreFilteredBothWays()
{
    FlapFilter filter(3, 2);
    QCOMPARE(filter.verdict(), HealthVerdict::NeverChecked);
    QVERIFY(filter.record(HealthVerdict::Up));
    QVERIFY(!filter.record(HealthVerdict::Down));
    QVERIFY(!filter.record(HealthVerdict::Down));
    QVERIFY(!filter.record(HealthVerdict::Up)); // Starts the count anew.
    QVERIFY(!filter.record(HealthVerdict::Down));
    QVERIFY(!filter.record(HealthVerdict::Down));
    QCOMPARE(filter.verdict(), HealthVerdict::Up);
    QVERIFY(filter.record(HealthVerdict::Unreachable));
    QCOMPARE(filter.verdict(), HealthVerdict::Unreachable);
    QVERIFY(!filter.record(HealthVerdict::Up));
    QVERIFY(filter.record(HealthVerdict::Up));
    QCOMPARE(filter.verdict(), HealthVerdict::Up);
}

void ClientPoliciesTest::flapsDependOnOneDirectionOnly()
{
    FlapFilter filter(2, 2);
    QVERIFY(filter.record(HealthVerdict::Degraded));
    for (int i = 0; i < 10; ++i) {
        QVERIFY(!filter.record(HealthVerdict::Up));
        QVERIFY(!filter.record(HealthVerdict::Down));
    }
    QCOMPARE(filter.verdict(), HealthVerdict::Degraded);
    QVERIFY(!filter.record(HealthVerdict::Paused));
    QVERIFY(!filter.record(HealthVerdict::NeverChecked));
    QCOMPARE(filter.verdict(), HealthVerdict::Degraded);
}

void ClientPoliciesTest::redirects_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<bool>("repeatable");
    QTest::addColumn<QByteArray>("location");
    QTest::addColumn<QString>("target"); // Empty: not followed.
    QTest::addColumn<bool>("becomesGet");
    QTest::addColumn<bool>("crossesOrigin");
    const QString same = QStringLiteral("http://a/y");
    QTest::newRow("get 301") << 301 << QByteArray("GET") << true << QByteArray("/y") << same << false << false;
    QTest::newRow("head 308") << 308 << QByteArray("HEAD") << true << QByteArray("y") << same << false << false;
    QTest::newRow("post 301") << 301 << QByteArray("POST") << false << QByteArray("/y") << QString() << false << false;
    QTest::newRow("post with a key 302") << 302 << QByteArray("POST") << true << QByteArray("/y") << QString() << false << false;
    QTest::newRow("post 303") << 303 << QByteArray("POST") << false << QByteArray("/y") << same << true << false;
    QTest::newRow("post 307") << 307 << QByteArray("POST") << false << QByteArray("/y") << QString() << false << false;
    QTest::newRow("post with a key 307") << 307 << QByteArray("POST") << true << QByteArray("/y") << same << false << false;
    QTest::newRow("no location") << 302 << QByteArray("GET") << true << QByteArray() << QString() << false << false;
    QTest::newRow("not modified") << 304 << QByteArray("GET") << true << QByteArray("/y") << QString() << false << false;
    QTest::newRow("other host") << 302 << QByteArray("GET") << true << QByteArray("http://b/y") << QStringLiteral("http://b/y") << false << true;
    QTest::newRow("other port") << 302 << QByteArray("GET") << true << QByteArray("http://a:81/y") << QStringLiteral("http://a:81/y") << false << true;
    QTest::newRow("default port said") << 302 << QByteArray("GET") << true << QByteArray("http://A:80/y") << QStringLiteral("http://a:80/y") << false << false;
    QTest::newRow("to https") << 302 << QByteArray("GET") << true << QByteArray("https://a/y") << QStringLiteral("https://a/y") << false << true;
    QTest::newRow("network path") << 302 << QByteArray("GET") << true << QByteArray("//b/y") << QStringLiteral("http://b/y") << false << true;
}

void ClientPoliciesTest::redirects()
{
    QFETCH(const int, status);
    QFETCH(const QByteArray, method);
    QFETCH(const bool, repeatable);
    QFETCH(const QByteArray, location);
    QFETCH(const QString, target);
    QFETCH(const bool, becomesGet);
    QFETCH(const bool, crossesOrigin);
    const auto redirect = redirectOf(status, location, QUrl(QStringLiteral("http://a/x")), method, repeatable);
    QVERIFY(redirect);
    QCOMPARE(redirect->has_value(), !target.isEmpty());
    if (!*redirect)
        return;
    QCOMPARE((*redirect)->url.toString(), target);
    QCOMPARE((*redirect)->becomesGet, becomesGet);
    QCOMPARE((*redirect)->crossesOrigin, crossesOrigin);
}

void ClientPoliciesTest::redirectsToNowhereAreRefused_data()
{
    QTest::addColumn<QByteArray>("location");
    QTest::newRow("other scheme") << QByteArray("file:///etc/passwd");
    QTest::newRow("script") << QByteArray("javascript:alert(1)");
    QTest::newRow("downgrade") << QByteArray("http://a/y");
    QTest::newRow("user info") << QByteArray("https://user:secret@a/y");
    QTest::newRow("bad port") << QByteArray("https://a:99999/");
    QTest::newRow("broken address") << QByteArray("https://[::1/");
    QTest::newRow("endless") << QByteArray("/" + QByteArray(10'000, 'x'));
}

void ClientPoliciesTest::redirectsToNowhereAreRefused()
{
    QFETCH(const QByteArray, location);
    const auto redirect = redirectOf(302, location, QUrl(QStringLiteral("https://a/x")), "GET", true);
    QVERIFY(!redirect);
    QCOMPARE(redirect.error().kind, Error::Kind::Protocol);
    QVERIFY(!redirect.error().message.contains(QStringLiteral("secret")));
}

void ClientPoliciesTest::timersRunInTheirOrder()
{
    TimerQueue timers;
    std::vector<int> order;
    const SteadyTime start(1h);
    timers.add(start + 3ms, [&] { order.push_back(3); });
    timers.add(start + 1ms, [&] { order.push_back(1); });
    timers.add(start + 1ms, [&] { order.push_back(2); });
    QCOMPARE(timers.next(), start + 1ms);
    timers.runDue(start);
    QVERIFY(order.empty());
    timers.runDue(start + 2ms);
    QCOMPARE(order, (std::vector{1, 2}));
    timers.runDue(start + 1h);
    QCOMPARE(order, (std::vector{1, 2, 3}));
    QVERIFY(timers.isEmpty());
    QVERIFY(!timers.next());
}

void ClientPoliciesTest::timersMayRemoveOneAnother()
{
    TimerQueue timers;
    const SteadyTime start(1h);
    bool ran = false;
    TimerQueue::Id victim = 0;
    timers.add(start, [&] { timers.remove(victim); });
    victim = timers.add(start + 1ms, [&] { ran = true; });
    timers.runDue(start + 1s);
    QVERIFY(!ran);
    timers.remove(victim);
    timers.remove(12345);
}

void ClientPoliciesTest::aPromiseKnowsWhetherItIsWanted()
{
    {
        CallPromise<int> promise;
        auto future = std::make_unique<QFuture<int>>(promise.future());
        QVERIFY(promise.isWanted());
        auto copy = std::make_unique<QFuture<int>>(*future);
        future.reset();
        QVERIFY(promise.isWanted());
        copy.reset();
        QVERIFY(!promise.isWanted());
        promise.finish(1);
    }
    {
        CallPromise<int> promise;
        int seen = 0;
        promise.future().then([&seen](int value) { seen = value; });
        QVERIFY(promise.isWanted());
        promise.finish(7);
        QCOMPARE(seen, 7);
    }
    {
        CallPromise<int> promise;
        QFuture<int> future = promise.future();
        future.cancel();
        QVERIFY(!promise.isWanted());
        promise.finish(1);
        QVERIFY(future.isFinished());
        QCOMPARE(future.resultCount(), 0);
    }
    {
        CallPromise<int> promise;
        QFutureWatcher<int> watcher;
        watcher.setFuture(promise.future());
        QVERIFY(promise.isWanted());
        promise.finish(1);
        QCOMPARE(watcher.result(), 1);
    }
}

QTEST_GUILESS_MAIN(ClientPoliciesTest)
#include "tst_clientpolicies.moc"
