// SPDX-License-Identifier: MIT
#include "pooltest.h"

#include <infra/poolregistry.h>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

// What shutdown() waits for, and what it says of what it did not wait for.
class ConnectionPoolShutdownTest : public InfraTest::PoolTest
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { m_pool.reset(); }
    void shutdownWaitsForNoCallThatIsAbandonedMeanwhile_data();
    void shutdownWaitsForNoCallThatIsAbandonedMeanwhile();
    void aCloseThatIsUnderWayIsNoneThatHangs();
    void poolsOfARegistryEndTogether();
};

void ConnectionPoolShutdownTest::shutdownWaitsForNoCallThatIsAbandonedMeanwhile_data()
{
    QTest::addColumn<bool>("run");
    QTest::newRow("a close") << false;
    QTest::newRow("a run") << true;
}

// On the machine's clock, which wakes nobody whom the pool does not wake.
void ConnectionPoolShutdownTest::shutdownWaitsForNoCallThatIsAbandonedMeanwhile()
{
    QFETCH(const bool, run);
    PoolOptions options = small(1);
    options.pingTimeout = 50ms;
    makePool(options, Clock::system());
    std::promise<void> finish;
    const std::shared_future<void> gate(finish.get_future());
    QVERIFY(m_pool->acquire(10s));
    QFuture<Result<void>> running;
    if (run) {
        running = m_pool->run([gate](PooledConnection &) -> Result<void> {
            gate.wait();
            return {};
        }, 50ms);
    } else {
        m_connector->hold(Call::Close);
    }
    auto ended = std::async(std::launch::async, [this] { return m_pool->shutdown(Deadline::never()); });
    const bool isReady = ended.wait_for(5s) == std::future_status::ready;
    // Let go before a failure is told, for the sake of what the test leaves behind.
    finish.set_value();
    m_connector->release(Call::Close);
    QVERIFY(isReady);
    const auto outcome = ended.get();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY2(outcome.error().message.contains(u"1 connections hang in a call"_s), qPrintable(outcome.error().message));
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolShutdownTest::aCloseThatIsUnderWayIsNoneThatHangs()
{
    makePool(small(1));
    QVERIFY(m_pool->acquire(10s));
    m_connector->hold(Call::Close);
    const auto outcome = m_pool->shutdown(0ms);
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY2(outcome.error().message.contains(u"1 connections are still being closed"_s), qPrintable(outcome.error().message));
    QVERIFY2(!outcome.error().message.contains(u"hang"_s), qPrintable(outcome.error().message));
    m_connector->release(Call::Close);
    QTRY_COMPARE(m_connector->openCount(), 0);
}

void ConnectionPoolShutdownTest::poolsOfARegistryEndTogether()
{
    m_connector = std::make_shared<StubConnector>();
    m_clock = std::make_unique<ManualClock>();
    ConnectionPool::Environment environment;
    environment.clock = m_clock.get();
    environment.connector = m_connector;
    PoolRegistry registry(environment);
    const auto first = registry.pool(*DatabaseUrl::parse(u"postgresql://host/first"_s), small(1));
    const auto second = registry.pool(*DatabaseUrl::parse(u"postgresql://host/second"_s), small(1));
    QVERIFY(first && second);
    auto held = (*first)->acquire(10s);
    QVERIFY(held);
    QVERIFY((*second)->acquire(10s));
    auto ended = std::async(std::launch::async, [&registry] { return registry.shutdown(5s); });
    const auto isRefused = [&second] {
        const auto lease = (*second)->acquire(0s);
        return !lease && lease.error().kind == Error::Kind::Cancelled;
    };
    // While the first is waited for.
    QTRY_VERIFY(isRefused());
    QTRY_COMPARE(m_connector->openCount(), 1);
    QVERIFY(ended.wait_for(0s) == std::future_status::timeout);
    m_clock->advance(5s);
    const auto outcome = ended.get();
    QVERIFY(!outcome);
    QVERIFY2(outcome.error().message.contains(u"poolsOfARegistryEndTogether"_s), qPrintable(outcome.error().message));
    held->release();
    QTRY_COMPARE(m_connector->openCount(), 0);
}

QTEST_GUILESS_MAIN(ConnectionPoolShutdownTest)
#include "tst_connectionpool_shutdown.moc"
