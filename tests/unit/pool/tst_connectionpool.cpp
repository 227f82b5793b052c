// SPDX-License-Identifier: MIT
#include "pooltest.h"

#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

// The rules by which a pool lends, opens, checks and closes connections.
class ConnectionPoolTest : public InfraTest::PoolTest
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_pool.reset(); }
    void waitersAreServedInTheOrderOfTheirArrival();
    void aThreadGetsItsLastConnectionAgain();
    void whoComesBackForItsConnectionOvertakesNobody();
    void aWaiterTimesOutAndSaysWhy();
    void theQueueIsCapped();
    void aConnectAndACheckAreWaitedForWithoutAQueue();
    void freePlacesDoNotCountAgainstTheQueue();
    void concurrentConnectsAreCapped();
    void connectsAreElidedWhenDemandIsGone();
    void failedConnectsBackOffOneAtATime();
    void anIdleConnectionIsPingedBeforeItIsLent();
    void aLeaseThatIsNotUsedVerifiesNothing_data() { bothWays(); }
    void aLeaseThatIsNotUsedVerifiesNothing();
    void aConnectionThatNobodyUsedIsPingedBeforeItGoesToAWaiter_data() { bothWays(); }
    void aConnectionThatNobodyUsedIsPingedBeforeItGoesToAWaiter();
    void aConnectionThatWasLentWhenAnotherBrokeIsPinged_data() { bothWays(); }
    void aConnectionThatWasLentWhenAnotherBrokeIsPinged();
    void aConnectionThatWasBeingOpenedWhenAnotherBrokeIsPinged();
    void aHungPingMakesAZombieThatKeepsItsPlace();
    void aMemoryDatabaseSurvivesARunThatIsLate();
    void aMemoryDatabaseSurvivesAPingThatIsLate();
    void aMemoryDatabaseSurvivesARollbackThatIsLate();
    void aMemoryDatabaseSurvivesAThreadThatKeptItsLease_data() { bothWays(); }
    void aMemoryDatabaseSurvivesAThreadThatKeptItsLease();
    void aHungConnectIsAbandoned();
    void agedConnectionsAreReplaced();
    void lifetimesAreSpread();
    void idleConnectionsAreReapedDownToTheMinimum();
    void overflowIsClosedSoonerThanTheRest();
    void keepAlivePingsDoNotPutOffReaping();
    void aLeakNamesItsBorrower_data() { bothWays(); }
    void aLeakNamesItsBorrower();
    void aDirtyConnectionIsCleanedOffTheBorrowersThread_data() { bothWays(); }
    void aDirtyConnectionIsCleanedOffTheBorrowersThread();
    void aBrokenConnectionIsClosed_data() { bothWays(); }
    void aBrokenConnectionIsClosed();
    void nestedAcquiresThatCouldNeverBeServedAreRefused_data() { bothWays(); }
    void nestedAcquiresThatCouldNeverBeServedAreRefused();
    void twoThreadsThatWouldWaitForEachOtherAreNotBothLetIn_data() { bothWays(); }
    void twoThreadsThatWouldWaitForEachOtherAreNotBothLetIn();
};

void ConnectionPoolTest::waitersAreServedInTheOrderOfTheirArrival()
{
    makePool(small(1));
    auto lease = m_pool->acquire(10s);
    QVERIFY(lease);
    std::mutex mutex;
    std::vector<int> order;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            const auto mine = m_pool->acquire(Deadline::never());
            const std::lock_guard guard(mutex);
            order.push_back(i);
        });
        QVERIFY(queued(i + 1));
    }
    lease->release();
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

