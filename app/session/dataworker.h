// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "attention.h"
#include "eventlog.h"
#include "serieswatch.h"
#include "snapshot.h"

#include <infra/cachestore.h>
#include <infra/journal.h>
#include <infra/telemetryreader.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace InfraConsole {

class ServiceWatch;

// Thread safety: every member may be called from any thread at once; the destructor, as always, only once.
//
// Owns the open store and reads it once a second on a thread of its own ("console-data"), so that a store that is
// locked, slow or gone never stops the window. Each round ends in a snapshot handed to `publish` on that thread.
// When it takes more than two percent of the store's time or eight percent of a core, or fails, it reads less often.
class DataWorker
{
public:
    struct Callbacks
    {
        std::function<void(SnapshotPointer)> publish;
        // The store did not open; it is tried again only after retry().
        std::function<void(const Infra::Error &)> openFailed;
        // With an error the store may be read and not changed, and that is why.
        std::function<void(std::shared_ptr<Infra::CacheStore>, const std::optional<Infra::Error> &)> opened;
        // Behind stop(): the worker has let go of the store and calls nothing any more.
        std::function<void()> ended;
    };

    // `services` must outlive the worker.
    DataWorker(Infra::StoreOptions options, ServiceWatch &services, Callbacks callbacks);
    // stop(), and waits for the end: within the deadline of the read in flight, half a second; while the store is being
    // opened within 5 s, which nothing can cut short.
    ~DataWorker();
    DataWorker(const DataWorker &) = delete;
    DataWorker &operator=(const DataWorker &) = delete;

    // Ends the thread without waiting for it.
    void stop();
    void setWatched(std::vector<SeriesId> series);
    // A round now.
    void refresh();
    // A snapshot now, from what was read already.
    void republish();
    void addEvent(EventRow event);
    void setThresholds(const AttentionThresholds &thresholds);

private:
    struct Requests
    {
        bool stop = false;
        bool refresh = false;
        bool republish = false;
        std::optional<std::vector<SeriesId>> watched;
        std::optional<AttentionThresholds> thresholds;
        std::vector<EventRow> events;
    };

    void run();
    [[nodiscard]] bool openStore();
    void readStore();
    // False when there may be more than could be read.
    [[nodiscard]] bool readJournal();
    void noteEnd(const Infra::JournalEvent &event);
    void forgetEnds(SystemTime now);
    void noteInstances();
    void sampleServices();
    void publishSnapshot();
    void adaptInterval(Duration storeTime, Duration busyTime);
    void setLost(const QString &reason);
    [[nodiscard]] QString writerOf(const QByteArray &instanceId) const;

    const Infra::StoreOptions m_options;
    ServiceWatch &m_services;
    const Callbacks m_callbacks;

    std::mutex m_mutex;
    std::condition_variable m_wake;
    Requests m_requests; // Guarded by m_mutex.

    // Below: the worker's thread only.
    std::shared_ptr<Infra::CacheStore> m_store;
    std::unique_ptr<Infra::TelemetryReader> m_reader;
    std::unique_ptr<Infra::Journal> m_journal;
    std::uint64_t m_journalPosition = 0;
    AttentionThresholds m_thresholds;
    SeriesWatch m_series;
    Series m_healthyShare;
    EventLog m_events;
    std::map<QByteArray, bool> m_staleById;
    std::map<QByteArray, SystemTime> m_endedById; // Processes that ended in good order, and when.
    std::vector<InstanceRow> m_instances;  // As of the last round that reached the store, like the others:
    std::vector<CacheRow> m_caches;
    std::vector<PoolRow> m_pools;
    std::map<QString, QString> m_breakers;
    SourceState m_source = SourceState::Opening;
    QString m_sourceMessage;
    SystemTime m_lastDataAt{};
    std::uint64_t m_generation = 0;
    ConsoleCost m_cost;
    std::uint64_t m_queries = 0;
    Duration m_storeTime{};
    std::chrono::steady_clock::time_point m_costSince;

    std::thread m_thread; // Last: it uses everything above.
};

} // namespace InfraConsole
