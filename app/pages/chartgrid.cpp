// SPDX-License-Identifier: GPL-3.0-or-later
#include "chartgrid.h"

#include "widgets/theme.h"

#include <QGridLayout>

#include <algorithm>

namespace InfraConsole {

std::shared_ptr<const Series> seriesOf(const Snapshot &snapshot, const SeriesId &id)
{
    const auto found = snapshot.seriesById.find(id);
    return found == snapshot.seriesById.end() ? nullptr : found->second;
}

ChartGrid::ChartGrid(QWidget *parent) : QWidget(parent), m_grid(new QGridLayout(this))
{
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setSpacing(Spacing::Card);
}

ChartGrid::~ChartGrid() = default;

void ChartGrid::addChart(TimeChart *chart)
{
    m_charts.push_back(chart);
    addCell(chart);
}

void ChartGrid::addCell(QWidget *cell)
{
    m_cells.push_back(cell);
    m_columns = 0;
    arrange();
}

void ChartGrid::setMaximumColumns(int columns)
{
    m_maximumColumns = columns;
    m_columns = 0;
    arrange();
}

std::vector<ExportItem> ChartGrid::exportItems() const
{
    std::vector<ExportItem> items;
    for (const TimeChart *chart : m_charts) {
        if (chart->isVisible() && chart->hasData())
            items.push_back({chart->title(), {QStringLiteral("png"), QStringLiteral("svg")},
                             [chart](const QString &suffix) { return chart->rendered(suffix); }});
    }
    return items;
}

void ChartGrid::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void ChartGrid::arrange()
{
    if (m_cells.empty())
        return;
    const int smallest = std::max(240, m_cells.front()->minimumSizeHint().width()) + Spacing::Card;
    // Before the first resize the width means nothing.
    const int room = testAttribute(Qt::WA_Resized) ? width() : QWIDGETSIZE_MAX;
    const int columns = std::clamp(room / smallest, 1, std::min(m_maximumColumns, static_cast<int>(m_cells.size())));
    if (columns == m_columns)
        return;
    m_columns = columns;
    for (QWidget *cell : m_cells)
        m_grid->removeWidget(cell);
    for (int i = 0; i < m_grid->columnCount(); ++i)
        m_grid->setColumnStretch(i, 0);
    for (int i = 0; i < m_grid->rowCount(); ++i)
        m_grid->setRowStretch(i, 0);
    for (std::size_t i = 0; i < m_cells.size(); ++i) {
        const int column = static_cast<int>(i) % columns;
        m_grid->addWidget(m_cells[i], static_cast<int>(i) / columns, column);
        m_grid->setColumnStretch(column, 1);
        m_grid->setRowStretch(static_cast<int>(i) / columns, 1);
    }
}

} // namespace InfraConsole
