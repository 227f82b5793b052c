// SPDX-License-Identifier: MIT
#pragma once

#include "failonwarning.h"
#include "stubconnector.h"

#include <infra/connectionpool.h>
#include <infra/manualclock.h>

#include <QtTest>

#include <future>

namespace InfraTest {

// A pool over a driver that does what the test says and a clock that moves when the test says.
class PoolTest : public FailOnWarning
{
protected:
    // A lease comes from the pool's lock, or is the thread's own last connection, taken again without it.
    static void bothWays()
    {
        QTest::addColumn<bool>("again");
        QTest::newRow("under the lock") << false;
        QTest::newRow("taken again") << true;
    }
    [[nodiscard]] Infra::Result<Infra::PooledConnection> borrow(bool again, std::source_location borrower = std::source_location::current())
    {
        if (again)
            m_pool->acquire(Infra::Deadline::never())->release();
        return m_pool->acquire(Infra::Deadline::never(), borrower);
    }
    void makePool(const Infra::PoolOptions &options,
                  const Infra::DatabaseUrl &url = *Infra::DatabaseUrl::parse(QStringLiteral("postgresql://host/stub")))
    {
        m_pool.reset();
        m_clock = std::make_unique<Infra::ManualClock>();
        makePool(options, *m_clock, url);
    }
    // By another clock: turning a ManualClock wakes every thread that waits, and so hides that nobody has notified it.
    void makePool(const Infra::PoolOptions &options, const Infra::Clock &clock,
                  const Infra::DatabaseUrl &url = *Infra::DatabaseUrl::parse(QStringLiteral("postgresql://host/stub")))
    {
        m_pool.reset();
        m_connector = std::make_shared<StubConnector>();
        Infra::ConnectionPool::Environment environment;
        environment.clock = &clock;
        environment.connector = m_connector;
        environment.seed = 42;
        auto pool = Infra::ConnectionPool::create(url, options, environment);
        QVERIFY(pool);
        m_pool = std::move(*pool);
    }
    // One for a database in memory.
    void makeMemoryPool() { makePool(small(1), Infra::DatabaseUrl::forSqliteMemory()); }
    [[nodiscard]] Infra::PoolOptions small(int size, int overflow = 0) const
    {
        Infra::PoolOptions options;
        options.poolSize = size;
        options.maxOverflow = overflow;
        options.minimumIdle = 0;
        return options;
    }
    // For runs.
    static Infra::Result<void> nothing(Infra::PooledConnection &) { return {}; }
    // Waits until `count` threads sleep in the queue.
    [[nodiscard]] bool queued(int count)
    {
        return QTest::qWaitFor([&] { return m_pool->statistics().waiters == count; }, 10'000);
    }
    [[nodiscard]] std::future<Infra::Error::Kind> acquireElsewhere(Infra::Deadline deadline)
    {
        return std::async(std::launch::async, [this, deadline] {
            const auto lease = m_pool->acquire(deadline);
            return lease ? Infra::Error::Kind::Internal : lease.error().kind;
        });
    }

    std::shared_ptr<StubConnector> m_connector;
    std::unique_ptr<Infra::ManualClock> m_clock;
    std::unique_ptr<Infra::ConnectionPool> m_pool;
};

} // namespace InfraTest
