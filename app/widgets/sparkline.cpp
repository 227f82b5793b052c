// SPDX-License-Identifier: GPL-3.0-or-later
#include "sparkline.h"

#include "widgets/chartscale.h"
#include "widgets/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <cmath>

namespace InfraConsole {

void paintSparkline(QPainter *painter, const QRectF &area, const Series &series, const QColor &color)
{
    if (series.size() < 2 || area.width() < 4)
        return;
    const SystemTime end = series.back().at;
    const auto length = std::max<std::chrono::seconds>(std::chrono::ceil<std::chrono::seconds>(end - series.front().at),
                                                       std::chrono::seconds(1));
    const QList<QPointF> points = decimate(series, end, length, static_cast<int>(area.width()));
    double low = Unknown, high = Unknown;
    for (const QPointF &point : points) {
        low = std::fmin(low, point.y());
        high = std::fmax(high, point.y());
    }
    if (std::isnan(low))
        return;
    const double smallest = std::max(std::abs(high), std::abs(low)) * 0.02;
    if (high - low < smallest || high == low) {
        const double middle = (high + low) / 2;
        const double half = std::max(smallest, 1e-12);
        low = middle - half;
        high = middle + half;
    }
    QPainterPath path;
    bool pen = false;
    for (const QPointF &point : points) {
        if (std::isnan(point.y())) {
            pen = false;
            continue;
        }
        const QPointF at(area.right() + point.x() / static_cast<double>(length.count()) * area.width(),
                         area.bottom() - (point.y() - low) / (high - low) * area.height());
        if (pen)
            path.lineTo(at);
        else
            path.moveTo(at);
        pen = true;
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setBrush(Qt::NoBrush);
    painter->setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPath(path);
    painter->restore();
}

Sparkline::Sparkline(QWidget *parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

Sparkline::~Sparkline() = default;

void Sparkline::setSeries(std::shared_ptr<const Series> series)
{
    m_series = std::move(series);
    update();
}

void Sparkline::setColorIndex(int index)
{
    m_color = index;
    update();
}

QSize Sparkline::sizeHint() const
{
    return {96, 28};
}

void Sparkline::paintEvent(QPaintEvent *)
{
    if (!m_series)
        return;
    QPainter painter(this);
    paintSparkline(&painter, QRectF(rect()).adjusted(1, 2, -1, -2), *m_series, Theme(palette()).series(m_color));
}

} // namespace InfraConsole
