// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/metriccatalogue.h>
#include <infra/metricregistry.h>

#include <QtTest>

#include <future>
#include <thread>

using namespace Infra;

namespace {

class Source final : public MetricSource
{
public:
    explicit Source(QByteArray name) : m_name(std::move(name)) {}
    ComponentSnapshot snapshot() const override
    {
        if (entered)
            entered->set_value();
        if (gate.valid())
            gate.wait();
        return {ComponentSnapshot::Kind::Cache, m_name, {counterMetric(MetricName::CachePuts, 1)}};
    }

    std::promise<void> *entered = nullptr;
    std::shared_future<void> gate;

private:
    QByteArray m_name;
};

} // namespace

class MetricRegistryTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aRegistrationLastsAsLongAsItsObject();
    void sameNamesAreKeptApart();
    void endingARegistrationWaitsForItsSnapshot();
    void aRegistrationMayOutliveTheRegistry();
    void everyNameOfTheCatalogueIsDescribed();
};

void MetricRegistryTest::aRegistrationLastsAsLongAsItsObject()
{
    MetricRegistry registry;
    const Source first("a");
    const Source second("b");
    MetricRegistry::Registration kept = registry.add(first);
    {
        const MetricRegistry::Registration scoped = registry.add(second);
        QCOMPARE(registry.collect().size(), 2U);
        QCOMPARE(registry.collect()[1].name, QByteArray("b"));
    }
    QCOMPARE(registry.collect().size(), 1U);
    MetricRegistry::Registration moved = std::move(kept);
    QCOMPARE(registry.collect().size(), 1U);
    moved = registry.add(second);
    QCOMPARE(registry.collect()[0].name, QByteArray("b"));
    moved.reset();
    QVERIFY(registry.collect().empty());
}

void MetricRegistryTest::sameNamesAreKeptApart()
{
    MetricRegistry registry;
    const Source first("a");
    const Source second("a");
    const auto one = registry.add(first);
    const auto two = registry.add(second);
    const auto snapshots = registry.collect();
    QCOMPARE(snapshots[0].name, QByteArray("a"));
    QCOMPARE(snapshots[1].name, QByteArray("a (2)"));
}

void MetricRegistryTest::endingARegistrationWaitsForItsSnapshot()
{
    MetricRegistry registry;
    Source source("a");
    std::promise<void> entered;
    std::promise<void> gate;
    source.entered = &entered;
    source.gate = gate.get_future().share();
    auto registration = registry.add(source);
    auto collected = std::async(std::launch::async, [&] { return registry.collect().size(); });
    entered.get_future().wait();
    std::atomic<bool> ended = false;
    std::thread ender([&] {
        registration.reset();
        ended = true;
    });
    std::this_thread::yield();
    QVERIFY(!ended);
    gate.set_value();
    ender.join();
    QVERIFY(ended);
    QCOMPARE(collected.get(), 1U);
    QVERIFY(registry.collect().empty());
}

void MetricRegistryTest::aRegistrationMayOutliveTheRegistry()
{
    const Source source("a");
    auto registry = std::make_unique<MetricRegistry>();
    auto registration = registry->add(source);
    registry.reset();
    registration.reset();
}

void MetricRegistryTest::everyNameOfTheCatalogueIsDescribed()
{
    for (const char *name : {MetricName::CacheGets, MetricName::StoreSize, MetricName::PoolUseTime,
                             MetricName::ProcessCpuTime, MetricName::TelemetryFrameSize, MetricName::HealthVerdict}) {
        const MetricDescription *description = describeMetric(name);
        QVERIFY2(description != nullptr, name);
        QCOMPARE(description->name, name);
        QVERIFY(QByteArray(description->help).endsWith('.'));
    }
    QVERIFY(describeMetric("no.such.metric") == nullptr);
    QCOMPARE(counterMetric(MetricName::ProcessCpuTime, 5).unit, QByteArray("us"));
}

QTEST_GUILESS_MAIN(MetricRegistryTest)
#include "tst_metricregistry.moc"
