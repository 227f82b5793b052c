// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "logcapture.h"
#include "stubconnector.h"

#include <infra/connectionpool.h>
#include <infra/manualclock.h>
#include <infra/openmetrics.h>
#include <infra/poolregistry.h>

#include <QCoreApplication>
#include <QtTest>

#include <future>
#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::LogCapture;
using InfraTest::StubConnector;
using Call = StubConnector::Call;

// What a pool says of its database, in every place where somebody may read it.
class PoolCredentialsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aMissingDriverIsNamed();
    void theyAreInNoErrorLogOrTelemetry();
    void theRegistryDoesNotShowThemEither();
};

void PoolCredentialsTest::aMissingDriverIsNamed()
{
    // No driver has been loaded in this process yet.
    const QStringList paths = QCoreApplication::libraryPaths();
    QCoreApplication::setLibraryPaths({});
    const auto pool = ConnectionPool::create(*DatabaseUrl::parse(u"postgresql://app:hunter2@h/d"_s));
    QCoreApplication::setLibraryPaths(paths);
    QVERIFY(!pool);
    QCOMPARE(pool.error().kind, Error::Kind::Unavailable);
    QVERIFY2(pool.error().message.contains(u"QPSQL"_s), qPrintable(pool.error().message));
    QVERIFY(!pool.error().message.contains(u"hunter2"_s));
}

void PoolCredentialsTest::theyAreInNoErrorLogOrTelemetry()
{
    const auto url = *DatabaseUrl::parse(u"postgresql://app:hunter%202@h/d?sslpassword=k3y"_s);
    const QStringList secrets{u"hunter 2"_s, u"hunter%202"_s, u"k3y"_s};
    const auto isClean = [&](const QString &text) {
        return std::none_of(secrets.begin(), secrets.end(), [&](const QString &secret) { return text.contains(secret); });
    };
    const auto connector = std::make_shared<StubConnector>();
    ManualClock clock;
    ConnectionPool::Environment environment;
    environment.clock = &clock;
    environment.connector = connector;
    PoolOptions options;
    options.poolSize = 1;
    options.maxOverflow = 0;
    options.minimumIdle = 0;
    options.shutdownTimeout = 0ms;

    QStringList said;
    {
        const LogCapture log;
        auto created = ConnectionPool::create(url, options, environment);
        QVERIFY(created);
        ConnectionPool &pool = **created;
        // A driver that repeats what it was told.
        connector->setBehaviour(Call::Open, []() -> Result<void> {
            return failure(Error::Kind::PermissionDenied,
                           u"could not use conninfo \"password='hunter 2' sslpassword=k3y\" of postgresql://app:hunter%202@h"_s, u"28P01"_s);
        });
        auto waiting = std::async(std::launch::async, [&] { return pool.acquire(1s).error(); });
        QVERIFY(QTest::qWaitFor([&] { return pool.statistics().connectFailures > 0; }, 10'000));
        // Once, and less than a connect may take: one that the machine holds up meanwhile would count as hanging.
        clock.advance(2s);
        QCOMPARE(waiting.wait_for(30s), std::future_status::ready);
        const Error timedOut = waiting.get();
        QVERIFY2(timedOut.message.contains(u"could not use conninfo"_s), qPrintable(timedOut.message));
        said << toString(timedOut) << pool.statistics().lastConnectError;
        QVERIFY(said.last().contains(u"***"_s));

        // A leak, a lease in the wrong hands, and a shutdown that has to wait: what is logged.
        connector->setBehaviour(Call::Open, {});
        auto lease = std::make_unique<PooledConnection>();
        auto acquired = std::async(std::launch::async, [&] { return pool.acquire(Deadline::never()).has_value(); });
        while (acquired.wait_for(1ms) != std::future_status::ready) {
            if (pool.statistics().connecting == 0)
                clock.advance(1s);
        }
        QVERIFY(acquired.get());
        *lease = *pool.acquire(Deadline::never());
        clock.advance(61s);
        QVERIFY(QTest::qWaitFor([&] { return LogCapture::text().contains(u"possibly leaked"_s); }, 10'000));
        std::thread([&] { lease->release(); }).join();
        QVERIFY(LogCapture::text().contains(u"returned by another thread"_s));
        const ComponentSnapshot snapshot = pool.snapshot();
        said << QString::fromUtf8(snapshot.name)
             << QString::fromUtf8(renderMetrics({snapshot}, MetricsFormat::OpenMetrics))
             << QString::fromUtf8(renderMetrics({snapshot}, MetricsFormat::PrometheusText));
        QVERIFY(said.last().contains(u"could not use conninfo"_s));
        const auto held = pool.acquire(Deadline::never());
        const auto ended = pool.shutdown(0ms);
        QVERIFY(!ended);
        said << toString(ended.error());
    }
    said << LogCapture::text();
    QVERIFY(said.last().contains(u"infra.pool"_s));
    for (const QString &text : std::as_const(said))
        QVERIFY2(isClean(text), qPrintable(text));
}

void PoolCredentialsTest::theRegistryDoesNotShowThemEither()
{
    ConnectionPool::Environment environment;
    environment.connector = std::make_shared<StubConnector>();
    PoolRegistry registry(environment);
    const auto url = *DatabaseUrl::parse(u"postgresql://app:hunter2@h/d"_s);
    QVERIFY(registry.pool(url));
    PoolOptions other;
    other.poolSize = 3;
    const auto conflict = registry.pool(url, other);
    QVERIFY(!conflict);
    QVERIFY2(conflict.error().message.contains(u"postgresql://app:***@h/d"_s), qPrintable(conflict.error().message));
    QVERIFY(!conflict.error().message.contains(u"hunter2"_s));
}

QTEST_GUILESS_MAIN(PoolCredentialsTest)
#include "tst_poolcredentials.moc"
