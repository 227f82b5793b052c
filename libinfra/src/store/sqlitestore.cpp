// SPDX-License-Identifier: MIT
#include "sqlitestore.h"

#include "accesslog.h"
#include "housekeeper.h"
#include "loadlockfile.h"
#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace Infra::Detail {

namespace {

// One call in so many is timed: reading the clock twice costs a tenth of a lookup.
constexpr std::uint64_t ReadSampling = 64;
// Pages in the log from which on it is moved into the database: the more, the fewer pages are moved twice and the less
// often writers have the disk and the processor to share with that; and the longer readers search the log, and whoever
// opens the store behind a crash reads it. A part of the log's limit at most, as writers go on meanwhile.
constexpr std::uint64_t PagesPerCheckpoint = 12288;
// When nobody tells how many pages there are.
constexpr std::uint64_t BatchesPerCheckpoint = 512;
// How long a read may wait for files to be reopened before it is a miss.
constexpr std::chrono::milliseconds ReopenPatience{200};

const std::atomic<const CoherenceView *> s_noView{nullptr};

using Batch = std::span<const std::shared_ptr<WriteRequest>>;

// The tokens of a batch that hold when this is made. The turn excludes everybody else, so what moves their words until
// it ends is the turn's own doing: an attempt that failed, or others that went to make room. That has overtaken nobody.
class HeldTokens
{
public:
    HeldTokens(const CoherenceFile &file, Batch batch) : m_file(file), m_epoch(file.epoch())
    {
        for (const auto &request : batch) {
            for (WriteOperation &operation : request->operations) {
                if (operation.onlyIfUnchanged && !CoherenceView::isInFlight(operation.onlyIfUnchanged->stamp)
                    && *operation.onlyIfUnchanged == captured(operation))
                    m_operations.push_back(&operation);
            }
        }
    }
    // They hold again, unless the store became another one meanwhile.
    void renew(const CoherenceFile *file)
    {
        if (file != &m_file || file->epoch() != m_epoch)
            return;
        for (WriteOperation *operation : m_operations)
            operation->onlyIfUnchanged = captured(*operation);
    }

private:
    [[nodiscard]] LoadToken captured(const WriteOperation &operation) const
    {
        const std::uint64_t loads = m_file.regionLoads(operation.regionId);
        return {m_file.capture(operation.regionId, operation.keyHash), loads};
    }

    const CoherenceFile &m_file;
    const std::uint64_t m_epoch;
    std::vector<WriteOperation *> m_operations;
};

} // namespace

Result<std::shared_ptr<SqliteStore>> SqliteStore::open(const StoreOptions &options, const QString &databaseFile,
                                                       const StoreFaults &faults)
{
    std::shared_ptr<SqliteStore> store(new SqliteStore(options, databaseFile, faults));
    if (auto opened = store->m_keeper.open(); !opened)
        return failure(opened.error());
    if (options.accessMode != StoreOptions::AccessMode::ReadOnly)
        store->m_housekeeper = std::make_unique<Housekeeper>(*store);
    return store;
}

SqliteStore::SqliteStore(const StoreOptions &options, const QString &databaseFile, const StoreFaults &faults)
    : m_context(options, databaseFile, faults), m_readers(m_context), m_keeper(m_context, m_regions, m_readers),
      m_transaction(m_context, m_keeper), m_space(m_context, m_keeper, m_transaction), m_queue(m_context.clock, *this),
      m_accesses(std::make_unique<AccessLog>())
{
}

SqliteStore::~SqliteStore()
{
    m_housekeeper.reset();
    m_keeper.close();
}

Result<RegionSlot *> SqliteStore::slotOf(std::uint32_t regionId) const
{
    if (RegionSlot *slot = m_regions.find(regionId))
        return slot;
    return failure(Error::Kind::NotFound, QStringLiteral("there is no region %1").arg(regionId));
}

