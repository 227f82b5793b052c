// SPDX-License-Identifier: GPL-3.0-or-later
// How a TimeChart is painted.
#include "timechart.h"

#include "widgets/theme.h"
#include "widgets/values.h"

#include <QGraphicsScene>
#include <QPainter>
#include <QPainterPath>
#include <QPolygonF>

#include <algorithm>
#include <cmath>
#include <map>

namespace InfraConsole {

namespace {

constexpr double MarkPitch = 9;
constexpr std::size_t MostMarkLines = 6;

// Top of a mark: a shape for each kind, since colour alone does not tell.
void paintMarkHead(QPainter *painter, const QPointF &tip, EventKind kind, const QColor &color)
{
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    constexpr double Half = 3.5;
    switch (kind) {
    case EventKind::Invalidation:
        painter->drawPolygon(QPolygonF({tip + QPointF(-Half, -Half), tip + QPointF(Half, -Half), tip + QPointF(0, Half)}));
        break;
    case EventKind::InstanceStarted:
    case EventKind::StoreRecovered:
        painter->drawPolygon(QPolygonF({tip + QPointF(-Half, Half), tip + QPointF(Half, Half), tip + QPointF(0, -Half)}));
        break;
    case EventKind::InstanceStopped:
    case EventKind::StoreLost:
        painter->drawRect(QRectF(tip.x() - Half + 0.5, tip.y() - Half + 0.5, 2 * Half - 1, 2 * Half - 1));
        break;
    default:
        painter->drawEllipse(tip, Half, Half);
        break;
    }
}

QColor markColor(const Theme &theme, EventKind kind)
{
    switch (kind) {
    case EventKind::Invalidation:
        return theme.accent();
    case EventKind::HealthChanged:
    case EventKind::StoreLost:
        return theme.status(Verdict::Degraded);
    default:
        return theme.secondaryText();
    }
}

QPen hairline(const QColor &color, Qt::PenStyle style = Qt::SolidLine)
{
    QPen pen(color, 1, style);
    pen.setCosmetic(true);
    return pen;
}

double crisp(double coordinate)
{
    return std::floor(coordinate) + 0.5;
}

} // namespace

void TimeChart::paintEvent(QPaintEvent *)
{
    if (m_linesDirty)
        refreshLines();
    const double ratio = devicePixelRatioF();
    const QSize pixels = (QSizeF(viewport()->size()) * ratio).toSize();
    if (m_cache.size() != pixels) {
        m_cache = QPixmap(pixels);
        m_cache.setDevicePixelRatio(ratio);
        m_cache.fill(Qt::transparent);
        QPainter painter(&m_cache);
        paintStatic(&painter);
    }
    QPainter painter(viewport());
    painter.drawPixmap(0, 0, m_cache);
    const Theme theme(palette());
    if (m_dragStart && m_dragEnd) {
        QColor band = theme.accent();
        band.setAlphaF(0.16F);
        const QRectF plot = plotRectangle();
        const auto [from, to] = std::minmax(*m_dragStart, *m_dragEnd);
        painter.fillRect(QRectF(QPointF(from, plot.top()), QPointF(to, plot.bottom())).intersected(plot), band);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    if (hasData()) {
        paintLastValues(&painter);
        paintCrosshair(&painter);
    }
    if (hasFocus()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme.accent(), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(viewport()->rect()).adjusted(1, 1, -1, -1), Spacing::Radius, Spacing::Radius);
    }
}

void TimeChart::paintStatic(QPainter *painter) const
{
    const Theme theme(palette());
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(theme.border(), 1));
    painter->setBrush(theme.card());
    painter->drawRoundedRect(QRectF(viewport()->rect()).adjusted(0.5, 0.5, -0.5, -0.5), Spacing::Radius, Spacing::Radius);
    painter->setBrush(Qt::NoBrush);
    paintHeader(painter);
    paintAxes(painter);
    if (!hasData()) {
        const QRectF plot = plotRectangle();
        painter->setFont(font());
        painter->setPen(theme.secondaryText());
        painter->drawText(plot.adjusted(Spacing::Row, 0, -Spacing::Row, 0), Qt::AlignCenter | Qt::TextWordWrap, m_noDataReason);
        return;
    }
    paintMarks(painter);
    paintLimits(painter);
    painter->save();
    const QRectF area(viewport()->rect());
    scene()->render(painter, area, area);
    painter->restore();
}

