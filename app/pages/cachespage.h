// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"
#include "widgets/format.h"

class QAction;
class QComboBox;

namespace InfraConsole {

class ChartGrid;
class DataTable;
class TableModel;
class TextLabel;
class TimeChart;

// Thread safety: belongs to the GUI thread.
//
// Every region of every instance in one table, merged by region or one row per instance; below it the charts of the
// selected row. In the merged view a chart has one line; per instance it compares up to five instances.
class CachesPage : public Page
{
    Q_OBJECT

public:
    CachesPage(Session &session, ViewContext &view, QWidget *parent = nullptr);
    ~CachesPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    [[nodiscard]] std::vector<SeriesId> watchedSeries() const override;
    // `subject` is a region.
    void showSubject(const QString &subject) override;
    [[nodiscard]] QWidget *filterField() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    [[nodiscard]] QList<QAction *> pageActions() const override;
    void prepareCapture() override;
    [[nodiscard]] bool isReadyForCapture() const override;

    [[nodiscard]] DataTable *table() const { return m_table; }
    [[nodiscard]] bool isMerged() const;
    void setMerged(bool merged);

private:
    // What a chart shows: a measure, or two in the merged view.
    struct Chart
    {
        TimeChart *chart;
        std::vector<Measure> merged;
        Measure perInstance;
    };

    void addChart(const QString &title, Unit unit, std::vector<Measure> merged, Measure perInstance);
    void fillTable(const Snapshot &snapshot);
    void fillCharts(const Snapshot &snapshot);
    void changeSelection();
    // The instances compared in the charts: the selected one, then the busiest.
    [[nodiscard]] std::vector<const CacheRow *> compared(const Snapshot &snapshot) const;

    TableModel *m_model;
    DataTable *m_table;
    QComboBox *m_scope;
    TextLabel *m_detailTitle;
    TextLabel *m_detailText;
    ChartGrid *m_grid;
    std::vector<Chart> m_charts;
    QAction *m_invalidate;
    QAction *m_browse;
    SnapshotPointer m_snapshot;
    QByteArray m_region;
    QByteArray m_instance;
    QString m_wanted; // A subject that no snapshot has had yet.
};

} // namespace InfraConsole