Result<std::uint32_t> SqliteStore::openRegion(const QByteArray &name, Deadline deadline)
{
    if (name.isEmpty())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the region's name is empty"));
    if (name.size() > 256)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("the region's name is longer than 256 bytes"));
    const SteadyTime end = deadline.resolve(m_context.clock);
    if (auto found = findRegion(name, Deadline::at(end)); found || found.error().kind != Error::Kind::NotFound)
        return found;
    const auto region = m_regions.add(name);
    if (!region)
        return failure(region.error());
    const auto added = m_queue.run([&] {
        return m_transaction.run(end, [&](StoreTransaction::Scope &scope) { return scope.writer.addRegion(**region); });
    }, end);
    if (!added)
        return failure(added.error());
    return (*region)->id;
}

Result<std::uint32_t> SqliteStore::findRegion(const QByteArray &name, Deadline deadline)
{
    const auto found = withReader(deadline.resolve(m_context.clock), [&](SqliteReader &reader) -> tl::expected<bool, SqliteError> {
        QSqlQuery query = reader.connection().prepare(QStringLiteral("SELECT id FROM regions WHERE name = ?"));
        query.bindValue(0, notNull(name));
        if (!query.exec())
            return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("looking for a region")));
        return query.next();
    });
    if (!found)
        return failure(found.error());
    if (!*found)
        return failure(Error::Kind::NotFound, QStringLiteral("there is no region '%1'").arg(QString::fromUtf8(name)));
    const auto region = m_regions.add(name);
    if (!region)
        return failure(region.error());
    return (*region)->id;
}

const std::atomic<const CoherenceView *> &SqliteStore::coherence(std::uint32_t regionId)
{
    const RegionSlot *slot = m_regions.find(regionId);
    return slot ? slot->view : s_noView;
}

LoadToken SqliteStore::captureToken(std::uint32_t regionId, std::uint64_t keyHash)
{
    const CoherenceFile *file = m_keeper.current();
    if (!file)
        return {{1, 1}, 0};
    LoadToken token;
    token.regionLoads = file->regionLoads(regionId);
    token.stamp = file->capture(regionId, keyHash);
    return token;
}

Error SqliteStore::readFailure(const SqliteError &problem, const std::shared_ptr<StoreSession> &session)
{
    if (problem.fault == SqliteFault::Damage) {
        const bool sameFile = FileIdentity::of(m_context.paths.databaseFile).isSameFile(session->database);
        session->condemn(sameFile ? StoreSession::Verdict::Damaged : StoreSession::Verdict::Stale);
        m_context.health.set(StoreHealth::State::Degraded, problem.error.message);
        if (m_housekeeper)
            m_housekeeper->wake();
    }
    if (problem.error.kind == Error::Kind::Cancelled)
        return problem.error;
    auto &counter = problem.fault == SqliteFault::Busy ? m_context.counters.busy : m_context.counters.errors;
    counter.fetch_add(1, std::memory_order_relaxed);
    return problem.error;
}

Result<ReaderPool::Lease> SqliteStore::acquireReader(SteadyTime deadline)
{
    const bool readsOnly = m_context.options.accessMode == StoreOptions::AccessMode::ReadOnly;
    if (readsOnly)
        m_keeper.followReadOnly();
    auto lease = m_readers.acquire(deadline);
    if (lease && (*lease)->session()->isGood())
        return std::move(*lease);
    if (!lease && lease.error().error.kind == Error::Kind::Timeout)
        return failure(readFailure(lease.error(), nullptr));
    if (readsOnly)
        return failure(lease ? Error{Error::Kind::Unavailable, QStringLiteral("the store is not open"), {}} : lease.error().error);
    {
        // Gives the reader back first: reopening closes it.
        const auto stale = std::move(lease);
    }
    // A turn mends what it finds.
    const SteadyTime patience = std::min(deadline, m_context.clock.steadyNow() + ReopenPatience);
    if (auto mended = m_queue.run([] { return Result<void>(); }, patience); !mended) {
        m_housekeeper->wake();
        return failure(mended.error());
    }
    auto again = m_readers.acquire(deadline);
    if (!again)
        return failure(again.error().error);
    return std::move(*again);
}

