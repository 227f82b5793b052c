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

constexpr int Instances = 200;
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

int measureFleet(int rows)
{
    const FilledStore store(10);
    // What the ring holds; writing it takes minutes, so a first look may ask for less.
    const Publishers publishers(store.url(), Instances, Regions, std::min<std::chrono::seconds>(900s, std::chrono::seconds(rows)));
    const double before = residentMebibytes();
    Window console(store.url());
    console.waitForData(Instances * Regions);
    bool missed = false;
    for (const PageId page : {PageId::Overview, PageId::Caches}) {
        console.window().goTo(page);
        spin(12s);
        const double all = processorSeconds();
        const double data = processorSeconds("console-data");
        constexpr auto Measured = 20s;
        spin(Measured);
        const double share = (processorSeconds() - all) / std::chrono::duration<double>(Measured).count();
        const double dataShare = (processorSeconds("console-data") - data) / std::chrono::duration<double>(Measured).count();
        const auto &cost = console.session().snapshot()->cost;
        say(page == PageId::Overview ? "processor, Overview" : "processor, Caches",
            QStringLiteral("%1 % of a core (reading %2 %), every %3 ms")
                .arg(100 * share, 0, 'f', 1)
                .arg(100 * dataShare, 0, 'f', 1)
                .arg(cost.interval.count()),
            "<= 10 %");
        missed = missed || share > 0.10;
    }
    const double resident = residentMebibytes();
    say("memory", QStringLiteral("%1 MiB (%2 MiB before the window)").arg(resident, 0, 'f', 0).arg(before, 0, 'f', 0), "<= 200 MB");
    return missed || resident > 190 ? 1 : 0;
}

int measureDay(int)
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
    say("memory of the process after 30 minutes", QStringLiteral("%1 MiB").arg(afterWindow, 0, 'f', 1));
    say("memory of the process after 24 hours", QStringLiteral("%1 MiB").arg(residentMebibytes(), 0, 'f', 1), "no growth");
    say("frames held by the reader", QStringLiteral("%1 KiB").arg(reader.statistics().bytes / 1024));
    say("telemetry file", QStringLiteral("%1 KiB").arg(QFileInfo(QUrl(options.url).path() + QStringLiteral(".telemetry")).size() / 1024));
    return residentMebibytes() > afterWindow + 8 ? 1 : 0;
}

int measurePublishing(int)
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
    const auto work = [&](std::chrono::seconds duration) {
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
    work(3s);
    const auto before = (*publisher)->statistics();
    constexpr auto Measured = 30s;
    work(Measured);
    const auto after = (*publisher)->statistics();
    const double share = std::chrono::duration<double>(after.processorTime - before.processorTime).count()
                         / std::chrono::duration<double>(Measured).count();
    say("publishing 20 busy regions and their store", QStringLiteral("%1 % of a core, %2 bytes a second")
                                                          .arg(100 * share, 0, 'f', 3)
                                                          .arg((after.bytes - before.bytes) / 30),
        "<= 0.1 %");
    return share <= 0.001 ? 0 : 1;
}

} // namespace InfraBench
