// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/endpoint.h>
#include <infra/healthchecker.h>
#include <infra/metriccatalogue.h>
#include <infra/serviceclient.h>

#include <QFile>
#include <QHttpServer>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtTest>

using namespace Infra;
using namespace std::chrono_literals;

class EndpointTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void metricsAreServedInTheFormatAskedFor();
    void promtoolAcceptsWhatIsServed();
    void healthIsUnderstoodByTheHealthChecker();
    void ownRoutesAreServedBesides();
    void aTakenPortAndMissingFunctionsAreErrors();
    void anOptionOutOfItsRangeIsAnErrorThatNamesIt();
    void aRealPrometheusScrapesIt();

private:
    [[nodiscard]] EndpointOptions options()
    {
        EndpointOptions result;
        result.metrics = [this] {
            Histogram durations;
            durations.record(3ms);
            return std::vector<ComponentSnapshot>{
                {ComponentSnapshot::Kind::Cache, "users",
                 {counterMetric(MetricName::CacheGets, ++m_scrapes, {{"result", "hit"}}),
                  histogramMetric(MetricName::CacheLoadDuration, durations.snapshot())}}};
        };
        result.health = [this] {
            HealthReportBuilder report(QStringLiteral("orders"), QStringLiteral("1.0"));
            report.setStatus(m_verdict, QStringLiteral("because"));
            return report;
        };
        result.labels = {{"service_name", "orders"}};
        return result;
    }
    [[nodiscard]] QUrl url(const Endpoint &endpoint) const
    {
        return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(endpoint.port()));
    }
    // Spins the event loop, which serves, until the answer is there.
    [[nodiscard]] static ServiceResponse get(const QUrl &base, const QString &path, const QByteArray &accept = {},
                                             const ServiceClient::Query &query = {})
    {
        auto client = ServiceClient::create(QStringLiteral("test"), base);
        ServiceRequest request;
        request.path = path;
        request.query = query;
        request.maxAttempts = 1;
        if (!accept.isEmpty())
            request.headers = {{"Accept", accept}};
        QFuture<ServiceResult> answer = (*client)->request(request);
        if (!QTest::qWaitFor([&] { return answer.isFinished(); }, 10'000))
            return {};
        const ServiceResult result = answer.result();
        return result ? *result : ServiceResponse{};
    }

    std::uint64_t m_scrapes = 0;
    HealthVerdict m_verdict = HealthVerdict::Up;
};

void EndpointTest::init()
{
    FailOnWarning::init();
    m_scrapes = 0;
    m_verdict = HealthVerdict::Up;
}

void EndpointTest::metricsAreServedInTheFormatAskedFor()
{
    const auto endpoint = Endpoint::create(options());
    QVERIFY(endpoint.has_value());
    const ServiceResponse plain = get(url(**endpoint), QStringLiteral("/metrics"));
    QCOMPARE(plain.status, 200);
    QVERIFY(plain.header("Content-Type").startsWith("text/plain; version=0.0.4"));
    QVERIFY(plain.body.contains("cache_gets_total{region=\"users\",result=\"hit\",service_name=\"orders\"} 1\n"));
    const ServiceResponse open = get(url(**endpoint), QStringLiteral("/metrics"), "application/openmetrics-text; version=1.0.0");
    QVERIFY(open.header("Content-Type").startsWith("application/openmetrics-text; version=1.0.0"));
    QCOMPARE(open.header("Cache-Control"), QByteArray("no-store"));
    QVERIFY(open.body.endsWith("# EOF\n"));
}

void EndpointTest::promtoolAcceptsWhatIsServed()
{
    const auto endpoint = Endpoint::create(options());
    QProcess promtool;
    promtool.setProcessChannelMode(QProcess::MergedChannels);
    promtool.start(QStringLiteral("promtool"), {QStringLiteral("check"), QStringLiteral("metrics")});
    promtool.write(get(url(**endpoint), QStringLiteral("/metrics")).body);
    promtool.closeWriteChannel();
    QVERIFY2(promtool.waitForFinished(30'000), qPrintable(promtool.errorString()));
    QCOMPARE(promtool.readAll(), QByteArray());
    QCOMPARE(promtool.exitCode(), 0);
}

void EndpointTest::healthIsUnderstoodByTheHealthChecker()
{
    const auto endpoint = Endpoint::create(options());
    for (const HealthVerdict verdict : {HealthVerdict::Up, HealthVerdict::Degraded, HealthVerdict::Down}) {
        m_verdict = verdict;
        QFuture<HealthResult> check = HealthChecker::check(QStringLiteral("orders"), url(**endpoint));
        QVERIFY(QTest::qWaitFor([&] { return check.isFinished(); }, 10'000));
        QCOMPARE(check.result().verdict, verdict);
        QCOMPARE(check.result().version, QStringLiteral("1.0"));
        QVERIFY(check.result().total > 0ns);
    }
}

void EndpointTest::ownRoutesAreServedBesides()
{
    const auto endpoint = Endpoint::create(options());
    (*endpoint)->server().route(QStringLiteral("/hello"), [] { return QStringLiteral("hello"); });
    QCOMPARE(get(url(**endpoint), QStringLiteral("/hello")).body, QByteArray("hello"));
    QCOMPARE(get(url(**endpoint), QStringLiteral("/nothing")).status, 404);
}

void EndpointTest::aTakenPortAndMissingFunctionsAreErrors()
{
    const auto endpoint = Endpoint::create(options());
    EndpointOptions taken = options();
    taken.port = (*endpoint)->port();
    const auto second = Endpoint::create(taken);
    QVERIFY(!second);
    QCOMPARE(second.error().kind, Error::Kind::Unavailable);
    QVERIFY(second.error().message.contains(QString::number(taken.port)));
    EndpointOptions empty = options();
    empty.health = {};
    QCOMPARE(Endpoint::create(empty).error().kind, Error::Kind::InvalidArgument);
}

void EndpointTest::anOptionOutOfItsRangeIsAnErrorThatNamesIt()
{
    const auto refusal = [this](const std::function<void(EndpointOptions &)> &change) {
        EndpointOptions changed = options();
        change(changed);
        const auto endpoint = Endpoint::create(changed);
        return endpoint ? QString() : endpoint.error().message;
    };
    QVERIFY(refusal([](EndpointOptions &options) { options.maximumConnections = 0; }).contains(QStringLiteral("maximumConnections (0)")));
    QVERIFY(refusal([](EndpointOptions &options) { options.maximumRequestBytes = 1; }).contains(QStringLiteral("maximumRequestBytes (1)")));
    QVERIFY(refusal([](EndpointOptions &options) { options.requestTimeout = 0ms; }).contains(QStringLiteral("requestTimeout (0)")));
    QVERIFY(refusal([](EndpointOptions &options) { options.idleTimeout = 25h; }).contains(QStringLiteral("idleTimeout (90000000)")));
}

void EndpointTest::aRealPrometheusScrapesIt()
{
    const auto endpoint = Endpoint::create(options());
    const QTemporaryDir directory;
    QFile configuration(directory.filePath(QStringLiteral("prometheus.yml")));
    QVERIFY(configuration.open(QIODevice::WriteOnly));
    configuration.write(QStringLiteral("global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: infra\n"
                                       "    static_configs:\n      - targets: ['127.0.0.1:%1']\n")
                            .arg((*endpoint)->port())
                            .toUtf8());
    configuration.close();
    QTcpServer reservation;
    QVERIFY(reservation.listen(QHostAddress::LocalHost));
    const quint16 port = reservation.serverPort();
    reservation.close();
    QProcess prometheus;
    prometheus.setProcessChannelMode(QProcess::MergedChannels);
    prometheus.start(QStringLiteral("prometheus"),
                     {QStringLiteral("--config.file=") + configuration.fileName(),
                      QStringLiteral("--storage.tsdb.path=") + directory.filePath(QStringLiteral("data")),
                      QStringLiteral("--web.listen-address=127.0.0.1:%1").arg(port)});
    QVERIFY2(prometheus.waitForStarted(10'000), qPrintable(prometheus.errorString()));
    const QUrl base(QStringLiteral("http://127.0.0.1:%1").arg(port));
    const auto query = [&](const QString &text) {
        const ServiceResponse answer = get(base, QStringLiteral("/api/v1/query"), {}, {{QStringLiteral("query"), text}});
        const QJsonArray found = QJsonDocument::fromJson(answer.body)[u"data"][u"result"].toArray();
        return found.isEmpty() ? -1 : found[0][u"value"][1].toString().toDouble();
    };
    // Seen, more than once, and with what the histogram says.
    const QString gets = QStringLiteral("cache_gets_total{region=\"users\",service_name=\"orders\"}");
    const bool isScraped = QTest::qWaitFor([&] { return query(gets) >= 2; }, 60'000);
    const double sum = query(QStringLiteral("cache_load_duration_seconds_sum"));
    const double up = query(QStringLiteral("up{job=\"infra\"}"));
    prometheus.terminate();
    QVERIFY(prometheus.waitForFinished(20'000));
    QVERIFY2(isScraped, prometheus.readAll().constData());
    QCOMPARE(sum, 0.003);
    QCOMPARE(up, 1.0);
}

QTEST_GUILESS_MAIN(EndpointTest)
#include "tst_endpoint.moc"
