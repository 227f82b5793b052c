// SPDX-License-Identifier: MIT
#include "exampletest.h"

#include <infra/connectionpool.h>
#include <infra/sqlerror.h>

#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

namespace {

Infra::Result<int> countOrders()
{
    const auto url = Infra::DatabaseUrl::parse(QStringLiteral("sqlite:orders.db"));
    if (!url)
        return Infra::failure(url.error());
    auto pool = Infra::ConnectionPool::create(*url);
    if (!pool)
        return Infra::failure(pool.error());
    auto count = (*pool)->run([](Infra::PooledConnection &connection) -> Infra::Result<int> {
        auto query = connection.prepared(QStringLiteral("SELECT count(*) FROM orders"));
        if (!query)
            return Infra::failure(query.error());
        if (!(*query)->exec() || !(*query)->next())
            return Infra::failure(Infra::errorFromSql((*query)->lastError(), QStringLiteral("counting orders")));
        return (*query)->value(0).toInt();
    }, std::chrono::seconds(2));
    return count.result();
}

Infra::Result<void> createOrders(Infra::ConnectionPool &pool)
{
    auto lease = pool.acquire(std::chrono::seconds(2));
    if (!lease)
        return Infra::failure(lease.error());
    QSqlQuery query(lease->database());
    if (!query.exec(QStringLiteral("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))
        || !query.exec(QStringLiteral("INSERT INTO orders VALUES (4711)")))
        return Infra::failure(Infra::errorFromSql(query.lastError(), QStringLiteral("creating orders")));
    return {};
}

} // namespace

class PoolExamplesTest : public InfraTest::ExampleTest
{
    Q_OBJECT

private Q_SLOTS:
    void leasesAndRuns()
    {
        const auto url = Infra::DatabaseUrl::parse(QStringLiteral("sqlite:orders.db"));
        QVERIFY(url);
        const auto pool = Infra::ConnectionPool::create(*url);
        QVERIFY(pool);
        QVERIFY(createOrders(**pool));
        QCOMPARE(countOrders().value(), 1);
    }

    void deadlinesRelativeAndAbsolute()
    {
        const auto userPool = Infra::ConnectionPool::create(*Infra::DatabaseUrl::parse(QStringLiteral("sqlite:users.db")));
        const auto orderPool = Infra::ConnectionPool::create(*Infra::DatabaseUrl::parse(QStringLiteral("sqlite:orders.db")));
        QVERIFY(userPool && orderPool);
        Infra::ConnectionPool &users = **userPool;
        Infra::ConnectionPool &orders = **orderPool;
        const Infra::Clock &clock = Infra::Clock::system();

        auto user = users.acquire(std::chrono::seconds(2));
        const auto budget = Infra::Deadline::at(clock.steadyNow() + std::chrono::seconds(5));
        auto order = orders.acquire(budget);
        QVERIFY(user && order);
    }
};

QTEST_GUILESS_MAIN(PoolExamplesTest)
#include "tst_poolexamples.moc"
