// SPDX-License-Identifier: MIT
#include "expiredscan.h"

#include "rowcodec.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <limits>

namespace Infra::Detail {

namespace {

const QString &selection()
{
    static const QString sql = QStringLiteral(
        "SELECT stale, region, key, length(key) + length(value), tags FROM entries INDEXED BY entries_stale WHERE ");
    return sql;
}

} // namespace

ExpiredScan::ExpiredScan(std::uint32_t regionId, SystemTime now)
    : m_regionId(regionId), m_now(now.time_since_epoch().count())
{
}

tl::expected<std::vector<ExpiredScan::Row>, SqliteError> ExpiredScan::next(const SqliteConnection &connection, int limit)
{
    std::vector<Row> rows;
    int left = limit;
    // In two statements: in one SQLite would go over all that was set in the same millisecond once more for each page.
    if (m_last) {
        QSqlQuery query = connection.prepare(selection() + QStringLiteral("stale = ? AND (region, key) > (?, ?) ORDER BY region, key LIMIT ?"));
        query.bindValue(0, static_cast<qlonglong>(m_last->stale));
        query.bindValue(1, m_last->region);
        query.bindValue(2, notNull(m_last->key));
        query.bindValue(3, left);
        const auto seen = look(query, rows);
        if (!seen)
            return tl::unexpected(seen.error());
        left -= *seen;
    }
    if (left > 0) {
        QSqlQuery query = connection.prepare(selection() + QStringLiteral("stale <= ? AND stale > ? ORDER BY stale, region, key LIMIT ?"));
        query.bindValue(0, static_cast<qlonglong>(m_now));
        query.bindValue(1, m_last ? static_cast<qlonglong>(m_last->stale) : std::numeric_limits<qlonglong>::min());
        query.bindValue(2, left);
        const auto seen = look(query, rows);
        if (!seen)
            return tl::unexpected(seen.error());
        m_isAtEnd = *seen < left;
    }
    return rows;
}

tl::expected<int, SqliteError> ExpiredScan::look(QSqlQuery &query, std::vector<Row> &rows)
{
    int seen = 0;
    if (query.exec()) {
        for (; query.next(); ++seen) {
            m_last = Place{query.value(0).toLongLong(), query.value(1).toUInt(), query.value(2).toByteArray()};
            if (m_regionId == 0 || m_regionId == m_last->region)
                rows.push_back({m_last->region, {m_last->key, query.value(3).toULongLong(), query.value(4).toByteArray()}});
        }
    }
    // SQLite may have rolled back, and each row would be removed in a transaction of its own.
    if (query.lastError().isValid())
        return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("looking for expired entries")));
    return seen;
}

} // namespace Infra::Detail
