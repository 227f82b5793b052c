// SPDX-License-Identifier: GPL-3.0-or-later
#include "dataworker.h"

#include "servicewatch.h"
#include "telemetryrows.h"

#include <QCoreApplication>

#include <pthread.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace InfraConsole {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto Interval = 1s;
constexpr auto LongestInterval = 10s;
constexpr auto ReadDeadline = 500ms;
constexpr std::chrono::minutes Window{15};
constexpr int JournalPage = 1000;
// Of the interval, for the store and for this processor: above the first it is doubled, below the second halved.
constexpr double TooCostly = 0.02;
constexpr double Cheap = 0.005;
constexpr double TooBusy = 0.08;
constexpr double Idle = 0.06;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::DataWorker)
};

QString sentence(const Infra::Error &error)
{
    return error.message.endsWith(QLatin1Char('.')) ? error.message : error.message + QLatin1Char('.');
}

bool mayOnlyRead(const Infra::Error &error)
{
    return error.kind == Infra::Error::Kind::PermissionDenied || error.kind == Infra::Error::Kind::ReadOnly;
}

} // namespace

DataWorker::DataWorker(Infra::StoreOptions options, ServiceWatch &services, Callbacks callbacks)
    : m_options(std::move(options)), m_services(services), m_callbacks(std::move(callbacks)),
      m_costSince(steady_clock::now())
{
    m_thread = std::thread([this] {
        run();
        // Here, where it may take its time to close.
        m_journal.reset();
        m_reader.reset();
        m_store.reset();
        m_callbacks.ended();
    });
    pthread_setname_np(m_thread.native_handle(), "console-data");
}

DataWorker::~DataWorker()
{
    stop();
    m_thread.join();
}

void DataWorker::stop()
{
    const std::lock_guard lock(m_mutex);
    m_requests.stop = true;
    m_wake.notify_all();
}

void DataWorker::setWatched(std::vector<SeriesId> series)
{
    const std::lock_guard lock(m_mutex);
    m_requests.watched = std::move(series);
    m_requests.republish = true;
    m_wake.notify_all();
}

void DataWorker::refresh()
{
    const std::lock_guard lock(m_mutex);
    m_requests.refresh = true;
    m_wake.notify_all();
}

void DataWorker::republish()
{
    const std::lock_guard lock(m_mutex);
    m_requests.republish = true;
    m_wake.notify_all();
}

void DataWorker::addEvent(EventRow event)
{
    const std::lock_guard lock(m_mutex);
    m_requests.events.push_back(std::move(event));
    m_requests.republish = true;
    m_wake.notify_all();
}

void DataWorker::setThresholds(const AttentionThresholds &thresholds)
{
    const std::lock_guard lock(m_mutex);
    m_requests.thresholds = thresholds;
    m_requests.republish = true;
    m_wake.notify_all();
}

void DataWorker::run()
{
    auto nextRound = steady_clock::now();
    bool failed = false;
    for (;;) {
        Requests requests;
        {
            std::unique_lock lock(m_mutex);
            const auto asked = [this] { return m_requests.stop || m_requests.refresh || m_requests.republish; };
            // Without a store there is nothing to do until somebody asks.
            if (failed)
                m_wake.wait(lock, asked);
            else
                m_wake.wait_until(lock, nextRound, asked);
            requests = std::exchange(m_requests, {});
        }
        if (requests.stop)
            return;
        if (requests.watched)
            m_series.setWatched(*requests.watched);
        if (requests.thresholds)
            m_thresholds = *requests.thresholds;
        for (EventRow &event : requests.events)
            m_events.add(std::move(event));

        const auto now = steady_clock::now();
        const bool isRound = requests.refresh || (!failed && now >= nextRound);
        if (isRound && !m_store) {
            failed = !openStore();
            if (failed)
                continue;
        }
        if (!m_store)
            continue;
        if (isRound) {
            readStore();
            nextRound = std::max(now + m_cost.interval, nextRound + m_cost.interval);
            if (requests.refresh)
                nextRound = now + m_cost.interval;
        }
        publishSnapshot();
    }
}

bool DataWorker::openStore()
{
    auto opened = Infra::CacheStore::open(m_options);
    std::optional<Infra::Error> refused;
    if (!opened && mayOnlyRead(opened.error())) {
        Infra::StoreOptions reading = m_options;
        reading.accessMode = Infra::StoreOptions::AccessMode::ReadOnly;
        if (auto readable = Infra::CacheStore::open(reading)) {
            refused = opened.error();
            opened = std::move(readable);
        }
    }
    if (!opened) {
        m_callbacks.openFailed(opened.error());
        return false;
    }
    const auto channel = (*opened)->telemetryChannel();
    if (!channel) {
        m_callbacks.openFailed({Infra::Error::Kind::Incompatible, Text::tr("The store keeps no telemetry."), {}});
        return false;
    }
    m_store = std::move(*opened);
    // Of hundreds of processes the past is kept for fewer than 15 minutes: the console stays below 200 MB.
    Infra::ReaderOptions reading;
    reading.maximumBytes = std::size_t{72} << 20;
    m_reader = std::make_unique<Infra::TelemetryReader>(channel, reading);
    m_journal = std::make_unique<Infra::Journal>(channel);
    m_callbacks.opened(m_store, refused);
    return true;
}