void TimeChart::paintHeader(QPainter *painter) const
{
    const Theme theme(palette());
    const QFont titleFont = Theme::semibold(font());
    const QFontMetricsF title(titleFont);
    const QFont labelFont = Theme::labelFont(font());
    const QFontMetricsF label(labelFont);
    const double height = QFontMetricsF(font()).height();
    const double titleWidth = std::min(title.horizontalAdvance(m_title) + 1, viewport()->width() - 2.0 * Spacing::Card);
    painter->setFont(titleFont);
    painter->setPen(theme.text());
    painter->drawText(QRectF(Spacing::Card, Spacing::Card, titleWidth, height), Qt::AlignLeft | Qt::AlignVCenter,
                      title.elidedText(m_title, Qt::ElideRight, titleWidth));
    if (m_series.size() < 2 || !m_legendVisible)
        return;
    // The legend stands at the right of the title; names share what room there is.
    constexpr double Swatch = 8;
    constexpr double Gap = 9;
    const double room = viewport()->width() - 2.0 * Spacing::Card - titleWidth - Gap;
    const double share = room / static_cast<double>(m_series.size()) - Swatch - Spacing::Unit - Gap;
    double all = 0;
    for (const ChartSeries &series : m_series)
        all += label.horizontalAdvance(series.name) + 1 + Swatch + Spacing::Unit + Gap;
    painter->setFont(labelFont);
    double x = viewport()->width() - Spacing::Card;
    for (std::size_t i = m_series.size(); i-- > 0;) {
        const double needed = label.horizontalAdvance(m_series[i].name) + 1;
        const double width = room > 0 ? all <= room + Gap ? needed : std::min(needed, std::max(share, 24.0)) : 0;
        if (width <= 0)
            return;
        x -= width;
        painter->setPen(theme.secondaryText());
        painter->drawText(QRectF(x, Spacing::Card, width, height), Qt::AlignLeft | Qt::AlignVCenter,
                          label.elidedText(m_series[i].name, Qt::ElideRight, width));
        x -= Swatch + Spacing::Unit;
        painter->setPen(QPen(theme.series(m_series[i].color), 2));
        const double y = Spacing::Card + height / 2;
        painter->drawLine(QPointF(x, y), QPointF(x + Swatch, y));
        x -= Gap;
    }
}

void TimeChart::paintAxes(QPainter *painter) const
{
    const Theme theme(palette());
    const QRectF plot = plotRectangle();
    const QFont labelFont = Theme::labelFont(font());
    const QFontMetricsF metrics(labelFont);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setFont(labelFont);
    for (const double tick : m_scale.ticks()) {
        const double y = crisp(yOf(tick));
        painter->setPen(hairline(tick == m_scale.low ? theme.border() : theme.grid()));
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter->setPen(theme.secondaryText());
        painter->drawText(QRectF(0, y - metrics.height() / 2, plot.left() - Spacing::Row, metrics.height()),
                          Qt::AlignRight | Qt::AlignVCenter, axisLabel(tick, m_scale.high, m_unit));
    }
    const TimeRange range = m_view.timeRange();
    for (const TimeTick &tick : timeTicks(range.length, range.end)) {
        const double x = crisp(plot.right() + tick.offset / static_cast<double>(range.length.count()) * plot.width());
        painter->setPen(hairline(theme.grid()));
        painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        const double width = metrics.horizontalAdvance(tick.label) + 2;
        const double left = std::clamp(x - width / 2, 2.0, viewport()->width() - width - 2);
        painter->setPen(theme.secondaryText());
        painter->drawText(QRectF(left, plot.bottom() + Spacing::Unit, width, metrics.height()), Qt::AlignCenter, tick.label);
    }
    painter->restore();
}

