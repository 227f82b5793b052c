// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "session/viewcontext.h"
#include "widgets/chartscale.h"

#include <QChartView>
#include <QPixmap>

#include <array>
#include <memory>

class QLineSeries;
class QValueAxis;

namespace InfraConsole {

// One line of a chart. `color` is an index into Theme::series().
struct ChartSeries
{
    QString name;
    int color = 0;
    std::shared_ptr<const Series> samples;
};

// A dashed horizontal line.
struct ChartLimit
{
    double value = 0;
    QString label;

    friend bool operator==(const ChartLimit &, const ChartLimit &) = default;
};

// Thread safety: belongs to the GUI thread.
//
// A line chart over the time range of a ViewContext, which it shares with every other chart of the window: one
// range, one crosshair, one zoom. Dragging selects a range, Ctrl and the wheel widen or narrow it, a double click
// or Esc goes back; the arrow keys move the crosshair. Vertical marks tell what happened when.
//
// A hidden chart keeps the data it is given and does nothing with it until it is shown. What only changes with the
// data is painted once into a pixmap; the crosshair is painted over it.
class TimeChart : public QChartView
{
    Q_OBJECT

public:
    static constexpr int MaximumSeries = 5;

    TimeChart(const QString &title, Unit unit, ViewContext &view, QWidget *parent = nullptr);
    ~TimeChart() override;

    [[nodiscard]] QString title() const { return m_title; }
    [[nodiscard]] Unit unit() const { return m_unit; }

    // `now` is the right end of the axis unless the view is zoomed. Series beyond the fifth are not shown.
    void setData(SystemTime now, std::vector<ChartSeries> series, std::vector<Mark> marks = {});
    void setLimits(std::vector<ChartLimit> limits);
    // What stands in a chart without data: why, and what would change it.
    void setNoDataReason(const QString &reason);
    // Off where a Legend beside the charts names the series of all of them.
    void setLegendVisible(bool visible);

    [[nodiscard]] bool hasData() const;
    [[nodiscard]] const std::vector<ChartSeries> &series() const { return m_series; }
    // Value of a series under the crosshair, as hovering reads it; Unknown without one.
    [[nodiscard]] double valueUnderCrosshair(int series) const;
    [[nodiscard]] ValueScale scale() const { return m_scale; }
    // Where lines are drawn, in widget coordinates; equal for charts of equal size.
    [[nodiscard]] QRectF plotRectangle() const;
    // How often the lines were laid out anew: hidden charts stay at zero.
    [[nodiscard]] int layoutCount() const { return m_layoutCount; }

    // The chart as a file: "png" (twice the size on screen) or "svg".
    [[nodiscard]] QByteArray rendered(const QString &suffix) const;

    void resetZoom();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    bool viewportEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void changeEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    [[nodiscard]] SystemTime rangeEnd() const;
    [[nodiscard]] SystemTime momentAt(double x) const;
    [[nodiscard]] double xOf(SystemTime moment) const;
    [[nodiscard]] double yOf(double value) const;
    void markDirty();
    void refreshLines();
    void applyTheme();
    void describe();
    void save(const QString &suffix);

    void paintStatic(QPainter *painter) const;
    void paintHeader(QPainter *painter) const;
    void paintAxes(QPainter *painter) const;
    void paintMarks(QPainter *painter) const;
    void paintLimits(QPainter *painter) const;
    void paintLastValues(QPainter *painter) const;
    void paintCrosshair(QPainter *painter) const;
    void paintReadout(QPainter *painter, double x) const;

    ViewContext &m_view;
    QString m_title;
    Unit m_unit;
    QString m_noDataReason;
    SystemTime m_now{};
    std::vector<ChartSeries> m_series;
    std::vector<Mark> m_marks;
    std::vector<ChartLimit> m_limits;
    ValueScale m_scale;
    std::array<QLineSeries *, MaximumSeries> m_lines{};
    QValueAxis *m_timeAxis = nullptr;
    QValueAxis *m_valueAxis = nullptr;
    QPixmap m_cache;
    bool m_legendVisible = true;
    bool m_linesDirty = true;
    int m_layoutCount = 0;
    std::optional<double> m_dragStart;
    std::optional<double> m_dragEnd;
};

} // namespace InfraConsole
