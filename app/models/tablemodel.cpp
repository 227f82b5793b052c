// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablemodel.h"

#include "widgets/chartscale.h"
#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/values.h"

#include <QCoreApplication>

#include <cmath>

namespace InfraConsole {

namespace {

// Worst first when sorted in descending order.
int severity(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Down:
        return 5;
    case Verdict::Unreachable:
        return 4;
    case Verdict::Degraded:
        return 3;
    case Verdict::NeverChecked:
        return 2;
    case Verdict::Paused:
        return 1;
    case Verdict::Up:
        break;
    }
    return 0;
}

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::TableModel)
};

QVariant display(const TableColumn &column, const TableCell &cell)
{
    switch (column.kind) {
    case TableColumn::Kind::Text:
        return cell.value.toString();
    case TableColumn::Kind::Number:
    case TableColumn::Kind::Share:
        return formatText(cell.value.toDouble(), column.unit);
    case TableColumn::Kind::Verdict:
        return statusWord(static_cast<Verdict>(cell.value.toInt()));
    case TableColumn::Kind::Moment:
        return formatRelative(cell.value.toDateTime(), QDateTime::currentDateTime());
    case TableColumn::Kind::Heartbeat:
    case TableColumn::Kind::Trend:
        break;
    }
    return {};
}

QVariant exported(const TableColumn &column, const TableCell &cell)
{
    switch (column.kind) {
    case TableColumn::Kind::Number:
    case TableColumn::Kind::Share:
        return std::isfinite(cell.value.toDouble()) ? cell.value : QVariant();
    case TableColumn::Kind::Moment:
        return cell.value.toDateTime().isValid() ? QVariant(cell.value.toDateTime().toUTC().toString(Qt::ISODateWithMs)) : QVariant();
    default:
        return display(column, cell);
    }
}

QString tip(const TableColumn &column, const TableCell &cell)
{
    if (!cell.tip.isEmpty())
        return cell.tip;
    switch (column.kind) {
    case TableColumn::Kind::Number:
    case TableColumn::Kind::Share:
        return formatExact(cell.value.toDouble(), column.unit);
    case TableColumn::Kind::Moment:
        return formatAbsolute(cell.value.toDateTime());
    default:
        return display(column, cell).toString();
    }
}

QString spoken(const TableColumn &column, const TableCell &cell)
{
    QString value;
    if (column.kind == TableColumn::Kind::Heartbeat) {
        const auto strip = cell.value.value<HeartbeatStrip>();
        const auto well = std::count_if(strip.begin(), strip.end(), [](const Heartbeat &beat) { return beat.verdict == Verdict::Up; });
        value = strip.empty() ? statusWord(Verdict::NeverChecked)
                              //: Read by a screen reader for a strip of health checks.
                              : Text::tr("%1 of %2 checks up, last %3").arg(well).arg(strip.size()).arg(statusWord(strip.back().verdict));
    } else if (column.kind == TableColumn::Kind::Trend) {
        const auto series = cell.value.value<std::shared_ptr<const Series>>();
        value = formatText(series ? lastValue(*series) : Unknown, column.unit);
    } else {
        value = display(column, cell).toString();
    }
    return spokenCell(column, value);
}

bool isCount(const TableCell &cell)
{
    return cell.sort.typeId() == QMetaType::Double;
}

} // namespace

TableCell countCell(int count)
{
    return {QLocale().toString(count), Unknown, {}, static_cast<double>(count)};
}

QString spokenCell(const TableColumn &column, const QString &value)
{
    //: Column title and value of a table's cell, read by a screen reader.
    return Text::tr("%1: %2").arg(column.title, value);
}

bool isOfCell(int role)
{
    return role == Qt::DisplayRole || role == Qt::TextAlignmentRole || role == Qt::ToolTipRole || role == Qt::AccessibleTextRole || role >= Qt::UserRole;
}

