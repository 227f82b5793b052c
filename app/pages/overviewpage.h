// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"

class QVBoxLayout;

namespace InfraConsole {

class AttentionList;
class ChartGrid;
class DataTable;
class StatTile;
class TableModel;
class TextLabel;
class TimeChart;

// Thread safety: belongs to the GUI thread.
//
// Is all well, and if not, where to look: four figures with their last minutes, what needs attention in sentences
// that lead to the place, the charts behind the figures, and what happened lately.
class OverviewPage : public Page
{
    Q_OBJECT

public:
    OverviewPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~OverviewPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    [[nodiscard]] std::vector<SeriesId> watchedSeries() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    [[nodiscard]] bool isReadyForCapture() const override;

private:
    void fillTiles(const Snapshot &snapshot);
    void fillCharts(const Snapshot &snapshot);
    void fillEvents(const Snapshot &snapshot);

    StatTile *m_hitRate;
    StatTile *m_requests;
    StatTile *m_pools;
    StatTile *m_health;
    AttentionList *m_attention;
    TextLabel *m_attentionTitle;
    ChartGrid *m_grid;
    TimeChart *m_hitChart;
    TimeChart *m_requestChart;
    TableModel *m_model;
    DataTable *m_events;
    SnapshotPointer m_snapshot;
};

} // namespace InfraConsole
