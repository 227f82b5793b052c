// SPDX-License-Identifier: MIT
#include <infra/healthmonitor.h>
#include <infra/metriccatalogue.h>

#include "flapfilter.h"
#include "healthnotices.h"
#include "healthprobe.h"
#include "mailbox.h"
#include "random.h"
#include "serviceurl.h"
#include "threadannotations.h"

#include <QPointer>
#include <QRandomGenerator>

#include <deque>
#include <future>
#include <map>

namespace Infra {

using Detail::MutexLocker;

namespace {

// What one service is to the monitor.
struct Monitored
{
    Detail::HealthTarget target;
    Detail::FlapFilter filter;
    ServiceHealth health;
    std::deque<HealthSample> history;
    Histogram duration;
    std::array<std::uint64_t, 6> checks{}; // By verdict of the single check.
    Detail::NetworkHub::Timer timer;
    SteadyTime due{};
    std::uint64_t generation = 0; // Changes when the service is added again.
    std::uint64_t check = 0;      // The one under way whose result is wanted; 0: none.
    bool paused = false;

    Monitored(Detail::HealthTarget checked, const HealthMonitorOptions &options)
        : target(std::move(checked)), filter(options.failuresToFlip, options.successesToFlip)
    {
    }
};

} // namespace

// Shared by the monitor and its checks; outlives the monitor until the last check has ended. Times and checks
// run on the network thread, the state is guarded by the mutex.
struct HealthMonitor::Private : std::enable_shared_from_this<HealthMonitor::Private>
{
    explicit Private(const HealthMonitorOptions &monitorOptions)
        : options(monitorOptions), random(monitorOptions.seed ? monitorOptions.seed : QRandomGenerator::global()->generate64()),
          readsOtherClock(monitorOptions.check.clock != &Clock::system())
    {
    }

    const HealthMonitorOptions options;
    HealthMonitor *owner = nullptr; // For the relay only.
    std::shared_ptr<Detail::NetworkThread> thread;
    Detail::Mutex mutex;
    std::map<QString, std::unique_ptr<Monitored>> services INFRA_GUARDED_BY(mutex);
    Detail::Random random INFRA_GUARDED_BY(mutex);
    std::uint64_t nextGeneration INFRA_GUARDED_BY(mutex) = 1;
    std::uint64_t nextCheck INFRA_GUARDED_BY(mutex) = 1;
    bool closed INFRA_GUARDED_BY(mutex) = false;
    bool readsOtherClock INFRA_GUARDED_BY(mutex); // Than the system's, for the monitor or for any service it ever had.
    std::vector<std::weak_ptr<Detail::HealthProbe>> probes; // Of the network thread. Wanted or not.
    // Delivers to the monitor's own thread; null once the monitor is gone.
    Detail::Mutex relayMutex;
    Detail::Mailbox *relay INFRA_GUARDED_BY(relayMutex) = nullptr;
    Detail::HealthNotices notices INFRA_GUARDED_BY(relayMutex);
    bool isDeliveryPosted INFRA_GUARDED_BY(relayMutex) = false;

    [[nodiscard]] const Clock &clock() const { return *options.check.clock; }

    std::chrono::nanoseconds nextPause() INFRA_REQUIRES(mutex)
    {
        const double factor = 1 + options.jitter * (2 * random.unit() - 1);
        return std::chrono::nanoseconds(
            static_cast<std::int64_t>(static_cast<double>(std::chrono::nanoseconds(options.interval).count()) * factor));
    }

    Monitored *find(const QString &service, std::uint64_t generation) INFRA_REQUIRES(mutex)
    {
        const auto found = services.find(service);
        return found != services.end() && found->second->generation == generation ? found->second.get() : nullptr;
    }