Result<std::optional<StoredEntry>> SqliteStore::read(std::uint32_t regionId, const QByteArray &key, std::uint64_t keyHash,
                                                     Deadline deadline)
{
    const RegionSlot *region = m_regions.find(regionId);
    if (!region)
        return failure(slotOf(regionId).error());
    const bool timed = m_context.counters.reads.fetch_add(1, std::memory_order_relaxed) % ReadSampling == 0;
    const auto before = timed ? std::chrono::steady_clock::now() : SteadyTime();
    auto reader = acquireReader(deadline.resolve(m_context.clock));
    if (!reader)
        return failure(reader.error());
    auto entry = (*reader)->read(*region, key, keyHash);
    if (timed)
        m_context.counters.readDuration.record(std::chrono::steady_clock::now() - before);
    if (entry)
        return std::move(*entry);
    Error error = readFailure(entry.error(), (*reader)->session());
    // What is damaged is a miss; the caller computes anew while the store is rebuilt.
    if (entry.error().fault == SqliteFault::Damage)
        return std::optional<StoredEntry>();
    return failure(std::move(error));
}

Result<std::vector<std::optional<StoredEntry>>>
SqliteStore::readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
                      Deadline deadline)
{
    const auto region = slotOf(regionId);
    if (!region)
        return failure(region.error());
    m_context.counters.reads.fetch_add(keys.size(), std::memory_order_relaxed);
    std::vector<std::optional<StoredEntry>> entries(keys.size());
    const SteadyTime end = deadline.resolve(m_context.clock);
    auto reader = acquireReader(end);
    if (!reader)
        return failure(reader.error());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i % 256 == 255 && m_context.clock.steadyNow() >= end)
            return failure(Error::Kind::Timeout, QStringLiteral("read %1 of %2 keys by the deadline").arg(i).arg(keys.size()));
        auto entry = (*reader)->read(**region, keys[i], keyHashes[i]);
        if (entry) {
            entries[i] = std::move(*entry);
            continue;
        }
        Error error = readFailure(entry.error(), (*reader)->session());
        if (entry.error().fault == SqliteFault::Damage)
            break;
        return failure(std::move(error));
    }
    return entries;
}

Result<std::vector<WriteOutcome>> SqliteStore::write(std::vector<WriteOperation> operations, Deadline deadline)
{
    if (operations.empty())
        return std::vector<WriteOutcome>();
    if (m_context.options.accessMode == StoreOptions::AccessMode::ReadOnly)
        return failure(Error::Kind::ReadOnly, m_context.paths.database + QStringLiteral(" was opened read-only"));
    for (const WriteOperation &operation : operations) {
        if (!m_regions.find(operation.regionId))
            return failure(slotOf(operation.regionId).error());
        if (operation.key.isEmpty())
            return failure(Error::Kind::InvalidArgument, QStringLiteral("the key is empty"));
        for (const QByteArray &tag : operation.tags) {
            if (tag.isEmpty() || tag.size() > 0xffff)
                return failure(Error::Kind::InvalidArgument, QStringLiteral("a tag must have 1 to 65535 bytes"));
        }
    }
    m_context.counters.writes.fetch_add(operations.size(), std::memory_order_relaxed);
    return m_queue.write(std::move(operations), deadline.resolve(m_context.clock));
}

Result<void> SqliteStore::beginTurn(SteadyTime deadline)
{
    const auto before = std::chrono::steady_clock::now();
    auto begun = m_keeper.beginTurn(deadline);
    m_context.counters.lockDuration.record(std::chrono::steady_clock::now() - before);
    return begun;
}

void SqliteStore::endTurn()
{
    m_keeper.endTurn();
}