void ConnectionPoolTest::aThreadGetsItsLastConnectionAgain()
{
    makePool(small(2));
    QString mine;
    {
        auto lease = m_pool->acquire(10s);
        mine = lease->database().connectionName();
        // Another thread returns another connection, later.
        std::thread([&] { QVERIFY(m_pool->acquire(10s)); }).join();
    }
    std::thread([&] {
        auto lease = m_pool->acquire(10s);
        auto other = m_pool->acquire(10s);
        other->release();
        lease->release();
    }).join();
    for (int i = 0; i < 3; ++i) {
        auto lease = m_pool->acquire(10s);
        QCOMPARE(lease->database().connectionName(), mine);
        const PoolStatistics statistics = m_pool->statistics();
        QCOMPARE(statistics.used, 1);
        QCOMPARE(statistics.idle, 1);
        QCOMPARE(statistics.longestBorrows.size(), 1U);
    }
    // Counted like all others.
    const PoolStatistics statistics = m_pool->statistics();
    QCOMPARE(statistics.idle, 2);
    QCOMPARE(statistics.acquired, 7U);
    QCOMPARE(statistics.waitTime.count(), 7U);
    QCOMPARE(statistics.useTime.count(), 7U);
    // One that has not been in use for long is not taken unchecked.
    m_clock->advance(501ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
}

void ConnectionPoolTest::whoComesBackForItsConnectionOvertakesNobody()
{
    makePool(small(1));
    auto lease = borrow(true);
    auto waiting = std::async(std::launch::async, [this] {
        auto theirs = m_pool->acquire(Deadline::never());
        while (m_pool->statistics().waiters == 0)
            std::this_thread::yield();
        return theirs.has_value();
    });
    QVERIFY(queued(1));
    lease->release();
    // It is the other's now, who returns it when this thread has queued.
    QVERIFY(m_pool->acquire(Deadline::never()));
    QVERIFY(waiting.get());
}

void ConnectionPoolTest::aWaiterTimesOutAndSaysWhy()
{
    makePool(small(1));
    const auto lease = m_pool->acquire(10s);
    QVERIFY(lease);
    auto outcome = std::async(std::launch::async, [this] { return m_pool->acquire(2s).error(); });
    QVERIFY(queued(1));
    m_clock->advance(2s);
    const Error error = outcome.get();
    QCOMPARE(error.kind, Error::Kind::Timeout);
    for (const QString &part : {u"2000 ms"_s, u"total 1 of 1"_s, u"active 1"_s, u"idle 0"_s, u"pending 0"_s})
        QVERIFY2(error.message.contains(part), qPrintable(error.message));
    QCOMPARE(m_pool->statistics().timeouts, 1U);
    QCOMPARE(m_pool->statistics().waiters, 0);
}

void ConnectionPoolTest::theQueueIsCapped()
{
    PoolOptions options = small(1);
    options.maxWaiters = 1;
    makePool(options);
    auto lease = m_pool->acquire(10s);
    auto waiting = acquireElsewhere(Deadline::never());
    QVERIFY(queued(1));
    const auto refused = m_pool->run(&nothing, 10s).result();
    QCOMPARE(refused.error().kind, Error::Kind::Rejected);
    QVERIFY(refused.error().message.contains(u"maxWaiters"_s));
    QCOMPARE(acquireElsewhere(10s).get(), Error::Kind::Rejected);
    QCOMPARE(m_pool->statistics().rejected, 2U);
    lease->release();
    QCOMPARE(waiting.get(), Error::Kind::Internal);
}

void ConnectionPoolTest::aConnectAndACheckAreWaitedForWithoutAQueue()
{
    PoolOptions options = small(2);
    options.maxWaiters = 0;
    makePool(options);
    {
        const auto first = m_pool->acquire(10s);
        QVERIFY(first);
        const auto second = m_pool->acquire(10s);
        QVERIFY(second);
        // Only a return could serve these.
        QCOMPARE(acquireElsewhere(10s).get(), Error::Kind::Rejected);
        QCOMPARE(m_pool->run(&nothing, 10s).result().error().kind, Error::Kind::Rejected);
    }
    m_clock->advance(501ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
    m_clock->advance(501ms);
    QVERIFY(m_pool->run(&nothing, 10s).result());
    QCOMPARE(m_pool->statistics().rejected, 2U);
}

void ConnectionPoolTest::freePlacesDoNotCountAgainstTheQueue()
{
    PoolOptions options = small(4);
    options.maxWaiters = 1;
    makePool(options);
    m_connector->hold(Call::Open);
    std::vector<QFuture<Result<void>>> runs;
    for (int i = 0; i < 5; ++i)
        runs.push_back(m_pool->run(&nothing, Deadline::never()));
    QCOMPARE(m_pool->statistics().waiters, 5);
    QCOMPARE(m_pool->run(&nothing, Deadline::never()).result().error().kind, Error::Kind::Rejected);
    m_connector->release(Call::Open);
    for (QFuture<Result<void>> &run : runs)
        QVERIFY(run.result());
}

void ConnectionPoolTest::concurrentConnectsAreCapped()
{
    PoolOptions options = small(6);
    options.concurrentConnects = 2;
    makePool(options);
    m_connector->hold(Call::Open);
    std::vector<QFuture<Result<void>>> runs;
    for (int i = 0; i < 6; ++i)
        runs.push_back(m_pool->run(&nothing, Deadline::never()));
    QVERIFY(m_connector->waitForBlocked(Call::Open, 2));
    QCOMPARE(m_pool->statistics().connecting, 2);
    m_connector->release(Call::Open);
    for (QFuture<Result<void>> &run : runs)
        QVERIFY(run.result());
    QCOMPARE(m_connector->highestConcurrentOpens(), 2);
}

void ConnectionPoolTest::connectsAreElidedWhenDemandIsGone()
{
    PoolOptions options = small(10);
    options.concurrentConnects = 1;
    makePool(options);
    auto lease = m_pool->acquire(10s);
    QVERIFY(lease);
    m_connector->hold(Call::Open);
    std::vector<std::future<Error::Kind>> waiting;
    for (int i = 0; i < 5; ++i)
        waiting.push_back(acquireElsewhere(Deadline::never()));
    QVERIFY(queued(5));
    QVERIFY(m_connector->waitForBlocked(Call::Open, 1));
    // One connection serves them all before the connect ends.
    lease->release();
    for (auto &waiter : waiting)
        QCOMPARE(waiter.get(), Error::Kind::Internal);
    m_connector->release(Call::Open);
    QTRY_COMPARE(m_pool->statistics().connecting, 0);
    QCOMPARE(m_pool->statistics().count, 2);
    QCOMPARE(m_connector->calls(Call::Open), 2);
}

void ConnectionPoolTest::failedConnectsBackOffOneAtATime()
{
    makePool(small(4));
    m_connector->setBehaviour(Call::Open, []() -> Result<void> { return failure(Error::Kind::Unavailable, u"refused"_s); });
    m_connector->hold(Call::Open);
    std::vector<QFuture<Result<void>>> runs;
    for (int i = 0; i < 4; ++i)
        runs.push_back(m_pool->run(&nothing, 100s));
    QVERIFY(m_connector->waitForBlocked(Call::Open, 2));
    m_connector->release(Call::Open);
    QTRY_COMPARE(m_pool->statistics().connectFailures, 2U);
    QVERIFY(m_pool->statistics().lastConnectError.contains(u"refused"_s));
    // Less than the shortest pause: nothing is tried.
    m_clock->advance(20ms);
    QCOMPARE(m_connector->calls(Call::Open), 2);
    m_clock->advance(100ms);
    QTRY_COMPARE(m_connector->calls(Call::Open), 3);
    QTRY_COMPARE(m_pool->statistics().connecting, 0);
    m_connector->setBehaviour(Call::Open, {});
    m_clock->advance(1s);
    for (QFuture<Result<void>> &run : runs)
        QVERIFY(run.result());
}

void ConnectionPoolTest::anIdleConnectionIsPingedBeforeItIsLent()
{
    makePool(small(1));
    QVERIFY(m_pool->acquire(10s));
    m_clock->advance(500ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 0);
    m_clock->advance(501ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
    m_clock->advance(501ms);
    m_connector->setBehaviour(Call::Ping, []() -> Result<void> { return failure(Error::Kind::Unavailable, u"gone"_s, u"57P01"_s); });
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_pool->statistics().quarantined, 1U);
    QCOMPARE(m_pool->statistics().created, 2U);
}

void ConnectionPoolTest::aLeaseThatIsNotUsedVerifiesNothing()
{
    QFETCH(const bool, again);
    makePool(small(1));
    auto lease = borrow(again);
    m_clock->advance(400ms);
    QVERIFY(lease->execute(u"SELECT 1"_s));
    lease->release();
    m_clock->advance(400ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 0);
    m_clock->advance(400ms);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
}

void ConnectionPoolTest::aConnectionThatNobodyUsedIsPingedBeforeItGoesToAWaiter()
{
    QFETCH(const bool, again);
    makePool(small(1));
    auto lease = borrow(again);
    m_clock->advance(600ms);
    auto waiter = acquireElsewhere(Deadline::never());
    QVERIFY(queued(1));
    lease->release();
    QCOMPARE(waiter.get(), Error::Kind::Internal);
    QCOMPARE(m_connector->calls(Call::Ping), 1);
    // One that was used is handed on as it is.
    auto used = m_pool->acquire(10s);
    m_clock->advance(600ms);
    QVERIFY(used->execute(u"SELECT 1"_s));
    auto next = acquireElsewhere(Deadline::never());
    QVERIFY(queued(1));
    used->release();
    QCOMPARE(next.get(), Error::Kind::Internal);
    QCOMPARE(m_connector->calls(Call::Ping), 1);
}

void ConnectionPoolTest::aConnectionThatWasLentWhenAnotherBrokeIsPinged()
{
    QFETCH(const bool, again);
    makePool(small(2));
    auto survivor = borrow(again);
    QVERIFY(survivor->database().isValid());
    auto broken = m_pool->acquire(10s);
    broken->markBroken();
    broken->release();
    QTRY_COMPARE(m_pool->statistics().closed, 1U);
    m_clock->advance(1ms);
    survivor->release();
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
    // Once: from here on it has proved itself.
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_connector->calls(Call::Ping), 1);
    QCOMPARE(m_pool->statistics().created, 2U);
}

void ConnectionPoolTest::aConnectionThatWasBeingOpenedWhenAnotherBrokeIsPinged()
{
    makePool(small(2));
    auto broken = m_pool->acquire(10s);
    m_connector->hold(Call::Open);
    auto opened = acquireElsewhere(60s);
    QVERIFY(m_connector->waitForBlocked(Call::Open, 1));
    broken->markBroken();
    broken->release();
    QTRY_COMPARE(m_pool->statistics().closed, 1U);
    m_connector->release(Call::Open);
    QCOMPARE(opened.get(), Error::Kind::Internal);
    QVERIFY(m_pool->acquire(10s));
    QVERIFY(m_connector->calls(Call::Ping) > 0);
}

void ConnectionPoolTest::aHungPingMakesAZombieThatKeepsItsPlace()
{
    makePool(small(2));
    QVERIFY(m_pool->acquire(10s));
    m_clock->advance(1s);
    m_connector->hold(Call::Ping);
    auto first = acquireElsewhere(60s);
    QVERIFY(m_connector->waitForBlocked(Call::Ping, 1));
    QCOMPARE(m_pool->statistics().used, 1);
    m_clock->advance(1s);
    // Abandoned, and another connection serves.
    QCOMPARE(first.get(), Error::Kind::Internal);
    PoolStatistics statistics = m_pool->statistics();
    QCOMPARE(statistics.zombies, 1);
    QCOMPARE(statistics.count, 2);
    QCOMPARE(m_connector->highestOpenCount(), 2);
    {
        auto lease = m_pool->acquire(60s);
        QVERIFY(lease);
        auto second = acquireElsewhere(5s);
        QVERIFY(queued(1));
        m_clock->advance(5s);
        QCOMPARE(second.get(), Error::Kind::Timeout);
        QCOMPARE(m_connector->openCount(), 2);
    }
    m_connector->release(Call::Ping);
    QTRY_COMPARE(m_pool->statistics().zombies, 0);
    QCOMPARE(m_connector->openCount(), 1);
}

void ConnectionPoolTest::aMemoryDatabaseSurvivesARunThatIsLate()
{
    makeMemoryPool();
    std::promise<void> finish;
    const std::shared_future<void> gate(finish.get_future());
    std::promise<void> begun;
    auto run = m_pool->run([gate, &begun](PooledConnection &connection) -> Result<void> {
        begun.set_value();
        gate.wait();
        return connection.execute(u"SELECT 1"_s);
    }, 5s);
    begun.get_future().wait();
    m_clock->advance(5s);
    QCOMPARE(run.result().error().kind, Error::Kind::Timeout);
    QCOMPARE(m_pool->statistics().zombies, 1);
    finish.set_value();
    QVERIFY(m_pool->acquire(Deadline::never()));
    QCOMPARE(m_connector->calls(Call::Clean), 1);
    QCOMPARE(m_pool->statistics().created, 1U);
}

void ConnectionPoolTest::aMemoryDatabaseSurvivesAPingThatIsLate()
{
    makeMemoryPool();
    QVERIFY(m_pool->acquire(10s));
    m_clock->advance(1s);
    m_connector->hold(Call::Ping);
    auto waiting = acquireElsewhere(Deadline::never());
    QVERIFY(m_connector->waitForBlocked(Call::Ping, 1));
    m_clock->advance(1s);
    QTRY_COMPARE(m_pool->statistics().zombies, 1);
    m_connector->release(Call::Ping);
    QCOMPARE(waiting.get(), Error::Kind::Internal);
    QCOMPARE(m_pool->statistics().created, 1U);
}

void ConnectionPoolTest::aMemoryDatabaseSurvivesARollbackThatIsLate()
{
    makeMemoryPool();
    m_connector->setCondition(Connector::Condition::Dirty);
    m_connector->hold(Call::Clean);
    QVERIFY(m_pool->acquire(10s)->database().isValid());
    QVERIFY(m_connector->waitForBlocked(Call::Clean, 1));
    m_clock->advance(1s);
    QTRY_COMPARE(m_pool->statistics().zombies, 1);
    m_connector->release(Call::Clean);
    QVERIFY(m_pool->acquire(Deadline::never()));
    QCOMPARE(m_pool->statistics().created, 1U);
}

void ConnectionPoolTest::aMemoryDatabaseSurvivesAThreadThatKeptItsLease()
{
    QFETCH(const bool, again);
    makeMemoryPool();
    std::unique_ptr<PooledConnection> leaked;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"thread ended without returning the lease"_s));
    std::thread([&] {
        leaked = std::make_unique<PooledConnection>(*borrow(again));
        QVERIFY(leaked->database().isValid());
    }).join();
    QVERIFY(m_pool->acquire(Deadline::never()));
    QVERIFY(!leaked->database().isValid());
    QCOMPARE(m_connector->calls(Call::Clean), 1);
    QCOMPARE(m_pool->statistics().created, 1U);
}

