// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"
#include "widgets/timechart.h"

#include <QWidget>

class QGridLayout;

namespace InfraConsole {

// The series of a snapshot, or null when it has not arrived yet.
[[nodiscard]] std::shared_ptr<const Series> seriesOf(const Snapshot &snapshot, const SeriesId &id);

// Thread safety: belongs to the GUI thread. Charts of equal size side by side, as many in a row as fit.
class ChartGrid : public QWidget
{
    Q_OBJECT

public:
    explicit ChartGrid(QWidget *parent = nullptr);
    ~ChartGrid() override;

    void addChart(TimeChart *chart);
    // Something else of a chart's size, for example a small table.
    void addCell(QWidget *cell);
    // At most so many in a row; 3 unless set.
    void setMaximumColumns(int columns);
    [[nodiscard]] const std::vector<TimeChart *> &charts() const { return m_charts; }
    // One item for each chart that has data, PNG and SVG.
    [[nodiscard]] std::vector<ExportItem> exportItems() const;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange();

    QGridLayout *m_grid;
    std::vector<TimeChart *> m_charts;
    std::vector<QWidget *> m_cells;
    int m_maximumColumns = 3;
    int m_columns = 0;
};

} // namespace InfraConsole
