// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tablemodel.h"
#include "pages/comparedinstances.h"
#include "pages/page.h"
#include "widgets/timechart.h"

class QAction;
class QComboBox;
class QHBoxLayout;
class QSplitter;

namespace InfraConsole {

class AttentionNote;
class ChartGrid;
class DataTable;
class Legend;
class TextLabel;

// One component (a cache region, a pool) in one instance, or merged over all of them (`instanceId` empty).
struct ComponentRow
{
    QByteArray component;
    QByteArray instanceId;
    QString name;      // Of the instance, as charts and the table call it.
    bool stale = false;
    double weight = 0; // The heavier, the sooner it is compared in the charts.
    std::vector<TableCell> cells;
};

// A chart below the table: named measures side by side in the merged view, one measure by instance in the other.
struct ComponentChart
{
    QString title;
    Unit unit = Unit::Count;
    std::vector<std::pair<Measure, QString>> merged;
    Measure perInstance = Measure::HitRatio;
};

// Thread safety: belongs to the GUI thread.
//
// What the Caches and the Pools page have in common: a table of components, merged or one row per instance, and the
// charts of the selected row below it. Per instance a chart compares up to five instances, chosen when the row is selected.
class ComponentPage : public Page
{
    Q_OBJECT

public:
    ~ComponentPage() override;

    void setSnapshot(const SnapshotPointer &snapshot) override;
    [[nodiscard]] std::vector<SeriesId> watchedSeries() const override;
    // `subject` is a component.
    void showSubject(const QString &subject) override;
    void noteArranged() override { m_sized = true; }
    [[nodiscard]] QWidget *filterField() const override;
    [[nodiscard]] std::vector<ExportItem> exportItems() const override;
    void prepareCapture() override;
    [[nodiscard]] bool isReadyForCapture() const override;

    [[nodiscard]] DataTable *table() const { return m_table; }
    [[nodiscard]] const ChartGrid *charts() const { return m_grid; }
    [[nodiscard]] bool isMerged() const;
    void setMerged(bool merged);
    // Of the selected row.
    [[nodiscard]] QByteArray component() const { return m_component; }
    [[nodiscard]] QByteArray instanceId() const { return m_instance; }

protected:
    ComponentPage(PageId id, const QString &title, const QString &tableName, std::vector<TableColumn> columns,
                  std::vector<ComponentChart> charts, Session &session, ViewContext &view, QWidget *parent);

    // The merged rows, or those per instance, each with a cell for every column.
    [[nodiscard]] virtual std::vector<ComponentRow> rows(const Snapshot &snapshot, bool merged) const = 0;
    [[nodiscard]] virtual std::vector<ChartLimit> limits(const Snapshot &snapshot, Measure measure) const = 0;
    // After the selection or the data changed.
    virtual void updateDetails(const Snapshot &snapshot) = 0;

    [[nodiscard]] ChartGrid *grid() const { return m_grid; }
    void showEvent(QShowEvent *event) override;
    // Right of the selected component's name.
    void addDetailTool(QWidget *tool);

private:
    void fillTable();
    void fillCharts();
    void changeSelection();
    void fitTable();
    // The rows of the selected component, one for each instance.
    [[nodiscard]] std::vector<ComparedInstances::Candidate> candidates() const;

    TableModel *m_model;
    DataTable *m_table;
    AttentionNote *m_attention;
    QComboBox *m_scope;
    TextLabel *m_detailTitle;
    TextLabel *m_detailText;
    Legend *m_legend;
    QHBoxLayout *m_heading;
    QSplitter *m_splitter;
    ChartGrid *m_grid;
    std::vector<ComponentChart> m_definitions;
    std::vector<TimeChart *> m_charts;
    SnapshotPointer m_snapshot;
    std::vector<ComponentRow> m_rows; // Those that the table shows.
    ComparedInstances m_compared;
    QByteArray m_component;
    QByteArray m_instance;
    bool m_sized = false;
    bool m_filling = false; // What is selected now is not what the operator chooses.
    QString m_wanted; // A subject that no snapshot has had yet, until the operator chooses another.
};

} // namespace InfraConsole
