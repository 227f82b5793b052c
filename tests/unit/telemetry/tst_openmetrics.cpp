// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "promtool.h"

#include <infra/metriccatalogue.h>
#include <infra/openmetrics.h>

#include <QtTest>

using namespace Infra;
using namespace std::chrono_literals;

namespace {

std::vector<ComponentSnapshot> sampleComponents()
{
    Histogram durations;
    for (const std::chrono::nanoseconds duration : std::initializer_list<std::chrono::nanoseconds>{500ns, 1500ns, 3us, 2ms, 2h})
        durations.record(duration);
    return {
        {ComponentSnapshot::Kind::Cache, "users",
         {counterMetric(MetricName::CacheGets, 12, {{"result", "hit"}}), counterMetric(MetricName::CacheGets, 3, {{"result", "miss"}}),
          gaugeMetric(MetricName::CacheBytes, 4096, {{"tier", "memory"}}),
          histogramMetric(MetricName::CacheLoadDuration, durations.snapshot())}},
        {ComponentSnapshot::Kind::Process, "data-api",
         {counterMetric(MetricName::ProcessCpuTime, 1'500'000),
          gaugeMetric(MetricName::ProcessMemory, std::numeric_limits<double>::quiet_NaN())}},
        {ComponentSnapshot::Kind::Cache, "odd \"name\"\\\n", {counterMetric(MetricName::CacheGets, 1, {{"result", "hit"}})}},
    };
}

} // namespace

class OpenMetricsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void familiesAreTogetherAndInBaseUnits();
    void histogramBoundsCountWhatLiesBelow();
    void theTwoFormatsDifferWhereTheyMust();
    void labelsAreEscapedAndUnknownValuesLeftOut();
    void aSeriesIsNeverWrittenTwice();
    void formatsAreNegotiated();
    void promtoolAcceptsTheText();
    void everyCatalogueNamePassesPromtool();
};

void OpenMetricsTest::familiesAreTogetherAndInBaseUnits()
{
    const QByteArray text = renderMetrics(sampleComponents(), MetricsFormat::OpenMetrics, {{"service_name", "data-api"}});
    QCOMPARE(text.count("# TYPE cache_gets counter\n"), 1);
    QVERIFY(text.contains("cache_gets_total{region=\"users\",result=\"hit\",service_name=\"data-api\"} 12\n"));
    QVERIFY(text.contains("cache_bytes{region=\"users\",service_name=\"data-api\",tier=\"memory\"} 4096\n"));
    QVERIFY(text.contains("# UNIT process_cpu_time_seconds seconds\n"));
    QVERIFY(text.contains("process_cpu_time_seconds_total{process=\"data-api\",service_name=\"data-api\"} 1.5\n"));
    const qsizetype family = text.indexOf("cache_gets_total{");
    const qsizetype next = text.indexOf('#', family);
    QCOMPARE(text.mid(family, next - family).count("cache_gets_total{"), 3);
    QCOMPARE(text.count("cache_gets_total{"), 3);
}

void OpenMetricsTest::histogramBoundsCountWhatLiesBelow()
{
    const QByteArray text = renderMetrics(sampleComponents(), MetricsFormat::OpenMetrics);
    const auto bucket = [&](const char *bound) {
        const QByteArray start = QByteArray("cache_load_duration_seconds_bucket{region=\"users\",le=\"") + bound + "\"} ";
        const qsizetype at = text.indexOf(start);
        return at < 0 ? -1 : text.mid(at + start.size(), text.indexOf('\n', at) - at - start.size()).toInt();
    };
    QCOMPARE(bucket("1.024e-06"), 1);
    QCOMPARE(bucket("2.048e-06"), 2);
    QCOMPARE(bucket("4.096e-06"), 3);
    QCOMPARE(bucket("0.002097152"), 4);
    QCOMPARE(bucket("68.719476736"), 4);
    QCOMPARE(bucket("+Inf"), 5);
    QVERIFY(text.contains("cache_load_duration_seconds_count{region=\"users\"} 5\n"));
    QVERIFY(text.contains("cache_load_duration_seconds_sum{region=\"users\"} 7200.002005\n"));
}

