// SPDX-License-Identifier: GPL-3.0-or-later
#include "celldelegate.h"

#include "widgets/plaintext.h"
#include "widgets/sparkline.h"
#include "widgets/status.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace InfraConsole {

namespace {

constexpr double ShapeSize = 10;
constexpr double BeatWidth = 4;
constexpr double BeatPitch = 6;

QRectF contentOf(const QStyleOptionViewItem &option)
{
    return QRectF(option.rect).adjusted(Spacing::Row, 0, -Spacing::Row, 0);
}

QColor textColor(const QModelIndex &index, const Theme &theme)
{
    return index.data(ItemRole::Stale).toBool() ? theme.secondaryText() : theme.text();
}

qsizetype visibleBeats(const QRectF &area, const HeartbeatStrip &strip)
{
    return std::min(static_cast<qsizetype>(strip.size()), static_cast<qsizetype>((area.width() + BeatPitch - BeatWidth) / BeatPitch));
}

} // namespace

void paintHeartbeats(QPainter *painter, const QRectF &area, const HeartbeatStrip &strip, const QPalette &palette)
{
    const Theme theme(palette);
    const qsizetype count = visibleBeats(area, strip);
    const double full = std::min(16.0, area.height() - 4);
    const double bottom = area.center().y() + full / 2;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    double x = area.left();
    for (auto beat = strip.end() - count; beat != strip.end(); ++beat, x += BeatPitch) {
        double height = full;
        if (beat->verdict == Verdict::Degraded)
            height = full * 0.75;
        else if (beat->verdict == Verdict::Down || beat->verdict == Verdict::Unreachable)
            height = full * 0.5;
        else if (beat->verdict == Verdict::Paused || beat->verdict == Verdict::NeverChecked)
            height = full * 0.25;
        painter->setBrush(theme.status(beat->verdict));
        painter->drawRoundedRect(QRectF(x, bottom - height, BeatWidth, height), 1, 1);
    }
    painter->restore();
}

CellDelegate::CellDelegate(TableColumn::Kind kind, Qt::TextElideMode cut, QObject *parent)
    : QStyledItemDelegate(parent), m_kind(kind), m_cut(cut)
{
}

CellDelegate::~CellDelegate() = default;

QSize CellDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    int width = option.fontMetrics.horizontalAdvance(index.data().toString()) + 2 * Spacing::Row + 2;
    if (m_kind == TableColumn::Kind::Verdict)
        width += static_cast<int>(ShapeSize) + Spacing::Row;
    else if (m_kind == TableColumn::Kind::Heartbeat)
        width = static_cast<int>(30 * BeatPitch) + 2 * Spacing::Row;
    else if (m_kind == TableColumn::Kind::Trend)
        width = 112;
    return {width, Spacing::RowHeight};
}

void CellDelegate::paint(QPainter *painter, const QStyleOptionViewItem &styleOption, const QModelIndex &index) const
{
    QStyleOptionViewItem option(styleOption);
    initStyleOption(&option, index);
    option.text.clear();
    const QWidget *const widget = option.widget;
    QStyle *const style = widget ? widget->style() : QApplication::style();
    // Selection, alternating background and focus as the style draws them; the content is ours.
    style->drawControl(QStyle::CE_ItemViewItem, &option, painter, widget);

    painter->save();
    painter->setFont(option.font);
    switch (m_kind) {
    case TableColumn::Kind::Number:
    case TableColumn::Kind::Share:
        paintNumber(painter, option, index);
        break;
    case TableColumn::Kind::Verdict:
        paintVerdict(painter, option, index);
        break;
    case TableColumn::Kind::Heartbeat:
        paintHeartbeats(painter, contentOf(option), index.data(ItemRole::Value).value<HeartbeatStrip>(), option.palette);
        break;
    case TableColumn::Kind::Trend:
        if (const auto series = index.data(ItemRole::Value).value<std::shared_ptr<const Series>>())
            paintSparkline(painter, contentOf(option).adjusted(0, 6, 0, -6), *series, Theme(option.palette).series(0));
        break;
    case TableColumn::Kind::Text:
    case TableColumn::Kind::Moment:
        paintText(painter, option, index);
        break;
    }
    painter->restore();
}

void CellDelegate::paintText(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QRectF area = contentOf(option);
    painter->setPen(textColor(index, Theme(option.palette)));
    painter->drawText(area, static_cast<int>(option.displayAlignment),
                      option.fontMetrics.elidedText(index.data().toString(), m_cut, static_cast<int>(area.width())));
}

void CellDelegate::paintNumber(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme theme(option.palette);
    QRectF area = contentOf(option);
    if (m_kind == TableColumn::Kind::Share) {
        const double share = index.data(ItemRole::Share).toDouble();
        if (std::isfinite(share)) {
            const QRectF track(area.left(), option.rect.bottom() - 4.0, area.width(), 2);
            painter->fillRect(track, theme.grid());
            QRectF bar = track;
            bar.setWidth(track.width() * std::clamp(share, 0.0, 1.0));
            painter->fillRect(bar, share >= 0.9 ? theme.status(Verdict::Degraded) : theme.series(0));
            area.translate(0, -2);
        }
    }
    const QString unit = index.data(ItemRole::UnitText).toString();
    QString number = index.data().toString();
    if (!unit.isEmpty()) {
        number.chop(unit.size());
        painter->setPen(theme.secondaryText());
        painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter, unit);
        area.setRight(area.right() - QFontMetricsF(option.font).horizontalAdvance(unit));
    }
    const bool known = std::isfinite(index.data(ItemRole::Value).toDouble());
    painter->setPen(known ? textColor(index, theme) : theme.secondaryText());
    painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter, number);
}

void CellDelegate::paintVerdict(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme theme(option.palette);
    const auto verdict = static_cast<Verdict>(index.data(ItemRole::Value).toInt());
    const QRectF area = contentOf(option);
    const QColor color = index.data(ItemRole::Stale).toBool() ? theme.secondaryText() : theme.status(verdict);
    paintStatus(painter, QRectF(area.left(), area.center().y() - ShapeSize / 2, ShapeSize, ShapeSize), verdict, color);
    painter->setPen(color);
    const QRectF text = area.adjusted(ShapeSize + 6, 0, 0, 0);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                      option.fontMetrics.elidedText(statusWord(verdict), Qt::ElideRight, static_cast<int>(text.width())));
}

bool CellDelegate::helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option, const QModelIndex &index)
{
    if (event->type() != QEvent::ToolTip || m_kind != TableColumn::Kind::Heartbeat)
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    const auto strip = index.data(ItemRole::Value).value<HeartbeatStrip>();
    const QRectF area = contentOf(option);
    const qsizetype count = visibleBeats(area, strip);
    const auto beat = static_cast<qsizetype>((event->pos().x() - area.left()) / BeatPitch);
    if (event->pos().x() < area.left() || beat >= count) {
        QToolTip::hideText();
        return true;
    }
    const Heartbeat &check = *(strip.end() - count + beat);
    QString text = formatAbsolute(toDateTime(check.at)) + QLatin1Char('\n') + statusWord(check.verdict);
    if (check.latency)
        text += QStringLiteral(", ") + formatText(toValue(check.latency), Unit::Seconds);
    if (!check.reason.isEmpty())
        text += QLatin1Char('\n') + check.reason;
    QToolTip::showText(event->globalPos(), plainToolTip(text), view);
    return true;
}

} // namespace InfraConsole
