// SPDX-License-Identifier: MIT
#pragma once

#include "regionregistry.h"
#include "sqliteconnection.h"
#include "storebackend.h"
#include "storecontext.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace Infra::Detail {

// A row that a target means.
struct MatchedRow
{
    QByteArray key;
    std::uint64_t bytes = 0; // Key and value.
    QByteArray tags;         // Encoded.
};

// Thread safety: one thread at a time, the one whose turn it is.
//
// The one connection that writes: statements on rows inside a transaction. Knows nothing of coherence.
class SqliteWriter
{
public:
    using Done = tl::expected<void, SqliteError>;

    // What one statement waits for a lock at most.
    static constexpr std::chrono::milliseconds LockPatience{20};
    // Taken as pages are used, and given back with the connection.
    static constexpr int PageCacheKibibytes = 16 * 1024;

    [[nodiscard]] static tl::expected<std::unique_ptr<SqliteWriter>, SqliteError>
    prepare(StoreContext &context, std::shared_ptr<StoreSession> session, std::unique_ptr<SqliteConnection> connection);
    ~SqliteWriter();

    [[nodiscard]] const std::shared_ptr<StoreSession> &session() const noexcept { return m_session; }
    [[nodiscard]] const SqliteConnection &connection() const noexcept { return *m_connection; }

    // Pages in the log, whoever wrote them, as of our last commit that wrote any; -1 when the plugin hides SQLite's functions.
    [[nodiscard]] int logPages() const noexcept { return m_logPages; }
    // Whether the last commit may have written to the log: one that changed nothing does not.
    [[nodiscard]] bool hasLogged() const noexcept { return m_hasLogged; }

    [[nodiscard]] Done begin(SteadyTime deadline);
    [[nodiscard]] Done commit();
    void rollBack();

    // `checksum` is what the row has now, for the record of the last commit.
    [[nodiscard]] Done set(const RegionSlot &region, const WriteOperation &operation, std::uint64_t &checksum);
    // False: there is no such row.
    [[nodiscard]] tl::expected<bool, SqliteError> touch(const RegionSlot &region, const WriteOperation &operation,
                                                        std::uint64_t &checksum);
    [[nodiscard]] tl::expected<bool, SqliteError> remove(std::uint32_t regionId, const QByteArray &key, std::uint64_t *bytes);
    // The row, when it was stored before `operation` was to store another. False: it was not, or is `operation`'s own.
    [[nodiscard]] tl::expected<bool, SqliteError> removeOlder(const RegionSlot &region, const WriteOperation &operation);
    [[nodiscard]] Done removeRow(std::uint32_t regionId, const MatchedRow &row);
    [[nodiscard]] Done addRegion(const RegionSlot &region);
    [[nodiscard]] Done setAccessed(std::uint32_t regionId, const QByteArray &key, SystemTime now);
    [[nodiscard]] tl::expected<std::uint64_t, SqliteError> appendEvent(SystemTime at, const QByteArray &instance,
                                                                       const QByteArray &payload);

private:
    SqliteWriter(StoreContext &context, std::shared_ptr<StoreSession> session, std::unique_ptr<SqliteConnection> connection);
    [[nodiscard]] std::uint64_t checksumOf(const RegionSlot &region, const WriteOperation &operation, const QByteArray &tags) const;
    [[nodiscard]] Done removeTags(std::uint32_t regionId, const QByteArray &key, const QByteArray &tags, const QByteArrayList &kept = {});

    StoreContext &m_context;
    std::shared_ptr<StoreSession> m_session;
    std::unique_ptr<SqliteConnection> m_connection;
    int m_logPages = -1;
    bool m_countsPages = false;
    bool m_hasLogged = true;
    SqliteStatement m_begin;
    SqliteStatement m_commit;
    SqliteStatement m_rollBack;
    SqliteStatement m_set;
    SqliteStatement m_tag;
    SqliteStatement m_untag;
    SqliteStatement m_selectTags;
    SqliteStatement m_selectTimes;
    SqliteStatement m_touch;
    SqliteStatement m_selectSize;
    SqliteStatement m_remove;
    SqliteStatement m_accessed;
};

} // namespace Infra::Detail
