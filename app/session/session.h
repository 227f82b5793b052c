// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "attention.h"
#include "snapshot.h"

#include <infra/result.h>
#include <infra/target.h>

#include <QByteArrayList>
#include <QFuture>
#include <QObject>

#include <atomic>
#include <map>
#include <memory>

namespace InfraConsole {

// The value of one key, read on request.
struct EntryValue
{
    QByteArray bytes;         // At most `EntryValue::Limit`.
    std::uint64_t size = 0;   // As stored.
    static constexpr qsizetype Limit = 1 << 20;
};

// Entries in key order, and whether more follow.
struct EntryPage
{
    std::vector<Infra::EntryInfo> entries;
    bool hasMore = false;
};

// Set by whoever asked, read by whoever works.
using CancelFlag = std::shared_ptr<std::atomic<bool>>;

// Watches an invalidation and can end it; shared by who asked and who works.
using InvalidationWatch = std::shared_ptr<Infra::InvalidationControl>;

// Processes by their service: "data-api" has "data-api (pid 4711)".
using InstancesByService = std::map<QString, QStringList>;

// Which processes hold copies of what was invalidated, as far as telemetry tells.
struct InvalidationResult
{
    Infra::InvalidationReport report;
    InstancesByService coherentInstances;
};

// Live processes that have used `region`, or any when it is empty: the store's promise is that none of them reads what an
// invalidation there has removed.
[[nodiscard]] InstancesByService coherentInstances(const Snapshot &snapshot, const QByteArray &region);

// Every region that telemetry or the store knows, by name, once. Telemetry forgets a region when nobody published it for a
// while; `stored` is what Session::regions() answered, and has none that a service opened since.
[[nodiscard]] QByteArrayList regionNames(const Snapshot &snapshot, const QByteArrayList &stored);

// Thread safety: belongs to the GUI thread. No member blocks; futures finish on the session's own threads, so
// continue on the GUI thread with `.then(context, …)`.
//
// All data that the window shows and all that it can do. The window, its pages and dialogs know nothing else,
// so tests drive them with a made-up session.
class Session : public QObject
{
    Q_OBJECT

public:
    explicit Session(QObject *parent = nullptr);
    ~Session() override;

    // Never null.
    [[nodiscard]] virtual SnapshotPointer snapshot() const = 0;

    // What is shown to the operator as the name of the source ("cache.db"), without credentials.
    [[nodiscard]] virtual QString sourceName() const = 0;
    [[nodiscard]] virtual bool isDemo() const = 0;
    // May turn true while the source is being opened, never later; then accessChanged() says so.
    [[nodiscard]] virtual bool isReadOnly() const = 0;
    // One sentence; empty unless isReadOnly().
    [[nodiscard]] virtual QString readOnlyReason() const = 0;
    // A production profile asks for the name to be typed before anything is removed.
    [[nodiscard]] virtual bool isProduction() const = 0;

    // Replaces the set of series that snapshots carry; a snapshot with them follows at once.
    virtual void setWatchedSeries(std::vector<SeriesId> series) = 0;
    virtual void refresh() = 0;
    // From when on a figure needs attention; a snapshot that goes by them follows at once.
    virtual void setThresholds(const AttentionThresholds &thresholds) = 0;

    // Store access. An empty region with Target::everything() means every region.
    [[nodiscard]] virtual QFuture<Infra::Result<Infra::InvalidationPreview>>
    preview(const QByteArray &region, const Infra::Target &target, CancelFlag cancelled) = 0;
    // `watch` may be null.
    [[nodiscard]] virtual QFuture<Infra::Result<InvalidationResult>>
    invalidate(const QByteArray &region, const Infra::Target &target, InvalidationWatch watch = {}) = 0;
    // Names of all regions in the store, whether or not a service uses them now. Walks every row; ask rarely.
    [[nodiscard]] virtual QFuture<Infra::Result<QByteArrayList>> regions() = 0;
    [[nodiscard]] virtual QFuture<Infra::Result<EntryPage>>
    entries(const QByteArray &region, const QByteArray &prefix, const QByteArray &after, int limit) = 0;
    [[nodiscard]] virtual QFuture<Infra::Result<EntryValue>> value(const QByteArray &region, const QByteArray &key) = 0;

    // Services. Names are unique; an error says what is wrong with the input and nothing changes.
    virtual void checkService(const QString &name) = 0;
    virtual void checkAllServices() = 0;
    // `duration` zero resumes; max() pauses until resumed.
    virtual void pauseService(const QString &name, std::chrono::milliseconds duration) = 0;
    [[nodiscard]] virtual Infra::Result<void> addService(const QString &name, const QString &url) = 0;
    [[nodiscard]] virtual Infra::Result<void> editService(const QString &name, const QString &newName,
                                                          const QString &url) = 0;
    virtual void removeService(const QString &name) = 0;
    // Moves it to that place in the operator's order.
    virtual void moveService(const QString &name, int position) = 0;

Q_SIGNALS:
    // At most once a second, and at once after setWatchedSeries() and refresh(); for finished checks up to four times.
    void snapshotChanged();
    void accessChanged();
};

} // namespace InfraConsole