QVariant cellData(const TableColumn &column, const TableCell &cell, int role)
{
    const bool isNumber = column.kind == TableColumn::Kind::Number || column.kind == TableColumn::Kind::Share;
    switch (role) {
    case Qt::DisplayRole:
        return display(column, cell);
    case Qt::ToolTipRole:
        return plainToolTip(tip(column, cell));
    case Qt::AccessibleTextRole:
        return spoken(column, cell);
    case Qt::TextAlignmentRole:
        return static_cast<int>((isNumber || isCount(cell) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case ItemRole::UnitText:
        return isNumber ? QVariant(formatNumber(cell.value.toDouble(), column.unit).unit) : QVariant();
    case ItemRole::Share:
        return cell.share;
    case ItemRole::Value:
        return cell.value;
    case ItemRole::Export:
        return exported(column, cell);
    case ItemRole::Filter:
        return column.kind == TableColumn::Kind::Text || column.kind == TableColumn::Kind::Verdict ? display(column, cell) : QVariant();
    case ItemRole::Sort:
        if (cell.sort.isValid())
            return cell.sort;
        switch (column.kind) {
        case TableColumn::Kind::Verdict:
            return static_cast<double>(severity(static_cast<Verdict>(cell.value.toInt())));
        case TableColumn::Kind::Moment:
            return static_cast<double>(cell.value.toDateTime().toMSecsSinceEpoch());
        case TableColumn::Kind::Number:
        case TableColumn::Kind::Share:
            return cell.value;
        default:
            return display(column, cell);
        }
    default:
        return {};
    }
}

QVariant columnHeader(const TableColumn &column, int role)
{
    const bool isNumber = column.kind == TableColumn::Kind::Number || column.kind == TableColumn::Kind::Share;
    switch (role) {
    case Qt::DisplayRole:
        return column.title;
    case Qt::ToolTipRole:
        return column.explanation.isEmpty() ? column.title : column.explanation;
    case Qt::TextAlignmentRole:
        return static_cast<int>((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case ItemRole::Export:
        return column.exportName;
    default:
        return {};
    }
}

TableModel::TableModel(std::vector<TableColumn> columns, QObject *parent)
    : QAbstractTableModel(parent), m_columns(std::move(columns))
{
}

TableModel::~TableModel() = default;

void TableModel::setRows(std::vector<TableRow> rows)
{
    const std::vector<int> alignmentsBefore = headerAlignments();
    QHash<QString, std::size_t> incoming;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Q_ASSERT(rows[i].cells.size() == m_columns.size());
        if (!incoming.contains(rows[i].identity))
            incoming.insert(rows[i].identity, i);
    }

    // Rows that are gone, in runs from the back, so that the numbers of those before stay valid.
    for (int last = static_cast<int>(m_rows.size()) - 1; last >= 0;) {
        if (incoming.contains(row(last).identity)) {
            --last;
            continue;
        }
        int first = last;
        while (first > 0 && !incoming.contains(row(first - 1).identity))
            --first;
        beginRemoveRows({}, first, last);
        m_rows.erase(m_rows.begin() + first, m_rows.begin() + last + 1);
        endRemoveRows();
        last = first - 1;
    }

    std::vector<bool> used(rows.size());
    for (TableRow &kept : m_rows) {
        const std::size_t source = incoming.value(kept.identity);
        used[source] = true;
        kept = std::move(rows[source]);
    }
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(m_rows.size()) - 1, columnCount() - 1));

    std::vector<TableRow> added;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!used[i] && incoming.value(rows[i].identity) == i)
            added.push_back(std::move(rows[i]));
    }
    if (!added.empty()) {
        const int first = static_cast<int>(m_rows.size());
        beginInsertRows({}, first, first + static_cast<int>(added.size()) - 1);
        std::move(added.begin(), added.end(), std::back_inserter(m_rows));
        endInsertRows();
    }
    m_rowOf.clear();
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        m_rowOf.insert(m_rows[i].identity, static_cast<int>(i));
    if (headerAlignments() != alignmentsBefore)
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

std::vector<int> TableModel::headerAlignments() const
{
    std::vector<int> alignments;
    for (int column = 0; column < columnCount(); ++column)
        alignments.push_back(headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt());
    return alignments;
}

int TableModel::rowOf(const QString &identity) const
{
    return m_rowOf.value(identity, -1);
}

int TableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int TableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant TableModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const TableRow &record = row(index.row());
    if (role == ItemRole::Identity)
        return record.identity;
    if (role == ItemRole::Stale)
        return record.stale;
    const auto column = static_cast<std::size_t>(index.column());
    return cellData(m_columns[column], record.cells[column], role);
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return QAbstractTableModel::headerData(section, orientation, role);
    // A column may hold names at one time and counts at another: its title stands above them as they do.
    if (role == Qt::TextAlignmentRole && !m_rows.empty())
        return index(0, section).data(role);
    return columnHeader(m_columns[static_cast<std::size_t>(section)], role);
}

} // namespace InfraConsole