tl::expected<WriteOutcome, SqliteError> SqliteStore::apply(StoreTransaction::Scope &scope, const WriteOperation &operation)
{
    WriteOutcome outcome;
    const RegionSlot &region = *m_regions.find(operation.regionId);
    if (!scope.isUnchanged(operation)) {
        m_context.counters.droppedWrites.fetch_add(1, std::memory_order_relaxed);
        if (operation.removesOlder && !m_context.faults.keepOlder) {
            scope.markEntry(operation.regionId, operation.keyHash);
            const auto removed = scope.writer.removeOlder(region, operation);
            if (!removed)
                return tl::unexpected(removed.error());
            if (*removed)
                scope.record = {CommitRecord::Kind::Absent, operation.regionId, 0, operation.key};
        }
        return outcome;
    }
    scope.markEntry(operation.regionId, operation.keyHash);
    CommitRecord record{CommitRecord::Kind::Present, operation.regionId, 0, operation.key};
    switch (operation.kind) {
    case WriteOperation::Kind::Set: {
        auto done = scope.writer.set(region, operation, record.rowChecksum);
        if (!done)
            return tl::unexpected(done.error());
        outcome.applied = true;
        break;
    }
    case WriteOperation::Kind::Touch: {
        auto done = scope.writer.touch(region, operation, record.rowChecksum);
        if (!done)
            return tl::unexpected(done.error());
        outcome.applied = *done;
        break;
    }
    case WriteOperation::Kind::Remove: {
        auto done = scope.writer.remove(operation.regionId, operation.key, nullptr);
        if (!done)
            return tl::unexpected(done.error());
        outcome.applied = *done;
        record.kind = CommitRecord::Kind::Absent;
        break;
    }
    }
    if (outcome.applied)
        scope.record = std::move(record);
    return outcome;
}

Result<void> SqliteStore::executeTogether(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline)
{
    std::uint64_t bytes = 0;
    for (const auto &request : batch) {
        for (const WriteOperation &operation : request->operations)
            bytes += operation.bytes();
    }
    if (auto room = m_space.makeRoom(bytes, deadline); !room)
        return room;
    HeldTokens tokens(*m_keeper.current(), batch);
    auto done = m_transaction.run(deadline, [&](StoreTransaction::Scope &scope) -> tl::expected<void, SqliteError> {
        for (const auto &request : batch) {
            std::vector<WriteOutcome> outcomes;
            outcomes.reserve(request->operations.size());
            for (const WriteOperation &operation : request->operations) {
                auto outcome = apply(scope, operation);
                if (!outcome)
                    return tl::unexpected(outcome.error());
                outcomes.push_back(*outcome);
            }
            request->result = std::move(outcomes);
        }
        return {};
    });
    if (!done) {
        if (!m_transaction.hasCommitted())
            tokens.renew(m_keeper.current());
        return done;
    }
    // From behind: of operations on one entry only the last has left what is there now, and a copy of what an earlier one
    // wrote must not pass for current. Of two entries with one hash the earlier one just gets no copy.
    std::unordered_set<std::uint64_t> changed;
    for (auto request = batch.rbegin(); request != batch.rend(); ++request) {
        std::vector<WriteOutcome> &outcomes = *(*request)->result;
        for (std::size_t i = outcomes.size(); i-- > 0;) {
            const WriteOperation &operation = (*request)->operations[i];
            if (!changed.contains(operation.keyHash))
                outcomes[i].stamp = m_keeper.coherence().capture(operation.regionId, operation.keyHash);
            if (outcomes[i].applied || operation.removesOlder)
                changed.insert(operation.keyHash);
        }
    }
    return {};
}

Result<void> SqliteStore::cullFor(Batch batch, std::uint64_t bytes, SteadyTime deadline)
{
    HeldTokens tokens(*m_keeper.current(), batch);
    auto freed = m_space.freeAtLeast(bytes, deadline);
    tokens.renew(m_keeper.current());
    return freed;
}

