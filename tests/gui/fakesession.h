// SPDX-License-Identifier: MIT
#pragma once

#include "session/session.h"

#include <functional>

namespace InfraTest {

// A session with made-up, seeded data of a plausible fleet, for tests and pictures of the pages. Nothing in it waits;
// futures are finished when they are returned unless hold() was called.
class FakeSession : public InfraConsole::Session
{
    Q_OBJECT

public:
    explicit FakeSession(QObject *parent = nullptr);
    ~FakeSession() override;

    // Builds a new snapshot `seconds` later and announces it.
    void advance(int seconds = 1);
    // What snapshots hold may be changed here before publish().
    InfraConsole::Snapshot &draft() { return m_draft; }
    // Publishes that no service has used a cache for a while.
    void forgetTelemetry();
    void publish();

    void setProduction(bool production) { m_production = production; }
    void setReadOnly(bool readOnly) { m_readOnly = readOnly; }
    // As when the store turns out to be one that may only be read.
    void refuseChanges();
    // From now on futures stay unfinished until release().
    void hold() { m_holding = true; }
    void release();
    // The keys of region "orders".
    [[nodiscard]] const std::vector<Infra::EntryInfo> &keys() const { return m_keys; }
    [[nodiscard]] int pagesRead() const { return m_pagesRead; }
    [[nodiscard]] QList<Infra::Target> invalidated() const { return m_invalidated; }
    [[nodiscard]] bool wasCancelled() const { return m_cancel && m_cancel->load(); }
    // Of the last invalidation that was asked for.
    [[nodiscard]] const InfraConsole::InvalidationWatch &watch() const { return m_watch; }
    // What the store says that it holds; as telemetry at first.
    void setStoredRegions(const QByteArrayList &names) { m_storedRegions = names; }
    // Who has copies of what will be invalidated; three services of one process each at first.
    void setCoherentInstances(InfraConsole::InstancesByService instances) { m_coherentInstances = std::move(instances); }
    // Of the next page of keys alone.
    void failNextPage(Infra::Error error) { m_pageFailure = std::move(error); }
    void failNext(Infra::Error error) { m_failure = std::move(error); }

    [[nodiscard]] InfraConsole::SnapshotPointer snapshot() const override { return m_snapshot; }
    [[nodiscard]] QString sourceName() const override;
    [[nodiscard]] bool isDemo() const override { return true; }
    [[nodiscard]] bool isReadOnly() const override { return m_readOnly; }
    [[nodiscard]] QString readOnlyReason() const override;
    [[nodiscard]] bool isProduction() const override { return m_production; }
    void setWatchedSeries(std::vector<InfraConsole::SeriesId> series) override;
    void refresh() override { publish(); }
    void setThresholds(const InfraConsole::AttentionThresholds &thresholds) override { m_thresholds = thresholds; }
    [[nodiscard]] const InfraConsole::AttentionThresholds &thresholds() const { return m_thresholds; }

    [[nodiscard]] QFuture<Infra::Result<Infra::InvalidationPreview>>
    preview(const QByteArray &region, const Infra::Target &target, InfraConsole::CancelFlag cancelled) override;
    [[nodiscard]] QFuture<Infra::Result<InfraConsole::InvalidationResult>>
    invalidate(const QByteArray &region, const Infra::Target &target, InfraConsole::InvalidationWatch watch) override;
    [[nodiscard]] QFuture<Infra::Result<QByteArrayList>> regions() override;
    [[nodiscard]] QFuture<Infra::Result<InfraConsole::EntryPage>>
    entries(const QByteArray &region, const QByteArray &prefix, const QByteArray &after, int limit) override;
    [[nodiscard]] QFuture<Infra::Result<InfraConsole::EntryValue>> value(const QByteArray &region,
                                                                         const QByteArray &key) override;

    void checkService(const QString &) override {}
    void checkAllServices() override {}
    void pauseService(const QString &, std::chrono::milliseconds) override {}
    [[nodiscard]] Infra::Result<void> addService(const QString &, const QString &) override { return {}; }
    [[nodiscard]] Infra::Result<void> editService(const QString &, const QString &, const QString &) override { return {}; }
    void removeService(const QString &) override {}
    void moveService(const QString &, int) override {}

private:
    void buildRows();
    void buildSeries();
    [[nodiscard]] std::vector<Infra::EntryInfo> matching(const Infra::Target &target) const;
    template<class T>
    QFuture<T> answer(T value);

    InfraConsole::Snapshot m_draft;
    InfraConsole::SnapshotPointer m_snapshot;
    std::vector<InfraConsole::SeriesId> m_watched;
    std::vector<Infra::EntryInfo> m_keys;
    std::vector<std::function<void()>> m_held;
    InfraConsole::CancelFlag m_cancel;
    InfraConsole::InvalidationWatch m_watch;
    std::optional<Infra::Error> m_failure;
    std::optional<Infra::Error> m_pageFailure;
    QByteArrayList m_storedRegions;
    InfraConsole::InstancesByService m_coherentInstances{
        {QStringLiteral("data-api"), {QStringLiteral("data-api (pid 4100)")}},
        {QStringLiteral("ai-query-service"), {QStringLiteral("ai-query-service (pid 4101)")}},
        {QStringLiteral("ai-automation-service"), {QStringLiteral("ai-automation-service (pid 4102)")}}};
    QList<Infra::Target> m_invalidated;
    InfraConsole::AttentionThresholds m_thresholds;
    bool m_holding = false;
    bool m_production = false;
    bool m_readOnly = false;
    int m_pagesRead = 0;
};

} // namespace InfraTest
