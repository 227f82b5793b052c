// SPDX-License-Identifier: MIT
#include "fixture.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>

#include <QCoreApplication>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>
#include <variant>

namespace InfraBench {

using namespace std::chrono_literals;

namespace {

// The machine's clock, behind by an offset while the past is written; nobody's wait ends before release().
class PastClock final : public Infra::Clock
{
public:
    explicit PastClock(std::chrono::milliseconds behind) : m_behind(behind.count()) {}

    Infra::SteadyTime steadyNow() const noexcept override { return system().steadyNow() - offset(); }
    Infra::SystemTime systemNow() const noexcept override { return system().systemNow() - offset(); }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, Infra::SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        while (m_behind.load() > 0) {
            if (condition.wait_for(lock, 20ms, ready))
                return true;
        }
        return system().waitUntil(lock, condition, deadline, ready);
    }
    void advance(std::chrono::milliseconds step) { m_behind = std::max<std::int64_t>(1, m_behind - step.count()); }
    void release() { m_behind = 0; }

private:
    [[nodiscard]] std::chrono::milliseconds offset() const noexcept { return std::chrono::milliseconds(m_behind.load()); }

    std::atomic<std::int64_t> m_behind;
};

// What a real region measures, and which of it changes while the region is read and written.
struct Likeness
{
    Infra::ComponentSnapshot snapshot;
    std::vector<std::size_t> changing;
};

Likeness likeness(Infra::CacheStore &store)
{
    auto cache = Infra::Cache::create(store, "orders");
    if (!cache)
        die(cache.error().message);
    const auto use = [&cache](int from) {
        for (int key = from; key < from + 200; ++key) {
            static_cast<void>((*cache)->getOrCompute(QByteArray::number(key % 150), [] { return Infra::Result<Infra::Cache::Value>(QByteArray("value")); }));
            static_cast<void>((*cache)->get(QByteArray::number(key % 150)));
        }
    };
    use(0);
    const Infra::ComponentSnapshot before = (*cache)->snapshot();
    use(100);
    Likeness result{(*cache)->snapshot(), {}};
    for (std::size_t index = 0; index < result.snapshot.metrics.size() && index < before.metrics.size(); ++index) {
        if (!(result.snapshot.metrics[index] == before.metrics[index]))
            result.changing.push_back(index);
    }
    return result;
}

// Counts up as a busy region would.
class MadeUpRegion final : public Infra::MetricSource
{
public:
    MadeUpRegion(const Likeness &like, QByteArray name, std::uint64_t seed)
        : m_snapshot(like.snapshot), m_changing(like.changing), m_random(static_cast<std::minstd_rand::result_type>(seed))
    {
        m_snapshot.name = std::move(name);
    }
    Infra::ComponentSnapshot snapshot() const override
    {
        const std::lock_guard lock(m_mutex);
        for (const std::size_t index : m_changing) {
            Infra::Metric &metric = m_snapshot.metrics[index];
            if (auto *counter = std::get_if<std::uint64_t>(&metric.value)) {
                *counter += m_random() % 400;
            } else if (auto *gauge = std::get_if<double>(&metric.value)) {
                *gauge = static_cast<double>(9000 + m_random() % 1000);
            } else if (auto *histogram = std::get_if<Infra::HistogramSnapshot>(&metric.value)) {
                for (int i = 0; i < 3; ++i) {
                    const std::uint64_t nanoseconds = 800 + m_random() % 60'000;
                    histogram->addToBucket(Infra::HistogramSnapshot::bucketOf(nanoseconds), 1 + m_random() % 50);
                    histogram->addToSum(nanoseconds * 20);
                }
            }
        }
        return m_snapshot;
    }

private:
    mutable std::mutex m_mutex;
    mutable Infra::ComponentSnapshot m_snapshot;
    const std::vector<std::size_t> m_changing;
    mutable std::minstd_rand m_random;
};

struct Service
{
    std::shared_ptr<Infra::MetricRegistry> registry = std::make_shared<Infra::MetricRegistry>();
    std::vector<std::unique_ptr<MadeUpRegion>> regions;
    std::vector<Infra::MetricRegistry::Registration> registrations;
    std::unique_ptr<Infra::TelemetryPublisher> publisher;
};

} // namespace

int publish(const QString &url, int instances, int regions, std::chrono::seconds history)
{
    PastClock clock(std::max<std::chrono::milliseconds>(history, 1ms));
    Infra::StoreOptions options;
    options.url = url;
    options.clock = &clock;
    auto store = Infra::CacheStore::open(options);
    if (!store)
        die(store.error().message);
    const Likeness like = likeness(**store);
    std::vector<Service> services(static_cast<std::size_t>(instances));
    for (int instance = 0; instance < instances; ++instance) {
        Service &service = services[static_cast<std::size_t>(instance)];
        for (int region = 0; region < regions; ++region) {
            const QByteArray name = region == 0 ? QByteArray("orders") : "region-" + QByteArray::number(region).rightJustified(2, '0');
            service.regions.push_back(std::make_unique<MadeUpRegion>(like, name, static_cast<std::uint64_t>(instance * 100 + region + 1)));
            service.registrations.push_back(service.registry->add(*service.regions.back()));
        }
        Infra::PublisherOptions publisher;
        publisher.service = QStringLiteral("service-%1").arg(instance % 10);
        publisher.version = QStringLiteral("1.0");
        publisher.seed = static_cast<std::uint64_t>(instance + 1);
        auto created = Infra::TelemetryPublisher::create((*store)->telemetryChannel(), service.registry, publisher, clock);
        if (!created)
            die(created.error().message);
        service.publisher = std::move(*created);
    }
    for (auto past = history; past > 0s; past -= 1s) {
        for (const Service &service : services) {
            if (auto done = service.publisher->publish(10s); !done)
                die(done.error().message);
        }
        clock.advance(1s);
    }
    clock.release();
    std::puts("ready");
    std::fflush(stdout);
    std::getchar(); // Until the parent closes it or is gone.
    return 0;
}

Publishers::Publishers(const QString &url, int instances, int regions, std::chrono::seconds history)
{
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("publish"), url, QString::number(instances), QString::number(regions),
                     QString::number(history.count())});
    QByteArray said;
    while (!said.contains("ready")) {
        if (!m_process.waitForReadyRead(400'000))
            die(QStringLiteral("the publishers do not start"));
        said += m_process.readAllStandardOutput();
    }
}

Publishers::~Publishers()
{
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(10'000))
        m_process.kill();
    m_process.waitForFinished(5'000);
}

} // namespace InfraBench