void OpenMetricsTest::theTwoFormatsDifferWhereTheyMust()
{
    const QByteArray open = renderMetrics(sampleComponents(), MetricsFormat::OpenMetrics);
    const QByteArray plain = renderMetrics(sampleComponents(), MetricsFormat::PrometheusText);
    QVERIFY(open.endsWith("# EOF\n"));
    QVERIFY(!plain.contains("# EOF"));
    QVERIFY(!plain.contains("# UNIT"));
    QVERIFY(plain.contains("# TYPE cache_gets_total counter\n"));
    QVERIFY(open.contains("# HELP cache_gets "));
}

void OpenMetricsTest::labelsAreEscapedAndUnknownValuesLeftOut()
{
    const QByteArray text = renderMetrics(sampleComponents(), MetricsFormat::PrometheusText);
    QVERIFY(text.contains(R"(region="odd \"name\"\\\n")"));
    QVERIFY(!text.contains("process_memory_usage_bytes"));
    const QByteArray odd = renderMetrics({{ComponentSnapshot::Kind::Pool, "p", {{"1 odd-name", "{x}", {{"a-b", "\xff"}}, 2.0}}}},
                                         MetricsFormat::PrometheusText);
    QVERIFY(odd.contains("_1_odd_name{a_b=\"\xef\xbf\xbd\",pool=\"p\"} 2\n"));
}

void OpenMetricsTest::aSeriesIsNeverWrittenTwice()
{
    const ComponentSnapshot component{ComponentSnapshot::Kind::Pool, "p",
                                      {gaugeMetric(MetricName::PoolPending, 1), gaugeMetric(MetricName::PoolPending, 2),
                                       counterMetric(MetricName::PoolPending, 3)}};
    const QByteArray text = renderMetrics({component}, MetricsFormat::PrometheusText);
    QCOMPARE(text.count("pool=\"p\""), 1);
}

void OpenMetricsTest::formatsAreNegotiated()
{
    QCOMPARE(negotiateMetricsFormat("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), MetricsFormat::OpenMetrics);
    QCOMPARE(negotiateMetricsFormat("text/plain"), MetricsFormat::PrometheusText);
    QCOMPARE(negotiateMetricsFormat(""), MetricsFormat::PrometheusText);
    QVERIFY(metricsContentType(MetricsFormat::OpenMetrics).startsWith("application/openmetrics-text"));
}

void OpenMetricsTest::promtoolAcceptsTheText()
{
    QCOMPARE(InfraTest::promtoolFindings(renderMetrics(sampleComponents(), MetricsFormat::PrometheusText)), QByteArray());
    QVERIFY(!InfraTest::promtoolFindings("not{a metric\n").isEmpty());
}

void OpenMetricsTest::everyCatalogueNamePassesPromtool()
{
    ComponentSnapshot component{ComponentSnapshot::Kind::Cache, "all", {}};
    for (const MetricDescription &description : metricCatalogue()) {
        switch (description.type) {
        case MetricDescription::Type::Counter: component.metrics.push_back(counterMetric(description.name, 1)); break;
        case MetricDescription::Type::Gauge: component.metrics.push_back(gaugeMetric(description.name, 1)); break;
        case MetricDescription::Type::Histogram: component.metrics.push_back(histogramMetric(description.name, {})); break;
        }
    }
    QVERIFY(component.metrics.size() > 50);
    QCOMPARE(InfraTest::promtoolFindings(renderMetrics({component}, MetricsFormat::PrometheusText)), QByteArray());
}

QTEST_GUILESS_MAIN(OpenMetricsTest)
#include "tst_openmetrics.moc"
