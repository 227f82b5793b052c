// SPDX-License-Identifier: MIT
#include "sqlitewriter.h"

#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <algorithm>
#include <utility>

namespace Infra::Detail {

namespace {

SqliteWriter::Done run(QSqlQuery &query, const char *doing)
{
    if (query.exec())
        return {};
    return tl::unexpected(sqliteError(query.lastError(), QString::fromLatin1(doing)));
}

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
    writer->m_begin = on.prepare(QStringLiteral("BEGIN IMMEDIATE"));
    writer->m_commit = on.prepare(QStringLiteral("COMMIT"));
    writer->m_rollBack = on.prepare(QStringLiteral("ROLLBACK"));
    writer->m_set = on.prepare(QStringLiteral(
        "REPLACE INTO entries (region, key, stored, expires, stale, flags, checksum, accessed, tags, value) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    writer->m_tag = on.prepare(QStringLiteral("INSERT OR IGNORE INTO tags (region, tag, key) VALUES (?, ?, ?)"));
    writer->m_untag = on.prepare(QStringLiteral("DELETE FROM tags WHERE region = ? AND tag = ? AND key = ?"));
    writer->m_selectTimes = on.prepare(QStringLiteral(
        "SELECT expires, stale, checksum FROM entries WHERE region = ? AND key = ?"));
    writer->m_touch = on.prepare(QStringLiteral(
        "UPDATE entries SET expires = ?, stale = ?, checksum = ?, accessed = ? WHERE region = ? AND key = ?"));
    writer->m_selectSize = on.prepare(QStringLiteral(
        "SELECT length(key) + length(value), tags FROM entries WHERE region = ? AND key = ?"));
    writer->m_remove = on.prepare(QStringLiteral("DELETE FROM entries WHERE region = ? AND key = ?"));
    writer->m_accessed = on.prepare(QStringLiteral("UPDATE entries SET accessed = ? WHERE region = ? AND key = ?"));
    if (writer->m_set.lastError().isValid())
        return tl::unexpected(sqliteError(writer->m_set.lastError(), QStringLiteral("preparing to write")));
    return writer;
}

SqliteWriter::Done SqliteWriter::begin(SteadyTime deadline)
{
    // Only foreign programs can be in the way: ours hold the coherence file's lock. SQLite's own waiting is bounded by
    // busyTimeout each time.
    for (;;) {
        auto begun = run(m_begin, "beginning a transaction");
        if (begun || begun.error().fault != SqliteFault::Busy || m_context.clock.steadyNow() >= deadline)
            return begun;
    }
}

SqliteWriter::Done SqliteWriter::commit()
{
    return run(m_commit, "committing");
}

void SqliteWriter::rollBack()
{
    // SQLite has rolled back by itself after some errors; then there is nothing to do.
    m_rollBack.exec();
}

SqliteWriter::Done SqliteWriter::set(const RegionSlot &region, const WriteOperation &operation, std::uint64_t &checksum)
{
    const QByteArray tags = encodeTags(operation.tags);
    const RowContent content{region.nameHash, operation.key, operation.value, tags, operation.times, operation.flags};
    checksum = rowChecksum(content);
    m_set.bindValue(0, operation.regionId);
    m_set.bindValue(1, operation.key);
    m_set.bindValue(2, static_cast<qlonglong>(operation.times.storedAt.time_since_epoch().count()));
    m_set.bindValue(3, encodeTime(operation.times.expiresAt));
    m_set.bindValue(4, encodeTime(operation.times.staleUntil));
    m_set.bindValue(5, operation.flags);
    m_set.bindValue(6, static_cast<qlonglong>(checksum));
    m_set.bindValue(7, static_cast<qlonglong>(operation.times.storedAt.time_since_epoch().count()));
    m_set.bindValue(8, tags.isEmpty() ? QVariant() : QVariant(tags));
    // An empty value is not NULL.
    m_set.bindValue(9, operation.value.isNull() ? QByteArray("") : operation.value);
    if (auto done = run(m_set, "writing an entry"); !done)
        return done;
    for (const QByteArray &tag : operation.tags) {
        m_tag.bindValue(0, operation.regionId);
        m_tag.bindValue(1, tag);
        m_tag.bindValue(2, operation.key);
        if (auto done = run(m_tag, "writing a tag"); !done)
            return done;
    }
    return {};
}

tl::expected<bool, SqliteError> SqliteWriter::touch(const RegionSlot &region, const WriteOperation &operation,
                                                    std::uint64_t &checksum)
{
    m_selectTimes.bindValue(0, region.id);
    m_selectTimes.bindValue(1, operation.key);
    if (auto done = run(m_selectTimes, "touching an entry"); !done)
        return tl::unexpected(done.error());
    if (!m_selectTimes.next()) {
        m_selectTimes.finish();
        return false;
    }
    // A damaged row stays damaged: its old times are taken out of a checksum that they do not fit.
    checksum = static_cast<std::uint64_t>(m_selectTimes.value(2).toLongLong())
        ^ timesChecksum(operation.keyHash, decodeTime(m_selectTimes.value(0)), decodeTime(m_selectTimes.value(1)))
        ^ timesChecksum(operation.keyHash, operation.times.expiresAt, operation.times.staleUntil);
    m_selectTimes.finish();
    m_touch.bindValue(0, encodeTime(operation.times.expiresAt));
    m_touch.bindValue(1, encodeTime(operation.times.staleUntil));
    m_touch.bindValue(2, static_cast<qlonglong>(checksum));
    m_touch.bindValue(3, static_cast<qlonglong>(m_context.clock.systemNow().time_since_epoch().count()));
    m_touch.bindValue(4, region.id);
    m_touch.bindValue(5, operation.key);
    if (auto done = run(m_touch, "touching an entry"); !done)
        return tl::unexpected(done.error());
    return true;
}

SqliteWriter::Done SqliteWriter::removeTags(std::uint32_t regionId, const QByteArray &key, const QByteArray &tags)
{
    const auto list = decodeTags(tags);
    if (!list)
        return {};
    for (const QByteArray &tag : *list) {
        m_untag.bindValue(0, regionId);
        m_untag.bindValue(1, tag);
        m_untag.bindValue(2, key);
        if (auto done = run(m_untag, "removing a tag"); !done)
            return done;
    }
    return {};
}

tl::expected<bool, SqliteError> SqliteWriter::remove(std::uint32_t regionId, const QByteArray &key, std::uint64_t *bytes)
{
    m_selectSize.bindValue(0, regionId);
    m_selectSize.bindValue(1, key);
    if (auto done = run(m_selectSize, "removing an entry"); !done)
        return tl::unexpected(done.error());
    if (!m_selectSize.next()) {
        const QSqlError error = m_selectSize.lastError();
        m_selectSize.finish();
        if (error.isValid())
            return tl::unexpected(sqliteError(error, QStringLiteral("removing an entry")));
        return false;
    }
    MatchedRow row{key, m_selectSize.value(0).toULongLong(), m_selectSize.value(1).toByteArray()};
    m_selectSize.finish();
    if (bytes)
        *bytes = row.bytes;
    if (auto done = removeRow(regionId, row); !done)
        return tl::unexpected(done.error());
    return true;
}

SqliteWriter::Done SqliteWriter::removeRow(std::uint32_t regionId, const MatchedRow &row)
{
    m_remove.bindValue(0, regionId);
    m_remove.bindValue(1, row.key);
    if (auto done = run(m_remove, "removing an entry"); !done)
        return done;
    return row.tags.isEmpty() ? Done() : removeTags(regionId, row.key, row.tags);
}

SqliteWriter::Done SqliteWriter::addRegion(const RegionSlot &region)
{
    QSqlQuery query = m_connection->prepare(QStringLiteral("INSERT OR IGNORE INTO regions (id, name) VALUES (?, ?)"));
    query.bindValue(0, region.id);
    query.bindValue(1, region.name);
    return run(query, "adding a region");
}

SqliteWriter::Done SqliteWriter::setAccessed(std::uint32_t regionId, const QByteArray &key, SystemTime now)
{
    m_accessed.bindValue(0, static_cast<qlonglong>(now.time_since_epoch().count()));
    m_accessed.bindValue(1, regionId);
    m_accessed.bindValue(2, key);
    return run(m_accessed, "recording a use");
}

tl::expected<std::uint64_t, SqliteError> SqliteWriter::appendEvent(SystemTime at, const QByteArray &instance,
                                                                   const QByteArray &payload)
{
    QSqlQuery query = m_connection->prepare(QStringLiteral("INSERT INTO events (at, instance, payload) VALUES (?, ?, ?)"));
    query.bindValue(0, static_cast<qlonglong>(at.time_since_epoch().count()));
    query.bindValue(1, instance.isNull() ? QByteArray("") : instance);
    query.bindValue(2, payload.isNull() ? QByteArray("") : payload);
    if (auto done = run(query, "writing an event"); !done)
        return tl::unexpected(done.error());
    return query.lastInsertId().toULongLong();
}

} // namespace Infra::Detail
