// SPDX-License-Identifier: MIT
#include "pooltest.h"

#include <mutex>
#include <set>
#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

namespace {

// The machine's clock, which can leap ahead: whoever sleeps does not notice.
class LeapingClock final : public Clock
{
public:
    void leap(SteadyTime::duration step) { m_ahead = m_ahead.load() + step; }

    [[nodiscard]] SteadyTime steadyNow() const noexcept override { return system().steadyNow() + m_ahead.load(); }
    [[nodiscard]] SystemTime systemNow() const noexcept override { return system().systemNow(); }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        return system().waitUntil(lock, condition, deadline == SteadyTime::max() ? deadline : deadline - m_ahead.load(), ready);
    }

private:
    std::atomic<SteadyTime::duration> m_ahead{SteadyTime::duration::zero()};
};

} // namespace

// Functions that a pool runs on its own threads: their deadlines and their cancellation.
class ConnectionPoolRunsTest : public InfraTest::PoolTest
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_pool.reset(); }
    void aRunIsAbandonedAtItsDeadline();
    void aRunWhoseDeadlineHasPassedCostsNoConnection();
    void aQueuedRunExpiresAtItsDeadline();
    void aRunThatIsLateWhenItsTurnComesCostsNoConnection();
    void aRunThatReturnsItsLeaseItselfAnswersForNoOther();
    void aLeaseThatARunHasKeptOutlivesItsDeadline();
    void aCancelledRunIsDropped();
    void aCancelledRunLeavesTheQueueWithoutAConnection();
    void aCancelledRunTakesNobodysPlaceInTheQueue();
    void cancelledRunsAreAnsweredByFewThreads();

private:
    std::unique_ptr<LeapingClock> m_leapingClock; // Outlives the pool of the test.
};

void ConnectionPoolRunsTest::aRunIsAbandonedAtItsDeadline()
{
    makePool(small(1));
    std::promise<void> finish;
    std::shared_future<void> gate(finish.get_future());
    std::promise<void> begun;
    auto run = m_pool->run([gate, &begun](PooledConnection &) -> Result<int> {
        begun.set_value();
        gate.wait();
        return 1;
    }, 5s);
    begun.get_future().wait();
    m_clock->advance(5s);
    const auto outcome = run.result();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY2(outcome.error().message.contains(u"tst_connectionpool_runs.cpp"_s), qPrintable(outcome.error().message));
    QCOMPARE(m_pool->statistics().zombies, 1);
    finish.set_value();
    QTRY_COMPARE(m_pool->statistics().zombies, 0);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_pool->statistics().created, 2U);
}

void ConnectionPoolRunsTest::aRunWhoseDeadlineHasPassedCostsNoConnection()
{
    makePool(small(1));
    QVERIFY(m_pool->acquire(10s));
    std::atomic<bool> ran{false};
    const auto outcome = m_pool->run([&ran](PooledConnection &) -> Result<void> {
        ran = true;
        return {};
    }, 0s).result();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY(!ran);
    const PoolStatistics statistics = m_pool->statistics();
    QCOMPARE(statistics.idle, 1);
    QCOMPARE(statistics.timeouts, 1U);
    QCOMPARE(statistics.abandoned, 0U);
}

void ConnectionPoolRunsTest::aQueuedRunExpiresAtItsDeadline()
{
    makePool(small(1));
    const auto lease = m_pool->acquire(10s);
    auto run = m_pool->run(&nothing, 3s);
    QCOMPARE(m_pool->statistics().waiters, 1);
    m_clock->advance(3s);
    QCOMPARE(run.result().error().kind, Error::Kind::Timeout);
    QCOMPARE(m_pool->statistics().waiters, 0);
}

// A machine that was asleep, or too busy for the scheduler.
void ConnectionPoolRunsTest::aRunThatIsLateWhenItsTurnComesCostsNoConnection()
{
    m_leapingClock = std::make_unique<LeapingClock>();
    PoolOptions options = small(1);
    // Of two hours' work only the run's deadline is looked at.
    options.maxLifetime = 0ms;
    options.idleTimeout = 0ms;
    options.keepAliveInterval = 0ms;
    options.leakThreshold = 0ms;
    makePool(options, *m_leapingClock);
    auto lease = m_pool->acquire(10s);
    QVERIFY(lease);
    std::atomic<bool> ran{false};
    const auto run = m_pool->run([&ran](PooledConnection &) -> Result<void> {
        ran = true;
        return {};
    }, 1h);
    m_leapingClock->leap(2h);
    lease->release();
    const auto outcome = run.result();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY(!ran);
    const PoolStatistics statistics = m_pool->statistics();
    QCOMPARE(statistics.timeouts, 1U);
    QCOMPARE(statistics.abandoned, 0U);
    QCOMPARE(statistics.closed, 0U);
    QCOMPARE(statistics.idle, 1);
}