    // On the network thread.
    void schedule(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation, std::chrono::nanoseconds pause);
    void run(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation);
    void record(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation, std::uint64_t check,
                HealthResult result, bool abandoned);
    void letGo(Detail::NetworkHub &hub);
    void account(Monitored &entry, HealthResult result) INFRA_REQUIRES(mutex);
    void announce(Detail::HealthNotices::Notice notice);
    // On the monitor's own thread.
    void deliver();
};

void HealthMonitor::Private::schedule(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation,
                                      std::chrono::nanoseconds pause)
{
    const MutexLocker locker(mutex);
    Monitored *entry = find(service, generation);
    if (!entry || closed || entry->paused || entry->check != 0)
        return;
    hub.removeTimer(entry->timer);
    entry->due = clock().steadyNow() + pause;
    entry->timer = hub.addTimer(clock(), entry->due, [self = weak_from_this(), &hub, service, generation] {
        if (const auto monitor = self.lock())
            monitor->run(hub, service, generation);
    });
}

void HealthMonitor::Private::run(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation)
{
    std::shared_ptr<Detail::HealthProbe> probe;
    {
        const MutexLocker locker(mutex);
        Monitored *entry = find(service, generation);
        if (!entry || closed || entry->paused || entry->check != 0)
            return;
        entry->timer = {};
        const std::uint64_t check = nextCheck++;
        entry->check = check;
        entry->health.lateness = std::max<std::chrono::nanoseconds>(clock().steadyNow() - entry->due, std::chrono::nanoseconds(0));
        const std::weak_ptr<Private> weak = weak_from_this();
        probe = std::make_shared<Detail::HealthProbe>(
            entry->target,
            [weak, service, generation, check] {
                const auto monitor = weak.lock();
                if (!monitor)
                    return false;
                const MutexLocker inner(monitor->mutex);
                const Monitored *current = monitor->find(service, generation);
                return current && !monitor->closed && current->check == check;
            },
            [weak, &hub, service, generation, check](HealthResult result, Detail::HealthProbe::End end) {
                if (const auto monitor = weak.lock())
                    monitor->record(hub, service, generation, check, std::move(result), end != Detail::HealthProbe::End::Checked);
            });
    }
    std::erase_if(probes, [](const auto &other) { return other.expired(); });
    probes.push_back(probe);
    probe->start(hub);
}

void HealthMonitor::Private::record(Detail::NetworkHub &hub, const QString &service, std::uint64_t generation,
                                    std::uint64_t check, HealthResult result, bool abandoned)
{
    std::chrono::nanoseconds pause{};
    {
        const MutexLocker locker(mutex);
        Monitored *entry = find(service, generation);
        // One that was under way when the operator paused says nothing, not even when the service has been resumed.
        if (!entry || closed || entry->check != check)
            return;
        entry->check = 0;
        // Given up though wanted: the network thread ends, and no other begins.
        if (abandoned)
            return;
        account(*entry, std::move(result));
        pause = nextPause() - (clock().steadyNow() - entry->due);
    }
    schedule(hub, service, generation, std::max<std::chrono::nanoseconds>(pause, std::chrono::nanoseconds(0)));
}

void HealthMonitor::Private::account(Monitored &entry, HealthResult result)
{
    ++entry.health.checks;
    ++entry.checks[static_cast<std::size_t>(result.verdict)];
    entry.duration.record(result.total);
    entry.history.push_back({result.checkedAt, result.verdict, result.reason, result.total});
    while (entry.history.size() > static_cast<std::size_t>(options.historyLength))
        entry.history.pop_front();
    const bool first = entry.filter.verdict() == HealthVerdict::NeverChecked;
    const bool changed = entry.filter.record(result.verdict);
    if (changed) {
        entry.health.verdictSince = result.checkedAt;
        if (!first)
            ++entry.health.flips;
    }
    entry.health.verdict = entry.filter.verdict();
    entry.health.last = std::move(result);
    announce({entry.health, true, changed, false});
}

// On the network thread, once it is closed: from then on nothing reads the clock.
void HealthMonitor::Private::letGo(Detail::NetworkHub &hub)
{
    hub.unpin(this);
    {
        const MutexLocker locker(mutex);
        for (const auto &[name, entry] : services)
            hub.removeTimer(entry->timer);
    }
    for (const auto &weak : probes) {
        if (const auto probe = weak.lock())
            probe->tick();
    }
}

void HealthMonitor::Private::announce(Detail::HealthNotices::Notice notice)
{
    const MutexLocker locker(relayMutex);
    if (!relay)
        return;
    notices.add(std::move(notice));
    if (isDeliveryPosted)
        return;
    isDeliveryPosted = true;
    // Not at all once the owner is gone.
    relay->post([self = shared_from_this()] { self->deliver(); });
}

void HealthMonitor::Private::deliver()
{
    std::size_t left = 0;
    {
        const MutexLocker locker(relayMutex);
        isDeliveryPosted = false;
        left = notices.count();
    }
    // A slot may delete the monitor, or run an event loop that delivers the rest.
    for (const QPointer<HealthMonitor> monitor(owner); monitor && left > 0; --left) {
        std::optional<Detail::HealthNotices::Notice> notice;
        {
            const MutexLocker locker(relayMutex);
            notice = notices.take();
        }
        if (!notice)
            return;
        if (notice->removed)
            Q_EMIT monitor->removed(notice->health.service);
        if (notice->changed && monitor)
            Q_EMIT monitor->verdictChanged(notice->health);
        if (notice->checked && monitor)
            Q_EMIT monitor->checked(notice->health);
    }
}

HealthMonitor::HealthMonitor(const HealthMonitorOptions &options) : d(std::make_shared<Private>(options))
{
    d->owner = this;
    auto *mailbox = new Detail::Mailbox(this);
    const MutexLocker locker(d->relayMutex);
    d->relay = mailbox;
}

Result<std::unique_ptr<HealthMonitor>> HealthMonitor::create(const HealthMonitorOptions &options)
{
    using namespace std::chrono_literals;
    const auto refuse = [](const char *option, const char *range) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("health monitor: %1 must be %2").arg(QLatin1String(option), QLatin1String(range)));
    };
    if (options.interval < 10ms || options.interval > 24h)
        return refuse("interval", "10 ms to 1 day");
    if (!(options.jitter >= 0 && options.jitter <= 0.5))
        return refuse("jitter", "0 to 0.5");
    if (options.failuresToFlip < 1 || options.failuresToFlip > 100)
        return refuse("failuresToFlip", "1 to 100");
    if (options.successesToFlip < 1 || options.successesToFlip > 100)
        return refuse("successesToFlip", "1 to 100");
    if (options.historyLength < 1 || options.historyLength > 10000)
        return refuse("historyLength", "1 to 10000");
    // The checks every service will get, held against a name and URL that are fine.
    if (const auto target = Detail::checkHealthTarget(QStringLiteral("check"), QUrl(QStringLiteral("http://localhost")), options.check); !target)
        return failure(target.error());
    std::unique_ptr<HealthMonitor> monitor(new HealthMonitor(options));
    monitor->d->thread = Detail::NetworkThread::instance();
    if (!monitor->d->thread)
        return failure(Error::Kind::Unavailable, QStringLiteral("a health monitor needs a QCoreApplication"));
    monitor->d->thread->run([self = monitor->d](Detail::NetworkHub &hub) {
        hub.pin(self.get(), hub.manager({Detail::ManagerKey::Use::Health, false, self->options.check.tls}));
    });
    return monitor;
}

