// SPDX-License-Identifier: MIT
#include "core/random.h"
#include "failonwarning.h"
#include "stubconnector.h"

#include <infra/connectionpool.h>
#include <infra/manualclock.h>

#include <QtTest>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

namespace {

// Work that takes `duration` of the clock's time.
void takeTime(const ManualClock &clock, std::chrono::nanoseconds duration)
{
    std::mutex mutex;
    std::condition_variable nobodyNotifies;
    std::unique_lock lock(mutex);
    clock.waitUntil(lock, nobodyNotifies, clock.steadyNow() + duration, [] { return false; });
}

} // namespace

// Random use from many threads, and what must hold at every moment of it.
class ConnectionPoolStressTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void statisticsAddUpAtEverySnapshot();
    void noConnectionIsLentTwice();
    void noConnectionIsLeftBehindByAShutdown();
};

void ConnectionPoolStressTest::statisticsAddUpAtEverySnapshot()
{
    ManualClock clock;
    const auto connector = std::make_shared<StubConnector>();
    std::atomic<std::uint64_t> calls{0};
    // Every seventh call of a kind fails, some take a while.
    const auto moody = [&calls]() -> Result<void> {
        const std::uint64_t call = ++calls;
        if (call % 11 == 0)
            std::this_thread::yield();
        if (call % 7 == 0)
            return failure(Error::Kind::Unavailable, u"moody"_s, u"08006"_s);
        return {};
    };
    for (const Call call : {Call::Open, Call::Clean})
        connector->setBehaviour(call, moody);
    // Some pings hang for longer than they may: their connections become zombies.
    connector->setBehaviour(Call::Ping, [&calls, &clock, moody]() -> Result<void> {
        if (calls % 5 == 0)
            takeTime(clock, 3ms);
        return moody();
    });
    PoolOptions options;
    options.poolSize = 5;
    options.maxOverflow = 3;
    options.minimumIdle = 2;
    options.validateAfterIdle = 0ms;
    options.pingTimeout = 1ms;
    options.connectBackoff = 1ms;
    options.maxConnectBackoff = 2ms;
    options.overflowIdleTimeout = 1ms;
    options.maxLifetime = 20ms;
    options.maxWaiters = 20;
    ConnectionPool::Environment environment;
    environment.connector = connector;
    environment.seed = 7;
    auto created = ConnectionPool::create(*DatabaseUrl::parse(u"postgresql://h/stress"_s), options, environment);
    QVERIFY(created);
    ConnectionPool &pool = **created;

    std::atomic<int> running{32};
    std::vector<std::thread> threads;
    for (int i = 0; i < 32; ++i) {
        threads.emplace_back([&, i] {
            Detail::Random random(static_cast<std::uint64_t>(i) + 1);
            for (int round = 0; round < 150; ++round) {
                const auto deadline = std::chrono::microseconds(random.below(20'000));
                switch (random.below(4)) {
                case 0: {
                    const auto work = std::chrono::microseconds(random.below(8) == 0 ? 25'000 : 0);
                    pool.run([work, &clock](PooledConnection &connection) {
                        takeTime(clock, work);
                        return connection.execute(u"x"_s);
                    }, deadline).waitForFinished();
                    break;
                }
                case 1: {
                    auto future = pool.run([](PooledConnection &) -> Result<void> { return {}; }, deadline);
                    future.cancel();
                    break;
                }
                default:
                    if (auto lease = pool.acquire(deadline); lease) {
                        if (random.below(2) == 0)
                            static_cast<void>(lease->prepared(u"y"_s));
                        if (random.below(16) == 0)
                            lease->markBroken();
                        if (random.below(4) == 0) {
                            if (const auto nested = pool.acquire(deadline); nested)
                                std::this_thread::yield();
                        }
                    }
                }
            }
            --running;
        });
    }
    int snapshots = 0;
    int broken = 0;
    int withZombies = 0;
    while (running > 0) {
        const PoolStatistics now = pool.statistics();
        ++snapshots;
        const bool holds = now.idle + now.used + now.zombies == now.count
            && now.count + now.connecting + now.closing <= now.maximum && now.waiters <= now.waiterLimit + now.maximum
            && now.overflow == std::max(0, now.count - 5) && now.idle >= 0 && now.used >= 0 && now.zombies >= 0;
        if (!holds)
            ++broken;
        if (now.zombies > 0)
            ++withZombies;
        clock.advance(50us);
        std::this_thread::yield();
    }
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(snapshots > 10);
    QVERIFY(withZombies > 0);
    QCOMPARE(broken, 0);
    QVERIFY(connector->highestOpenCount() <= 8);
    // Those that still hang would be left to themselves. One that has begun may take its time of the clock as it is by then,
    // so the clock goes on until none is in a call that it could make late.
    connector->setBehaviour(Call::Ping, {});
    const auto isQuiet = [&] {
        clock.advance(5ms);
        const PoolStatistics now = pool.statistics();
        return now.used == 0 && now.zombies == 0 && now.closing == 0;
    };
    QTRY_VERIFY(isQuiet());
    // The pool's own clock is the machine's, which may keep a close from running for the millisecond that it may take; such a
    // one is told of, and ends by itself.
    const auto ended = pool.shutdown(30s);
    QVERIFY2(ended || ended.error().message.contains(u"hang in a call"_s) || ended.error().message.contains(u"still being closed"_s),
             ended ? "" : qPrintable(toString(ended.error())));
    QTRY_COMPARE(pool.statistics().count, 0);
    const PoolStatistics end = pool.statistics();
    QCOMPARE(end.waiters, 0);
    QCOMPARE(end.waitTime.count(), end.acquired);
    QCOMPARE(connector->openCount(), 0);
}

void ConnectionPoolStressTest::noConnectionIsLentTwice()
{
    PoolOptions options;
    options.poolSize = 4;
    options.maxOverflow = 0;
    ConnectionPool::Environment environment;
    environment.connector = std::make_shared<StubConnector>();
    auto created = ConnectionPool::create(*DatabaseUrl::parse(u"postgresql://h/stress"_s), options, environment);
    QVERIFY(created);
    ConnectionPool &pool = **created;
    std::atomic<int> inside{0};
    std::atomic<int> highest{0};
    std::atomic<int> clashes{0};
    std::mutex mutex;
    QSet<QString> lent;
    std::vector<std::thread> threads;
    for (int i = 0; i < 32; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 100; ++round) {
                const auto lease = pool.acquire(60s);
                if (!lease) {
                    ++clashes;
                    continue;
                }
                const QString name = lease->database().connectionName();
                highest = std::max(highest.load(), ++inside);
                {
                    const std::lock_guard guard(mutex);
                    if (lent.contains(name))
                        ++clashes;
                    lent.insert(name);
                }
                std::this_thread::yield();
                {
                    const std::lock_guard guard(mutex);
                    lent.remove(name);
                }
                --inside;
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(clashes, 0);
    QVERIFY(highest <= 4);
    QCOMPARE(pool.statistics().acquired, 3200U);
}

// Threads take their last connections again, and put them back, in the moment of the shutdown.
void ConnectionPoolStressTest::noConnectionIsLeftBehindByAShutdown()
{
    for (int round = 0; round < 200; ++round) {
        const auto connector = std::make_shared<StubConnector>();
        PoolOptions options;
        options.poolSize = 4;
        options.maxOverflow = 0;
        // Every other round whoever takes one again finds it stale.
        if (round % 2 == 1)
            options.validateAfterIdle = 0ms;
        ConnectionPool::Environment environment;
        environment.connector = connector;
        environment.seed = static_cast<std::uint64_t>(round) + 1;
        auto created = ConnectionPool::create(*DatabaseUrl::parse(u"postgresql://h/stress"_s), options, environment);
        QVERIFY(created);
        ConnectionPool &pool = **created;
        std::atomic<int> borrowed{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                while (pool.acquire(60s))
                    ++borrowed;
            });
        }
        while (borrowed < 100)
            std::this_thread::yield();
        const auto ended = pool.shutdown(10s);
        for (std::thread &thread : threads)
            thread.join();
        QVERIFY2(ended, ended ? "" : qPrintable(toString(ended.error())));
        QCOMPARE(connector->openCount(), 0);
    }
}

QTEST_GUILESS_MAIN(ConnectionPoolStressTest)
#include "tst_connectionpool_stress.moc"
