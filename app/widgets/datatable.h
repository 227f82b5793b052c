// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tablemodel.h"

#include <QAction>
#include <QHeaderView>
#include <QTableView>
#include <QWidget>

class QHBoxLayout;
class QLineEdit;
class QMenu;

namespace InfraConsole {

class EmptyState;
class TableFilter;
class TextLabel;

// The model must outlive the view; sets row height, delegates by the columns' kinds, headers, selection by row.
void prepareTableView(QTableView *view, const std::vector<TableColumn> &columns);
// Selection as a tint of the surface, so that status colours stay readable; call again when the palette changes.
void applyTableTheme(QTableView *view);

// Thread safety: belongs to the GUI thread.
//
// A table with a filter field above it, the count "24 of 310", sorting, copying with headers and export. Rows do not
// move while the pointer is over them; selection and scroll position stay through every refresh.
class DataTable : public QWidget
{
    Q_OBJECT

public:
    // `name` is what a screen reader calls the table and the filter: "Cache regions".
    DataTable(const QString &name, TableModel *model, QWidget *parent = nullptr);
    ~DataTable() override;

    // Replaces the rows of the model and filters them again; sorts unless the pointer is over the rows.
    void setRows(std::vector<TableRow> rows);
    void sortBy(int column, Qt::SortOrder order);

    // Identity of the current row; empty without one.
    [[nodiscard]] QString currentIdentity() const;
    void selectIdentity(const QString &identity);
    [[nodiscard]] QStringList selectedIdentities() const;

    [[nodiscard]] QLineEdit *filterField() const { return m_filterField; }
    [[nodiscard]] QString countText() const;
    [[nodiscard]] QTableView *view() const { return m_view; }
    [[nodiscard]] TableFilter *filter() const { return m_filter; }

    // Between the count and the tools, where it has all the room that these leave.
    void setNote(QWidget *note);
    // Right of the filter field.
    void addTool(QWidget *tool);
    // In the context menu, above copy and export. Emits nothing by itself; use currentIdentity().
    void addRowAction(QAction *action);
    // Shown when the model itself is empty.
    void setEmptyText(const QString &cause, const QString &advice);

    // Sets the widths to what the columns hold now; done once by itself when the first rows arrive.
    void fitColumns();

    // What the table shows, see exportTable().
    [[nodiscard]] QByteArray exported(const QString &suffix) const;
    void copySelection() const;

    // Order, widths and sorting of the columns. A state of another set of columns is refused.
    [[nodiscard]] QByteArray saveHeader() const;
    bool restoreHeader(const QByteArray &state);
    // Whether the operator changed any of it, or a state was restored.
    [[nodiscard]] bool isHeaderArranged() const;

Q_SIGNALS:
    void currentChanged(const QString &identity);
    // Enter or a double click.
    void activated(const QString &identity);

protected:
    void changeEvent(QEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] int fittingWidth(int column) const;
    void spareColumns();
    void settleRows();
    void updateCount();
    void save(const QString &suffix);
    void showMenu(const QPoint &position);

    TableModel *m_model;
    TableFilter *m_filter;
    QTableView *m_view;
    QLineEdit *m_filterField;
    TextLabel *m_count;
    QHBoxLayout *m_tools;
    EmptyState *m_empty;
    EmptyState *m_noMatch;
    QList<QAction *> m_rowActions;
    int m_sortColumn = -1;      // As the page chose.
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    bool m_columnsMoved = false;
    bool m_settingRows = false; // New ones, or which of them the filter keeps.
    bool m_currentMoved = false;
    bool m_columnsFitted = false;
    bool m_columnsChosen = false; // By the operator: nothing fits them any more.
};

} // namespace InfraConsole
