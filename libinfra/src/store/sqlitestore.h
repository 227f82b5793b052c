// SPDX-License-Identifier: MIT
#pragma once

#include "readerpool.h"
#include "regionregistry.h"
#include "sessionkeeper.h"
#include "spacekeeper.h"
#include "storebackend.h"
#include "storecontext.h"
#include "storetransaction.h"
#include "targetscan.h"
#include "telemetrychannel.h"
#include "writequeue.h"

#include <infra/storestatistics.h>

#include <atomic>
#include <memory>
#include <type_traits>

namespace Infra::Detail {

class AccessLog;
class Housekeeper;

// Thread safety: every member may be called from any thread at once.
//
// The store of one machine in an SQLite file.
class SqliteStore final : public StoreBackend, private WriteTurn
{
public:
    [[nodiscard]] static Result<std::shared_ptr<SqliteStore>> open(const StoreOptions &options, const QString &databaseFile,
                                                                   const StoreFaults &faults = {});
    ~SqliteStore() override;

    [[nodiscard]] Result<std::uint32_t> openRegion(const QByteArray &name, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<RegionInfo>> regions(Deadline deadline) override;
    [[nodiscard]] Result<QByteArrayList> regionNames(Deadline deadline);
    [[nodiscard]] const std::atomic<const CoherenceView *> &coherence(std::uint32_t regionId) override;
    [[nodiscard]] LoadToken captureToken(std::uint32_t regionId, std::uint64_t keyHash) override;
    [[nodiscard]] Result<std::optional<StoredEntry>> read(std::uint32_t regionId, const QByteArray &key,
                                                          std::uint64_t keyHash, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<std::optional<StoredEntry>>>
    readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
             Deadline deadline) override;
    [[nodiscard]] Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations, Deadline deadline) override;
    [[nodiscard]] Result<InvalidationReport> invalidate(std::uint32_t regionId, const Target &target, const QByteArray &actor,
                                                        Deadline deadline) override;
    [[nodiscard]] Result<InvalidationReport> invalidateWatched(std::uint32_t regionId, const Target &target,
                                                               const QByteArray &actor, InvalidationControl &control,
                                                               Deadline deadline) override;
    [[nodiscard]] Result<InvalidationPreview> preview(std::uint32_t regionId, const Target &target,
                                                      const std::atomic<bool> *cancelled, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<EntryInfo>> entries(std::uint32_t regionId, const QByteArray &prefix, const QByteArray &after,
                                                         int limit, Deadline deadline) override;
    [[nodiscard]] Result<std::unique_ptr<LoadLock>> lockLoad(std::uint32_t regionId, std::uint64_t keyHash,
                                                             Deadline deadline) override;
    [[nodiscard]] std::uint64_t largestWrite() const noexcept override { return m_space.largestWrite(); }
    void noteAccess(std::uint32_t regionId, const QByteArray &key) noexcept override;

    // The number of a region by name, without creating it.
    [[nodiscard]] Result<std::uint32_t> findRegion(const QByteArray &name, Deadline deadline);
    [[nodiscard]] Result<std::uint64_t> appendEvent(const EventRow &event, Deadline deadline);
    [[nodiscard]] Result<std::vector<EventRow>> events(std::uint64_t after, int limit, Deadline deadline);

    [[nodiscard]] StoreStatistics statistics() const;
    [[nodiscard]] StoreHealth health() const { return m_context.health.get(); }
    [[nodiscard]] const StoreContext &context() const noexcept { return m_context; }
    // Does now what the housekeeper does once an interval, as often as there is something to do; for tests.
    void keepHouse();

private:
    friend class Housekeeper;
    struct Sweep;
    struct SweepProgress;

    SqliteStore(const StoreOptions &options, const QString &databaseFile, const StoreFaults &faults);

    [[nodiscard]] Result<void> beginTurn(SteadyTime deadline) override;
    void execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline) override;
    void endTurn() override;

    void watchLog();
    [[nodiscard]] Result<void> executeTogether(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline);
    // What the batch needs, of other entries.
    [[nodiscard]] Result<void> cullFor(std::span<const std::shared_ptr<WriteRequest>> batch, std::uint64_t bytes, SteadyTime deadline);
    [[nodiscard]] tl::expected<WriteOutcome, SqliteError> apply(StoreTransaction::Scope &scope, const WriteOperation &operation);
    [[nodiscard]] Result<RegionSlot *> slotOf(std::uint32_t regionId) const;
    [[nodiscard]] Result<std::vector<std::uint32_t>> regionsOf(std::uint32_t regionId, SteadyTime deadline);
    // What a failed read means to its caller; condemns the session when the files are at fault.
    [[nodiscard]] Error readFailure(const SqliteError &problem, const std::shared_ptr<StoreSession> &session);
    [[nodiscard]] Result<ReaderPool::Lease> acquireReader(SteadyTime deadline);
    // Runs `body`, which returns a tl::expected<T, SqliteError>, on a reader; once more, on the rebuilt store, when it
    // met damage.
    template<class Body>
    [[nodiscard]] auto withReader(SteadyTime deadline, const Body &body)
        -> Result<typename std::invoke_result_t<Body, SqliteReader &>::value_type>
    {
        for (int attempt = 0;; ++attempt) {
            auto reader = acquireReader(deadline);
            if (!reader)
                return failure(reader.error());
            // What is listed or counted must hold every commit that has returned; a lookup checks that by its stamp.
            (*reader)->endSnapshot();
            auto result = body(**reader);
            if (result)
                return std::move(*result);
            Error error = readFailure(result.error(), (*reader)->session());
            if (result.error().fault != SqliteFault::Damage || attempt > 0)
                return failure(std::move(error));
        }
    }
    // What one turn removes at most, before the row that exceeds it: a turn must fit into the log's part of the cap.
    [[nodiscard]] std::uint64_t bytesPerTurn() const noexcept { return m_space.logLimit() / 8; }
    [[nodiscard]] Result<void> sweepStep(Sweep &sweep, SteadyTime deadline);
    // One turn's rows of a sweep; `progress` is what there is when the transaction is committed.
    [[nodiscard]] SqliteWriter::Done removeMatching(StoreTransaction::Scope &scope, const Sweep &sweep, SweepProgress &progress);
    [[nodiscard]] SqliteWriter::Done removeExpired(StoreTransaction::Scope &scope, const Sweep &sweep, SweepProgress &progress);

    StoreContext m_context;
    RegionRegistry m_regions;
    ReaderPool m_readers;
    SessionKeeper m_keeper;
    StoreTransaction m_transaction;
    SpaceKeeper m_space;
    WriteQueue m_queue;
    // Of the turn.
    std::uint64_t m_batches = 0;
    int m_checkpointAt = 0; // Pages in the log.
    std::unique_ptr<AccessLog> m_accesses;
    std::unique_ptr<Housekeeper> m_housekeeper;
};

} // namespace Infra::Detail
