// SPDX-License-Identifier: MIT
// The members of SqliteStore that deal with many entries at once.
#include "sqlitestore.h"

#include "expiredscan.h"
#include "invalidationjournal.h"
#include "keyhash.h"
#include "previewcount.h"
#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <deque>

namespace Infra::Detail {

namespace {

// Rows that one turn removes: some milliseconds, after which other writers come in between.
constexpr int RowsPerTurn = 1000;
constexpr int RowsPerFetch = 64;

bool isOfKeys(const Target &target)
{
    return target.kind() == Target::Kind::Key || target.kind() == Target::Kind::Keys;
}

tl::unexpected<SqliteError> listError(const QSqlQuery &query, const char *doing)
{
    return tl::unexpected(sqliteError(query.lastError(), QString::fromLatin1(doing)));
}

} // namespace

Result<std::vector<std::uint32_t>> SqliteStore::regionsOf(std::uint32_t regionId, SteadyTime deadline)
{
    if (regionId != 0)
        return std::vector<std::uint32_t>{regionId};
    return withReader(deadline, [](SqliteReader &reader) -> tl::expected<std::vector<std::uint32_t>, SqliteError> {
        QSqlQuery query = reader.connection().prepare(QStringLiteral("SELECT id FROM regions ORDER BY name"));
        if (!query.exec())
            return listError(query, "listing regions");
        std::vector<std::uint32_t> ids;
        while (query.next())
            ids.push_back(query.value(0).toUInt());
        if (query.lastError().isValid())
            return listError(query, "listing regions");
        return ids;
    });
}

Result<std::vector<RegionInfo>> SqliteStore::regions(Deadline deadline)
{
    return withReader(deadline.resolve(m_context.clock), [](SqliteReader &reader) -> tl::expected<std::vector<RegionInfo>, SqliteError> {
        QSqlQuery query = reader.connection().prepare(QStringLiteral(
            "SELECT r.id, r.name, s.entries, s.bytes FROM regions r LEFT JOIN (SELECT region, count(*) AS entries, "
            "sum(length(key) + length(value)) AS bytes FROM entries GROUP BY region) s ON s.region = r.id ORDER BY r.name"));
        if (!query.exec())
            return listError(query, "listing regions");
        std::vector<RegionInfo> regions;
        while (query.next())
            regions.push_back({query.value(0).toUInt(), query.value(1).toByteArray(), query.value(2).toULongLong(), query.value(3).toULongLong()});
        if (query.lastError().isValid())
            return listError(query, "listing regions");
        return regions;
    });
}

Result<QByteArrayList> SqliteStore::regionNames(Deadline deadline)
{
    return withReader(deadline.resolve(m_context.clock), [](SqliteReader &reader) -> tl::expected<QByteArrayList, SqliteError> {
        QSqlQuery query = reader.connection().prepare(QStringLiteral("SELECT name FROM regions ORDER BY name"));
        if (!query.exec())
            return listError(query, "listing regions");
        QByteArrayList names;
        while (query.next())
            names << query.value(0).toByteArray();
        if (query.lastError().isValid())
            return listError(query, "listing regions");
        return names;
    });
}

// How far an invalidation is; a turn changes a copy, which counts once it is committed.
struct SqliteStore::SweepProgress
{
    std::deque<std::uint32_t> remaining; // Regions.
    std::optional<TargetScan> scan;      // Of the first of them.
    std::optional<ExpiredScan> expired;  // Of all of them, for what has expired.
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;
};

// An invalidation under way, a turn at a time.
struct SqliteStore::Sweep
{
    Target target;
    std::uint32_t regionId = 0;
    QByteArray regionName;
    QByteArray actor;
    SystemTime now{};
    SweepProgress progress;
    bool isDone = false;
    bool isCancelled = false; // The next step only writes down what was done.
};

Result<InvalidationReport> SqliteStore::invalidate(std::uint32_t regionId, const Target &target, const QByteArray &actor,
                                                   Deadline deadline)
{
    InvalidationControl unwatched;
    return invalidateWatched(regionId, target, actor, unwatched, deadline);
}

Result<InvalidationReport> SqliteStore::invalidateWatched(std::uint32_t regionId, const Target &target, const QByteArray &actor,
                                                          InvalidationControl &control, Deadline deadline)
{
    if (auto checked = checkTarget(target); !checked)
        return failure(checked.error());
    if (m_context.options.accessMode == StoreOptions::AccessMode::ReadOnly)
        return failure(Error::Kind::ReadOnly, m_context.paths.database + QStringLiteral(" was opened read-only"));
    m_context.counters.invalidations.fetch_add(1, std::memory_order_relaxed);
    const SteadyTime end = deadline.resolve(m_context.clock);
    const bool everything = target.kind() == Target::Kind::Everything;
    Sweep sweep{target, everything ? 0 : regionId, {}, actor.left(256), m_context.clock.systemNow(), {}, false, false};
    const auto regions = regionsOf(sweep.regionId, end);
    if (!regions)
        return failure(regions.error());
    sweep.progress.remaining.assign(regions->begin(), regions->end());
    if (const RegionSlot *slot = m_regions.find(sweep.regionId))
        sweep.regionName = slot->name;
    const SweepProgress &progress = sweep.progress;
    while (!sweep.isDone) {
        sweep.isCancelled = control.cancelled.load(std::memory_order_relaxed);
        if (sweep.isCancelled && progress.entries == 0)
            return failure(Error::Kind::Cancelled, QStringLiteral("cancelled before anything was removed"));
        if (auto done = m_queue.run([&] { return sweepStep(sweep, end); }, end); !done) {
            Error error = done.error();
            if (progress.entries > 0)
                error.message += QStringLiteral(" (%1 entries were removed already)").arg(progress.entries);
            return failure(std::move(error));
        }
        control.removed.store(progress.entries, std::memory_order_relaxed);
    }
    return InvalidationReport{progress.entries, progress.bytes, sweep.now, progress.remaining.empty()};
}

Result<void> SqliteStore::sweepStep(Sweep &sweep, SteadyTime deadline)
{
    if (auto room = m_space.makeRoom(RowsPerTurn, deadline); !room)
        return room;
    SweepProgress progress;
    const auto done = m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        progress = sweep.progress;
        const bool isOfExpired = sweep.target.kind() == Target::Kind::Expired;
        if (auto removed = isOfExpired ? removeExpired(scope, sweep, progress) : removeMatching(scope, sweep, progress); !removed)
            return removed;
        if (!progress.remaining.empty() && !sweep.isCancelled)
            return {};
        const QByteArray payload = encodeInvalidation(sweep.actor, sweep.regionName, sweep.target, progress.entries, progress.bytes);
        if (auto written = scope.writer.appendEvent(sweep.now, {}, payload); !written)
            return tl::unexpected(written.error());
        return {};
    });
    if (!done)
        return done;
    sweep.progress = std::move(progress);
    sweep.isDone = sweep.progress.remaining.empty() || sweep.isCancelled;
    return {};
}

