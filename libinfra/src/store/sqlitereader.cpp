// SPDX-License-Identifier: MIT
#include "sqlitereader.h"

#include "rowcodec.h"
#include "sqliteschema.h"

#include <utility>

namespace Infra::Detail {

SqliteReader::SqliteReader(StoreContext &context, std::shared_ptr<StoreSession> session)
    : m_context(context), m_session(std::move(session))
{
}

tl::expected<std::unique_ptr<SqliteReader>, SqliteError> SqliteReader::open(StoreContext &context,
                                                                            std::shared_ptr<StoreSession> session)
{
    std::unique_ptr<SqliteReader> reader(new SqliteReader(context, std::move(session)));
    const auto mode = context.options.accessMode == StoreOptions::AccessMode::ReadOnly ? SqliteConnection::Mode::ReadOnly
                                                                                       : SqliteConnection::Mode::ReadWrite;
    auto connection = SqliteConnection::open(context.paths.database, mode, context.options.busyTimeout);
    if (!connection)
        return tl::unexpected(connection.error());
    (*connection)->setLeavesLog(true);
    // Both before the first statement and behind the last: SQLite opens the log with the first, and would read another
    // database's as this one's.
    if (!reader->isOfSession())
        return tl::unexpected(SqliteError{SqliteFault::Damage, {Error::Kind::Unavailable, context.paths.database + QStringLiteral(" was replaced"), {}}});
    reader->m_connection = std::move(*connection);
    if (auto configured = SqliteSchema::configure(*reader->m_connection, context.options.synchronous); !configured)
        return tl::unexpected(configured.error());
    reader->m_select = reader->m_connection->statement(QLatin1String(
        "SELECT stored, expires, stale, flags, checksum, tags, value FROM entries WHERE region = ? AND key = ?"));
    reader->m_begin = reader->m_connection->statement(QLatin1String("BEGIN"));
    reader->m_commit = reader->m_connection->statement(QLatin1String("COMMIT"));
    if (!reader->m_select.isReady())
        return tl::unexpected(reader->m_select.problem());
    static_cast<void>(reader->isOfSession());
    return reader;
}

// What lies at the path; else the session is condemned.
bool SqliteReader::isOfSession() const
{
    if (m_context.faults.skipIdentityChecks || FileIdentity::of(m_context.paths.databaseFile).isSameFile(m_session->database))
        return true;
    m_session->condemn(StoreSession::Verdict::Stale);
    return false;
}

SqliteReader::~SqliteReader()
{
    endSnapshot();
}

tl::expected<void, SqliteError> SqliteReader::beginSnapshot()
{
    endSnapshot();
    if (auto begun = m_begin.execute("beginning to read"); !begun)
        return begun;
    m_hasSnapshot = true;
    m_snapshotCounter = 0;
    return {};
}

void SqliteReader::endSnapshot()
{
    if (!std::exchange(m_hasSnapshot, false))
        return;
    static_cast<void>(m_commit.execute("ending to read"));
}

// Differs from the connection's last one when somebody else has committed since (sqlite.org/pragma.html, data_version).
// Reads: a snapshot that BEGIN has announced is taken then.
tl::expected<std::int64_t, SqliteError> SqliteReader::dataVersion()
{
    SqliteStatement &select = m_connection->keptStatement(QLatin1String("PRAGMA data_version"));
    const auto found = select.step("asking for the data's version");
    if (!found)
        return tl::unexpected(found.error());
    const std::int64_t version = *found ? select.integer(0) : 0;
    select.finish();
    return version;
}

// SQLite as Debian builds it cannot open a second snapshot of a moment. But when the second connection has seen no
// commit from before the first one's snapshot until its own, both are of one.
tl::expected<bool, SqliteError> SqliteReader::beginSnapshotWith(SqliteReader &second)
{
    for (int attempt = 0; attempt < MomentAttempts; ++attempt) {
        second.endSnapshot();
        const auto before = second.dataVersion();
        if (auto begun = beginSnapshot(); !begun)
            return tl::unexpected(begun.error());
        if (auto taken = dataVersion(); !taken) {
            endSnapshot();
            return tl::unexpected(taken.error());
        }
        if (!before || !second.beginSnapshot())
            break;
        const auto after = second.dataVersion();
        if (!after)
            break;
        if (*after == *before)
            return true;
    }
    second.endSnapshot();
    return false;
}

tl::expected<void, SqliteError> SqliteReader::prepareSnapshot(CoherenceStamp stamp)
{
    const CoherenceFile *coherence = m_session->coherence.get();
    if (!coherence)
        return {};
    // Read before the snapshot is taken: it holds at least every commit that the counter counts.
    const std::uint64_t counter = coherence->commitCounter();
    const bool settled = !CoherenceView::isInFlight(stamp);
    if (m_hasSnapshot) {
        if ((settled && counter == m_snapshotCounter) || m_context.faults.keepSnapshots) {
            m_context.counters.snapshotReads.fetch_add(1, std::memory_order_relaxed);
            return {};
        }
        endSnapshot();
    }
    // A snapshot costs two statements, so it is opened only once nothing was committed between two reads.
    if (settled && counter == m_lastCounter && coherence->isCounting(counter)) {
        if (auto begun = beginSnapshot(); !begun)
            return begun;
        m_snapshotCounter = counter;
    }
    m_lastCounter = counter;
    return {};
}

tl::expected<std::optional<StoredEntry>, SqliteError> SqliteReader::read(const RegionSlot &region, const QByteArray &key,
                                                                         std::uint64_t keyHash)
{
    m_used = true;
    // The stamp first: a change after it makes the copy stale, never a stale copy current.
    CoherenceStamp stamp{1, 1};
    if (m_session->coherence) {
        stamp = m_session->coherence->capture(region.id, keyHash);
        // Another process has rebuilt or exchanged the database, and this reads the one before: the row may be served, but
        // not be kept. The epoch moves before the words of the new one come to rest.
        if (m_session->coherence->epoch() != m_session->epoch)
            stamp = {1, 1};
    }
    if (auto ready = prepareSnapshot(stamp); !ready)
        return tl::unexpected(ready.error());
    m_select.bind(0, static_cast<std::int64_t>(region.id));
    m_select.bind(1, key);
    const auto found = m_select.step("reading an entry");
    if (!found)
        return tl::unexpected(found.error());
    if (!*found)
        return std::optional<StoredEntry>();
    StoredEntry entry;
    entry.stamp = stamp;
    entry.times.storedAt = m_select.time(0);
    entry.times.expiresAt = m_select.time(1);
    entry.times.staleUntil = m_select.time(2);
    entry.flags = static_cast<std::uint32_t>(m_select.integer(3));
    const auto checksum = static_cast<std::uint64_t>(m_select.integer(4));
    const QByteArray tags = m_select.view(5);
    entry.value = m_select.bytes(6);
    const RowContent content{region.nameHash ^ m_session->rowSalt, key, entry.value, tags, entry.times, entry.flags};
    const bool isSound = checksum == rowChecksum(content, keyHash);
    m_select.finish();
    if (!isSound && !m_context.faults.skipChecksums) {
        return tl::unexpected(SqliteError{SqliteFault::Damage,
                                          {Error::Kind::Corrupt, QStringLiteral("a row failed its checksum"), {}}});
    }
    if (++m_hits % AccessSampling == 0 && m_accesses.size() < MaximumAccesses)
        m_accesses.push_back({region.id, key});
    return entry;
}

} // namespace Infra::Detail
