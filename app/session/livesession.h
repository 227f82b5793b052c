// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "servicewatch.h"
#include "session.h"

#include <QThreadPool>
#include <QTimer>

#include <functional>
#include <mutex>

namespace Infra {
class CacheStore;
}

namespace InfraConsole {

class DataWorker;

struct SessionOptions
{
    QString storeUrl;
    QString sourceName;
    bool demo = false;
    bool readOnly = false;
    bool production = false;
    std::vector<Infra::ServiceEndpoint> services;
    Infra::HealthMonitorOptions health;
    AttentionThresholds thresholds;
};

// Thread safety: belongs to the GUI thread, as Session says.
//
// A session on a real store. Three places do the work: the data worker's thread reads telemetry, two threads of a
// pool answer previews, invalidations, regions and pages of keys, and libinfra's network thread checks services.
//
// What runs can be cancelled, but for opening, regions and pages of keys, which take until their deadlines, 5 s, when the
// store does not answer. So that no window waits for that, close() and destroy the session once it is closed().
class LiveSession final : public Session
{
    Q_OBJECT

public:
    explicit LiveSession(SessionOptions options, QObject *parent = nullptr);
    ~LiveSession() override;

    // Opens the store off the GUI thread; then snapshots arrive, or openFailed(). One that this account may only read is
    // opened read-only.
    void start();
    // Ends without waiting: what runs is cancelled, what waits is dropped, and of all signals only closed() still comes.
    void close();
    // Nothing runs any more: destroying the session does not wait.
    [[nodiscard]] bool isClosed() const;
    [[nodiscard]] bool isOpen() const { return m_store != nullptr; }
    [[nodiscard]] std::vector<Infra::ServiceEndpoint> services() const;

    [[nodiscard]] SnapshotPointer snapshot() const override;
    [[nodiscard]] QString sourceName() const override;
    [[nodiscard]] bool isDemo() const override;
    [[nodiscard]] bool isReadOnly() const override;
    [[nodiscard]] QString readOnlyReason() const override;
    [[nodiscard]] bool isProduction() const override;
    void setWatchedSeries(std::vector<SeriesId> series) override;
    void refresh() override;
    void setThresholds(const AttentionThresholds &thresholds) override;
    [[nodiscard]] QFuture<Infra::Result<Infra::InvalidationPreview>>
    preview(const QByteArray &region, const Infra::Target &target, CancelFlag cancelled) override;
    [[nodiscard]] QFuture<Infra::Result<InvalidationResult>> invalidate(const QByteArray &region, const Infra::Target &target,
                                                                        InvalidationWatch watch = {}) override;
    [[nodiscard]] QFuture<Infra::Result<QByteArrayList>> regions() override;
    [[nodiscard]] QFuture<Infra::Result<EntryPage>> entries(const QByteArray &region, const QByteArray &prefix,
                                                            const QByteArray &after, int limit) override;
    [[nodiscard]] QFuture<Infra::Result<EntryValue>> value(const QByteArray &region, const QByteArray &key) override;
    void checkService(const QString &name) override;
    void checkAllServices() override;
    void pauseService(const QString &name, std::chrono::milliseconds duration) override;
    [[nodiscard]] Infra::Result<void> addService(const QString &name, const QString &url) override;
    [[nodiscard]] Infra::Result<void> editService(const QString &name, const QString &newName,
                                                  const QString &url) override;
    void removeService(const QString &name) override;
    void moveService(const QString &name, int position) override;

Q_SIGNALS:
    void openFailed(const Infra::Error &error);
    void closed();
    void servicesEdited();
    void verdictChanged(const QString &service, InfraConsole::Verdict verdict, const QString &reason);

protected:
    bool event(QEvent *event) override;

private:
    // Left by the worker's thread, taken by the GUI thread: only the newest snapshot counts.
    struct Inbox
    {
        SnapshotPointer snapshot;
        std::shared_ptr<Infra::CacheStore> store;
        std::optional<Infra::Error> refused; // Why the store is open for reading only.
        std::optional<Infra::Error> error;
    };
    class Running;

    template<class T, class Work>
    [[nodiscard]] QFuture<Infra::Result<T>> onStore(Work work);
    void put(const std::function<void(Inbox &)> &change);
    void noteStart();
    void noteEnd();
    void post();
    void take();
    void republish();

    const SessionOptions m_options;
    SnapshotPointer m_snapshot;
    std::shared_ptr<Infra::CacheStore> m_store;
    QString m_readOnlyReason;
    mutable std::mutex m_inboxMutex;
    Inbox m_inbox;            // Guarded by m_inboxMutex, as these:
    bool m_isPosted = false;
    bool m_isClosing = false;
    int m_running = 0;        // The worker, and what the pool runs or keeps waiting.
    std::vector<std::weak_ptr<std::atomic<bool>>> m_previews; // To cancel when closing, as these:
    std::vector<std::weak_ptr<Infra::InvalidationControl>> m_invalidations;
    ServiceWatch m_services;
    QTimer m_republishing;
    bool m_republishWanted = false;
    QThreadPool m_storeThreads;
    std::unique_ptr<DataWorker> m_worker;
};

} // namespace InfraConsole