SqliteWriter::Done SqliteStore::removeMatching(StoreTransaction::Scope &scope, const Sweep &sweep, SweepProgress &progress)
{
    // Before the first row is looked for: a load that began before it cannot bring anything back, and copies that
    // exist in memory only go as well.
    if (!isOfKeys(sweep.target)) {
        if (sweep.regionId == 0)
            scope.markAllRegions();
        else
            scope.markRegion(sweep.regionId);
    } else {
        // Without a region there is no entry either.
        const QByteArrayList &keys = sweep.target.keyList();
        for (qsizetype i = 0; i < keys.size() && !progress.remaining.empty(); ++i)
            scope.markEntry(progress.remaining.front(), keyHash(keys.at(i)));
    }
    const std::uint64_t mostBytes = progress.bytes + bytesPerTurn();
    int budget = RowsPerTurn;
    while (!sweep.isCancelled && budget > 0 && progress.bytes < mostBytes && !progress.remaining.empty()) {
        if (!progress.scan)
            progress.scan.emplace(progress.remaining.front(), sweep.target);
        auto rows = progress.scan->next(scope.writer.connection(), std::min(budget, RowsPerFetch));
        if (!rows)
            return tl::unexpected(rows.error());
        for (const MatchedRow &row : *rows) {
            if (auto removed = scope.writer.removeRow(progress.remaining.front(), row); !removed)
                return removed;
            scope.record = {CommitRecord::Kind::Absent, progress.remaining.front(), 0, row.key};
            ++progress.entries;
            progress.bytes += row.bytes;
        }
        // Rows that were looked at in vain count too.
        budget -= std::max<int>(static_cast<int>(rows->size()), RowsPerFetch / 4);
        if (progress.scan->isAtEnd()) {
            progress.scan.reset();
            progress.remaining.pop_front();
        }
    }
    return {};
}

// As culling does it. Nobody is served what has expired, so there are no copies in memory that have to go, and no loads.
SqliteWriter::Done SqliteStore::removeExpired(StoreTransaction::Scope &scope, const Sweep &sweep, SweepProgress &progress)
{
    if (!progress.expired)
        progress.expired.emplace(sweep.regionId, sweep.now);
    const std::uint64_t mostBytes = progress.bytes + bytesPerTurn();
    for (int budget = RowsPerTurn; !sweep.isCancelled && budget > 0 && progress.bytes < mostBytes; budget -= RowsPerFetch) {
        const auto rows = progress.expired->next(scope.writer.connection(), std::min(budget, RowsPerFetch));
        if (!rows)
            return tl::unexpected(rows.error());
        for (const ExpiredScan::Row &found : *rows) {
            if (auto removed = scope.removeEntry(found.region, found.row); !removed)
                return removed;
            ++progress.entries;
            progress.bytes += found.row.bytes;
        }
        if (progress.expired->isAtEnd()) {
            progress.remaining.clear();
            break;
        }
    }
    return {};
}

