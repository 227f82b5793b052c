// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSortFilterProxyModel>
#include <QStringList>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// Sorts by ItemRole::Sort (unknown values last in either direction) and keeps rows that contain every word of the
// filter in some text column. It re-sorts and filters again when told, not by itself: rows must not move under the pointer,
// and a refresh changes every row.
class TableFilter : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    explicit TableFilter(QObject *parent = nullptr);
    ~TableFilter() override;

    void setFilterText(const QString &text);
    [[nodiscard]] bool isFiltering() const { return !m_words.isEmpty(); }
    // For rows that have changed. The row of identity `kept` stays, whatever it says now: an operator is about to act on it.
    void refilter(const QString &kept);
    void resort();

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex &sourceParent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QStringList m_words;
    QString m_kept; // Since the last refilter().
};

} // namespace InfraConsole