void DataWorker::setLost(const QString &reason)
{
    if (m_source != SourceState::Lost) {
        EventRow event;
        event.at = Infra::Clock::system().systemNow();
        event.kind = EventKind::StoreLost;
        event.severity = Severity::Critical;
        event.subject = Text::tr("store");
        event.actor = thisConsole();
        event.text = reason;
        m_events.add(std::move(event));
    }
    m_source = SourceState::Lost;
    m_sourceMessage = reason;
}

void DataWorker::readStore()
{
    const auto started = steady_clock::now();
    const Duration before = m_reader->statistics().storeTime;
    const Infra::Result<Infra::PollReport> report = m_reader->poll(ReadDeadline);
    Duration storeTime = m_reader->statistics().storeTime - before;
    ++m_queries;
    const Infra::StoreHealth health = m_store->health();
    if (!report) {
        setLost(sentence(report.error()));
    } else if (health.state != Infra::StoreHealth::State::Available) {
        setLost(health.reason.isEmpty() ? Text::tr("The store does not answer.") : health.reason);
    } else {
        if (m_source == SourceState::Lost) {
            EventRow event;
            event.at = Infra::Clock::system().systemNow();
            event.kind = EventKind::StoreRecovered;
            event.subject = Text::tr("store");
            event.actor = thisConsole();
            event.text = Text::tr("The store answers again.");
            m_events.add(std::move(event));
        }
        m_source = SourceState::Live;
        m_sourceMessage.clear();
        m_lastDataAt = Infra::Clock::system().systemNow();
        // Only now: of a store that is lost nothing is heard, and the reader would take every process for silent. What was
        // known last stays until there is something newer.
        m_instances = readInstances(*m_reader);
        m_caches = readCaches(*m_reader);
        const std::vector<PoolRow> poolsBefore = std::exchange(m_pools, readPools(*m_reader));
        notePressure(m_pools, poolsBefore, m_thresholds, m_lastDataAt);
        m_breakers = readBreakers(*m_reader);
        // Behind the instances: events name who wrote them, and are read once.
        const auto journalAt = steady_clock::now();
        m_events.nameWriters(m_instances);
        const bool isJournalRead = readJournal();
        storeTime += steady_clock::now() - journalAt;
        for (InstanceRow &row : m_instances)
            row.ended = m_endedById.contains(row.id);
        // Of whom nothing was read yet, nothing is known; nor whether who is silent said that it ends.
        if (report->caughtUp && isJournalRead) {
            noteInstances();
            forgetEnds(m_lastDataAt);
        }
    }
    adaptInterval(storeTime, steady_clock::now() - started - storeTime + m_cost.refreshTime);
}

bool DataWorker::readJournal()
{
    for (;;) {
        const auto page = m_journal->read(m_journalPosition, JournalPage, ReadDeadline);
        ++m_queries;
        if (!page)
            return false;
        for (const Infra::JournalEvent &event : page->events) {
            noteEnd(event);
            m_events.add(toEventRow(event, writerOf(event.instanceId)));
        }
        m_journalPosition = page->next;
        if (!page->more)
            return true;
    }
}

void DataWorker::noteEnd(const Infra::JournalEvent &event)
{
    const auto *const instance = std::get_if<Infra::InstanceEvent>(&event.body);
    if (instance && instance->change == Infra::InstanceEvent::Change::Stopped)
        m_endedById.insert_or_assign(event.instanceId, event.at);
}

// The reader forgets processes after a while, and the journal reaches back much further. An end that was read before its process
// was is kept for as long as that may come.
void DataWorker::forgetEnds(SystemTime now)
{
    std::erase_if(m_endedById, [this, now](const auto &end) {
        return end.second < now - Window && !m_staleById.contains(end.first);
    });
}

QString DataWorker::writerOf(const QByteArray &instanceId) const
{
    for (const InstanceRow &row : m_instances) {
        if (row.id == instanceId)
            return writerName(row.service, row.processId);
    }
    return {};
}