void ConnectionPoolTest::aHungConnectIsAbandoned()
{
    makePool(small(1));
    m_connector->hold(Call::Open);
    auto waiting = acquireElsewhere(30s);
    QVERIFY(m_connector->waitForBlocked(Call::Open, 1));
    m_clock->advance(6s);
    QTRY_COMPARE(m_pool->statistics().zombies, 1);
    QCOMPARE(m_pool->statistics().connecting, 0);
    // The only place is taken until the call returns; then it is free.
    m_connector->release(Call::Open);
    QTRY_COMPARE(m_pool->statistics().zombies, 0);
    // It was opened after all, and closed.
    QCOMPARE(m_pool->statistics().created, 1U);
    QCOMPARE(m_pool->statistics().createTime.count(), 1U);
    QCOMPARE(m_pool->statistics().closed, 1U);
    m_clock->advance(1s);
    QCOMPARE(waiting.get(), Error::Kind::Internal);
    QCOMPARE(m_pool->statistics().created, 2U);
}

void ConnectionPoolTest::agedConnectionsAreReplaced()
{
    PoolOptions options = small(1);
    options.lifetimeJitter = 0;
    options.idleTimeout = 0ms;
    options.keepAliveInterval = 0ms;
    makePool(options);
    QVERIFY(m_pool->acquire(10s));
    m_clock->advance(30min - 1s);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_pool->statistics().created, 1U);
    {
        // One that is out when its time comes goes on its return.
        auto lease = m_pool->acquire(10s);
        m_clock->advance(2s);
        QCOMPARE(m_pool->statistics().closed, 0U);
    }
    QTRY_COMPARE(m_pool->statistics().closed, 1U);
    QVERIFY(m_pool->acquire(10s));
    QCOMPARE(m_pool->statistics().created, 2U);
}