void TimeChart::paintMarks(QPainter *painter) const
{
    const Theme theme(palette());
    const QRectF plot = plotRectangle();
    // Marks of one kind that would touch are drawn as one. What happens all the time keeps its heads above the plot and
    // loses its lines: they would hide the data.
    std::map<EventKind, std::vector<double>> places;
    for (const Mark &mark : m_marks) {
        const double x = crisp(xOf(mark.at));
        if (x < plot.left() || x > plot.right())
            continue;
        std::vector<double> &ofKind = places[mark.kind];
        if (ofKind.empty() || x - ofKind.back() >= MarkPitch)
            ofKind.push_back(x);
    }
    painter->save();
    for (const auto &[kind, positions] : places) {
        const QColor head = markColor(theme, kind);
        QColor line = head;
        line.setAlphaF(0.45F);
        for (const double x : positions) {
            if (positions.size() <= MostMarkLines) {
                painter->setPen(hairline(line));
                painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
            }
            paintMarkHead(painter, QPointF(x, plot.top() - 3), kind, head);
        }
    }
    painter->restore();
}

void TimeChart::paintLimits(QPainter *painter) const
{
    const Theme theme(palette());
    const QRectF plot = plotRectangle();
    const QFont labelFont = Theme::labelFont(font());
    const QFontMetricsF metrics(labelFont);
    painter->save();
    painter->setFont(labelFont);
    QRectF previous;
    for (const ChartLimit &limit : m_limits) {
        const double y = crisp(yOf(limit.value));
        painter->setPen(hairline(theme.secondaryText(), Qt::DashLine));
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        const bool below = y - metrics.height() - 1 < plot.top();
        painter->setPen(theme.secondaryText());
        QRectF place(plot.left() + Spacing::Unit, below ? y + 1 : y - metrics.height() - 1,
                     metrics.horizontalAdvance(limit.label) + 1, metrics.height());
        // Lines close to each other have their labels side by side.
        if (place.intersects(previous))
            place.moveLeft(previous.right() + Spacing::Card);
        painter->drawText(place, Qt::AlignLeft | Qt::AlignVCenter, limit.label);
        previous = place;
    }
    painter->restore();
}

void TimeChart::paintLastValues(QPainter *painter) const
{
    // Under a crosshair the values are those of its moment, on every chart at once.
    const auto moment = m_view.crosshair();
    if (m_view.timeRange().end && !moment)
        return;
    const Theme theme(palette());
    const QRectF plot = plotRectangle();
    const QFont labelFont = Theme::semibold(Theme::labelFont(font()));
    const QFontMetricsF metrics(labelFont);
    struct Label
    {
        double y;
        QString text;
        QColor color;
    };
    std::vector<Label> labels;
    for (const ChartSeries &series : m_series) {
        const double value = !series.samples ? Unknown : moment ? valueAt(*series.samples, *moment) : lastValue(*series.samples);
        if (!std::isnan(value))
            labels.push_back({std::clamp(yOf(value), plot.top(), plot.bottom()), formatText(value, m_unit), theme.series(series.color)});
    }
    // Labels that would overlap are pushed apart, then up again where they left the plot.
    std::sort(labels.begin(), labels.end(), [](const Label &a, const Label &b) { return a.y < b.y; });
    const double distance = metrics.height() - 2;
    for (std::size_t i = 1; i < labels.size(); ++i)
        labels[i].y = std::max(labels[i].y, labels[i - 1].y + distance);
    double limit = plot.bottom();
    for (std::size_t i = labels.size(); i-- > 0;) {
        labels[i].y = std::min(labels[i].y, limit);
        limit = labels[i].y - distance;
    }
    painter->setFont(labelFont);
    for (const Label &label : labels) {
        painter->setPen(label.color);
        painter->drawText(QRectF(plot.right() + Spacing::Row, label.y - metrics.height() / 2,
                                 viewport()->width() - plot.right() - Spacing::Row, metrics.height()),
                          Qt::AlignLeft | Qt::AlignVCenter, label.text);
    }
}

