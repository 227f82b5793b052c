// SPDX-License-Identifier: MIT
#include "exampletest.h"

#include <infra/infrastructure.h>
#include <infra/journal.h>
#include <infra/metriccatalogue.h>
#include <infra/telemetryreader.h>

#include <QTest>

namespace {

class Meter : public Infra::MetricSource
{
public:
    Infra::ComponentSnapshot snapshot() const override
    {
        Infra::ComponentSnapshot snapshot{Infra::ComponentSnapshot::Kind::Cache, "orders", {}};
        snapshot.metrics.push_back(Infra::counterMetric(Infra::MetricName::CacheGets, 12, {{"result", "hit"}}));
        return snapshot;
    }
};

} // namespace

class TelemetryExamplesTest : public InfraTest::ExampleTest
{
    Q_OBJECT

private Q_SLOTS:
    void aSourceOfMetrics()
    {
        Meter meter; // A class of yours, derived from Infra::MetricSource.
        auto registry = std::make_shared<Infra::MetricRegistry>();
        const Infra::MetricRegistry::Registration registration = registry->add(meter);
        QCOMPARE(registry->collect().size(), std::size_t(1));
    }

    void whatAServicePublishesIsReadBack()
    {
        Infra::InfrastructureOptions options;
        options.service = QStringLiteral("orders");
        options.store.url = QStringLiteral("sqlite:shop-cache.db");
        auto infrastructure = Infra::Infrastructure::create(options);
        if (!infrastructure)
            qFatal("%s", qPrintable(toString(infrastructure.error())));
        const auto channel = (*infrastructure)->store().telemetryChannel();

        Infra::Journal journal(channel);
        Infra::JournalEvent event;
        event.body = Infra::NoteEvent{Infra::NoteEvent::Severity::Information, QStringLiteral("import"),
                                      QStringLiteral("nightly import finished")};
        if (auto written = journal.append(event, std::chrono::seconds(1)); !written)
            qWarning("%s", qPrintable(toString(written.error())));

        Infra::TelemetryReader reader(channel);
        if (auto report = reader.poll(std::chrono::milliseconds(500)); report) {
            Infra::MetricSelector hits;
            hits.kind = Infra::ComponentSnapshot::Kind::Cache;
            hits.metric = Infra::MetricName::CacheGets;
            hits.attributes = {{"result", "hit"}};
            const Infra::Series perSecond = reader.rates(hits, {});
        }
        QVERIFY(reader.poll(std::chrono::seconds(5)));
    }
};

QTEST_GUILESS_MAIN(TelemetryExamplesTest)
#include "tst_telemetryexamples.moc"
