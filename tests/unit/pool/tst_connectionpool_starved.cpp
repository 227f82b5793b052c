// SPDX-License-Identifier: MIT
#include "pooltest.h"

#include <QDir>
#include <QFile>

#include <atomic>
#include <cerrno>

#include <dlfcn.h>
#include <pthread.h>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

namespace {

std::atomic<bool> s_isRefused{false};

// Threads of pools that make calls, idle ones included.
int workerCount()
{
    int count = 0;
    const QStringList threads = QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &thread : threads) {
        QFile name(u"/proc/self/task/%1/comm"_s.arg(thread));
        if (name.open(QIODevice::ReadOnly) && name.readAll().trimmed() == "infra-pool-work")
            ++count;
    }
    return count;
}

} // namespace

// Every thread of this program is made here, those that libraries start included.
extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                                                     void *(*function)(void *), void *argument) noexcept
{
    using Create = int(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    static Create *const create = reinterpret_cast<Create *>(dlsym(RTLD_NEXT, "pthread_create"));
    return s_isRefused ? EAGAIN : create(thread, attributes, function, argument);
}

// A system at its limit of threads (pthread_create() fails with EAGAIN).
class ConnectionPoolStarvedTest : public InfraTest::PoolTest
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        s_isRefused = false;
        m_pool.reset();
    }
    void anAcquireEndsAtItsDeadlineAndTheNextIsServed();
    void aConnectionComesBackWithoutAThreadToCloseIt();
    void aRunEndsAtItsDeadline();
    void aRunThatIsCancelledBeforeItBeginsIsNotCalled();
    void aConnectThatIsNoLongerWantedMakesRoomForThatOfTheOtherLane();
    void aPoolWithoutASchedulerIsNotCreated();

private:
    // A pool with one idle connection, and no thread that could make a call.
    void makeIdlePool()
    {
        PoolOptions options = small(1);
        options.validateAfterIdle = 1h;
        options.keepAliveInterval = 0ms;
        makePool(options);
        QVERIFY(m_pool->acquire(10s));
        // The scheduler and the thread that has connected.
        QTRY_COMPARE(m_clock->waiterCount(), 2);
        m_clock->advance(31s);
        QTRY_COMPARE(workerCount(), 0);
    }
};

void ConnectionPoolStarvedTest::anAcquireEndsAtItsDeadlineAndTheNextIsServed()
{
    makePool(small(1), Clock::system());
    s_isRefused = true;
    const auto refused = m_pool->acquire(100ms);
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, Error::Kind::Timeout);
    QVERIFY2(refused.error().message.contains(u"starts no more threads"_s), qPrintable(refused.error().message));
    QCOMPARE(m_pool->statistics().waiters, 0);
    s_isRefused = false;
    QVERIFY(m_pool->acquire(10s));
    QElapsedTimer timer;
    timer.start();
    QVERIFY(m_pool->shutdown(60s));
    QVERIFY(timer.elapsed() < 5'000);
}

void ConnectionPoolStarvedTest::aConnectionComesBackWithoutAThreadToCloseIt()
{
    constexpr int Size = 6;
    PoolOptions options = small(Size);
    options.concurrentConnects = 1;
    makePool(options);
    std::vector<PooledConnection> leases;
    for (int i = 0; i < Size; ++i)
        leases.push_back(*m_pool->acquire(10s));
    m_connector->hold(Call::Close);
    s_isRefused = true;
    for (PooledConnection &lease : leases) {
        lease.markBroken();
        lease.release();
    }
    // More than threads that have connected.
    QVERIFY(workerCount() < Size);
    QCOMPARE(m_pool->statistics().closing, Size);
    m_connector->release(Call::Close);
    QTRY_COMPARE(m_connector->openCount(), 0);
    s_isRefused = false;
    QVERIFY(m_pool->acquire(10s));
}

void ConnectionPoolStarvedTest::aRunEndsAtItsDeadline()
{
    makeIdlePool();
    s_isRefused = true;
    auto run = m_pool->run(&nothing, 5s);
    m_clock->advance(5s);
    QTRY_VERIFY(run.isFinished());
    QCOMPARE(run.result().error().kind, Error::Kind::Timeout);
    s_isRefused = false;
    // The scheduler tries again.
    m_clock->advance(1s);
    QTRY_COMPARE(m_pool->statistics().zombies, 0);
}

void ConnectionPoolStarvedTest::aRunThatIsCancelledBeforeItBeginsIsNotCalled()
{
    makeIdlePool();
    std::atomic<bool> ran{false};
    s_isRefused = true;
    // It has a connection, and waits for a thread.
    auto run = m_pool->run([&ran](PooledConnection &) -> Result<void> {
        ran = true;
        return {};
    }, Deadline::never());
    QCOMPARE(m_pool->statistics().used, 1);
    run.cancel();
    s_isRefused = false;
    m_clock->advance(1s);
    QTRY_VERIFY(run.isFinished());
    QVERIFY(!ran);
    QTRY_COMPARE(m_pool->statistics().idle, 1);
}

void ConnectionPoolStarvedTest::aConnectThatIsNoLongerWantedMakesRoomForThatOfTheOtherLane()
{
    PoolOptions options = small(2);
    options.concurrentConnects = 1;
    makePool(options, DatabaseUrl::forSqliteFile(u"/stub.db"_s));
    s_isRefused = true;
    auto writing = m_pool->run(&nothing, 1s);
    auto reading = m_pool->run(&nothing, Deadline::never(), ConnectionAccess::ReadOnly);
    QCOMPARE(m_pool->statistics().connecting, 1);
    s_isRefused = false;
    // The first has timed out by the time its connect begins. The clock stands still from here on, and the scheduler with it.
    m_clock->advance(1s);
    QTRY_VERIFY(reading.isFinished());
    QVERIFY(reading.result());
    QCOMPARE(writing.result().error().kind, Error::Kind::Timeout);
    QCOMPARE(m_connector->calls(Call::Open), 1);
}

void ConnectionPoolStarvedTest::aPoolWithoutASchedulerIsNotCreated()
{
    s_isRefused = true;
    const auto pool = ConnectionPool::create(DatabaseUrl::forSqliteMemory(), small(1));
    s_isRefused = false;
    QVERIFY(!pool);
    QCOMPARE(pool.error().kind, Error::Kind::Unavailable);
}

QTEST_GUILESS_MAIN(ConnectionPoolStarvedTest)
#include "tst_connectionpool_starved.moc"