HealthMonitor::~HealthMonitor()
{
    {
        const MutexLocker locker(d->relayMutex);
        d->relay = nullptr;
    }
    bool waits = false;
    {
        const MutexLocker locker(d->mutex);
        d->closed = true;
        waits = d->readsOtherClock;
    }
    if (!d->thread)
        return;
    auto promise = std::make_shared<std::promise<void>>();
    const std::future<void> done = promise->get_future();
    d->thread->run([self = d, promise = std::move(promise)](Detail::NetworkHub &hub) {
        self->letGo(hub);
        promise->set_value();
    });
    // A thread that has stopped drops the function, which ends this, too.
    if (waits)
        done.wait();
}

HealthMonitorOptions HealthMonitor::options() const
{
    return d->options;
}

Result<void> HealthMonitor::add(const QString &service, const QUrl &baseUrl)
{
    return add(service, baseUrl, d->options.check);
}

Result<void> HealthMonitor::add(const QString &service, const QUrl &baseUrl, const HealthCheckOptions &check)
{
    Result<Detail::HealthTarget> target = Detail::checkHealthTarget(service, baseUrl, check);
    if (!target)
        return failure(target.error());
    std::uint64_t generation = 0;
    std::chrono::nanoseconds pause{};
    {
        const MutexLocker locker(d->mutex);
        if (const auto found = d->services.find(service); found != d->services.end()) {
            if (found->second->target.url == target->url)
                return {};
            return failure(Error::Kind::Conflict,
                           QStringLiteral("'%1' is being monitored at %2 already").arg(service, Detail::displayUrl(found->second->target.url)));
        }
        d->readsOtherClock = d->readsOtherClock || check.clock != &Clock::system();
        auto entry = std::make_unique<Monitored>(std::move(*target), d->options);
        generation = d->nextGeneration++;
        entry->generation = generation;
        entry->health.service = service;
        entry->health.baseUrl = baseUrl.adjusted(QUrl::RemoveUserInfo);
        entry->health.verdictSince = d->clock().systemNow();
        d->services.emplace(service, std::move(entry));
        if (d->options.spreadFirst)
            pause = std::chrono::nanoseconds(static_cast<std::int64_t>(
                static_cast<double>(std::chrono::nanoseconds(d->options.interval).count()) * d->random.unit()));
    }
    d->thread->run([self = d, service, generation, pause](Detail::NetworkHub &hub) { self->schedule(hub, service, generation, pause); });
    return {};
}

