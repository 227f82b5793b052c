// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "widgets/format.h"

#include <QAbstractTableModel>
#include <QVariant>

#include <optional>
#include <vector>

namespace InfraConsole {

// One column of a table: how its values read, sort and are drawn.
struct TableColumn
{
    enum class Kind {
        Text,      // QString
        Number,    // double in base units of `unit`; right-aligned, unit in the secondary colour
        Share,     // as Number, over a bar as long as the cell's share
        Verdict,   // Verdict as int: shape, colour and word
        Heartbeat, // HeartbeatStrip
        Moment,    // QDateTime: relative, absolute in the tooltip
        Trend,     // std::shared_ptr<const Series>: a sparkline
    };

    QString title;
    Kind kind = Kind::Text;
    Unit unit = Unit::Count;
    QString explanation; // Tooltip of the header.
    QString exportName;  // Key in JSON, header in CSV: "hit_ratio". Empty: not exported.
    bool stretch = false;
    bool elides = false; // Takes a sixth of the table at most, so that a narrow one needs no scrolling.
    // Where text is cut that does not fit. Names in the first columns (keys, processes) often differ at their end only.
    std::optional<Qt::TextElideMode> cut = {};
    // Makes room for the stretched column where there is little, the higher the sooner; 0 never.
    int spare = 0;
};

struct TableCell
{
    QVariant value;
    double share = Unknown; // 0 to 1, for Kind::Share.
    QString tip = {};       // Instead of the exact value.
    QVariant sort = {};     // Instead of the text, for text that counts something.
};

struct TableRow
{
    QString identity;       // Unique in the table and the same in every refresh.
    std::vector<TableCell> cells;
    bool stale = false;     // Greyed: its source is gone or silent.
};

// Newest last.
using HeartbeatStrip = std::vector<Heartbeat>;

// "3" for three instances, sorted and aligned as the number that it is; in a column of names of instances otherwise.
[[nodiscard]] TableCell countCell(int count);

// What views and delegates ask a table for, besides Qt's own roles.
namespace ItemRole {
inline constexpr int Identity = Qt::UserRole + 1;
inline constexpr int Sort = Qt::UserRole + 2;     // double or QString; NaN sorts last
inline constexpr int UnitText = Qt::UserRole + 3; // DisplayRole is then the number without it
inline constexpr int Share = Qt::UserRole + 4;
inline constexpr int Value = Qt::UserRole + 5;    // TableCell::value as it was given
inline constexpr int Stale = Qt::UserRole + 6;
inline constexpr int Export = Qt::UserRole + 7;   // a plain JSON value, invalid when unknown
inline constexpr int Filter = Qt::UserRole + 8;   // text that the filter searches
} // namespace ItemRole

// What a cell and a column's header answer for every role but those of the whole row (Identity, Stale).
[[nodiscard]] QVariant cellData(const TableColumn &column, const TableCell &cell, int role);
// What a screen reader says of a cell that shows `value`.
[[nodiscard]] QString spokenCell(const TableColumn &column, const QString &value);
// Whether cellData() looks at the cell for it.
[[nodiscard]] bool isOfCell(int role);
[[nodiscard]] QVariant columnHeader(const TableColumn &column, int role);

// Thread safety: belongs to the GUI thread.
//
// A table of values that are replaced as a whole, once a second. Rows keep their place and their index as long as
// their identity stays, so selections and persistent indexes survive every refresh.
class TableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    explicit TableModel(std::vector<TableColumn> columns, QObject *parent = nullptr);
    ~TableModel() override;

    // Every row must have as many cells as there are columns. A second row of the same identity is dropped.
    void setRows(std::vector<TableRow> rows);
    [[nodiscard]] const std::vector<TableColumn> &columns() const { return m_columns; }
    [[nodiscard]] const TableRow &row(int row) const { return m_rows.at(static_cast<std::size_t>(row)); }
    // -1 when there is none.
    [[nodiscard]] int rowOf(const QString &identity) const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] std::vector<int> headerAlignments() const;

    std::vector<TableColumn> m_columns;
    std::vector<TableRow> m_rows;
    QHash<QString, int> m_rowOf;
};

} // namespace InfraConsole

Q_DECLARE_METATYPE(InfraConsole::HeartbeatStrip)
Q_DECLARE_METATYPE(std::shared_ptr<const InfraConsole::Series>)
