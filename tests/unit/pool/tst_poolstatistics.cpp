// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "promtool.h"

#include <infra/connectionpool.h>
#include <infra/metriccatalogue.h>
#include <infra/openmetrics.h>

#include <QtTest>

#include <limits>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;

class PoolStatisticsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aSnapshotIsRebuiltExactly();
    void standardNamesAreUsed();
    void promtoolAcceptsThem();
    void hostileSnapshotsAreTolerated();
    void badOptionsAreNamed_data();
    void badOptionsAreNamed();
    void sqlErrorsAreClassified_data();
    void sqlErrorsAreClassified();
};

void PoolStatisticsTest::aSnapshotIsRebuiltExactly()
{
    PoolStatistics statistics;
    statistics.name = "postgresql://db/x";
    int gauge = 1;
    for (int PoolStatistics::*member :
         {&PoolStatistics::maximum, &PoolStatistics::idleMaximum, &PoolStatistics::idleMinimum, &PoolStatistics::count,
          &PoolStatistics::idle, &PoolStatistics::used, &PoolStatistics::zombies, &PoolStatistics::overflow,
          &PoolStatistics::connecting, &PoolStatistics::closing, &PoolStatistics::waiters, &PoolStatistics::waiterLimit})
        statistics.*member = ++gauge;
    std::uint64_t counter = 1'000'000'000'000;
    for (std::uint64_t PoolStatistics::*member :
         {&PoolStatistics::acquired, &PoolStatistics::timeouts, &PoolStatistics::rejected, &PoolStatistics::deadlocks,
          &PoolStatistics::created, &PoolStatistics::connectFailures, &PoolStatistics::closed,
          &PoolStatistics::quarantined, &PoolStatistics::abandoned, &PoolStatistics::leaks, &PoolStatistics::reclaimed})
        statistics.*member = ++counter;
    statistics.createTime.addToBucket(100, 3);
    statistics.waitTime.addToBucket(7, 5);
    statistics.useTime.addToBucket(200, 7);
    statistics.lastConnectError = u"refused \u00e4"_s;
    statistics.lastConnectErrorTime = SystemTime(std::chrono::milliseconds(1'700'000'000'123));
    statistics.longestBorrows = {{u"a.cpp:1 f"_s, 90s}, {u"b.cpp:2 g"_s, 5ms}};
    const auto rebuilt = PoolStatistics::fromSnapshot(statistics.toSnapshot());
    QVERIFY(rebuilt);
    QCOMPARE(*rebuilt, statistics);
}

void PoolStatisticsTest::standardNamesAreUsed()
{
    PoolStatistics statistics;
    statistics.lastConnectError = u"refused"_s;
    statistics.longestBorrows = {{u"a.cpp:1 f"_s, 90s}};
    QSet<QByteArray> names;
    for (const Metric &metric : statistics.toSnapshot().metrics) {
        names.insert(metric.name);
        const MetricDescription *known = describeMetric(metric.name);
        QVERIFY2(known, metric.name.constData());
        QCOMPARE(static_cast<std::size_t>(known->type), metric.value.index());
        QVERIFY2(metric.name.startsWith("db.client.connection."), metric.name.constData());
    }
    for (const char *name :
         {"db.client.connection.count", "db.client.connection.idle.max", "db.client.connection.idle.min",
          "db.client.connection.max", "db.client.connection.pending_requests", "db.client.connection.timeouts",
          "db.client.connection.create_time", "db.client.connection.wait_time", "db.client.connection.use_time",
          "db.client.connection.overflow", "db.client.connection.zombies", "db.client.connection.last_failure"})
        QVERIFY2(names.contains(name), name);
}

void PoolStatisticsTest::promtoolAcceptsThem()
{
    PoolStatistics statistics;
    statistics.name = "postgresql://db/x";
    statistics.zombies = 1;
    statistics.timeouts = 7;
    statistics.waitTime.addToBucket(7, 5);
    statistics.lastConnectError = u"refused: \"\u00e4\"\n"_s;
    statistics.longestBorrows = {{u"a.cpp:1 f"_s, 90s}, {u"a.cpp:1 f"_s, 90s}};
    const ComponentSnapshot snapshot = statistics.toSnapshot();
    const QByteArray text = renderMetrics({snapshot}, MetricsFormat::PrometheusText);
    QCOMPARE(InfraTest::promtoolFindings(text), QByteArray());
    QVERIFY(text.contains("db_client_connection_zombies{pool=\"postgresql://db/x\"} 1\n"));
    QVERIFY(text.contains("db_client_connection_timeouts_total{pool=\"postgresql://db/x\"} 7\n"));
    QCOMPARE(text.count("db_client_connection_longest_use_seconds{"), 2);
}