void ConnectionPoolTest::lifetimesAreSpread()
{
    PoolOptions options = small(12);
    options.lifetimeJitter = 0.5;
    options.idleTimeout = 0ms;
    options.keepAliveInterval = 0ms;
    makePool(options);
    {
        std::vector<PooledConnection> leases;
        for (int i = 0; i < 12; ++i)
            leases.push_back(*m_pool->acquire(10s));
    }
    m_clock->advance(15min - 1s);
    m_clock->advance(30s + 7min);
    // Half of the jittered half: some are gone, not all.
    QTRY_VERIFY(m_pool->statistics().closed >= 2);
    const PoolStatistics half = m_pool->statistics();
    QVERIFY2(half.closed + static_cast<std::uint64_t>(half.closing) <= 10, QByteArray::number(qulonglong(half.closed)).constData());
    m_clock->advance(8min);
    QTRY_COMPARE(m_pool->statistics().closed, 12U);
}

void ConnectionPoolTest::idleConnectionsAreReapedDownToTheMinimum()
{
    PoolOptions options = small(4);
    options.minimumIdle = 1;
    options.keepAliveInterval = 0ms;
    makePool(options);
    {
        std::vector<PooledConnection> leases;
        for (int i = 0; i < 4; ++i)
            leases.push_back(*m_pool->acquire(10s));
    }
    QCOMPARE(m_pool->statistics().idle, 4);
    m_clock->advance(9min);
    QCOMPARE(m_pool->statistics().idle, 4);
    m_clock->advance(1min + 1s);
    QTRY_COMPARE(m_pool->statistics().count, 1);
    QTRY_COMPARE(m_connector->openCount(), 1);
}

