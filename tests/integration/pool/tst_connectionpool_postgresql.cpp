// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "postgresfixture.h"

#include <infra/connectionpool.h>

#include <QScopeGuard>
#include <QSqlDriver>
#include <QThread>
#include <QtTest>

#include <array>
#include <atomic>
#include <barrier>
#include <thread>
#include <tuple>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::PostgresFixture;

namespace {

// Rows and columns do not matter here: whether the statement ran does.
auto execute(const QString &sql)
{
    return [sql](PooledConnection &connection) { return connection.execute(sql); };
}

Result<int> integer(PooledConnection &connection, const QString &sql)
{
    auto query = connection.prepared(sql);
    if (!query)
        return failure(query.error());
    if (!(*query)->exec() || !(*query)->next())
        return failure(errorFromSql((*query)->lastError(), u"integer"_s));
    return (*query)->value(0).toInt();
}

} // namespace

// The pool over a real PostgreSQL server, and what a server can do to it.
class ConnectionPoolPostgreSqlTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aLeaseReturnsClean();
    void preparedStatementsSurviveTheHandOver();
    void aStoppedBackendIsAbandonedAndItsPlaceKept();
    void aBackendThatStopsBehindTheFunctionIsAbandoned();
    void terminatedConnectionsAreReplacedBeforeTheyAreLent();
    void aTerminatedLeaseIsQuarantined();
    void aRestartIsSurvived();
    void aCommitOfAFailedTransactionIsAnError();
    void serializationFailuresAreRetriedWhenAsked();
    void deadlocksAreRetriedWhenAsked();
    void wrongCredentialsAreReportedWithoutThem();
    void closingFreesThePlaceOnlyWhenTheServerHasLetGo();

private:
    [[nodiscard]] std::unique_ptr<ConnectionPool> create(const PoolOptions &options = {})
    {
        auto pool = ConnectionPool::create(*DatabaseUrl::parse(m_server->url()), options);
        return pool ? std::move(*pool) : nullptr;
    }

    std::unique_ptr<PostgresFixture> m_server;
};

void ConnectionPoolPostgreSqlTest::initTestCase()
{
    auto server = PostgresFixture::create();
    QVERIFY2(server, server ? "" : qPrintable(server.error().message));
    m_server = std::move(*server);
}

void ConnectionPoolPostgreSqlTest::aLeaseReturnsClean()
{
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    const auto pool = create(options);
    QVERIFY(pool->acquire(10s)->execute(u"CREATE TABLE clean(a int)"_s));
    int backend = 0;
    {
        auto lease = pool->acquire(10s);
        QVERIFY(lease);
        backend = integer(*lease, u"SELECT pg_backend_pid()"_s).value();
        QVERIFY(lease->execute(u"BEGIN"_s));
        QVERIFY(lease->execute(u"INSERT INTO clean VALUES (1)"_s));
        QVERIFY(!lease->execute(u"SELECT nonsense"_s));
    }
    auto lease = pool->acquire(10s);
    QVERIFY(lease);
    QCOMPARE(integer(*lease, u"SELECT pg_backend_pid()"_s).value(), backend);
    QCOMPARE(integer(*lease, u"SELECT count(*) FROM clean"_s).value(), 0);
}

void ConnectionPoolPostgreSqlTest::preparedStatementsSurviveTheHandOver()
{
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    const auto pool = create(options);
    const auto addresses = [&] {
        auto lease = pool->acquire(10s);
        return integer(*lease, u"SELECT 6 * 7"_s).value() == 42 ? *lease->prepared(u"SELECT 6 * 7"_s) : nullptr;
    };
    QSqlQuery *const here = addresses();
    QSqlQuery *there = nullptr;
    std::thread([&] { there = addresses(); }).join();
    QVERIFY(here);
    QCOMPARE(there, here);
}

