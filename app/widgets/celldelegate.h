// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tablemodel.h"

#include <QStyledItemDelegate>

namespace InfraConsole {

// A strip of health checks, oldest at the left: one bar each, its height telling well from ill besides its colour.
void paintHeartbeats(QPainter *painter, const QRectF &area, const HeartbeatStrip &strip, const QPalette &palette);

// Thread safety: belongs to the GUI thread.
//
// Draws one column of a table as its kind asks: a number with its unit in the secondary colour, a bar under a share,
// shape and word of a verdict, a strip of heartbeats, a sparkline. Rows that are stale are grey.
class CellDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    explicit CellDelegate(TableColumn::Kind kind, Qt::TextElideMode cut, QObject *parent = nullptr);
    ~CellDelegate() override;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    bool helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                   const QModelIndex &index) override;

private:
    void paintText(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;
    void paintNumber(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;
    void paintVerdict(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;

    TableColumn::Kind m_kind;
    Qt::TextElideMode m_cut;
};

} // namespace InfraConsole