void SqliteStore::execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline)
{
    auto done = executeTogether(batch, deadline);
    if (!done && done.error().kind == Error::Kind::DiskFull && m_keeper.hasWriter()) {
        // And some pages, which no small store has many of.
        std::uint64_t bytes = std::min<std::uint64_t>(64 * 4096, m_space.largestWrite() / 8);
        for (const auto &request : batch) {
            for (const WriteOperation &operation : request->operations)
                bytes += 2 * operation.bytes();
        }
        if (!m_space.isAtLimit(bytes)) {
            // The disk is full, not the store: entries would go for nothing. But the log may be what fills it.
            m_space.emptyLog();
            done = executeTogether(batch, deadline);
        } else {
            // Estimates both, what is needed and what came free: whether there is room now, the store says.
            static_cast<void>(cullFor(batch, bytes, deadline));
            done = executeTogether(batch, deadline);
        }
    }
    if (done) {
        watchLog();
        return;
    }
    // One caller's bad luck is not the others': each gets a transaction of its own, or a turn when the time for this is over.
    for (const auto &request : batch) {
        const bool isOfLeader = request == batch.front();
        const bool isLate = m_context.clock.steadyNow() >= deadline;
        auto alone = batch.size() > 1 && !isLate ? executeTogether(std::span(&request, 1), deadline) : done;
        if (alone)
            continue;
        if (isOfLeader || m_context.clock.steadyNow() < deadline)
            request->result = failure(alone.error());
        else
            request->isServed = false;
    }
}

void SqliteStore::watchLog()
{
    // The log is used over and over while it is short; one that grows costs each write new blocks of the disk.
    if (!m_housekeeper)
        return;
    const int pages = m_keeper.writer().logPages();
    if (pages < 0) {
        if (++m_batches % BatchesPerCheckpoint == 0)
            m_housekeeper->wantCheckpoint();
        return;
    }
    const int enough = static_cast<int>(std::min(PagesPerCheckpoint, m_space.logLimit() * 3 / 8 / 4096));
    if (pages < enough) {
        m_checkpointAt = enough;
    } else if (pages >= m_checkpointAt) {
        m_checkpointAt = pages + std::max(enough / 4, 16); // When a reader, or another process at it, is in the way.
        m_housekeeper->wantCheckpoint();
    }
}

Result<std::unique_ptr<LoadLock>> SqliteStore::lockLoad(std::uint32_t regionId, std::uint64_t keyHash, Deadline deadline)
{
    CoherenceFile *file = m_keeper.current();
    if (!file)
        return failure(Error::Kind::ReadOnly, m_context.paths.database + QStringLiteral(" was opened read-only"));
    if (m_context.faults.skipLoadLocks)
        return std::make_unique<LoadLock>();
    return lockLoadRange(m_context, *file, regionId, keyHash, deadline.resolve(m_context.clock));
}

void SqliteStore::noteAccess(std::uint32_t regionId, const QByteArray &key) noexcept
{
    m_accesses->add(regionId, key);
}

StoreStatistics SqliteStore::statistics() const
{
    const StoreCounters &counters = m_context.counters;
    StoreStatistics statistics;
    const auto get = [](const std::atomic<std::uint64_t> &counter) { return counter.load(std::memory_order_relaxed); };
    statistics.reads = get(counters.reads);
    statistics.snapshotReads = get(counters.snapshotReads);
    statistics.writes = get(counters.writes);
    statistics.droppedWrites = get(counters.droppedWrites);
    statistics.invalidations = get(counters.invalidations);
    statistics.transactions = get(counters.transactions);
    statistics.busy = get(counters.busy);
    statistics.errors = get(counters.errors);
    statistics.checkpoints = get(counters.checkpoints);
    statistics.culledExpired = get(counters.culledExpired);
    statistics.culledForSpace = get(counters.culledForSpace);
    statistics.repairs = get(counters.repairs);
    statistics.quarantines = get(counters.quarantines);
    statistics.reopens = get(counters.reopens);
    statistics.foreignWrites = get(counters.foreignWrites);
    statistics.databaseBytes = get(counters.databaseBytes);
    statistics.logBytes = get(counters.logBytes);
    statistics.maximumBytes = m_context.options.maximumBytes;
    statistics.readDuration = counters.readDuration.snapshot();
    statistics.commitDuration = counters.commitDuration.snapshot();
    statistics.lockDuration = counters.lockDuration.snapshot();
    return statistics;
}

void SqliteStore::keepHouse()
{
    if (m_housekeeper)
        m_housekeeper->keepHouse();
}

} // namespace Infra::Detail
