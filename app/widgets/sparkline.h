// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QWidget>

#include <memory>

namespace InfraConsole {

// Draws `series` into `area`, its lowest value at the bottom and its highest at the top, with gaps for NaN. A series
// that hardly moves is drawn as a level line in the middle rather than as noise.
void paintSparkline(QPainter *painter, const QRectF &area, const Series &series, const QColor &color);

// Thread safety: belongs to the GUI thread. A word-sized line without axes.
class Sparkline : public QWidget
{
    Q_OBJECT

public:
    explicit Sparkline(QWidget *parent = nullptr);
    ~Sparkline() override;

    void setSeries(std::shared_ptr<const Series> series);
    // Index into Theme::series().
    void setColorIndex(int index);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::shared_ptr<const Series> m_series;
    int m_color = 0;
};

} // namespace InfraConsole
