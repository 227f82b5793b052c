// SPDX-License-Identifier: GPL-3.0-or-later
#include "timechart.h"

#include "widgets/icons.h"
#include "widgets/savefile.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QApplication>
#include <QBuffer>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGraphicsScene>
#include <QLineSeries>
#include <QMenu>
#include <QPainter>
#include <QSignalBlocker>
#include <QSvgGenerator>
#include <QValueAxis>

#include <cmath>

namespace InfraConsole {

namespace {
constexpr double DragThreshold = 5;
} // namespace

TimeChart::TimeChart(const QString &title, Unit unit, ViewContext &view, QWidget *parent)
    : QChartView(parent), m_view(view), m_title(title), m_unit(unit), m_scale(valueScale(Unknown, Unknown, unit))
{
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(TimeChart::minimumSizeHint());
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    viewport()->setAutoFillBackground(false);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(title);
    setWhatsThis(tr("<b>%1</b><p>All charts share one time range and one crosshair. Drag to zoom, Ctrl and the wheel to widen or narrow, double click or Esc "
                    "to go back; the arrow keys move the crosshair. Vertical lines mark invalidations, restarts and changes of health. A gap is a time of "
                    "which nothing is known.</p>").arg(title));
    setNoDataReason({});

    QChart *const lines = chart();
    // Grid, labels and legend are painted here: charts of a page then share one plot width, and their crosshairs meet.
    lines->legend()->hide();
    lines->setBackgroundVisible(false);
    lines->setPlotAreaBackgroundVisible(false);
    lines->setMargins({});
    lines->setAnimationOptions(QChart::NoAnimation);
    m_timeAxis = new QValueAxis(this);
    m_valueAxis = new QValueAxis(this);
    m_timeAxis->setVisible(false);
    m_valueAxis->setVisible(false);
    lines->addAxis(m_timeAxis, Qt::AlignBottom);
    lines->addAxis(m_valueAxis, Qt::AlignLeft);
    for (QLineSeries *&line : m_lines) {
        line = new QLineSeries(this);
        lines->addSeries(line);
        line->attachAxis(m_timeAxis);
        line->attachAxis(m_valueAxis);
    }
    applyTheme();

    connect(&m_view, &ViewContext::timeRangeChanged, this, &TimeChart::markDirty);
    connect(&m_view, &ViewContext::crosshairChanged, viewport(), qOverload<>(&QWidget::update));
    connect(scene(), &QGraphicsScene::changed, this, [this] {
        m_cache = {};
        viewport()->update();
    });
}

TimeChart::~TimeChart() = default;

void TimeChart::setData(SystemTime now, std::vector<ChartSeries> series, std::vector<Mark> marks)
{
    m_now = now;
    m_series = std::move(series);
    if (m_series.size() > MaximumSeries)
        m_series.resize(MaximumSeries);
    m_marks = std::move(marks);
    markDirty();
}

void TimeChart::setLimits(std::vector<ChartLimit> limits)
{
    if (limits == m_limits)
        return;
    m_limits = std::move(limits);
    markDirty();
}

void TimeChart::setNoDataReason(const QString &reason)
{
    m_noDataReason = reason.isEmpty() ? tr("No data in this time range") : reason;
    markDirty();
}

void TimeChart::setLegendVisible(bool visible)
{
    m_legendVisible = visible;
    markDirty();
}

bool TimeChart::hasData() const
{
    const SystemTime end = rangeEnd();
    const SystemTime start = end - m_view.timeRange().length;
    return std::any_of(m_series.begin(), m_series.end(), [&](const ChartSeries &series) {
        return series.samples && std::any_of(series.samples->begin(), series.samples->end(), [&](const Sample &sample) {
            return !std::isnan(sample.value) && sample.at >= start && sample.at <= end;
        });
    });
}

double TimeChart::valueUnderCrosshair(int series) const
{
    const auto moment = m_view.crosshair();
    if (!moment || series < 0 || series >= static_cast<int>(m_series.size()))
        return Unknown;
    const auto &samples = m_series[static_cast<std::size_t>(series)].samples;
    return samples ? valueAt(*samples, *moment) : Unknown;
}

SystemTime TimeChart::rangeEnd() const
{
    return m_view.timeRange().end.value_or(m_now);
}

QRectF TimeChart::plotRectangle() const
{
    const QFontMetricsF label(Theme::labelFont(font()));
    const QFontMetricsF body(font());
    const double left = Spacing::Card + label.horizontalAdvance(QStringLiteral("0.888 MiB")) + Spacing::Row;
    const double right = Spacing::Card + label.horizontalAdvance(QStringLiteral("88.8 MiB")) + Spacing::Row;
    const double top = Spacing::Card + body.height() + Spacing::Row;
    const double bottom = Spacing::Row + label.height() + Spacing::Unit;
    return QRectF(left, top, std::max(10.0, viewport()->width() - left - right),
                  std::max(10.0, viewport()->height() - top - bottom));
}

SystemTime TimeChart::momentAt(double x) const
{
    const QRectF plot = plotRectangle();
    const double share = std::clamp((x - plot.left()) / plot.width(), 0.0, 1.0);
    const auto length = std::chrono::duration_cast<std::chrono::milliseconds>(m_view.timeRange().length);
    return rangeEnd() - length + std::chrono::milliseconds(std::llround(share * static_cast<double>(length.count())));
}

double TimeChart::xOf(SystemTime moment) const
{
    const QRectF plot = plotRectangle();
    const double length = std::chrono::duration<double>(m_view.timeRange().length).count();
    const double offset = static_cast<double>((moment - rangeEnd()).count()) / 1000.0;
    return plot.right() + offset / length * plot.width();
}

double TimeChart::yOf(double value) const
{
    const QRectF plot = plotRectangle();
    return plot.bottom() - (value - m_scale.low) / (m_scale.high - m_scale.low) * plot.height();
}

void TimeChart::markDirty()
{
    m_linesDirty = true;
    if (isVisible())
        refreshLines();
}

void TimeChart::refreshLines()
{
    m_linesDirty = false;
    ++m_layoutCount;
    const QRectF plot = plotRectangle();
    const auto length = m_view.timeRange().length;
    double lowest = Unknown, highest = Unknown;
    std::array<QList<QPointF>, MaximumSeries> points;
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        if (!m_series[i].samples)
            continue;
        points[i] = decimate(*m_series[i].samples, rangeEnd(), length, static_cast<int>(plot.width()));
        for (const QPointF &point : std::as_const(points[i])) {
            lowest = std::fmin(lowest, point.y());
            highest = std::fmax(highest, point.y());
        }
    }
    // A little air above the line; a limit may lie on the edge.
    if (m_unit != Unit::Ratio)
        highest *= 1.04;
    for (const ChartLimit &limit : m_limits)
        highest = std::fmax(highest, limit.value);
    m_scale = valueScale(lowest, highest, m_unit);
    for (std::size_t i = 0; i < MaximumSeries; ++i) {
        m_lines[i]->setVisible(!points[i].isEmpty());
        m_lines[i]->replace(points[i]);
    }
    chart()->setPlotArea(plot);
    m_timeAxis->setRange(-std::chrono::duration<double>(length).count(), 0);
    m_valueAxis->setRange(m_scale.low, m_scale.high);
    applyTheme();
    describe();
    m_cache = {};
    viewport()->update();
}

