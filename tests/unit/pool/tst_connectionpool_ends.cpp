// SPDX-License-Identifier: MIT
#include "pooltest.h"

#include "pool/workers.h"

#include <infra/poolregistry.h>

#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

namespace {

// A thread-local one keeps its thread at its end until the gate opens.
struct SlowEnd
{
    std::shared_ptr<std::atomic<bool>> hasBegun;
    std::shared_future<void> gate;

    ~SlowEnd()
    {
        *hasBegun = true;
        gate.wait();
    }
};

// Keeps the thread that logs inside of that.
struct HeldMessage
{
    std::promise<void> begun;
    std::promise<void> finish;
    std::shared_future<void> gate{finish.get_future()};
};
HeldMessage *s_heldMessage = nullptr;

void holdMessage(QtMsgType, const QMessageLogContext &, const QString &)
{
    s_heldMessage->begun.set_value();
    s_heldMessage->gate.wait();
}

// Counts who asks it behind its end.
class EndingClock final : public Clock
{
public:
    void end() { m_hasEnded = true; }
    [[nodiscard]] int lateCalls() const { return m_lateCalls; }

    [[nodiscard]] SteadyTime steadyNow() const noexcept override
    {
        note();
        return system().steadyNow();
    }
    [[nodiscard]] SystemTime systemNow() const noexcept override
    {
        note();
        return system().systemNow();
    }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &predicate) const override
    {
        note();
        return system().waitUntil(lock, condition, deadline, predicate);
    }

private:
    void note() const noexcept { m_lateCalls += m_hasEnded ? 1 : 0; }

    std::atomic<bool> m_hasEnded{false};
    mutable std::atomic<int> m_lateCalls{0};
};

// The machine's, which keeps one thread where it asks for the time.
class StoppingClock final : public Clock
{
public:
    // The calling thread, the next time it asks.
    void stopMe() { m_stopped = std::this_thread::get_id(); }
    void waitUntilStopped() { m_hasStopped.get_future().wait(); }
    void goOn() { m_goOn.set_value(); }

    [[nodiscard]] SteadyTime steadyNow() const noexcept override
    {
        if (std::thread::id self = std::this_thread::get_id(); m_stopped.compare_exchange_strong(self, {})) {
            m_hasStopped.set_value();
            m_gate.wait();
        }
        return system().steadyNow();
    }
    [[nodiscard]] SystemTime systemNow() const noexcept override { return system().systemNow(); }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        return system().waitUntil(lock, condition, deadline, ready);
    }

private:
    mutable std::atomic<std::thread::id> m_stopped;
    mutable std::promise<void> m_hasStopped;
    std::promise<void> m_goOn;
    const std::shared_future<void> m_gate{m_goOn.get_future()};
};

// ThreadSanitizer knows no threads in the child of a process that had several.
#if defined(__SANITIZE_THREAD__)
constexpr bool CanThreadAfterFork = false;
#else
constexpr bool CanThreadAfterFork = true;
#endif

// After this a child that hangs ends, and not as its parent expects.
constexpr unsigned ChildTimeoutSeconds = 30;

} // namespace

// What becomes of connections and leases at the end of a thread, of the pool and of the process that has it.
class ConnectionPoolEndsTest : public InfraTest::PoolTest
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_pool.reset(); }
    void aThreadThatIsSlowToEndHoldsNobodyUp();
    void aThreadThatBeginsBehindTheEndAsksNoClock();
    void aLeaseOfADeadThreadIsTakenBack_data() { bothWays(); }
    void aLeaseOfADeadThreadIsTakenBack();
    void aLeaseInTheWrongThreadIsRefused_data() { bothWays(); }
    void aLeaseInTheWrongThreadIsRefused();
    void shutdownDrainsAndNamesTheHolders_data() { bothWays(); }
    void shutdownDrainsAndNamesTheHolders();
    void aLeaseMayOutliveThePool_data() { bothWays(); }
    void aLeaseMayOutliveThePool();
    void aLeaseThatOutlivesThePoolIsClosedOffItsBorrowersThread_data() { bothWays(); }
    void aLeaseThatOutlivesThePoolIsClosedOffItsBorrowersThread();
    void aLeaseThatOutlivesThePoolDoesNotHoldUpTheEndOfItsThread_data() { bothWays(); }
    void aLeaseThatOutlivesThePoolDoesNotHoldUpTheEndOfItsThread();
    void aConnectThatOutlivesThePoolKeepsNothingAlive_data();
    void aConnectThatOutlivesThePoolKeepsNothingAlive();
    void aForkedChildIsRefused_data() { bothWays(); }
    void aForkedChildIsRefused();
    void aForkedChildEndsNothingOfItsParents();
    void aForkedChildReadsStatisticsWhateverItsParentWasDoing();
    void aForkedChildCreatesPoolsWhateverItsParentWasDoing();

