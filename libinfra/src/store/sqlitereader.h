// SPDX-License-Identifier: MIT
#pragma once

#include "regionregistry.h"
#include "sqliteconnection.h"
#include "storebackend.h"
#include "storecontext.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace Infra::Detail {

// A row that was used, for culling.
struct AccessRecord
{
    std::uint32_t regionId = 0;
    QByteArray key;
};

// Thread safety: one thread at a time (ReaderPool sees to it).
//
// One connection that only reads. Keeps its read snapshot open for as long as nothing was committed, which makes a
// lookup cheaper than a SELECT of its own (docs/coherence.md, "Read snapshots").
class SqliteReader
{
public:
    [[nodiscard]] static tl::expected<std::unique_ptr<SqliteReader>, SqliteError>
    open(StoreContext &context, std::shared_ptr<StoreSession> session);
    ~SqliteReader();

    [[nodiscard]] const std::shared_ptr<StoreSession> &session() const noexcept { return m_session; }
    [[nodiscard]] const SqliteConnection &connection() const noexcept { return *m_connection; }

    // Fails with Damage also when the row failed its checksum.
    [[nodiscard]] tl::expected<std::optional<StoredEntry>, SqliteError>
    read(const RegionSlot &region, const QByteArray &key, std::uint64_t keyHash);

    // One view of the database over several statements.
    [[nodiscard]] tl::expected<void, SqliteError> beginSnapshot();
    void endSnapshot();
    // This one's, and one of the same moment for `second`. False: somebody kept committing in between, `second` has none.
    [[nodiscard]] tl::expected<bool, SqliteError> beginSnapshotWith(SqliteReader &second);

    // Whether it was used since the last call.
    [[nodiscard]] bool takeUsed() noexcept { return std::exchange(m_used, false); }
    [[nodiscard]] bool hasSnapshot() const noexcept { return m_hasSnapshot; }
    // Something was committed since: the next read takes another one.
    [[nodiscard]] bool isSnapshotOld() const noexcept
    {
        return m_hasSnapshot && m_session->coherence && !m_context.faults.keepSnapshots
            && m_session->coherence->commitCounter() != m_snapshotCounter;
    }
    [[nodiscard]] std::vector<AccessRecord> takeAccesses() { return std::exchange(m_accesses, {}); }

private:
    SqliteReader(StoreContext &context, std::shared_ptr<StoreSession> session);
    [[nodiscard]] bool isOfSession() const;
    [[nodiscard]] tl::expected<std::int64_t, SqliteError> dataVersion();
    [[nodiscard]] tl::expected<void, SqliteError> prepareSnapshot(CoherenceStamp stamp);

    static constexpr std::uint32_t AccessSampling = 16;
    static constexpr std::size_t MaximumAccesses = 512;
    static constexpr int MomentAttempts = 8;

    StoreContext &m_context;
    std::shared_ptr<StoreSession> m_session;
    std::unique_ptr<SqliteConnection> m_connection;
    SqliteStatement m_select;
    SqliteStatement m_begin;
    SqliteStatement m_commit;
    bool m_hasSnapshot = false;
    std::uint64_t m_snapshotCounter = 0; // Of the open snapshot.
    std::uint64_t m_lastCounter = 0;     // Seen by the read before.
    std::uint32_t m_hits = 0;
    bool m_used = false;
    std::vector<AccessRecord> m_accesses;
};

} // namespace Infra::Detail
