// SPDX-License-Identifier: GPL-3.0-or-later
#include "headerview.h"

#include "widgets/theme.h"

#include <QPainter>

namespace InfraConsole {

namespace {
constexpr int ArrowRoom = 12;
} // namespace

HeaderView::HeaderView(QWidget *parent) : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsClickable(true);
    setHighlightSections(false);
    setFixedHeight(Spacing::RowHeight);
}

HeaderView::~HeaderView() = default;

void HeaderView::paintEvent(QPaintEvent *event)
{
    {
        const Theme theme(palette());
        QPainter painter(viewport());
        painter.fillRect(viewport()->rect(), theme.card());
        painter.fillRect(0, viewport()->height() - 1, viewport()->width(), 1, theme.border());
    }
    QHeaderView::paintEvent(event);
}

void HeaderView::paintSection(QPainter *painter, const QRect &rect, int logicalIndex) const
{
    const Theme theme(palette());
    painter->fillRect(rect, theme.card());
    painter->fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.border());
    const auto alignment = Qt::Alignment(model()->headerData(logicalIndex, orientation(), Qt::TextAlignmentRole).toInt());
    const bool right = alignment.testFlag(Qt::AlignRight);
    const bool sorted = isSortIndicatorShown() && sortIndicatorSection() == logicalIndex;
    QRect text = rect.adjusted(Spacing::Row, 0, -Spacing::Row, 0);
    const QFont font = Theme::labelFont(this->font());
    const QFontMetrics metrics(font);
    painter->setFont(font);
    painter->setPen(sorted ? theme.text() : theme.secondaryText());
    const QString title = model()->headerData(logicalIndex, orientation(), Qt::DisplayRole).toString();
    const QString shown = metrics.elidedText(title, Qt::ElideRight, text.width() - (sorted ? ArrowRoom : 0));
    painter->drawText(text, int(right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, shown);
    if (!sorted)
        return;
    // The arrow stands on the inner side of the title, so that titles stay aligned with their numbers.
    const int width = metrics.horizontalAdvance(shown);
    const double x = right ? text.right() - width - ArrowRoom + 3 : text.left() + width + 7;
    const double y = rect.center().y();
    const bool ascending = sortIndicatorOrder() == Qt::AscendingOrder;
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(theme.text(), 1.3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    const double tip = ascending ? y - 2 : y + 3;
    const double foot = ascending ? y + 2 : y - 1;
    painter->drawPolyline(QPolygonF({{x - 3, foot}, {x, tip}, {x + 3, foot}}));
}

} // namespace InfraConsole