void ConnectionPoolTest::overflowIsClosedSoonerThanTheRest()
{
    makePool(small(1, 2));
    {
        std::vector<PooledConnection> leases;
        for (int i = 0; i < 3; ++i)
            leases.push_back(*m_pool->acquire(10s));
        QCOMPARE(m_pool->statistics().overflow, 2);
    }
    m_clock->advance(5s);
    QTRY_COMPARE(m_pool->statistics().count, 1);
    QCOMPARE(m_pool->statistics().overflow, 0);
}

void ConnectionPoolTest::keepAlivePingsDoNotPutOffReaping()
{
    makePool(small(1));
    QVERIFY(m_pool->acquire(10s));
    for (int i = 1; i <= 4; ++i) {
        m_clock->advance(2min);
        QTRY_COMPARE(m_connector->calls(Call::Ping), i);
        QTRY_COMPARE(m_pool->statistics().idle, 1);
    }
    m_clock->advance(2min);
    QTRY_COMPARE(m_pool->statistics().count, 0);
}

void ConnectionPoolTest::aLeakNamesItsBorrower()
{
    QFETCH(const bool, again);
    makePool(small(1));
    auto lease = borrow(again);
    m_clock->advance(59s);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"possibly leaked, by tst_connectionpool\\.cpp:\\d+ .*aLeakNamesItsBorrower"_s));
    m_clock->advance(1s);
    QTRY_COMPARE(m_pool->statistics().leaks, 1U);
    const PoolStatistics statistics = m_pool->statistics();
    QCOMPARE(statistics.longestBorrows.size(), 1U);
    QVERIFY(statistics.longestBorrows[0].held == 60s);
    QVERIFY(statistics.longestBorrows[0].borrower.contains(u"aLeakNamesItsBorrower"_s));
    // Once.
    m_clock->advance(60s);
    QCOMPARE(m_pool->statistics().leaks, 1U);
    lease->release();
    m_pool.reset(); // The report is written after it is counted.
}