void ConnectionPoolPostgreSqlTest::aStoppedBackendIsAbandonedAndItsPlaceKept()
{
    PoolOptions options;
    options.poolSize = 2;
    options.maxOverflow = 0;
    const auto pool = create(options);
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    const auto frozen = m_server->backends();
    QCOMPARE(frozen.size(), 1U);
    PostgresFixture::freeze(frozen);
    const auto before = std::chrono::steady_clock::now();
    const auto outcome = pool->run(execute(u"SELECT 1"_s), 300ms).result();
    const auto taken = std::chrono::steady_clock::now() - before;
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QVERIFY(taken < 5s);
    QCOMPARE(pool->statistics().zombies, 1);
    // The other place serves.
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    QCOMPARE(m_server->backends().size(), 2U);
    PostgresFixture::thaw(frozen);
    QTRY_COMPARE_WITH_TIMEOUT(pool->statistics().zombies, 0, 10'000);
    QCOMPARE(m_server->backends().size(), 1U);
}

void ConnectionPoolPostgreSqlTest::aBackendThatStopsBehindTheFunctionIsAbandoned()
{
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    // Each statement is dropped on return, for which the server is asked.
    options.statementCacheSize = 0;
    const auto pool = create(options);
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    const auto backends = m_server->backends();
    const auto thaw = qScopeGuard([&backends] { PostgresFixture::thaw(backends); });
    auto run = pool->run([&backends](PooledConnection &connection) {
        Result<int> value = integer(connection, u"SELECT 1"_s);
        PostgresFixture::freeze(backends);
        return value;
    }, 1s);
    QTRY_VERIFY(run.isFinished());
    const auto outcome = run.result();
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().kind, Error::Kind::Timeout);
    QCOMPARE(pool->statistics().zombies, 1);
    PostgresFixture::thaw(backends);
    QTRY_COMPARE_WITH_TIMEOUT(pool->statistics().zombies, 0, 10'000);
}

void ConnectionPoolPostgreSqlTest::terminatedConnectionsAreReplacedBeforeTheyAreLent()
{
    PoolOptions options;
    options.validateAfterIdle = 0ms;
    const auto pool = create(options);
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    QVERIFY(m_server->scalar(u"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'test'"_s));
    QTRY_COMPARE(m_server->backends().size(), 0U);
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    QCOMPARE(pool->statistics().quarantined, 1U);
}

void ConnectionPoolPostgreSqlTest::aTerminatedLeaseIsQuarantined()
{
    const auto pool = create();
    {
        auto lease = pool->acquire(10s);
        QVERIFY(lease);
        QVERIFY(m_server->scalar(u"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'test'"_s));
        QTRY_COMPARE(m_server->backends().size(), 0U);
        // Through a query of the borrower's own, of which the pool knows nothing.
        QSqlQuery query(lease->database());
        QVERIFY(!query.exec(u"SELECT 1"_s));
        QCOMPARE(query.lastError().nativeErrorCode(), u"57P01"_s);
    }
    QCOMPARE(pool->statistics().quarantined, 1U);
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
}

void ConnectionPoolPostgreSqlTest::aRestartIsSurvived()
{
    const auto pool = create();
    QVERIFY(pool->run(execute(u"SELECT 1"_s), 10s).result());
    QVERIFY(m_server->stop());
    const auto down = pool->run(execute(u"SELECT 1"_s), 200ms).result();
    QVERIFY(!down);
    QVERIFY(m_server->start());
    Result<void> back = failure(Error::Kind::Internal, u"not run"_s);
    for (int attempt = 0; attempt < 3 && !back; ++attempt)
        back = pool->run(execute(u"SELECT 1"_s), 10s).result();
    QVERIFY2(back, back ? "" : qPrintable(toString(back.error())));
    QVERIFY(!pool->statistics().lastConnectError.isEmpty() || pool->statistics().quarantined > 0);
}

void ConnectionPoolPostgreSqlTest::aCommitOfAFailedTransactionIsAnError()
{
    const auto pool = create();
    const auto outcome = pool->inTransaction([](PooledConnection &connection) -> Result<int> {
        static_cast<void>(connection.execute(u"SELECT nonsense"_s));
        return 1;
    }, 10s);
    QVERIFY(!outcome);
    QCOMPARE(outcome.error().nativeCode, u"25P02"_s);
}

void ConnectionPoolPostgreSqlTest::serializationFailuresAreRetriedWhenAsked()
{
    const auto pool = create();
    QVERIFY(pool->acquire(10s)->execute(u"CREATE TABLE serial(a int); INSERT INTO serial VALUES (0)"_s));
    int runs = 0;
    const auto increment = [&](PooledConnection &connection) -> Result<void> {
        ++runs;
        if (auto set = connection.execute(u"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"_s); !set)
            return set;
        const auto value = integer(connection, u"SELECT a FROM serial"_s);
        if (!value)
            return failure(value.error());
        if (runs == 1) {
            // Another transaction gets in between.
            auto other = pool->acquire(10s);
            if (auto done = other->execute(u"UPDATE serial SET a = a + 10"_s); !done)
                return done;
        }
        return connection.execute(u"UPDATE serial SET a = %1"_s.arg(*value + 1));
    };
    const auto once = pool->inTransaction(increment, 10s);
    QVERIFY(!once);
    QCOMPARE(once.error().kind, Error::Kind::Serialization);
    runs = 0;
    const auto retried = pool->inTransaction(increment, 10s, TransactionOptions{.attempts = 3});
    QVERIFY2(retried, retried ? "" : qPrintable(toString(retried.error())));
    QCOMPARE(runs, 2);
    auto lease = pool->acquire(10s);
    QCOMPARE(integer(*lease, u"SELECT a FROM serial"_s).value(), 21);
}

void ConnectionPoolPostgreSqlTest::deadlocksAreRetriedWhenAsked()
{
    PoolOptions options;
    options.initStatements = {u"SET deadlock_timeout = '20ms'"_s};
    const auto pool = create(options);
    QVERIFY(pool->acquire(10s)->execute(u"CREATE TABLE locks(id int, a int); INSERT INTO locks VALUES (1, 0), (2, 0)"_s));
    // Each of two transactions locks one row, and then wants the other's.
    const auto cross = [&](int attempts) {
        std::barrier<> bothHoldOne(2);
        std::atomic<int> runs{0};
        std::array<Result<void>, 2> outcomes;
        std::vector<std::thread> threads;
        for (int side = 0; side < 2; ++side) {
            threads.emplace_back([&, side] {
                bool isFirst = true;
                outcomes[static_cast<std::size_t>(side)] = pool->inTransaction([&](PooledConnection &connection) -> Result<void> {
                    ++runs;
                    const auto add = [&](int row) { return connection.execute(u"UPDATE locks SET a = a + 1 WHERE id = %1"_s.arg(row)); };
                    if (const auto done = add(side == 0 ? 1 : 2); !done)
                        return done;
                    if (std::exchange(isFirst, false))
                        bothHoldOne.arrive_and_wait();
                    return add(side == 0 ? 2 : 1);
                }, 10s, TransactionOptions{.attempts = attempts});
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        return std::tuple(runs.load(), outcomes[0], outcomes[1]);
    };
    const auto [runsOnce, first, second] = cross(1);
    QCOMPARE(runsOnce, 2);
    QVERIFY(first.has_value() != second.has_value());
    const Error error = first ? second.error() : first.error();
    QCOMPARE(error.kind, Error::Kind::Serialization);
    QCOMPARE(error.nativeCode, u"40P01"_s);
    const auto [runsAgain, third, fourth] = cross(10);
    // The victim may take its row again before the other has woken up, and so cross it once more.
    QVERIFY2(runsAgain >= 3, qPrintable(QString::number(runsAgain)));
    QVERIFY(third.has_value() && fourth.has_value());
    auto lease = pool->acquire(10s);
    QCOMPARE(integer(*lease, u"SELECT sum(a)::int FROM locks"_s).value(), 6);
}

void ConnectionPoolPostgreSqlTest::wrongCredentialsAreReportedWithoutThem()
{
    const auto url = DatabaseUrl::parse(u"postgresql://nobody:hunter2@127.0.0.1:%1/infra"_s.arg(m_server->port()));
    const auto pool = ConnectionPool::create(*url);
    QVERIFY(pool);
    const auto outcome = (*pool)->acquire(300ms);
    QVERIFY(!outcome);
    QVERIFY2(outcome.error().message.contains(u"nobody"_s), qPrintable(outcome.error().message));
    QVERIFY(!outcome.error().message.contains(u"hunter2"_s));
    QVERIFY(!(*pool)->statistics().lastConnectError.contains(u"hunter2"_s));
}

void ConnectionPoolPostgreSqlTest::closingFreesThePlaceOnlyWhenTheServerHasLetGo()
{
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    const auto pool = create(options);
    for (int i = 0; i < 20; ++i) {
        auto lease = pool->acquire(10s);
        QVERIFY(lease);
        QCOMPARE(m_server->backends().size(), 1U);
        lease->markBroken();
    }
}

QTEST_GUILESS_MAIN(ConnectionPoolPostgreSqlTest)
#include "tst_connectionpool_postgresql.moc"
