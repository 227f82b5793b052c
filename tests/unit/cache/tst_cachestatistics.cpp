// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/cachestatistics.h>
#include <infra/metriccatalogue.h>

#include <QtTest>

using namespace Infra;

class CacheStatisticsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aSnapshotGivesTheSameStatisticsBack();
    void everyMetricIsInTheCatalogueAndNamedOnce();
    void whatIsMissingOrOfAnotherTypeIsLeftOut();
};

namespace {

// Every counter differs, so that two that were swapped are noticed.
CacheStatistics sample()
{
    CacheStatistics s;
    std::uint64_t next = 100;
    for (std::uint64_t *counter :
         {&s.memory.hits, &s.memory.misses, &s.memory.expired, &s.memory.outdated, &s.memory.bypasses, &s.memory.puts,
          &s.memory.rejectedPuts, &s.memory.entries, &s.memory.bytes, &s.memory.maximumEntries, &s.memory.maximumBytes,
          &s.disk.hits, &s.disk.misses, &s.disk.expired, &s.disk.puts, &s.disk.rejectedPuts, &s.disk.removals,
          &s.disk.batches, &s.disk.batchedWrites, &s.disk.readErrors, &s.disk.writeErrors, &s.hits, &s.negativeHits,
          &s.misses, &s.failures, &s.loadSuccesses, &s.loadFailures, &s.loadTimeouts, &s.joinedLoads, &s.refreshes,
          &s.staleServed, &s.degradedHits, &s.decodeErrors, &s.lostWrites, &s.clockSteps, &s.storeOutages, &s.loadsInFlight,
          &s.pendingWrites})
        *counter = ++next;
    for (std::uint64_t &removals : s.memory.removals)
        removals = ++next;
    for (HistogramSnapshot *histogram : {&s.memory.lookupTime, &s.disk.readTime, &s.disk.writeTime, &s.loadTime})
        histogram->addToBucket(5, ++next);
    s.degraded = true;
    s.hitRateLastMinute = 0.75;
    return s;
}

} // namespace

void CacheStatisticsTest::aSnapshotGivesTheSameStatisticsBack()
{
    const CacheStatistics s = sample();
    ComponentSnapshot snapshot = s.toSnapshot("users");
    QCOMPARE(snapshot.kind, ComponentSnapshot::Kind::Cache);
    QCOMPARE(snapshot.name, QByteArray("users"));
    QVERIFY(CacheStatistics::fromSnapshot(snapshot) == s);
    std::reverse(snapshot.metrics.begin(), snapshot.metrics.end());
    QVERIFY(CacheStatistics::fromSnapshot(snapshot) == s);
    QCOMPARE(s.hitRate(), std::optional(static_cast<double>(s.hits) / static_cast<double>(s.hits + s.misses)));
    QVERIFY(CacheStatistics::fromSnapshot(CacheStatistics().toSnapshot("users")) == CacheStatistics());
}

void CacheStatisticsTest::everyMetricIsInTheCatalogueAndNamedOnce()
{
    const ComponentSnapshot snapshot = sample().toSnapshot("users");
    for (auto it = snapshot.metrics.begin(); it != snapshot.metrics.end(); ++it) {
        const MetricDescription *description = describeMetric(it->name);
        QVERIFY2(description, it->name.constData());
        QCOMPARE(static_cast<int>(description->type), static_cast<int>(it->value.index()));
        QVERIFY2(std::none_of(snapshot.metrics.begin(), it, [&](const Metric &other) {
            return other.name == it->name && other.attributes == it->attributes;
        }), it->name.constData());
    }
}

void CacheStatisticsTest::whatIsMissingOrOfAnotherTypeIsLeftOut()
{
    ComponentSnapshot snapshot = sample().toSnapshot("users");
    for (Metric &metric : snapshot.metrics)
        metric.value = metric.value.index() == 0 ? Metric::Value(std::nan("")) : Metric::Value(std::uint64_t{1});
    QVERIFY(CacheStatistics::fromSnapshot(snapshot) == CacheStatistics());
    QVERIFY(CacheStatistics::fromSnapshot({}) == CacheStatistics());
}

QTEST_GUILESS_MAIN(CacheStatisticsTest)
#include "tst_cachestatistics.moc"