void ConnectionPoolTest::aDirtyConnectionIsCleanedOffTheBorrowersThread()
{
    QFETCH(const bool, again);
    makePool(small(1));
    m_connector->setCondition(Connector::Condition::Dirty);
    m_connector->hold(Call::Clean);
    {
        auto lease = borrow(again);
        QVERIFY(lease->database().isValid());
    } // Would hang here if the rollback were this thread's.
    QVERIFY(m_connector->waitForBlocked(Call::Clean, 1));
    QCOMPARE(m_pool->statistics().idle, 0);
    m_connector->release(Call::Clean);
    QTRY_COMPARE(m_pool->statistics().idle, 1);
    QCOMPARE(m_pool->statistics().closed, 0U);
}

void ConnectionPoolTest::aBrokenConnectionIsClosed()
{
    QFETCH(const bool, again);
    makePool(small(1));
    m_connector->setCondition(Connector::Condition::Broken);
    QVERIFY(borrow(again)->database().isValid());
    QTRY_COMPARE(m_pool->statistics().closed, 1U);
    m_connector->setCondition(Connector::Condition::Clean);
    // By what a run says.
    const auto lost = m_pool->run([](PooledConnection &) -> Result<void> {
        return failure(Error::Kind::QueryFailed, u"terminated"_s, u"57P01"_s);
    }, 10s).result();
    QVERIFY(!lost);
    QTRY_COMPARE(m_pool->statistics().closed, 2U);
    QCOMPARE(m_pool->statistics().quarantined, 2U);
}

