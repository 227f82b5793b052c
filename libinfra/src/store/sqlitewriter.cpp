// SPDX-License-Identifier: MIT
#include "sqlitewriter.h"

#include "rowcodec.h"

#include <algorithm>
#include <utility>

namespace Infra::Detail {

namespace {

// The clocks of two processes may differ by so much: CacheClock follows no smaller step forward, and counts in
// milliseconds. (A step back by less than its tolerance is not followed either; nothing here allows for that.)
constexpr std::chrono::milliseconds ClockSkew{3};

} // namespace

SqliteWriter::SqliteWriter(StoreContext &context, std::shared_ptr<StoreSession> session,
                           std::unique_ptr<SqliteConnection> connection)
    : m_context(context), m_session(std::move(session)), m_connection(std::move(connection))
{
}

SqliteWriter::~SqliteWriter() = default;

tl::expected<std::unique_ptr<SqliteWriter>, SqliteError>
SqliteWriter::prepare(StoreContext &context, std::shared_ptr<StoreSession> session, std::unique_ptr<SqliteConnection> connection)
{
    std::unique_ptr<SqliteWriter> writer(new SqliteWriter(context, std::move(session), std::move(connection)));
    const SqliteConnection &on = *writer->m_connection;
    // SQLite knows no deadlines: it waits a little at a time, begin() decides for how long altogether.
    static_cast<void>(on.value(QStringLiteral("PRAGMA busy_timeout = %1").arg(LockPatience.count())));
    // Entries are written in no order: what is not kept is read again for every one.
    static_cast<void>(on.value(QStringLiteral("PRAGMA cache_size = -%1").arg(PageCacheKibibytes)));
    writer->m_begin = on.statement(QLatin1String("BEGIN IMMEDIATE"));
    writer->m_commit = on.statement(QLatin1String("COMMIT"));
    writer->m_rollBack = on.statement(QLatin1String("ROLLBACK"));
    writer->m_set = on.statement(QLatin1String(
        // Not REPLACE, which deletes and inserts: a row that keeps its size is overwritten in its place.
        "INSERT INTO entries (region, key, stored, expires, stale, flags, checksum, accessed, tags, value) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (region, key) DO UPDATE SET stored = excluded.stored, "
        "expires = excluded.expires, stale = excluded.stale, flags = excluded.flags, checksum = excluded.checksum, "
        "accessed = excluded.accessed, tags = excluded.tags, value = excluded.value"));
    writer->m_tag = on.statement(QLatin1String("INSERT OR IGNORE INTO tags (region, tag, key) VALUES (?, ?, ?)"));
    writer->m_untag = on.statement(QLatin1String("DELETE FROM tags WHERE region = ? AND tag = ? AND key = ?"));
    writer->m_selectTags = on.statement(QLatin1String("SELECT tags FROM entries WHERE region = ? AND key = ?"));
    writer->m_selectTimes = on.statement(QLatin1String(
        "SELECT expires, stale, checksum, stored FROM entries WHERE region = ? AND key = ?"));
    writer->m_touch = on.statement(QLatin1String(
        "UPDATE entries SET expires = ?, stale = ?, checksum = ?, accessed = ? WHERE region = ? AND key = ?"));
    writer->m_selectSize = on.statement(QLatin1String(
        "SELECT length(key) + length(value), tags FROM entries WHERE region = ? AND key = ?"));
    writer->m_remove = on.statement(QLatin1String("DELETE FROM entries WHERE region = ? AND key = ?"));
    writer->m_accessed = on.statement(QLatin1String("UPDATE entries SET accessed = ? WHERE region = ? AND key = ?"));
    if (!writer->m_set.isReady())
        return tl::unexpected(writer->m_set.problem());
    if (const SqliteFunctions *functions = SqliteFunctions::of(on.database().driver())) {
        // Called at each commit. Takes the place of SQLite's automatic checkpoint.
        functions->logHook(SqliteFunctions::handle(on.database().driver()), [](void *self, sqlite3 *, const char *, int pages) {
            static_cast<SqliteWriter *>(self)->m_logPages = pages;
            static_cast<SqliteWriter *>(self)->m_hasLogged = true;
            return 0;
        }, writer.get());
        writer->m_countsPages = true;
    }
    return writer;
}

SqliteWriter::Done SqliteWriter::begin(SteadyTime deadline)
{
    // Only foreign programs can be in the way: ours hold the coherence file's lock. SQLite's own waiting is bounded by
    // LockPatience each time.
    for (;;) {
        auto begun = m_begin.execute("beginning a transaction");
        if (begun || begun.error().fault != SqliteFault::Busy || m_context.clock.steadyNow() >= deadline)
            return begun;
    }
}

SqliteWriter::Done SqliteWriter::commit()
{
    m_hasLogged = !m_countsPages;
    return m_commit.execute("committing");
}

void SqliteWriter::rollBack()
{
    // SQLite has rolled back by itself after some errors; then there is nothing to do.
    static_cast<void>(m_rollBack.execute("rolling back"));
}

std::uint64_t SqliteWriter::checksumOf(const RegionSlot &region, const WriteOperation &operation, const QByteArray &tags) const
{
    const RowContent content{region.nameHash ^ m_session->rowSalt, operation.key, operation.value, tags, operation.times, operation.flags};
    return rowChecksum(content, operation.keyHash);
}

SqliteWriter::Done SqliteWriter::set(const RegionSlot &region, const WriteOperation &operation, std::uint64_t &checksum)
{
    const QByteArray tags = encodeTags(operation.tags);
    checksum = checksumOf(region, operation, tags);
    m_selectTags.bind(0, std::int64_t{operation.regionId});
    m_selectTags.bind(1, operation.key);
    const auto replaced = m_selectTags.step("writing an entry");
    if (!replaced)
        return tl::unexpected(replaced.error());
    const QByteArray formerTags = *replaced ? m_selectTags.bytes(0) : QByteArray();
    m_selectTags.finish();
    m_set.bind(0, std::int64_t{operation.regionId});
    m_set.bind(1, operation.key);
    m_set.bind(2, operation.times.storedAt);
    m_set.bind(3, operation.times.expiresAt);
    m_set.bind(4, operation.times.staleUntil);
    m_set.bind(5, std::int64_t{operation.flags});
    m_set.bind(6, static_cast<std::int64_t>(checksum));
    m_set.bind(7, operation.times.storedAt);
    if (tags.isEmpty())
        m_set.bindNull(8);
    else
        m_set.bind(8, tags);
    m_set.bind(9, operation.value);
    if (auto done = m_set.execute("writing an entry"); !done)
        return done;
    for (const QByteArray &tag : operation.tags) {
        m_tag.bind(0, std::int64_t{operation.regionId});
        m_tag.bind(1, tag);
        m_tag.bind(2, operation.key);
        if (auto done = m_tag.execute("writing a tag"); !done)
            return done;
    }
    // A key that is set with another tag each time would leave a row for each.
    return formerTags.isEmpty() || formerTags == tags ? Done() : removeTags(operation.regionId, operation.key, formerTags, operation.tags);
}

tl::expected<bool, SqliteError> SqliteWriter::touch(const RegionSlot &region, const WriteOperation &operation,
                                                    std::uint64_t &checksum)
{
    m_selectTimes.bind(0, std::int64_t{region.id});
    m_selectTimes.bind(1, operation.key);
    const auto found = m_selectTimes.step("touching an entry");
    if (!found || !*found)
        return found;
    // A damaged row stays damaged: its old times are taken out of a checksum that they do not fit.
    checksum = static_cast<std::uint64_t>(m_selectTimes.integer(2))
        ^ timesChecksum(operation.keyHash, m_selectTimes.time(0), m_selectTimes.time(1))
        ^ timesChecksum(operation.keyHash, operation.times.expiresAt, operation.times.staleUntil);
    m_selectTimes.finish();
    m_touch.bind(0, operation.times.expiresAt);
    m_touch.bind(1, operation.times.staleUntil);
    m_touch.bind(2, static_cast<std::int64_t>(checksum));
    m_touch.bind(3, m_context.clock.systemNow());
    m_touch.bind(4, std::int64_t{region.id});
    m_touch.bind(5, operation.key);
    if (auto done = m_touch.execute("touching an entry"); !done)
        return tl::unexpected(done.error());
    return true;
}

SqliteWriter::Done SqliteWriter::removeTags(std::uint32_t regionId, const QByteArray &key, const QByteArray &tags,
                                            const QByteArrayList &kept)
{
    const auto list = decodeTags(tags);
    if (!list)
        return {};
    for (const QByteArray &tag : *list) {
        if (kept.contains(tag))
            continue;
        m_untag.bind(0, std::int64_t{regionId});
        m_untag.bind(1, tag);
        m_untag.bind(2, key);
        if (auto done = m_untag.execute("removing a tag"); !done)
            return done;
    }
    return {};
}

tl::expected<bool, SqliteError> SqliteWriter::remove(std::uint32_t regionId, const QByteArray &key, std::uint64_t *bytes)
{
    m_selectSize.bind(0, std::int64_t{regionId});
    m_selectSize.bind(1, key);
    const auto found = m_selectSize.step("removing an entry");
    if (!found || !*found)
        return found;
    const MatchedRow row{key, static_cast<std::uint64_t>(m_selectSize.integer(0)), m_selectSize.bytes(1)};
    m_selectSize.finish();
    if (bytes)
        *bytes = row.bytes;
    if (auto done = removeRow(regionId, row); !done)
        return tl::unexpected(done.error());
    return true;
}

tl::expected<bool, SqliteError> SqliteWriter::removeOlder(const RegionSlot &region, const WriteOperation &operation)
{
    m_selectTimes.bind(0, std::int64_t{region.id});
    m_selectTimes.bind(1, operation.key);
    const auto found = m_selectTimes.step("looking for an older entry");
    if (!found || !*found)
        return found;
    const SystemTime storedAt = m_selectTimes.time(3);
    const auto checksum = static_cast<std::uint64_t>(m_selectTimes.integer(2));
    m_selectTimes.finish();
    // Of about the same moment it is not known which was first, and nothing is better than the older. But a commit of this
    // very one may have been taken for a failure.
    if (storedAt > operation.times.storedAt + ClockSkew || checksum == checksumOf(region, operation, encodeTags(operation.tags)))
        return false;
    return remove(region.id, operation.key, nullptr);
}

SqliteWriter::Done SqliteWriter::removeRow(std::uint32_t regionId, const MatchedRow &row)
{
    m_remove.bind(0, std::int64_t{regionId});
    m_remove.bind(1, row.key);
    if (auto done = m_remove.execute("removing an entry"); !done)
        return done;
    return row.tags.isEmpty() ? Done() : removeTags(regionId, row.key, row.tags);
}

SqliteWriter::Done SqliteWriter::addRegion(const RegionSlot &region)
{
    SqliteStatement &insert = m_connection->keptStatement(QLatin1String("INSERT OR IGNORE INTO regions (id, name) VALUES (?, ?)"));
    insert.bind(0, std::int64_t{region.id});
    insert.bind(1, region.name);
    return insert.execute("adding a region");
}

SqliteWriter::Done SqliteWriter::setAccessed(std::uint32_t regionId, const QByteArray &key, SystemTime now)
{
    m_accessed.bind(0, now);
    m_accessed.bind(1, std::int64_t{regionId});
    m_accessed.bind(2, key);
    return m_accessed.execute("recording a use");
}

tl::expected<std::uint64_t, SqliteError> SqliteWriter::appendEvent(SystemTime at, const QByteArray &instance,
                                                                   const QByteArray &payload)
{
    SqliteStatement &insert = m_connection->keptStatement(QLatin1String("INSERT INTO events (at, instance, payload) VALUES (?, ?, ?)"));
    insert.bind(0, at);
    insert.bind(1, instance);
    insert.bind(2, payload);
    if (auto done = insert.execute("writing an event"); !done)
        return tl::unexpected(done.error());
    return static_cast<std::uint64_t>(insert.lastInsertId());
}

} // namespace Infra::Detail