Result<InvalidationPreview> SqliteStore::preview(std::uint32_t regionId, const Target &target, const std::atomic<bool> *cancelled,
                                                 Deadline deadline)
{
    if (auto checked = checkTarget(target); !checked)
        return failure(checked.error());
    const SteadyTime end = deadline.resolve(m_context.clock);
    const auto regions = regionsOf(target.kind() == Target::Kind::Everything ? 0 : regionId, end);
    if (!regions)
        return failure(regions.error());
    const SystemTime now = m_context.clock.systemNow();
    return withReader(end, [&](SqliteReader &reader) -> tl::expected<InvalidationPreview, SqliteError> {
        const auto spare = isOfKeys(target) ? std::nullopt : m_readers.acquireSpare();
        SqliteReader *second = spare && (*spare)->session() == reader.session() ? &**spare : nullptr;
        const auto begun = second ? reader.beginSnapshotWith(*second) : reader.beginSnapshot().map([] { return false; });
        if (!begun)
            return tl::unexpected(begun.error());
        // A connection that found another file than the session's has said so to the session.
        if (second && (!*begun || !reader.session()->isGood())) {
            second->endSnapshot();
            second = nullptr;
        }
        PreviewCount counting(m_context.clock, {cancelled, end});
        auto counted = counting.run(*regions, target, now, reader.connection(), second ? &second->connection() : nullptr);
        reader.endSnapshot();
        if (second)
            second->endSnapshot();
        return counted;
    });
}

Result<std::vector<EntryInfo>> SqliteStore::entries(std::uint32_t regionId, const QByteArray &prefix, const QByteArray &after,
                                                    int limit, Deadline deadline)
{
    if (limit < 1 || limit > 10000)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("a page has 1 to 10000 entries, not %1").arg(limit));
    const QByteArray until = prefixEnd(prefix);
    const bool fromPrefix = after < prefix;
    QString sql = QStringLiteral("SELECT key, length(value), stored, expires, tags, flags FROM entries WHERE region = ? AND key ")
        + (fromPrefix ? QStringLiteral(">= ?") : QStringLiteral("> ?"));
    if (!until.isNull())
        sql += QStringLiteral(" AND key < ?");
    sql += QStringLiteral(" ORDER BY key LIMIT ?");
    return withReader(deadline.resolve(m_context.clock), [&](SqliteReader &reader) -> tl::expected<std::vector<EntryInfo>, SqliteError> {
        QSqlQuery query = reader.connection().prepare(sql);
        const QByteArray lower = fromPrefix ? prefix : after;
        int at = 0;
        query.bindValue(at++, regionId);
        query.bindValue(at++, notNull(lower));
        if (!until.isNull())
            query.bindValue(at++, until);
        query.bindValue(at, limit);
        if (!query.exec())
            return listError(query, "listing entries");
        std::vector<EntryInfo> entries;
        while (query.next()) {
            EntryInfo entry;
            entry.key = query.value(0).toByteArray();
            entry.bytes = query.value(1).toULongLong();
            entry.storedAt = decodeTime(query.value(2));
            entry.expiresAt = decodeTime(query.value(3));
            entry.tags = decodeTags(query.value(4).toByteArray()).value_or(QByteArrayList());
            entry.negative = (query.value(5).toUInt() & NegativeEntry) != 0;
            entries.push_back(std::move(entry));
        }
        if (query.lastError().isValid())
            return listError(query, "listing entries");
        return entries;
    });
}

Result<std::uint64_t> SqliteStore::appendEvent(const EventRow &event, Deadline deadline)
{
    const SteadyTime end = deadline.resolve(m_context.clock);
    std::uint64_t position = 0;
    const auto done = m_queue.run([&] {
        return m_transaction.run(end, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
            auto written = scope.writer.appendEvent(event.at, event.instanceId, event.payload);
            if (!written)
                return tl::unexpected(written.error());
            position = *written;
            return {};
        });
    }, end);
    if (!done)
        return failure(done.error());
    return position;
}

Result<std::vector<EventRow>> SqliteStore::events(std::uint64_t after, int limit, Deadline deadline)
{
    return withReader(deadline.resolve(m_context.clock), [&](SqliteReader &reader) -> tl::expected<std::vector<EventRow>, SqliteError> {
        QSqlQuery query = reader.connection().prepare(QStringLiteral(
            "SELECT position, at, instance, payload FROM events WHERE position > ? ORDER BY position LIMIT ?"));
        query.bindValue(0, static_cast<qlonglong>(after));
        query.bindValue(1, limit);
        if (!query.exec())
            return listError(query, "reading the journal");
        std::vector<EventRow> events;
        while (query.next())
            events.push_back({query.value(0).toULongLong(), decodeTime(query.value(1)), query.value(2).toByteArray(), query.value(3).toByteArray()});
        if (query.lastError().isValid())
            return listError(query, "reading the journal");
        return events;
    });
}

} // namespace Infra::Detail
