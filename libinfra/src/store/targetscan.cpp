// SPDX-License-Identifier: MIT
#include "targetscan.h"

#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <algorithm>

namespace Infra::Detail {

Result<void> checkTarget(const Target &target)
{
    const auto refuse = [](const char *what) {
        return failure(Error::Kind::InvalidArgument, QString::fromLatin1(what));
    };
    switch (target.kind()) {
    case Target::Kind::Key:
        if (target.text().isEmpty())
            return refuse("the key is empty");
        break;
    case Target::Kind::Keys:
        if (target.keyList().isEmpty())
            return refuse("the list of keys is empty");
        if (std::any_of(target.keyList().begin(), target.keyList().end(), [](const QByteArray &key) { return key.isEmpty(); }))
            return refuse("a key of the list is empty");
        break;
    case Target::Kind::Prefix:
        if (target.text().isEmpty())
            return refuse("the prefix is empty; the target of a whole region is region()");
        break;
    case Target::Kind::Glob:
        if (target.text().isEmpty())
            return refuse("the pattern is empty");
        if (target.text().size() > 4096)
            return failure(Error::Kind::LimitExceeded, QStringLiteral("the pattern is longer than 4096 bytes"));
        break;
    case Target::Kind::Tag:
        if (target.text().isEmpty())
            return refuse("the tag is empty");
        break;
    case Target::Kind::Expired:
    case Target::Kind::Region:
    case Target::Kind::Everything:
        break;
    }
    return {};
}

TargetScan::TargetScan(std::uint32_t regionId, const Target &target)
    // Rather nothing than the whole region.
    : m_regionId(regionId), m_target(target), m_pattern(target.text()), m_isAtEnd(target.kind() == Target::Kind::Expired)
{
    if (target.kind() == Target::Kind::Prefix)
        m_from = target.text();
    else if (target.kind() == Target::Kind::Glob)
        m_from = m_pattern.literalPrefix();
    m_until = prefixEnd(m_from);
    // In key order like every other target, and each once.
    m_keys = target.keyList();
    std::sort(m_keys.begin(), m_keys.end());
    m_keys.erase(std::unique(m_keys.begin(), m_keys.end()), m_keys.end());
}

tl::expected<std::vector<MatchedRow>, SqliteError> TargetScan::next(const SqliteConnection &connection, int limit)
{
    if (m_isAtEnd)
        return std::vector<MatchedRow>();
    switch (m_target.kind()) {
    case Target::Kind::Key:
    case Target::Kind::Keys:
        return nextKeys(connection, limit);
    case Target::Kind::Tag:
        return nextTagged(connection, limit);
    default:
        return nextOfRange(connection, limit);
    }
}

namespace {

tl::unexpected<SqliteError> scanError(const QSqlQuery &query)
{
    return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("looking for entries")));
}

MatchedRow rowOf(const QSqlQuery &query)
{
    return {query.value(0).toByteArray(), query.value(1).toULongLong(), query.value(2).toByteArray()};
}

} // namespace

tl::expected<std::vector<MatchedRow>, SqliteError> TargetScan::nextKeys(const SqliteConnection &connection, int limit)
{
    std::vector<MatchedRow> rows;
    SqliteStatement &select = connection.keptStatement(QLatin1String(
        "SELECT length(key) + length(value), tags FROM entries WHERE region = ? AND key = ?"));
    for (; m_nextKey < m_keys.size() && limit > 0; ++m_nextKey, --limit) {
        const QByteArray &key = m_keys.at(m_nextKey);
        select.bind(0, std::int64_t{m_regionId});
        select.bind(1, key);
        const auto found = select.step("looking for entries");
        if (!found)
            return tl::unexpected(found.error());
        if (*found)
            rows.push_back({key, static_cast<std::uint64_t>(select.integer(0)), select.bytes(1)});
        select.finish();
    }
    m_isAtEnd = m_nextKey >= m_keys.size();
    return rows;
}

tl::expected<std::vector<MatchedRow>, SqliteError> TargetScan::nextOfRange(const SqliteConnection &connection, int limit)
{
    QString sql = QStringLiteral("SELECT key, length(key) + length(value), tags FROM entries WHERE region = ? AND key ");
    sql += m_after.isNull() ? QStringLiteral(">= ?") : QStringLiteral("> ?");
    if (!m_until.isNull())
        sql += QStringLiteral(" AND key < ?");
    sql += QStringLiteral(" ORDER BY key LIMIT ?");
    QSqlQuery query = connection.prepare(sql);
    int at = 0;
    query.bindValue(at++, m_regionId);
    const QByteArray lower = m_after.isNull() ? m_from : m_after;
    query.bindValue(at++, notNull(lower));
    if (!m_until.isNull())
        query.bindValue(at++, m_until);
    query.bindValue(at, limit);
    if (!query.exec())
        return scanError(query);
    // Not in the statement, whose limit would then be of rows that match: the walk to them may be long.
    const auto matches = [this](const MatchedRow &row) {
        return m_target.kind() != Target::Kind::Glob || m_pattern.matches(row.key);
    };
    std::vector<MatchedRow> rows;
    int seen = 0;
    while (query.next()) {
        ++seen;
        MatchedRow row = rowOf(query);
        m_after = notNull(row.key); // Null would mean that nothing was looked at.
        if (matches(row))
            rows.push_back(std::move(row));
    }
    if (query.lastError().isValid())
        return scanError(query);
    m_isAtEnd = seen < limit;
    return rows;
}

tl::expected<std::vector<MatchedRow>, SqliteError> TargetScan::nextTagged(const SqliteConnection &connection, int limit)
{
    QSqlQuery query = connection.prepare(QStringLiteral(
        "SELECT t.key, length(e.key) + length(e.value), e.tags FROM tags t LEFT JOIN entries e "
        "ON e.region = t.region AND e.key = t.key WHERE t.region = ? AND t.tag = ? AND t.key > ? ORDER BY t.key LIMIT ?"));
    query.bindValue(0, m_regionId);
    query.bindValue(1, m_target.text());
    query.bindValue(2, notNull(m_after));
    query.bindValue(3, limit);
    if (!query.exec())
        return scanError(query);
    std::vector<MatchedRow> rows;
    int seen = 0;
    while (query.next()) {
        ++seen;
        MatchedRow row = rowOf(query);
        m_after = row.key;
        const auto tags = decodeTags(row.tags);
        if (tags && tags->contains(m_target.text()))
            rows.push_back(std::move(row));
    }
    if (query.lastError().isValid())
        return scanError(query);
    m_isAtEnd = seen < limit;
    return rows;
}

} // namespace Infra::Detail
