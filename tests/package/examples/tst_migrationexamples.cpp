// SPDX-License-Identifier: MIT
#include "exampletest.h"

#include <infra/cachestore.h>
#include <infra/connectionpool.h>
#include <infra/correlationcache.h>
#include <infra/infrastructure.h>
#include <infra/sqlerror.h>

#include <QSqlError>
#include <QSqlQuery>
#include <QTest>

namespace {

Infra::Result<std::optional<double>> pearson(const QString &, const QString &)
{
    return 0.5;
}

Infra::Result<double> correlation(Infra::CorrelationCache &correlations, const QString &first, const QString &second)
{
    const auto value = correlations.getOrCompute(first, second, [&]() -> Infra::Result<std::optional<double>> {
        return pearson(first, second);
    });
    if (!value)
        return Infra::failure(value.error());
    return value->value_or(0.0);
}

QFuture<Infra::Result<int>> countEvents(Infra::ConnectionPool &pool)
{
    return pool.run([](Infra::PooledConnection &connection) -> Infra::Result<int> {
        auto query = connection.prepared(QStringLiteral("SELECT count(*) FROM events"));
        if (!query)
            return Infra::failure(query.error());
        if (!(*query)->exec() || !(*query)->next())
            return Infra::failure(Infra::errorFromSql((*query)->lastError(), QStringLiteral("counting events")));
        return (*query)->value(0).toInt();
    }, std::chrono::seconds(2));
}

template<class Value>
std::optional<Infra::Error::Kind> failureOf(const Infra::Result<Value> &result)
{
    return result ? std::nullopt : std::optional(result.error().kind);
}

} // namespace

class MigrationExamplesTest : public InfraTest::ExampleTest
{
    Q_OBJECT

private Q_SLOTS:
    void aCorrelationIsComputedOnce()
    {
        const auto store = Infra::CacheStore::openInMemory();
        const auto correlations = Infra::CorrelationCache::create(*store);
        QVERIFY(correlations);
        QCOMPARE(correlation(**correlations, QStringLiteral("a"), QStringLiteral("b")).value(), 0.5);
        QCOMPARE((*correlations)->get(u"b", u"a").value(), std::optional(0.5));
    }

    void aQueryRunsOnThePool()
    {
        const auto pool = Infra::ConnectionPool::create(*Infra::DatabaseUrl::parse(QStringLiteral("sqlite:events.db")));
        QVERIFY(pool);
        {
            auto lease = (*pool)->acquire(std::chrono::seconds(2));
            QVERIFY(lease);
            QSqlQuery query(lease->database());
            QVERIFY(query.exec(QStringLiteral("CREATE TABLE events (id INTEGER PRIMARY KEY)")));
        }
        QCOMPARE(countEvents(**pool).result().value(), 0);
    }

    // Infra::pool(url, options) and Infra::serviceClient(name, baseUrl), which stand in the tables.
    void whatTheModulesSharedIsAskedForWithItsOptions()
    {
        const QString url = QStringLiteral("sqlite:events.db");
        const QString name = QStringLiteral("shop");
        const QUrl baseUrl(QStringLiteral("http://shop:8080"));
        Infra::PoolOptions options;
        options.poolSize = 3;
        QVERIFY(failureOf(Infra::pool(url, options)) == Infra::Error::Kind::Unavailable);
        QVERIFY(failureOf(Infra::serviceClient(name, baseUrl)) == Infra::Error::Kind::Unavailable);

        Infra::InfrastructureOptions infrastructureOptions;
        infrastructureOptions.service = QStringLiteral("orders");
        const auto infrastructure = Infra::Infrastructure::create(infrastructureOptions);
        QVERIFY(infrastructure);
        const auto pool = Infra::pool(url, options);
        QVERIFY(pool);
        QCOMPARE((*pool)->options().poolSize, 3);
        QCOMPARE(Infra::pool(url).value(), *pool);
        QVERIFY(failureOf(Infra::pool(url, Infra::PoolOptions())) == Infra::Error::Kind::Conflict);

        const auto client = Infra::serviceClient(name, baseUrl);
        QVERIFY(client);
        QCOMPARE((*client)->baseUrl(), baseUrl);
        QCOMPARE(Infra::serviceClient(name).value(), *client);
        Infra::ServiceClientOptions patient;
        patient.attemptTimeout *= 2;
        QVERIFY(failureOf(Infra::serviceClient(name, baseUrl, patient)) == Infra::Error::Kind::Conflict);
    }
};

QTEST_GUILESS_MAIN(MigrationExamplesTest)
#include "tst_migrationexamples.moc"