// A process that was killed writes nothing: its silence is what there is to tell. One that ended wrote so.
void DataWorker::noteInstances()
{
    std::map<QByteArray, bool> staleById;
    for (const InstanceRow &row : m_instances) {
        staleById.emplace(row.id, row.stale);
        const auto known = m_staleById.find(row.id);
        if (known == m_staleById.end() || known->second == row.stale || row.ended)
            continue;
        EventRow event;
        event.at = row.stale ? row.lastSeenAt : Infra::Clock::system().systemNow();
        event.kind = row.stale ? EventKind::InstanceStopped : EventKind::InstanceStarted;
        event.severity = row.stale ? Severity::Warning : Severity::Information;
        event.subject = row.service;
        event.instanceId = row.id;
        event.actor = thisConsole();
        event.text = (row.stale ? Text::tr("%1 (pid %2) stopped publishing.") : Text::tr("%1 (pid %2) publishes again."))
                         .arg(row.service)
                         .arg(row.processId);
        m_events.add(std::move(event));
    }
    m_staleById = std::move(staleById);
}

void DataWorker::adaptInterval(Duration storeTime, Duration busyTime)
{
    m_storeTime += storeTime;
    const double share = std::chrono::duration<double>(storeTime) / std::chrono::duration<double>(m_cost.interval);
    const double busy = std::chrono::duration<double>(busyTime) / std::chrono::duration<double>(m_cost.interval);
    if (share > TooCostly || busy > TooBusy || m_source == SourceState::Lost)
        m_cost.interval = std::min<std::chrono::milliseconds>(m_cost.interval * 2, LongestInterval);
    else if (share < Cheap && busy < Idle)
        m_cost.interval = std::max<std::chrono::milliseconds>(m_cost.interval / 2, Interval);
    // Over about five seconds, so that the figure can be read.
    const auto now = steady_clock::now();
    const std::chrono::duration<double> elapsed = now - m_costSince;
    if (elapsed < 5s && m_generation > 1)
        return;
    const double seconds = std::max(elapsed.count(), 0.001);
    m_cost.queriesPerSecond = static_cast<double>(std::exchange(m_queries, 0)) / std::max(seconds, 1.0);
    m_cost.storeTimePerSecond = std::chrono::duration<double>(std::exchange(m_storeTime, Duration{})).count()
        / std::max(seconds, 1.0);
    m_costSince = now;
}

void DataWorker::sampleServices()
{
    for (const SeriesId &id : m_series.watched()) {
        if (id.measure == Measure::ServiceLatency)
            m_series.replace(id, m_services.latency(QString::fromUtf8(id.component)));
        else if (id.measure == Measure::HealthyShare)
            m_series.replace(id, m_healthyShare);
    }
}

void DataWorker::publishSnapshot()
{
    const auto started = steady_clock::now();
    auto snapshot = std::make_shared<Snapshot>();
    const SystemTime now = Infra::Clock::system().systemNow();
    snapshot->at = now;
    snapshot->source = m_source;
    snapshot->sourceMessage = m_sourceMessage;
    snapshot->lastDataAt = m_lastDataAt;
    snapshot->generation = ++m_generation;
    snapshot->instances = m_instances;
    snapshot->caches = m_caches;
    snapshot->pools = m_pools;

    m_services.resumeExpired(now);
    snapshot->services = m_services.rows();
    int checked = 0;
    int up = 0;
    for (ServiceRow &row : snapshot->services) {
        int alive = 0;
        for (const InstanceRow &instance : m_instances) {
            if (instance.service != row.name)
                continue;
            ++row.instances;
            alive += instance.stale ? 0 : 1;
        }
        row.stale = row.instances > 0 && alive == 0;
        if (const auto found = m_breakers.find(row.name); found != m_breakers.end())
            row.breaker = found->second;
        if (row.verdict != Verdict::NeverChecked && row.verdict != Verdict::Paused) {
            ++checked;
            up += row.verdict == Verdict::Up ? 1 : 0;
        }
    }
    appendOwn(m_healthyShare, {now, checked > 0 ? double(up) / checked : std::numeric_limits<double>::quiet_NaN()}, 900ms);
    sampleServices();
    if (snapshot->isLost())
        m_series.complete(*m_reader, snapshot->dataAt());
    else
        m_series.update(*m_reader, snapshot->dataAt());
    snapshot->seriesById = m_series.series();

    for (EventRow &event : m_services.takeEvents())
        m_events.add(std::move(event));
    snapshot->events = m_events.events();
    snapshot->marks = m_events.marks(snapshot->dataAt() - Window);
    snapshot->attention = findAttention(*snapshot, m_thresholds);
    m_cost.refreshTime = steady_clock::now() - started;
    snapshot->cost = m_cost;
    m_callbacks.publish(std::move(snapshot));
}

} // namespace InfraConsole