void TimeChart::applyTheme()
{
    const Theme theme(palette());
    for (std::size_t i = 0; i < MaximumSeries; ++i) {
        const int color = i < m_series.size() ? m_series[i].color : static_cast<int>(i);
        QPen pen(theme.series(color), 1.6);
        pen.setJoinStyle(Qt::RoundJoin);
        if (m_lines[i]->pen() != pen)
            m_lines[i]->setPen(pen);
    }
}

void TimeChart::describe()
{
    QStringList parts;
    for (const ChartSeries &series : m_series) {
        const QString value = formatText(series.samples ? lastValue(*series.samples) : Unknown, m_unit);
        //: A line of a chart and its current value, read by a screen reader.
        parts << (series.name.isEmpty() ? value : tr("%1: %2").arg(series.name, value));
    }
    setAccessibleDescription(hasData() ? parts.join(QStringLiteral(", ")) : m_noDataReason);
}

void TimeChart::resetZoom()
{
    m_view.resetZoom();
}

QByteArray TimeChart::rendered(const QString &suffix) const
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (suffix == QLatin1String("svg")) {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setSize(viewport()->size());
        generator.setViewBox(viewport()->rect());
        generator.setTitle(m_title);
        QPainter painter(&generator);
        paintStatic(&painter);
        paintLastValues(&painter);
        return painter.end() ? bytes : QByteArray();
    }
    QImage image(viewport()->size() * 2, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(2);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    paintStatic(&painter);
    paintLastValues(&painter);
    painter.end();
    return image.save(&buffer, "PNG") ? bytes : QByteArray();
}