void TimeChart::paintCrosshair(QPainter *painter) const
{
    const auto moment = m_view.crosshair();
    const QRectF plot = plotRectangle();
    if (!moment)
        return;
    const double x = crisp(xOf(*moment));
    if (x < plot.left() - 1 || x > plot.right() + 1)
        return;
    const Theme theme(palette());
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(hairline(theme.secondaryText()));
    painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));

    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const double value = valueUnderCrosshair(static_cast<int>(i));
        if (std::isnan(value))
            continue;
        painter->setPen(QPen(theme.card(), 1.5));
        painter->setBrush(theme.series(m_series[i].color));
        painter->drawEllipse(QPointF(x, yOf(value)), 3.5, 3.5);
    }
    // One box is enough: the other charts show their values at the right end.
    if (viewport()->underMouse() || hasFocus())
        paintReadout(painter, x);
}

void TimeChart::paintReadout(QPainter *painter, double x) const
{
    const Theme theme(palette());
    const QRectF plot = plotRectangle();
    const SystemTime moment = m_view.crosshair().value_or(m_now);
    struct Line
    {
        QString name, value;
        QColor color;
    };
    std::vector<Line> lines;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const double value = valueUnderCrosshair(static_cast<int>(i));
        lines.push_back({m_series.size() > 1 ? m_series[i].name : QString(), formatText(value, m_unit), theme.series(m_series[i].color)});
    }
    for (const Mark &mark : m_marks) {
        if (std::abs(xOf(mark.at) - x) <= 4)
            lines.push_back({mark.text, {}, markColor(theme, mark.kind)});
    }

    const QFont labelFont = Theme::labelFont(font());
    const QFontMetricsF metrics(labelFont);
    const QString time = toDateTime(moment).toString(QStringLiteral("HH:mm:ss"));
    constexpr double Swatch = 8;
    const double maximum = std::max(120.0, plot.width() * 0.6);
    double width = metrics.horizontalAdvance(time);
    for (const Line &line : lines) {
        const double gap = line.name.isEmpty() || line.value.isEmpty() ? 0 : Spacing::Card;
        width = std::max(width, Swatch + Spacing::Unit + std::min(maximum, metrics.horizontalAdvance(line.name))
                                    + gap + metrics.horizontalAdvance(line.value) + 2);
    }
    const double rowHeight = metrics.height();
    const QSizeF size(width + 2 * Spacing::Row, rowHeight * static_cast<double>(lines.size() + 1) + Spacing::Row);
    double left = x + Spacing::Row;
    if (left + size.width() > viewport()->width() - 2)
        left = x - Spacing::Row - size.width();
    const double top = std::clamp(plot.top(), 2.0, std::max(2.0, viewport()->height() - size.height() - 2));
    const QRectF box(QPointF(std::max(2.0, left), top), size);
    painter->setPen(QPen(theme.border(), 1));
    painter->setBrush(theme.window());
    painter->drawRoundedRect(box, 4, 4);
    painter->setFont(labelFont);
    QRectF row(box.left() + Spacing::Row, box.top() + Spacing::Unit, width, rowHeight);
    painter->setPen(theme.secondaryText());
    painter->drawText(row, Qt::AlignLeft | Qt::AlignVCenter, time);
    for (const Line &line : lines) {
        row.translate(0, rowHeight);
        painter->fillRect(QRectF(row.left(), row.center().y() - 1, Swatch, 2), line.color);
        const QRectF text = row.adjusted(Swatch + Spacing::Unit, 0, 0, 0);
        painter->setPen(line.value.isEmpty() ? theme.text() : theme.secondaryText());
        painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(line.name, Qt::ElideMiddle, maximum));
        painter->setPen(theme.text());
        painter->drawText(text, Qt::AlignRight | Qt::AlignVCenter, line.value);
    }
}

} // namespace InfraConsole
