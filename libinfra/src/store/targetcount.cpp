// SPDX-License-Identifier: MIT
#include "targetcount.h"

#include "rowcodec.h"

#include <QSqlError>

#include <algorithm>
#include <charconv>

namespace Infra::Detail {

namespace {

// Looking up so many rows one by one costs what walking some hundred thousand does.
constexpr int Lookups = 50'000;
// Of a key, behind what all keys of the range have in common: enough to cut by.
constexpr int CutBytes = 6;

tl::unexpected<SqliteError> countError(const QSqlQuery &query)
{
    return tl::unexpected(sqliteError(query.lastError(), QStringLiteral("counting entries")));
}

void bind(QSqlQuery &query, const QVariantList &values)
{
    for (int at = 0; at < values.size(); ++at)
        query.bindValue(at, values.at(at));
}

// The next number of "12 345 6 78"; moves `at` behind it.
qsizetype takeNumber(const char *&at, const char *end)
{
    qsizetype number = 0;
    const auto parsed = std::from_chars(at, end, number);
    at = parsed.ptr == end ? end : parsed.ptr + 1;
    return number;
}

std::uint64_t leadingBytes(const QByteArray &key, qsizetype from)
{
    std::uint64_t number = 0;
    for (qsizetype at = from; at < from + CutBytes; ++at)
        number = (number << 8) | (at < key.size() ? static_cast<unsigned char>(key.at(at)) : 0U);
    return number;
}

} // namespace

TargetCount::TargetCount(std::uint32_t regionId, const Target &target, SystemTime now, Cutting cutting)
    : m_regionId(regionId), m_target(target), m_pattern(target.text()), m_cutting(cutting)
{
    switch (target.kind()) {
    case Target::Kind::Prefix:
        m_from = target.text();
        break;
    case Target::Kind::Glob:
        m_from = m_pattern.literalPrefix();
        prepareGlob();
        break;
    case Target::Kind::Tag:
        // Tags hold no control characters, and a length's upper byte is one: nothing else in a row looks like this.
        m_condition = QStringLiteral("instr(tags, ?) > 0");
        m_values = {encodeTags({target.text()})};
        break;
    case Target::Kind::Expired:
        m_condition = QStringLiteral("stale <= ?");
        m_values = {static_cast<qlonglong>(now.time_since_epoch().count())};
        break;
    default:
        break;
    }
    m_until = prefixEnd(m_from);
}

// A pattern of plain runs between stars says the same in SQL, byte by byte: the first run begins the key, the last one
// ends it, and those between follow one another. Others are matched here, after SQLite has left out what cannot match.
void TargetCount::prepareGlob()
{
    const QByteArray &pattern = m_target.text();
    const QByteArrayList runs = pattern.split('*');
    QByteArrayList middle = runs.mid(1, std::max<qsizetype>(0, runs.size() - 2));
    middle.removeAll(QByteArray(""));
    const bool isPlain = !pattern.contains('?') && !pattern.contains('[');
    if (!isPlain || middle.size() > 1) {
        m_way = Way::Matching;
        if (const QByteArray literal = m_pattern.longestLiteral(); !literal.isEmpty()) {
            m_condition = QStringLiteral("instr(key, ?) > 0");
            m_values = {literal};
        }
        return;
    }
    if (runs.size() == 1) {
        m_condition = QStringLiteral("key = ?");
        m_values = {pattern};
        return;
    }
    const qsizetype first = runs.first().size();
    const qsizetype last = runs.last().size();
    QStringList conditions;
    if (last > 0) {
        conditions << QStringLiteral("length(key) >= %1 AND substr(key, -%2) = ?").arg(first + last).arg(last);
        m_values << runs.last();
    }
    if (!middle.isEmpty()) {
        const QString inside = first + last == 0
            ? QStringLiteral("key")
            : QStringLiteral("substr(key, %1, length(key) - %2)").arg(first + 1).arg(first + last);
        conditions << QStringLiteral("instr(%1, ?) > 0").arg(inside);
        m_values << middle.first();
    }
    m_condition = conditions.join(QStringLiteral(" AND "));
}

tl::expected<int, SqliteError> TargetCount::countUpTo(const SqliteConnection &connection, int most, const QString &from,
                                                      const QVariantList &values) const
{
    QSqlQuery query = connection.prepare(QStringLiteral("SELECT count(*) FROM (SELECT 1 FROM ") + from + QStringLiteral(" LIMIT ?)"));
    bind(query, QVariantList(values) << most + 1);
    if (!query.exec() || !query.next())
        return countError(query);
    return query.value(0).toInt();
}

tl::expected<void, SqliteError> TargetCount::prepare(const SqliteConnection &connection)
{
    if (m_target.kind() == Target::Kind::Tag) {
        const auto tagged = countUpTo(connection, Lookups, QStringLiteral("tags WHERE region = ? AND tag = ?"), {m_regionId, m_target.text()});
        if (!tagged)
            return tl::unexpected(tagged.error());
        if (*tagged <= Lookups)
            m_way = Way::ByTag;
    } else if (m_target.kind() == Target::Kind::Expired) {
        const auto expired = countUpTo(connection, Lookups, QStringLiteral("entries INDEXED BY entries_stale WHERE stale <= ?"), m_values);
        if (!expired)
            return tl::unexpected(expired.error());
        if (*expired <= Lookups)
            m_way = Way::ByStale;
    }
    const Range whole{notNull(m_from), m_until};
    if (m_way == Way::ByTag || m_way == Way::ByStale) {
        m_ranges = {whole};
        return {};
    }
    QVariantList values;
    const QString rows = allRows(values);
    const auto few = countUpTo(connection, m_cutting.fewRows, rows, values);
    if (!few)
        return tl::unexpected(few.error());
    if (*few <= m_cutting.fewRows) {
        if (*few > 0)
            m_ranges = {whole};
        return {};
    }
    const auto first = edge(connection, false);
    if (!first)
        return tl::unexpected(first.error());
    const auto last = edge(connection, true);
    if (!last)
        return tl::unexpected(last.error());
    cut(*first, *last);
    return {};
}

// Those that are walked, matching or not: "entries WHERE …"; sets the values for its question marks.
QString TargetCount::allRows(QVariantList &values) const
{
    QString sql = QStringLiteral("entries WHERE region = ? AND key >= ?");
    values = {m_regionId, notNull(m_from)};
    if (!m_until.isNull()) {
        sql += QStringLiteral(" AND key < ?");
        values << m_until;
    }
    return sql;
}

// The first or last key that is looked at; null when there is none.
tl::expected<QByteArray, SqliteError> TargetCount::edge(const SqliteConnection &connection, bool last) const
{
    QVariantList values;
    const QString rows = allRows(values);
    QSqlQuery query = connection.prepare(QStringLiteral("SELECT key FROM ") + rows
                                         + (last ? QStringLiteral(" ORDER BY key DESC LIMIT 1") : QStringLiteral(" ORDER BY key LIMIT 1")));
    bind(query, values);
    if (!query.exec())
        return countError(query);
    return query.next() ? notNull(query.value(0).toByteArray()) : QByteArray();
}

// As if keys were evenly spread: they need not be, it only makes some steps longer.
void TargetCount::cut(const QByteArray &first, const QByteArray &last)
{
    const int ranges = m_cutting.ranges;
    const auto differ = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
    const qsizetype common = differ.first - first.begin();
    const std::uint64_t low = leadingBytes(first, common);
    const std::uint64_t high = leadingBytes(last, common);
    Range range{notNull(m_from), {}};
    for (int number = 1; number < ranges; ++number) {
        const std::uint64_t at = low + (high - low) / static_cast<unsigned>(ranges) * static_cast<unsigned>(number);
        QByteArray boundary = first.left(common);
        for (int shift = 8 * (CutBytes - 1); shift >= 0; shift -= 8)
            boundary.append(static_cast<char>((at >> shift) & 0xff));
        if (boundary <= range.begin)
            continue;
        range.end = boundary;
        m_ranges.push_back(range);
        range = {boundary, {}};
    }
    range.end = m_until;
    m_ranges.push_back(range);
}

// "FROM … WHERE …"; sets the values for its question marks.
QString TargetCount::rowsOf(const Range &range, QVariantList &values) const
{
    if (m_way == Way::ByTag) {
        values = QVariantList{m_regionId, m_target.text()} + m_values;
        return QStringLiteral(" FROM (SELECT e.key AS key, e.value AS value FROM tags t JOIN entries e ON e.region = t.region AND e.key = t.key "
                              "WHERE t.region = ? AND t.tag = ? AND instr(e.tags, ?) > 0)");
    }
    if (m_way == Way::ByStale) {
        values = QVariantList(m_values) << m_regionId;
        return QStringLiteral(" FROM entries INDEXED BY entries_stale WHERE stale <= ? AND +region = ?");
    }
    QString sql = QStringLiteral(" FROM entries WHERE region = ? AND key >= ?");
    values = {m_regionId, range.begin};
    if (!range.end.isNull()) {
        sql += QStringLiteral(" AND key < ?");
        values << range.end;
    }
    if (!m_condition.isEmpty())
        sql += QStringLiteral(" AND ") + m_condition;
    values += m_values;
    return sql;
}

tl::expected<InvalidationPreview, SqliteError> TargetCount::countRange(const SqliteConnection &connection, std::size_t range) const
{
    InvalidationPreview counted;
    QVariantList values;
    const QString rows = rowsOf(m_ranges[range], values);
    if (m_way == Way::Matching) {
        QSqlQuery query = connection.prepare(
            QStringLiteral("SELECT CAST(group_concat(key, '') AS BLOB), CAST(group_concat(length(key) || ' ' || (length(key) + length(value)), ' ') AS BLOB)")
            + rows);
        bind(query, values);
        if (!query.exec() || !query.next())
            return countError(query);
        addMatching(query.value(0).toByteArray(), query.value(1).toByteArray(), counted);
        return counted;
    }
    QSqlQuery query = connection.prepare(QStringLiteral("SELECT count(*), sum(length(key) + length(value))") + rows);
    bind(query, values);
    if (!query.exec() || !query.next())
        return countError(query);
    counted.entries = query.value(0).toULongLong();
    counted.bytes = query.value(1).toULongLong();
    return counted;
}

tl::expected<QByteArrayList, SqliteError> TargetCount::examplesOf(const SqliteConnection &connection, std::size_t range,
                                                                  const InvalidationPreview &counted, int limit) const
{
    if (m_way == Way::Matching)
        return counted.examples.first(std::min<qsizetype>(limit, counted.examples.size()));
    QByteArrayList examples;
    if (counted.entries == 0)
        return examples;
    QVariantList values;
    QSqlQuery query = connection.prepare(QStringLiteral("SELECT key") + rowsOf(m_ranges[range], values) + QStringLiteral(" ORDER BY key LIMIT ?"));
    bind(query, values << limit);
    if (!query.exec())
        return countError(query);
    while (query.next())
        examples.append(query.value(0).toByteArray());
    if (query.lastError().isValid())
        return countError(query);
    return examples;
}

void TargetCount::addMatching(const QByteArray &keys, const QByteArray &sizes, InvalidationPreview &sum) const
{
    const QByteArrayView all(keys);
    qsizetype begin = 0;
    const char *at = sizes.constData();
    const char *const end = at + sizes.size();
    while (at < end) {
        const qsizetype size = takeNumber(at, end);
        const qsizetype bytes = takeNumber(at, end);
        if (size < 0 || size > all.size() - begin)
            return;
        const QByteArrayView key = all.sliced(begin, size);
        begin += size;
        if (!m_pattern.matches(key))
            continue;
        ++sum.entries;
        sum.bytes += static_cast<std::uint64_t>(bytes);
        if (sum.examples.size() < ExampleCount)
            sum.examples.append(key.toByteArray());
    }
}

} // namespace Infra::Detail