void ConnectionPoolTest::nestedAcquiresThatCouldNeverBeServedAreRefused()
{
    QFETCH(const bool, again);
    makePool(small(1));
    const auto lease = borrow(again);
    const auto nested = m_pool->acquire(Deadline::never());
    QVERIFY(!nested);
    QCOMPARE(nested.error().kind, Error::Kind::Deadlock);
    QVERIFY(nested.error().message.contains(u"tst_connectionpool.cpp"_s));
    QCOMPARE(m_pool->statistics().deadlocks, 1U);
}

void ConnectionPoolTest::twoThreadsThatWouldWaitForEachOtherAreNotBothLetIn()
{
    QFETCH(const bool, again);
    makePool(small(2));
    auto mine = borrow(again);
    std::promise<void> holding;
    auto other = std::async(std::launch::async, [&] {
        const auto theirs = borrow(again);
        holding.set_value();
        // Legitimate: the first thread may still return its own.
        return m_pool->acquire(Deadline::never()).has_value();
    });
    holding.get_future().wait();
    QVERIFY(queued(1));
    QCOMPARE(m_pool->acquire(Deadline::never()).error().kind, Error::Kind::Deadlock);
    mine->release();
    QVERIFY(other.get());
}

QTEST_GUILESS_MAIN(ConnectionPoolTest)
#include "tst_connectionpool.moc"