void ConnectionPoolRunsTest::aRunThatReturnsItsLeaseItselfAnswersForNoOther()
{
    makePool(small(1));
    std::promise<void> returned;
    std::promise<void> finishFirst;
    auto first = m_pool->run([&returned, gate = finishFirst.get_future().share()](PooledConnection &connection) -> Result<void> {
        connection.release();
        returned.set_value();
        gate.wait();
        return {};
    }, Deadline::never());
    returned.get_future().wait();
    std::promise<void> finishSecond;
    auto second = m_pool->run([gate = finishSecond.get_future().share()](PooledConnection &connection) -> Result<bool> {
        gate.wait();
        return connection.isValid();
    }, Deadline::never());
    finishFirst.set_value();
    first.waitForFinished();
    finishSecond.set_value();
    QTRY_VERIFY(second.isFinished());
    QVERIFY(second.result().value_or(false));
    QTRY_COMPARE(m_pool->statistics().idle, 1);
}

void ConnectionPoolRunsTest::aLeaseThatARunHasKeptOutlivesItsDeadline()
{
    makePool(small(1));
    PooledConnection kept;
    auto run = m_pool->run([&kept](PooledConnection &connection) -> Result<void> {
        kept = std::move(connection);
        return {};
    }, 5s);
    QVERIFY(run.result());
    QVERIFY(kept.isValid());
    // Abandoned in the same look as this would expire in.
    auto late = m_pool->run([](PooledConnection &) -> Result<void> { return {}; }, 6s);
    QVERIFY(queued(1));
    m_clock->advance(6s);
    QCOMPARE(late.result().error().kind, Error::Kind::Timeout);
    QCOMPARE(m_pool->statistics().used, 1);
    QCOMPARE(m_pool->statistics().abandoned, 0U);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"returned by another thread"_s));
    kept.release();
    QCOMPARE(m_pool->statistics().idle, 1);
}

void ConnectionPoolRunsTest::aCancelledRunIsDropped()
{
    makePool(small(1));
    auto lease = m_pool->acquire(10s);
    std::atomic<bool> ran{false};
    auto run = m_pool->run([&ran](PooledConnection &) -> Result<void> {
        ran = true;
        return {};
    }, Deadline::never());
    run.cancel();
    lease->release();
    run.waitForFinished();
    QVERIFY(!ran);
    QTRY_COMPARE(m_pool->statistics().idle, 1);
}

void ConnectionPoolRunsTest::aCancelledRunLeavesTheQueueWithoutAConnection()
{
    makePool(small(1));
    const auto lease = m_pool->acquire(10s);
    auto run = m_pool->run(&nothing, Deadline::never());
    run.cancel();
    m_clock->advance(1s);
    QTRY_COMPARE(m_pool->statistics().waiters, 0);
    run.waitForFinished();
}

void ConnectionPoolRunsTest::aCancelledRunTakesNobodysPlaceInTheQueue()
{
    PoolOptions options = small(1);
    options.maxWaiters = 1;
    makePool(options);
    auto lease = m_pool->acquire(10s);
    auto cancelled = m_pool->run(&nothing, Deadline::never());
    cancelled.cancel();
    auto run = m_pool->run(&nothing, Deadline::never());
    QCOMPARE(m_pool->statistics().rejected, 0U);
    QCOMPARE(m_pool->statistics().waiters, 1);
    // This one is waited for.
    QCOMPARE(m_pool->run(&nothing, Deadline::never()).result().error().kind, Error::Kind::Rejected);
    lease->release();
    QVERIFY(run.result());
    cancelled.waitForFinished();
}

void ConnectionPoolRunsTest::cancelledRunsAreAnsweredByFewThreads()
{
    constexpr int Runs = 100;
    makePool(small(1));
    auto lease = m_pool->acquire(10s);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::vector<QFuture<Result<void>>> runs;
    std::vector<QFuture<Result<void>>> answers;
    for (int i = 0; i < Runs; ++i) {
        runs.push_back(m_pool->run(&nothing, Deadline::never()));
        answers.push_back(runs.back().onCanceled([&]() -> Result<void> {
            const std::lock_guard guard(mutex);
            threads.insert(std::this_thread::get_id());
            return {};
        }));
    }
    for (QFuture<Result<void>> &run : runs)
        run.cancel();
    lease->release();
    for (QFuture<Result<void>> &answer : answers)
        answer.waitForFinished();
    // One for the connection, one for the answers, and one that may still be at its end.
    QVERIFY2(threads.size() <= 3, QByteArray::number(qulonglong(threads.size())).constData());
}

QTEST_GUILESS_MAIN(ConnectionPoolRunsTest)
#include "tst_connectionpool_runs.moc"