void HealthMonitor::remove(const QString &service)
{
    Detail::NetworkHub::Timer timer;
    {
        const MutexLocker locker(d->mutex);
        const auto found = d->services.find(service);
        if (found == d->services.end())
            return;
        timer = found->second->timer;
        d->services.erase(found);
    }
    // A timer that fires in between finds no service of its generation.
    d->thread->run([timer](Detail::NetworkHub &hub) { hub.removeTimer(timer); });
    ServiceHealth health;
    health.service = service;
    d->announce({std::move(health), false, false, true});
}

void HealthMonitor::pause(const QString &service)
{
    const MutexLocker locker(d->mutex);
    const auto found = d->services.find(service);
    if (found == d->services.end() || found->second->paused)
        return;
    Monitored &entry = *found->second;
    entry.paused = true;
    entry.check = 0;
    entry.health.verdict = HealthVerdict::Paused;
    entry.health.verdictSince = d->clock().systemNow();
    d->announce({entry.health, false, true, false});
}

void HealthMonitor::resume(const QString &service)
{
    std::uint64_t generation = 0;
    {
        const MutexLocker locker(d->mutex);
        const auto found = d->services.find(service);
        if (found == d->services.end() || !found->second->paused)
            return;
        Monitored &entry = *found->second;
        entry.paused = false;
        // What it was before is out of date: the next check counts at once, as the very first does.
        entry.filter = Detail::FlapFilter(d->options.failuresToFlip, d->options.successesToFlip);
        entry.health.verdict = HealthVerdict::NeverChecked;
        entry.health.verdictSince = d->clock().systemNow();
        generation = entry.generation;
        d->announce({entry.health, false, true, false});
    }
    d->thread->run([self = d, service, generation](Detail::NetworkHub &hub) { self->schedule(hub, service, generation, {}); });
}

void HealthMonitor::checkNow(const QString &service)
{
    std::uint64_t generation = 0;
    {
        const MutexLocker locker(d->mutex);
        const auto found = d->services.find(service);
        if (found == d->services.end())
            return;
        generation = found->second->generation;
    }
    d->thread->run([self = d, service, generation](Detail::NetworkHub &hub) { self->schedule(hub, service, generation, {}); });
}

std::vector<ServiceHealth> HealthMonitor::services() const
{
    const MutexLocker locker(d->mutex);
    std::vector<ServiceHealth> all;
    all.reserve(d->services.size());
    for (const auto &[name, entry] : d->services)
        all.push_back(entry->health);
    return all;
}

Result<ServiceHealth> HealthMonitor::health(const QString &service) const
{
    const MutexLocker locker(d->mutex);
    const auto found = d->services.find(service);
    if (found == d->services.end())
        return failure(Error::Kind::NotFound, QStringLiteral("'%1' is not being monitored").arg(service));
    return found->second->health;
}

std::vector<HealthSample> HealthMonitor::history(const QString &service) const
{
    const MutexLocker locker(d->mutex);
    const auto found = d->services.find(service);
    if (found == d->services.end())
        return {};
    return {found->second->history.begin(), found->second->history.end()};
}

ComponentSnapshot HealthMonitor::snapshot() const
{
    ComponentSnapshot snapshot{ComponentSnapshot::Kind::Health, QByteArrayLiteral("monitor"), {}};
    const MutexLocker locker(d->mutex);
    for (const auto &[name, entry] : d->services) {
        const QByteArray service = name.toUtf8();
        snapshot.metrics.push_back(gaugeMetric(MetricName::HealthVerdict, static_cast<double>(entry->health.verdict), {{"service", service}}));
        for (const HealthVerdict verdict : {HealthVerdict::Up, HealthVerdict::Degraded, HealthVerdict::Down, HealthVerdict::Unreachable}) {
            snapshot.metrics.push_back(counterMetric(MetricName::HealthChecks, entry->checks[static_cast<std::size_t>(verdict)],
                                                     {{"service", service}, {"result", healthVerdictName(verdict)}}));
        }
        snapshot.metrics.push_back(counterMetric(MetricName::HealthFlips, entry->health.flips, {{"service", service}}));
        snapshot.metrics.push_back(histogramMetric(MetricName::HealthCheckDuration, entry->duration.snapshot(), {{"service", service}}));
    }
    return snapshot;
}

} // namespace Infra
