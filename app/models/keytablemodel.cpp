// SPDX-License-Identifier: GPL-3.0-or-later
#include "keytablemodel.h"

#include "models/keypattern.h"
#include "models/valuetext.h"
#include "widgets/values.h"
#include "widgets/whenfinished.h"

#include <algorithm>

namespace InfraConsole {

namespace {
constexpr int PageRows = 500;
constexpr int ScanRows = 2000;
} // namespace

KeyTableModel::KeyTableModel(Session &session, QObject *parent) : QAbstractTableModel(parent), m_session(session)
{
    using Kind = TableColumn::Kind;
    m_columns = {
        {tr("Key"), Kind::Text, Unit::Count, {}, QStringLiteral("key"), true},
        {tr("Size"), Kind::Number, Unit::Bytes, tr("Size of the value as stored"), QStringLiteral("bytes"), false},
        {tr("Time to live"), Kind::Moment, Unit::Seconds, tr("When the entry expires"), QStringLiteral("expires_at"), false},
        {tr("Stored"), Kind::Moment, Unit::Seconds, tr("When the value was stored"), QStringLiteral("stored_at"), false},
        {tr("Tags"), Kind::Text, Unit::Count, {}, QStringLiteral("tags"), false},
    };
}

KeyTableModel::~KeyTableModel() = default;

void KeyTableModel::setSource(const QByteArray &region, const KeyFilter &filter)
{
    if (region == m_region && filter == m_filter)
        return;
    m_region = region;
    m_filter = filter;
    reload();
}

void KeyTableModel::reload()
{
    beginResetModel();
    ++m_generation;
    m_entries.clear();
    m_last.clear();
    m_scanned = 0;
    m_error.reset();
    m_loading = false;
    m_complete = m_region.isEmpty();
    endResetModel();
    if (!m_complete)
        fetchMore({});
    Q_EMIT progressed();
}

void KeyTableModel::stop()
{
    if (!m_loading)
        return;
    ++m_generation;
    m_loading = false;
    Q_EMIT progressed();
}

void KeyTableModel::resume()
{
    if (!m_error)
        return;
    m_error.reset();
    requestPage();
    Q_EMIT progressed();
}

bool KeyTableModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && !m_complete && !m_loading && !m_error && !isFull();
}

void KeyTableModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_wantedRows = rowCount() + PageRows;
    requestPage();
}

void KeyTableModel::requestPage()
{
    m_loading = true;
    const int generation = m_generation;
    const bool scans = !m_filter.pattern.isEmpty() || !m_filter.tag.isEmpty();
    QByteArray prefix = m_filter.prefix;
    const QByteArray literal = literalPrefix(m_filter.pattern);
    if (literal.startsWith(prefix))
        prefix = literal;
    whenFinished(this, m_session.entries(m_region, prefix, m_last, scans ? ScanRows : PageRows),
                 [this, generation](const Infra::Result<EntryPage> &page) {
                     if (generation != m_generation)
                         return;
                     m_loading = false;
                     if (page)
                         takePage(*page);
                     else
                         m_error = page.error();
                     Q_EMIT progressed();
                 });
}

void KeyTableModel::takePage(const EntryPage &page)
{
    m_scanned += page.entries.size();
    if (!page.entries.empty())
        m_last = page.entries.back().key;
    m_complete = !page.hasMore || page.entries.empty();
    std::vector<Infra::EntryInfo> found;
    for (const Infra::EntryInfo &entry : page.entries) {
        if (matches(entry) && rowCount() + static_cast<int>(found.size()) < MaximumRows)
            found.push_back(entry);
    }
    if (!found.empty()) {
        beginInsertRows({}, rowCount(), rowCount() + static_cast<int>(found.size()) - 1);
        std::move(found.begin(), found.end(), std::back_inserter(m_entries));
        endInsertRows();
    }
    if (!m_complete && !m_loading && rowCount() < m_wantedRows && !isFull())
        requestPage();
}

bool KeyTableModel::matches(const Infra::EntryInfo &entry) const
{
    if (!entry.key.startsWith(m_filter.prefix))
        return false;
    if (!m_filter.pattern.isEmpty() && !globMatches(m_filter.pattern, entry.key))
        return false;
    return m_filter.tag.isEmpty() || entry.tags.contains(m_filter.tag);
}

int KeyTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

int KeyTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

TableCell KeyTableModel::cell(const Infra::EntryInfo &entry, int column) const
{
    switch (column) {
    case Key:
        return {keyText(entry.key)};
    case Size:
        return {static_cast<double>(entry.bytes), Unknown,
                entry.negative ? tr("Remembers that there is no value") : QString()};
    case Expires:
        return {entry.expiresAt == SystemTime::max() ? QVariant() : QVariant(toDateTime(entry.expiresAt))};
    case Stored:
        return {toDateTime(entry.storedAt)};
    case Tags:
        return {tagsText(entry.tags)};
    default:
        return {};
    }
}

QString KeyTableModel::neverText()
{
    //: An entry that does not expire.
    return tr("never");
}

QString KeyTableModel::timeText(const Infra::EntryInfo &entry, int column, SystemTime now)
{
    if (column == Stored)
        return formatRelative(now - std::max(entry.storedAt, SystemTime())); // A damaged row may say anything.
    if (entry.expiresAt == SystemTime::max())
        return neverText();
    return entry.expiresAt <= now ? tr("expired") : formatRelative(now - entry.expiresAt);
}

QVariant KeyTableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Infra::EntryInfo &record = entry(index.row());
    if (role == ItemRole::Identity)
        return QString::fromUtf8(record.key);
    const SystemTime now = m_session.snapshot()->at;
    if (role == ItemRole::Stale)
        return record.expiresAt <= now || record.negative;
    const TableColumn &column = m_columns[static_cast<std::size_t>(index.column())];
    // Of the snapshot's time, as everything on the page is.
    if ((index.column() == Expires || index.column() == Stored) && (role == Qt::DisplayRole || role == Qt::AccessibleTextRole)) {
        const QString text = timeText(record, index.column(), now);
        return role == Qt::DisplayRole ? text : spokenCell(column, text);
    }
    if (index.column() == Expires && role == Qt::ToolTipRole)
        return record.expiresAt == SystemTime::max() ? neverText() : formatAbsolute(toDateTime(record.expiresAt));
    // A view asks for ten roles to paint a cell; most are the column's or nobody's.
    return isOfCell(role) ? cellData(column, cell(record, index.column()), role) : cellData(column, {}, role);
}

QVariant KeyTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return QAbstractTableModel::headerData(section, orientation, role);
    return columnHeader(m_columns[static_cast<std::size_t>(section)], role);
}

} // namespace InfraConsole