void TimeChart::save(const QString &suffix)
{
    saveAs(this, m_title, suffix, [this, suffix] { return rendered(suffix); });
}

QSize TimeChart::sizeHint() const
{
    return {420, 190};
}

QSize TimeChart::minimumSizeHint() const
{
    return {240, 130};
}

bool TimeChart::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::Leave)
        m_view.setCrosshair(std::nullopt);
    return QChartView::viewportEvent(event);
}

void TimeChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    markDirty();
}

void TimeChart::showEvent(QShowEvent *event)
{
    QChartView::showEvent(event);
    if (m_linesDirty)
        refreshLines();
}

void TimeChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::LocaleChange)
        markDirty();
}

void TimeChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton) {
        m_dragStart = event->position().x();
        m_dragEnd.reset();
    }
    event->accept();
}

void TimeChart::mouseMoveEvent(QMouseEvent *event)
{
    const double x = event->position().x();
    if (m_dragStart && std::abs(x - *m_dragStart) > DragThreshold)
        m_dragEnd = x;
    const QRectF plot = plotRectangle();
    if (x >= plot.left() && x <= plot.right())
        m_view.setCrosshair(momentAt(x));
    else
        m_view.setCrosshair(std::nullopt);
    if (m_dragEnd)
        viewport()->update();
    event->accept();
}

void TimeChart::mouseReleaseEvent(QMouseEvent *event)
{
    if (m_dragStart && m_dragEnd) {
        const auto [from, to] = std::minmax(*m_dragStart, *m_dragEnd);
        const SystemTime end = momentAt(to);
        m_view.zoomTo({std::chrono::ceil<std::chrono::seconds>(end - momentAt(from)), end});
    }
    m_dragStart.reset();
    m_dragEnd.reset();
    viewport()->update();
    event->accept();
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent *event)
{
    resetZoom();
    event->accept();
}

void TimeChart::wheelEvent(QWheelEvent *event)
{
    if (!(event->modifiers() & Qt::ControlModifier)) {
        // The page scrolls; charts in its way do not.
        event->ignore();
        return;
    }
    TimeRange range = m_view.timeRange();
    const double factor = event->angleDelta().y() > 0 ? 0.8 : 1.25;
    range.length = std::chrono::seconds(std::lround(static_cast<double>(range.length.count()) * factor));
    m_view.zoomTo(range);
    event->accept();
}

void TimeChart::keyPressEvent(QKeyEvent *event)
{
    const auto step = std::max<std::chrono::milliseconds>(m_view.timeRange().length / 100, std::chrono::seconds(1));
    const SystemTime start = rangeEnd() - m_view.timeRange().length;
    switch (event->key()) {
    case Qt::Key_Left:
        m_view.setCrosshair(std::max(start, m_view.crosshair().value_or(rangeEnd()) - step));
        return;
    case Qt::Key_Right:
        m_view.setCrosshair(std::min(rangeEnd(), m_view.crosshair().value_or(rangeEnd()) + step));
        return;
    case Qt::Key_Escape:
        if (m_view.crosshair() || m_view.isZoomed()) {
            m_view.setCrosshair(std::nullopt);
            if (m_view.isZoomed())
                resetZoom();
            return;
        }
        break;
    default:
        break;
    }
    event->ignore();
}

void TimeChart::contextMenuEvent(QContextMenuEvent *event)
{
    auto *const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(icon(QStringLiteral("copy")), tr("Copy image"), this, [this] {
        QGuiApplication::clipboard()->setImage(QImage::fromData(rendered(QStringLiteral("png"))));
    });
    menu->addAction(icon(QStringLiteral("export")), tr("Save as PNG…"), this,
                    [this] { save(QStringLiteral("png")); });
    menu->addAction(tr("Save as SVG…"), this, [this] { save(QStringLiteral("svg")); });
    menu->addSeparator();
    QAction *const reset = menu->addAction(icon(QStringLiteral("zoom-reset")), tr("Reset zoom"), this, &TimeChart::resetZoom);
    reset->setEnabled(m_view.isZoomed());
    menu->popup(event->globalPos());
}

} // namespace InfraConsole
