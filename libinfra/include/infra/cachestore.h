// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/result.h>
#include <infra/storeoptions.h>
#include <infra/storestatistics.h>
#include <infra/target.h>

#include <QByteArray>
#include <QString>

#include <atomic>
#include <memory>
#include <vector>

namespace Infra {

namespace Detail {
class StoreBackend;
class TelemetryChannel;
}

// Thread safety: every member may be called from any thread at once; the destructor, as always, only once. A store
// must not be used in the child of a fork(). While it is open, the process may open its database file through SQLite
// only: the kernel drops SQLite's locks when any other descriptor of the file is closed
// (sqlite.org/howtocorrupt.html, 2.2).
//
// The store that the caches of several processes on one machine share, and in which they publish their telemetry: an
// SQLite database and the small files beside it. Caches are opened on it with Cache::create(); an operator's program
// lists, previews and invalidates with the members here. A QCoreApplication must exist while a store is open.
//
//     Infra::StoreOptions options;
//     options.url = QStringLiteral("sqlite:shop-cache.db");
//     auto store = Infra::CacheStore::open(options);
//     if (!store)
//         qWarning("%s", qPrintable(toString(store.error())));
//
// Every call is bounded by its deadline and fails with Busy or Timeout behind it. Other errors: DiskFull (also when
// StoreOptions::maximumBytes leaves no room), ReadOnly, PermissionDenied, Corrupt (while a damaged store is being
// rebuilt), Incompatible (a newer schema), Unavailable, Io. A damaged store is moved aside, rebuilt empty, and heals
// by itself; health() says what is wrong meanwhile.
class INFRA_EXPORT CacheStore final : public MetricSource
{
public:
    // Fails with InvalidArgument (the URL, its scheme, an option out of range), NotFound (no such file or directory,
    // unless AccessMode::Create may create the file), Corrupt (not an SQLite database; AccessMode::Create rebuilds it
    // when the files beside it prove that it was a store), Incompatible (somebody else's database, or a store of a
    // newer schema), PermissionDenied, Busy, Io. Waits at most 5 s.
    [[nodiscard]] static Result<std::shared_ptr<CacheStore>> open(const StoreOptions &options);
    // A store in the memory of this process, for caches without a disk tier: it keeps no rows, only the words that
    // make memory tiers coherent, so every read misses, and previews and reports count nothing. Nor can it tell what a prefix,
    // a glob or a tag means: each of these targets empties its whole region, of every cache on this store. Changes are tracked by
    // 2^18 stripes of keys a region (2 MiB, taken as they are written): a set of another key of the stripe drops an entry
    // too, of 10,000 that are set one after another about 190. A miss, never a wrong value. `clock` must outlive it.
    [[nodiscard]] static std::shared_ptr<CacheStore> openInMemory(const Clock &clock = Clock::system());

    // Waits for calls in flight. Caches, publishers and readers on this store keep what they need of it alive.
    ~CacheStore() override;
    CacheStore(const CacheStore &) = delete;
    CacheStore &operator=(const CacheStore &) = delete;

    // Without credentials, as shown to people and used as the component name in telemetry.
    [[nodiscard]] QString url() const;
    // As given to open(); for a store in memory the defaults with its clock.
    [[nodiscard]] const StoreOptions &options() const noexcept;

    // By name. Counting walks every row: about 0.2 s for a million, which the deadline does not cut short.
    [[nodiscard]] Result<std::vector<RegionInfo>> regions(Deadline deadline) const;
    // Their names alone, in order, at once.
    [[nodiscard]] Result<QByteArrayList> regionNames(Deadline deadline) const;

    // Up to `limit` (1 to 10,000) entries of a region in key order, behind key `after` (empty: from the start) and
    // with prefix `prefix` (empty: all). A page costs the same wherever it begins: the last key of one page is
    // `after` of the next. NotFound when there is no such region.
    [[nodiscard]] Result<std::vector<EntryInfo>> entries(const QByteArray &region, const QByteArray &prefix,
                                                         const QByteArray &after, int limit, Deadline deadline) const;

    // What invalidate() would remove now. `region` may be empty: every region that has matching entries.
    // Fails with Cancelled once `cancelled` (may be nullptr) is true.
    [[nodiscard]] Result<InvalidationPreview> preview(const QByteArray &region, const Target &target, Deadline deadline,
                                                      const std::atomic<bool> *cancelled = nullptr) const;

    // Removes what `target` means from both tiers of every process, and writes one event into the journal in the same
    // transaction: `actor` (at most 256 bytes) is who wanted it. `region` may be empty: every region, as for
    // Target::everything(), which ignores it. When this returns, no process reads what was removed.
    // Many entries go in turns of some milliseconds, between which other writers come in. `control`, when given, says
    // how far it is and can end it: Cancelled when nothing was removed yet, otherwise a report that is not complete.
    [[nodiscard]] Result<InvalidationReport> invalidate(const QByteArray &region, const Target &target,
                                                        const QByteArray &actor, Deadline deadline,
                                                        InvalidationControl *control = nullptr);

    // All 0 for a store in memory.
    [[nodiscard]] StoreStatistics statistics() const;
    // As the accesses so far found it; asks nothing by itself. A store in memory is always Available.
    [[nodiscard]] StoreHealth health() const;
    // Kind::Store, named url().
    [[nodiscard]] ComponentSnapshot snapshot() const override;

    // For TelemetryPublisher, TelemetryReader and Journal. Null for a store in memory.
    [[nodiscard]] std::shared_ptr<Detail::TelemetryChannel> telemetryChannel() const;
    // For Cache::create(); the type is private to this library.
    [[nodiscard]] std::shared_ptr<Detail::StoreBackend> backend() const;

private:
    struct Private;
    explicit CacheStore(std::unique_ptr<Private> privateData);
    std::unique_ptr<Private> d;
};

} // namespace Infra