private:
    std::unique_ptr<StoppingClock> m_stoppingClock; // Outlives the pool of the test.
};

void ConnectionPoolEndsTest::aThreadThatIsSlowToEndHoldsNobodyUp()
{
    PoolOptions options = small(1);
    options.idleTimeout = 0ms;
    options.keepAliveInterval = 0ms;
    makePool(options);
    const auto hasBegun = std::make_shared<std::atomic<bool>>(false);
    std::promise<void> finish;
    const std::shared_future<void> gate(finish.get_future());
    QVERIFY(m_pool->run([hasBegun, gate](PooledConnection &) -> Result<void> {
        static thread_local const SlowEnd end{hasBegun, gate};
        static_cast<void>(end);
        return {};
    }, Deadline::never()).result());
    // The pool's threads end when they have been idle for long.
    const auto isEnding = [&] {
        m_clock->advance(31s);
        return hasBegun->load();
    };
    QTRY_VERIFY(isEnding());
    // Pings, and so runs on new threads.
    QVERIFY(m_pool->run(&nothing, Deadline::never()).result());
    finish.set_value();
}

// What was posted before the end is done, by threads that the machine may run only then.
void ConnectionPoolEndsTest::aThreadThatBeginsBehindTheEndAsksNoClock()
{
    constexpr int Jobs = 8;
    std::vector<std::unique_ptr<EndingClock>> clocks;
    std::atomic<int> done{0};
    for (int round = 0; round < 100; ++round) {
        clocks.push_back(std::make_unique<EndingClock>());
        {
            Detail::Workers workers(*clocks.back());
            for (int i = 0; i < Jobs; ++i)
                workers.post([&done] { ++done; });
        }
        clocks.back()->end();
    }
    QTRY_COMPARE(done.load(), 100 * Jobs);
    QTest::qWait(20); // They look for more before they end.
    int late = 0;
    for (const auto &clock : clocks)
        late += clock->lateCalls();
    QCOMPARE(late, 0);
}

void ConnectionPoolEndsTest::aLeaseOfADeadThreadIsTakenBack()
{
    QFETCH(const bool, again);
    makePool(small(1));
    std::unique_ptr<PooledConnection> leaked;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"thread ended without returning the lease.*tst_connectionpool_ends\\.cpp"_s));
    std::thread([&] {
        leaked = std::make_unique<PooledConnection>(*borrow(again));
        QVERIFY(leaked->database().isValid());
    }).join();
    QCOMPARE(m_pool->statistics().reclaimed, 1U);
    // The place is free, and the lease is dead.
    QVERIFY(m_pool->acquire(Deadline::never()));
    QVERIFY(!leaked->database().isValid());
    QVERIFY(!leaked->execute(u"SELECT 1"_s));
    leaked.reset();
    QCOMPARE(m_connector->openCount(), 1);
}

void ConnectionPoolEndsTest::aLeaseInTheWrongThreadIsRefused()
{
    QFETCH(const bool, again);
    makePool(small(2));
    auto lease = borrow(again);
    QVERIFY(lease->database().isValid());
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"returned by another thread"_s));
    std::thread([&] {
        QVERIFY(!lease->database().isValid());
        QVERIFY(!lease->prepared(u"SELECT 1"_s));
        lease->release();
    }).join();
    QTRY_COMPARE(m_pool->statistics().closed, 1U);
    QVERIFY(m_pool->acquire(10s));
}

