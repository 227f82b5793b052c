// SPDX-License-Identifier: GPL-3.0-or-later
#include "stattile.h"

#include "widgets/chartscale.h"
#include "widgets/sparkline.h"
#include "widgets/status.h"
#include "widgets/theme.h"

#include <QPainter>

#include <cmath>

namespace InfraConsole {

namespace {

constexpr double Pad = Spacing::Card;

struct Metrics
{
    explicit Metrics(const QFont &font)
        : labelFont(Theme::labelFont(font)), valueFont(Theme::valueFont(font)), label(labelFont), value(valueFont)
    {
    }
    QFont labelFont, valueFont;
    QFontMetricsF label, value;
};

} // namespace

StatTile::StatTile(const QString &label, Unit unit, QWidget *parent)
    : QAbstractButton(parent), m_label(label), m_unit(unit), m_shown(formatNumber(Unknown, unit))
{
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    describe();
}

StatTile::~StatTile() = default;

void StatTile::setValue(double value)
{
    m_value = value;
    m_shown = formatNumber(value, m_unit);
    setToolTip(formatExact(value, m_unit));
    describe();
    update();
}

void StatTile::setText(const QString &number, const QString &unit)
{
    m_shown = {number, unit};
    describe();
    update();
}

void StatTile::setNote(const QString &note)
{
    m_note = note;
    describe();
    update();
}

void StatTile::setSeries(std::shared_ptr<const Series> series, int color)
{
    m_series = std::move(series);
    m_color = color;
    update();
}

void StatTile::setStatus(std::optional<Verdict> status)
{
    m_status = status;
    describe();
    update();
}

void StatTile::setStale(bool stale)
{
    if (stale == m_stale)
        return;
    m_stale = stale;
    update();
}

QString StatTile::trendText() const
{
    if (!m_series || m_series->size() < 2)
        return {};
    const SystemTime then = m_series->back().at - std::chrono::minutes(1);
    const double now = lastValue(*m_series);
    const double before = valueAt(*m_series, then, std::chrono::seconds(3));
    if (std::isnan(now) || std::isnan(before))
        return {};
    const double difference = now - before;
    if (std::abs(difference) < 0.01 * std::max(std::abs(now), std::abs(before)) || difference == 0)
        return tr("steady over 1 min");
    const QString sign = difference > 0 ? QStringLiteral("+") : QString(QChar(0x2212));
    //: %1 is a signed change such as "+1.2 k/s".
    return tr("%1 in 1 min").arg(sign + formatText(std::abs(difference), m_unit));
}

void StatTile::describe()
{
    setAccessibleName(m_label);
    QString text = m_shown.text();
    if (m_status)
        text += QStringLiteral(", ") + statusWord(*m_status);
    if (!m_note.isEmpty())
        text += QStringLiteral(", ") + m_note;
    setAccessibleDescription(text);
}

QSize StatTile::sizeHint() const
{
    const Metrics metrics(font());
    return {220, static_cast<int>(std::ceil(2 * Pad + 2 * metrics.label.height() + metrics.value.height() + Spacing::Unit))};
}

QSize StatTile::minimumSizeHint() const
{
    return {140, sizeHint().height()};
}

void StatTile::paintEvent(QPaintEvent *)
{
    const Theme theme(palette());
    const Metrics metrics(font());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? theme.accent() : theme.border(), hasFocus() ? 1.5 : 1));
    painter.setBrush(underMouse() ? theme.hover() : theme.card());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), Spacing::Radius, Spacing::Radius);
    painter.setBrush(Qt::NoBrush);

    QRectF line(Pad, Pad, width() - 2 * Pad, metrics.label.height());
    double labelRoom = line.width();
    painter.setFont(metrics.labelFont);
    if (m_status) {
        const QString word = statusWord(*m_status);
        const double wordWidth = metrics.label.horizontalAdvance(word) + 1;
        constexpr double Shape = 10;
        const QColor color = theme.status(*m_status);
        paintStatus(&painter, QRectF(line.right() - wordWidth - Spacing::Unit - Shape, line.center().y() - Shape / 2, Shape, Shape),
                    *m_status, color);
        painter.setPen(color);
        painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, word);
        labelRoom -= wordWidth + Shape + 2 * Spacing::Unit;
    }
    painter.setPen(theme.secondaryText());
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, metrics.label.elidedText(m_label, Qt::ElideRight, labelRoom));

    const double valueTop = line.bottom() + 2;
    QRectF valueBox(Pad, valueTop, width() - 2 * Pad, metrics.value.height());
    painter.setFont(metrics.valueFont);
    painter.setPen(m_stale ? theme.secondaryText() : theme.text());
    painter.drawText(valueBox, Qt::AlignLeft | Qt::AlignVCenter, m_shown.number);
    const double numberWidth = metrics.value.horizontalAdvance(m_shown.number);
    double used = numberWidth;
    if (!m_shown.unit.isEmpty()) {
        painter.setFont(font());
        painter.setPen(theme.secondaryText());
        const double baseline = valueBox.center().y() - metrics.value.height() / 2 + metrics.value.ascent();
        painter.drawText(QPointF(Pad + numberWidth + Spacing::Unit, baseline), m_shown.unit);
        used += Spacing::Unit + QFontMetricsF(font()).horizontalAdvance(m_shown.unit);
    }

    const QString below = m_note.isEmpty() ? trendText() : m_note;
    const QRectF noteBox(Pad, valueBox.bottom() + 2, width() - 2 * Pad, metrics.label.height());
    painter.setFont(metrics.labelFont);
    painter.setPen(theme.secondaryText());
    painter.drawText(noteBox, Qt::AlignLeft | Qt::AlignVCenter, metrics.label.elidedText(below, Qt::ElideRight, noteBox.width()));

    if (m_series) {
        const double left = Pad + used + Spacing::Page;
        const QRectF area(left, valueBox.top() + 4, width() - Pad - left, valueBox.height() - 8);
        if (area.width() >= 32)
            paintSparkline(&painter, area, *m_series, m_stale ? theme.secondaryText() : theme.series(m_color));
    }
}

} // namespace InfraConsole
