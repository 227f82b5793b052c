// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"
#include "window.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/manualclock.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>
#include <infra/telemetryreader.h>

#include <QFileInfo>
#include <QUrl>

#include <thread>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

namespace {

constexpr int Regions = 20;

// Publishes when told to, at the hours it is told.
struct Past
{
    explicit Past(Infra::CacheStore &store, Infra::ManualClock &clock, int regions)
    {
        for (int region = 0; region < regions; ++region) {
            auto cache = Infra::Cache::create(store, "region-" + QByteArray::number(region));
            if (!cache)
                die(cache.error().message);
            caches.push_back(std::move(*cache));
            registrations.push_back(registry->add(*caches.back()));
        }
        Infra::PublisherOptions options;
        options.service = QStringLiteral("service");
        options.interval = 60s; // Its own thread sleeps on the manual clock; frames are published by hand.
        auto created = Infra::TelemetryPublisher::create(store.telemetryChannel(), registry, options, clock);
        if (!created)
            die(created.error().message);
        publisher = std::move(*created);
    }

    std::shared_ptr<Infra::MetricRegistry> registry = std::make_shared<Infra::MetricRegistry>();
    std::vector<std::unique_ptr<Infra::Cache>> caches;
    std::vector<Infra::MetricRegistry::Registration> registrations;
    std::unique_ptr<Infra::TelemetryPublisher> publisher;
};

} // namespace

int measureFleet(const Scale &scale)
{
    const FilledStore store(10);
    const Publishers publishers(store.url(), scale.instances, Regions, scale.history);
    const double before = residentMebibytes();
    Window console(store.url());
    console.waitForData(scale.instances * Regions);
    for (const PageId page : {PageId::Overview, PageId::Caches}) {
        console.window().goTo(page);
        spin(scale.of(12s));
        const double all = processorSeconds();
        const double data = processorSeconds("console-data");
        const std::chrono::duration<double> measured = scale.of(20s);
        spin(scale.of(20s));
        const QString name = page == PageId::Overview ? QStringLiteral("Overview") : QStringLiteral("Caches");
        add(QStringLiteral("processor, %1 shown").arg(name), 100 * (processorSeconds() - all) / measured.count(), "% core", 10);
        add(QStringLiteral("processor, of that reading, %1").arg(name), 100 * (processorSeconds("console-data") - data) / measured.count(), "% core");
        add(QStringLiteral("read every, %1").arg(name), static_cast<double>(console.session().snapshot()->cost.interval.count()), "ms");
    }
    add(QStringLiteral("memory"), residentMebibytes() * (1 << 20) / 1e6, "MB", 200);
    add(QStringLiteral("memory before the window"), before * (1 << 20) / 1e6, "MB");
    figures().note(QStringLiteral("%1 instances of %2 regions, %3 s of history").arg(scale.instances).arg(Regions).arg(scale.history.count()));
    return 0;
}

int measureDay(const Scale &)
{
    const FilledStore files(10);
    Infra::ManualClock clock(Infra::Clock::system().systemNow());
    Infra::StoreOptions options;
    options.url = files.copy(QStringLiteral("day.db"));
    options.clock = &clock;
    auto store = Infra::CacheStore::open(options);
    if (!store)
        die(store.error().message);
    Past past(**store, clock, Regions);
    Infra::TelemetryReader reader((*store)->telemetryChannel(), {}, clock);
    double afterWindow = 0;
    for (int second = 1; second <= 24 * 3600; ++second) {
        for (const auto &cache : past.caches)
            static_cast<void>(cache->get(QByteArray::number(second)));
        if (auto done = past.publisher->publish(10s); !done)
            die(done.error().message);
        clock.advance(1s);
        if (auto polled = reader.poll(10s); !polled)
            die(polled.error().message);
        if (second == 1800)
            afterWindow = residentMebibytes();
    }
    add(QStringLiteral("memory of the process after 30 minutes"), afterWindow, "MiB");
    add(QStringLiteral("memory of the process after 24 hours"), residentMebibytes(), "MiB", afterWindow + 8);
    add(QStringLiteral("frames held by the reader"), static_cast<double>(reader.statistics().bytes) / 1024, "KiB");
    add(QStringLiteral("telemetry file"),
        static_cast<double>(QFileInfo(QUrl(options.url).path() + QStringLiteral(".telemetry")).size()) / 1024, "KiB");
    return residentMebibytes() > afterWindow + 8 ? 1 : 0;
}

int measurePublishing(const Scale &scale)
{
    const FilledStore files(10);
    Infra::StoreOptions options;
    options.url = files.url();
    auto store = Infra::CacheStore::open(options);
    if (!store)
        die(store.error().message);
    auto registry = std::make_shared<Infra::MetricRegistry>();
    std::vector<std::unique_ptr<Infra::Cache>> caches;
    std::vector<Infra::MetricRegistry::Registration> registrations;
    for (int region = 0; region < Regions; ++region) {
        auto cache = Infra::Cache::create(**store, "region-" + QByteArray::number(region));
        if (!cache)
            die(cache.error().message);
        caches.push_back(std::move(*cache));
        registrations.push_back(registry->add(*caches.back()));
    }
    registrations.push_back(registry->add(**store));
    Infra::PublisherOptions publisherOptions;
    publisherOptions.service = QStringLiteral("bench");
    auto publisher = Infra::TelemetryPublisher::create((*store)->telemetryChannel(), registry, publisherOptions);
    if (!publisher)
        die(publisher.error().message);
    const auto work = [&](std::chrono::milliseconds duration) {
        const auto end = std::chrono::steady_clock::now() + duration;
        for (int key = 0; std::chrono::steady_clock::now() < end; ++key) {
            for (const auto &cache : caches) {
                if (key % 10 == 0)
                    static_cast<void>(cache->set(QByteArray::number(key % 1000), "value"));
                static_cast<void>(cache->get(QByteArray::number(key % 1000)));
            }
            std::this_thread::sleep_for(2ms);
        }
    };
    work(scale.of(3s));
    const auto before = (*publisher)->statistics();
    const std::chrono::duration<double> measured = scale.of(30s);
    work(scale.of(30s));
    const auto after = (*publisher)->statistics();
    const double share = std::chrono::duration<double>(after.processorTime - before.processorTime).count()
                         / measured.count();
    add(QStringLiteral("publishing 20 busy regions and their store"), 100 * share, "% core", 0.1);
    add(QStringLiteral("publishing 20 busy regions, written"), static_cast<double>(after.bytes - before.bytes) / measured.count(), "B/s");
    return 0;
}

} // namespace InfraBench