void ConnectionPoolEndsTest::shutdownDrainsAndNamesTheHolders()
{
    QFETCH(const bool, again);
    makePool(small(2));
    auto held = borrow(again);
    auto other = m_pool->acquire(10s);
    auto waiting = acquireElsewhere(Deadline::never());
    auto run = m_pool->run(&nothing, Deadline::never());
    QVERIFY(queued(2));
    other->release();
    // One of the two was served; whoever is left is told.
    auto ended = std::async(std::launch::async, [this] { return m_pool->shutdown(5s); });
    waiting.wait();
    run.waitForFinished();
    QTRY_VERIFY(m_clock->waiterCount() > 0);
    QTRY_COMPARE(m_pool->statistics().idle, 0);
    // Closed by a thread of the pool, before this clock passes the deadline of shutdown().
    QTRY_COMPARE(m_connector->openCount(), 1);
    QCOMPARE(m_pool->acquire(10s).error().kind, Error::Kind::Cancelled);
    // Once, as shutdown() has begun: a minute of this clock, and the lease that is held would pass for a leak.
    m_clock->advance(5s);
    QVERIFY(ended.wait_for(60s) == std::future_status::ready);
    const auto outcome = ended.get();
    QVERIFY(!outcome);
    QVERIFY2(outcome.error().message.contains(u"shutdownDrainsAndNamesTheHolders"_s), qPrintable(outcome.error().message));
    QCOMPARE(m_connector->openCount(), 1);
    held->release();
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolEndsTest::aLeaseMayOutliveThePool()
{
    QFETCH(const bool, again);
    PoolOptions options = small(1);
    options.shutdownTimeout = 0ms;
    makePool(options);
    auto lease = borrow(again);
    m_pool.reset();
    QVERIFY(lease->database().isValid());
    QVERIFY(lease->execute(u"SELECT 1"_s));
    lease->release();
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolEndsTest::aLeaseThatOutlivesThePoolIsClosedOffItsBorrowersThread()
{
    QFETCH(const bool, again);
    PoolOptions options = small(1);
    options.shutdownTimeout = 0ms;
    makePool(options);
    auto lease = borrow(again);
    QVERIFY(lease->database().isValid());
    m_pool.reset();
    m_connector->hold(Call::Close);
    lease->release(); // Would hang here if the close were this thread's.
    QVERIFY(m_connector->waitForBlocked(Call::Close, 1));
    m_connector->release(Call::Close);
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolEndsTest::aLeaseThatOutlivesThePoolDoesNotHoldUpTheEndOfItsThread()
{
    QFETCH(const bool, again);
    PoolOptions options = small(1);
    options.shutdownTimeout = 0ms;
    makePool(options);
    std::unique_ptr<PooledConnection> leaked;
    std::promise<void> borrowed;
    std::promise<void> finish;
    std::thread borrower([&] {
        leaked = std::make_unique<PooledConnection>(*borrow(again));
        QVERIFY(leaked->database().isValid());
        borrowed.set_value();
        finish.get_future().wait();
    });
    borrowed.get_future().wait();
    m_pool.reset();
    m_connector->hold(Call::Close);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"thread ended without returning the lease"_s));
    finish.set_value();
    borrower.join();
    QVERIFY(m_connector->waitForBlocked(Call::Close, 1));
    m_connector->release(Call::Close);
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolEndsTest::aConnectThatOutlivesThePoolKeepsNothingAlive_data()
{
    QTest::addColumn<bool>("fails");
    QTest::newRow("fails") << true;
    QTest::newRow("succeeds") << false;
}

void ConnectionPoolEndsTest::aConnectThatOutlivesThePoolKeepsNothingAlive()
{
    QFETCH(const bool, fails);
    PoolOptions options = small(1);
    options.shutdownTimeout = 0ms;
    makePool(options);
    if (fails)
        m_connector->setBehaviour(Call::Open, []() -> Result<void> { return failure(Error::Kind::Unavailable, u"refused"_s); });
    m_connector->hold(Call::Open);
    auto run = m_pool->run(&nothing, Deadline::never());
    QVERIFY(m_connector->waitForBlocked(Call::Open, 1));
    m_pool.reset();
    QCOMPARE(run.result().error().kind, Error::Kind::Cancelled);
    // The pool's own reference is the last to go.
    const std::weak_ptr<StubConnector> kept = m_connector;
    m_connector->release(Call::Open);
    m_connector.reset();
    QTRY_VERIFY(kept.expired());
}

void ConnectionPoolEndsTest::aForkedChildIsRefused()
{
    QFETCH(const bool, again);
    makePool(small(1));
    auto lease = borrow(again);
    const pid_t child = fork();
    if (child == 0) {
        const auto refused = m_pool->acquire(Deadline::never());
        const bool isRefused = !refused && refused.error().kind == Error::Kind::Unavailable;
        const auto run = m_pool->run(&nothing, Deadline::never()).result();
        const bool isRunRefused = !run && run.error().kind == Error::Kind::Unavailable;
        const bool isDead = !lease->database().isValid() && !lease->execute(u"SELECT 1"_s);
        lease->release();
        m_pool.reset();
        _exit(isRefused && isRunRefused && isDead ? 0 : 1);
    }
    int status = -1;
    QCOMPARE(waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
    QVERIFY(lease->database().isValid());
}

void ConnectionPoolEndsTest::aForkedChildEndsNothingOfItsParents()
{
    makePool(small(1));
    QVERIFY(m_pool->acquire(10s));
    ConnectionPool::Environment environment;
    environment.clock = m_clock.get();
    environment.connector = m_connector;
    auto registry = std::make_unique<PoolRegistry>(environment);
    {
        const auto registered = registry->pool(*DatabaseUrl::parse(u"postgresql://host/registered"_s), small(1));
        QVERIFY(registered);
        QVERIFY((*registered)->acquire(10s));
    }
    const pid_t child = fork();
    if (child == 0) {
        alarm(ChildTimeoutSeconds);
        const bool isNothingToDo = m_pool->shutdown(Deadline::never()).has_value();
        m_pool.reset();
        registry.reset();
        _exit(isNothingToDo && m_connector->calls(Call::Close) == 0 ? 0 : 1);
    }
    int status = -1;
    QCOMPARE(waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

void ConnectionPoolEndsTest::aForkedChildReadsStatisticsWhateverItsParentWasDoing()
{
    m_stoppingClock = std::make_unique<StoppingClock>();
    makePool(small(3), *m_stoppingClock);
    QVERIFY(m_pool->acquire(10s));
    // Inside of the lock, where it asks for the time.
    auto reading = std::async(std::launch::async, [this] {
        m_stoppingClock->stopMe();
        return m_pool->statistics();
    });
    m_stoppingClock->waitUntilStopped();
    const pid_t child = fork();
    if (child == 0) {
        alarm(ChildTimeoutSeconds);
        const PoolStatistics statistics = m_pool->statistics();
        const bool isOfThisPool = statistics.maximum == 3 && statistics.count == 0 && !statistics.name.isEmpty();
        _exit(isOfThisPool && m_pool->snapshot().name == statistics.name ? 0 : 1);
    }
    int status = -1;
    const pid_t waited = waitpid(child, &status, 0);
    m_stoppingClock->goOn();
    QCOMPARE(reading.get().count, 1);
    QCOMPARE(waited, child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

void ConnectionPoolEndsTest::aForkedChildCreatesPoolsWhateverItsParentWasDoing()
{
    if constexpr (!CanThreadAfterFork)
        QSKIP("needs threads in a forked child");
    makePool(small(1));
    HeldMessage held;
    s_heldMessage = &held;
    const QtMessageHandler previous = qInstallMessageHandler(&holdMessage);
    std::unique_ptr<PooledConnection> leaked;
    // Stays where it reports its lease: in what every thread that ends, and every new pool, has to wait for.
    std::thread ending([&] { leaked = std::make_unique<PooledConnection>(*m_pool->acquire(Deadline::never())); });
    held.begun.get_future().wait();
    const pid_t child = fork();
    if (child == 0) {
        alarm(ChildTimeoutSeconds);
        ConnectionPool::Environment environment;
        environment.connector = std::make_shared<StubConnector>();
        auto pool = ConnectionPool::create(*DatabaseUrl::parse(u"postgresql://host/child"_s), small(1), environment);
        bool isLent = false;
        std::thread([&] { isLent = (*pool)->acquire(Deadline::never()).has_value(); }).join();
        pool->reset();
        _exit(isLent ? 0 : 1);
    }
    int status = -1;
    const pid_t waited = waitpid(child, &status, 0);
    held.finish.set_value();
    ending.join();
    qInstallMessageHandler(previous);
    QCOMPARE(waited, child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

QTEST_GUILESS_MAIN(ConnectionPoolEndsTest)
#include "tst_connectionpool_ends.moc"