void PoolStatisticsTest::hostileSnapshotsAreTolerated()
{
    ComponentSnapshot snapshot;
    snapshot.kind = ComponentSnapshot::Kind::Cache;
    QCOMPARE(PoolStatistics::fromSnapshot(snapshot).error().kind, Error::Kind::InvalidArgument);
    snapshot.kind = ComponentSnapshot::Kind::Pool;
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1.0, 1e300}) {
        snapshot.metrics.push_back({"db.client.connection.max", "", {}, value});
        snapshot.metrics.push_back(gaugeMetric(MetricName::PoolLongestUse, value, {{"borrower", "x"}}));
        snapshot.metrics.push_back(gaugeMetric(MetricName::PoolLastFailure, value, {{"message", "x"}}));
    }
    // The right name with the wrong type.
    snapshot.metrics.push_back({"db.client.connection.timeouts", "", {}, 3.0});
    snapshot.metrics.push_back({"db.client.connection.wait_time", "", {}, std::uint64_t(3)});
    const auto rebuilt = PoolStatistics::fromSnapshot(snapshot);
    QVERIFY(rebuilt);
    QCOMPARE(*rebuilt, PoolStatistics());
}

void PoolStatisticsTest::badOptionsAreNamed_data()
{
    QTest::addColumn<PoolOptions>("options");
    QTest::addColumn<QString>("named");
    const auto row = [](const char *name, auto change) {
        PoolOptions options;
        change(options);
        QTest::newRow(name) << options << QString::fromLatin1(name);
    };
    row("poolSize", [](PoolOptions &options) { options.poolSize = 0; });
    row("maxOverflow", [](PoolOptions &options) { options.maxOverflow = -1; });
    row("minimumIdle", [](PoolOptions &options) { options.minimumIdle = options.poolSize + 1; });
    row("acquireTimeout", [](PoolOptions &options) { options.acquireTimeout = -1ms; });
    row("maxWaiters", [](PoolOptions &options) { options.maxWaiters = -1; });
    row("concurrentConnects", [](PoolOptions &options) { options.concurrentConnects = 0; });
    row("connectTimeout", [](PoolOptions &options) { options.connectTimeout = 0ms; });
    row("maxConnectBackoff", [](PoolOptions &options) { options.maxConnectBackoff = options.connectBackoff - 1ms; });
    row("validateAfterIdle", [](PoolOptions &options) { options.validateAfterIdle = -1ms; });
    row("pingTimeout", [](PoolOptions &options) { options.pingTimeout = 0ms; });
    row("lifetimeJitter", [](PoolOptions &options) { options.lifetimeJitter = std::numeric_limits<double>::quiet_NaN(); });
    row("idleTimeout", [](PoolOptions &options) { options.idleTimeout = -1ms; });
    row("leakThreshold", [](PoolOptions &options) { options.leakThreshold = -1ms; });
    row("statementCacheSize", [](PoolOptions &options) { options.statementCacheSize = -1; });
    row("shutdownTimeout", [](PoolOptions &options) { options.shutdownTimeout = std::chrono::milliseconds::max(); });
}

void PoolStatisticsTest::badOptionsAreNamed()
{
    QFETCH(PoolOptions, options);
    QFETCH(QString, named);
    const auto pool = ConnectionPool::create(DatabaseUrl::forSqliteMemory(), options);
    QVERIFY(!pool);
    QCOMPARE(pool.error().kind, Error::Kind::InvalidArgument);
    QVERIFY2(pool.error().message.contains(named), qPrintable(pool.error().message));
}

void PoolStatisticsTest::sqlErrorsAreClassified_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("lost");
    const auto row = [](const char *code, Error::Kind kind, bool lost = false) {
        QTest::newRow(*code ? code : "none") << QString::fromLatin1(code) << static_cast<int>(kind) << lost;
    };
    row("40001", Error::Kind::Serialization);
    row("40P01", Error::Kind::Serialization);
    row("57P01", Error::Kind::Unavailable, true);
    row("57P03", Error::Kind::Unavailable, true);
    row("08006", Error::Kind::Unavailable, true);
    row("57014", Error::Kind::Timeout);
    row("55P03", Error::Kind::Busy);
    row("53100", Error::Kind::DiskFull);
    row("53300", Error::Kind::Unavailable);
    row("25006", Error::Kind::ReadOnly);
    row("42501", Error::Kind::PermissionDenied);
    row("28P01", Error::Kind::PermissionDenied);
    row("XX001", Error::Kind::Corrupt);
    row("23505", Error::Kind::QueryFailed);
    row("5", Error::Kind::Busy);
    row("261", Error::Kind::Busy);
    row("8", Error::Kind::ReadOnly);
    row("11", Error::Kind::Corrupt);
    row("13", Error::Kind::DiskFull);
    row("14", Error::Kind::Unavailable);
    row("26", Error::Kind::Corrupt);
    row("3850", Error::Kind::Io);
    row("1", Error::Kind::QueryFailed);
    row("", Error::Kind::QueryFailed);
}

void PoolStatisticsTest::sqlErrorsAreClassified()
{
    QFETCH(QString, code);
    QFETCH(int, kind);
    QFETCH(bool, lost);
    const Error error = errorFromSql(QSqlError(u"driver"_s, u"text\n"_s, QSqlError::StatementError, code), u"doing"_s);
    QCOMPARE(static_cast<int>(error.kind), kind);
    QCOMPARE(error.message, u"doing: text"_s);
    QCOMPARE(error.nativeCode, code);
    QCOMPARE(isConnectionLost(code), lost);
}

QTEST_GUILESS_MAIN(PoolStatisticsTest)
#include "tst_poolstatistics.moc"
