// SPDX-License-Identifier: GPL-3.0-or-later
#include "componentpage.h"

#include "pages/attentionnote.h"
#include "pages/chartgrid.h"
#include "widgets/datatable.h"
#include "widgets/labels.h"
#include "widgets/legend.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QScopedValueRollback>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace InfraConsole {

namespace {

constexpr QChar Separator(u'\x1f');

QString identityOf(const QByteArray &component, const QByteArray &instance)
{
    return QString::fromUtf8(component) + Separator + QString::fromUtf8(instance);
}

} // namespace

ComponentPage::ComponentPage(PageId id, const QString &title, const QString &tableName, std::vector<TableColumn> columns,
                             std::vector<ComponentChart> charts, Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(id, title, pageSession, pageView, parent), m_definitions(std::move(charts))
{
    m_model = new TableModel(std::move(columns), this);
    m_table = new DataTable(tableName, m_model);
    m_table->setObjectName(QStringLiteral("componentTable"));
    m_scope = new QComboBox;
    m_scope->addItem(tr("Merged"));
    m_scope->addItem(tr("Per instance"));
    m_scope->setAccessibleName(tr("Rows of the table"));
    m_scope->setToolTip(tr("One row for each, or one for each in every instance"));
    m_attention = new AttentionNote(id);
    m_table->setNote(m_attention);
    m_table->addTool(m_scope);

    m_detailTitle = new TextLabel(TextLabel::Role::Strong);
    m_detailText = new TextLabel(TextLabel::Role::Secondary);
    m_legend = new Legend;
    m_heading = new QHBoxLayout;
    m_heading->setSpacing(Spacing::Row);
    m_heading->addWidget(m_detailTitle);
    m_heading->addWidget(m_detailText);
    m_heading->addSpacing(Spacing::Row);
    m_heading->addWidget(m_legend, 1);

    m_grid = new ChartGrid;
    for (const ComponentChart &definition : m_definitions) {
        auto *const chart = new TimeChart(definition.title, definition.unit, pageView);
        m_charts.push_back(chart);
        m_grid->addChart(chart);
    }

    auto *const detail = new QWidget;
    auto *const detailColumn = new QVBoxLayout(detail);
    detailColumn->setContentsMargins(0, Spacing::Unit, 0, 0);
    detailColumn->setSpacing(Spacing::Row);
    detailColumn->addLayout(m_heading);
    detailColumn->addWidget(m_grid, 1);
    m_splitter = new QSplitter(Qt::Vertical);
    m_splitter->setObjectName(QStringLiteral("componentSplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(Spacing::Row);
    m_splitter->addWidget(m_table);
    m_splitter->addWidget(detail);
    m_splitter->setStretchFactor(0, 0);
    m_splitter->setStretchFactor(1, 1);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_splitter);

    connect(m_table, &DataTable::currentChanged, this, &ComponentPage::changeSelection);
    // Also of the row that is current already.
    connect(m_table->view(), &QTableView::clicked, this, [this] { m_wanted.clear(); });
    connect(m_scope, &QComboBox::currentIndexChanged, this, [this] {
        m_wanted = QString::fromUtf8(m_component);
        if (m_snapshot) {
            fillTable();
            m_compared.choose(candidates(), m_instance);
            fillCharts();
        }
        m_table->fitColumns();
        Q_EMIT watchedSeriesChanged();
    });
}

ComponentPage::~ComponentPage() = default;

bool ComponentPage::isMerged() const
{
    return m_scope->currentIndex() == 0;
}

void ComponentPage::setMerged(bool merged)
{
    m_scope->setCurrentIndex(merged ? 0 : 1);
}

void ComponentPage::addDetailTool(QWidget *tool)
{
    m_heading->addWidget(tool);
}

void ComponentPage::setSnapshot(const SnapshotPointer &snapshot)
{
    m_snapshot = snapshot;
    m_attention->setAttention(snapshot->attention);
    fillTable();
    const bool isOther = m_compared.keep(candidates(), m_instance);
    fillCharts();
    // Last: who hears of it may bring the next snapshot.
    if (isOther)
        Q_EMIT watchedSeriesChanged();
}

void ComponentPage::fillTable()
{
    const QScopedValueRollback filling(m_filling, true);
    m_rows = rows(*m_snapshot, isMerged());
    std::vector<TableRow> shown;
    shown.reserve(m_rows.size());
    for (const ComponentRow &row : m_rows)
        shown.push_back({identityOf(row.component, row.instanceId), row.cells, row.stale || m_snapshot->isLost()});
    m_table->setRows(std::move(shown));
    fitTable();
    if (!m_wanted.isEmpty()) {
        const auto wanted = std::find_if(m_rows.begin(), m_rows.end(), [this](const ComponentRow &row) {
            return QString::fromUtf8(row.component) == m_wanted;
        });
        if (wanted != m_rows.end()) {
            m_wanted.clear();
            m_table->selectIdentity(identityOf(wanted->component, wanted->instanceId));
        }
    }
    if (m_table->currentIdentity().isEmpty() && m_table->view()->model()->rowCount() > 0)
        m_table->selectIdentity(m_table->view()->model()->index(0, 0).data(ItemRole::Identity).toString());
}

void ComponentPage::fitTable()
{
    // As high as its rows at first, between three and nine of them; after that the operator's splitter decides.
    if (m_sized || !isVisible() || m_table->view()->model()->rowCount() == 0)
        return;
    m_sized = true;
    const int shown = std::clamp(m_table->view()->model()->rowCount(), 3, 9);
    const int tools = m_table->filterField()->sizeHint().height() + Spacing::Row;
    const int table = tools + (shown + 1) * Spacing::RowHeight + 2 * Spacing::Unit + Spacing::Row;
    const int room = m_splitter->height() - m_splitter->handleWidth();
    const int charts = std::max(m_splitter->widget(1)->minimumSizeHint().height(), room - table);
    m_splitter->setSizes({room - charts, charts});
}

void ComponentPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    // Sizes mean something only once the layout has run.
    layout()->activate();
    fitTable();
}

void ComponentPage::changeSelection()
{
    if (!m_filling)
        m_wanted.clear();
    const QStringList parts = m_table->currentIdentity().split(Separator);
    const QByteArray before = std::exchange(m_component, parts.value(0).toUtf8());
    m_instance = parts.value(1).toUtf8();
    // Going through the instances of one component leaves its charts as they are.
    if (m_component != before)
        m_compared.choose(candidates(), m_instance);
    else
        static_cast<void>(m_compared.keep(candidates(), m_instance));
    const QString reason = m_component.isEmpty() ? tr("Select a row above") : tr("No instance has published this yet");
    for (TimeChart *chart : m_charts)
        chart->setNoDataReason(reason);
    if (m_snapshot)
        fillCharts();
    Q_EMIT watchedSeriesChanged();
}

std::vector<ComparedInstances::Candidate> ComponentPage::candidates() const
{
    std::vector<ComparedInstances::Candidate> result;
    for (const ComponentRow &row : m_rows) {
        if (row.component == m_component && !row.instanceId.isEmpty())
            result.push_back({row.instanceId, row.name, row.stale, row.weight, view().instanceColor(row.instanceId)});
    }
    return result;
}

std::vector<SeriesId> ComponentPage::watchedSeries() const
{
    std::vector<SeriesId> ids;
    if (m_component.isEmpty())
        return ids;
    for (const ComponentChart &definition : m_definitions) {
        if (isMerged()) {
            for (const auto &[measure, name] : definition.merged)
                ids.push_back({measure, m_component, {}});
        }
        for (const QByteArray &instance : m_compared.ids()) {
            if (!instance.isEmpty())
                ids.push_back({definition.perInstance, m_component, instance});
        }
    }
    return ids;
}

void ComponentPage::fillCharts()
{
    const Snapshot &snapshot = *m_snapshot;
    const auto rowOf = [this](const QByteArray &instance) {
        return std::find_if(m_rows.begin(), m_rows.end(), [&](const ComponentRow &row) {
            return row.component == m_component && row.instanceId == instance;
        });
    };
    const auto selected = rowOf(m_instance);
    m_detailTitle->setText(m_component.isEmpty() ? tr("Nothing selected") : QString::fromUtf8(m_component));
    if (selected == m_rows.end())
        m_detailText->setText({});
    else
        //: %1 is the name of a service.
        m_detailText->setText(isMerged() ? tr("all instances") : tr("in %1").arg(selected->name));

    struct Compared
    {
        QByteArray id;
        Legend::Entry entry;
    };
    std::vector<Compared> instances;
    QList<Legend::Entry> entries;
    for (std::size_t color = 0; color < m_compared.ids().size(); ++color) {
        const QByteArray &id = m_compared.ids()[color];
        const auto row = rowOf(id);
        if (id.isEmpty() || row == m_rows.end())
            continue;
        view().keepInstanceColor(id, color);
        instances.push_back({id, {row->name, static_cast<int>(color)}});
        entries.append(instances.back().entry);
    }
    m_legend->setEntries(entries);

    for (std::size_t i = 0; i < m_charts.size(); ++i) {
        const ComponentChart &definition = m_definitions[i];
        std::vector<ChartSeries> series;
        if (isMerged()) {
            int color = 0;
            for (const auto &[measure, name] : definition.merged) {
                if (auto samples = seriesOf(snapshot, {measure, m_component, {}}))
                    series.push_back({name, color, std::move(samples)});
                ++color;
            }
        }
        for (const Compared &instance : instances) {
            if (auto samples = seriesOf(snapshot, {definition.perInstance, m_component, instance.id}))
                series.push_back({instance.entry.name, instance.entry.color, std::move(samples)});
        }
        m_charts[i]->setLegendVisible(isMerged());
        m_charts[i]->setLimits(limits(snapshot, definition.perInstance));
        m_charts[i]->setData(snapshot.dataAt(), std::move(series), snapshot.marks);
    }
    updateDetails(snapshot);
}

void ComponentPage::showSubject(const QString &subject)
{
    if (subject.isEmpty())
        return;
    m_table->filterField()->clear();
    m_wanted = subject;
    if (m_snapshot)
        fillTable();
}

QWidget *ComponentPage::filterField() const
{
    return m_table->filterField();
}

std::vector<ExportItem> ComponentPage::exportItems() const
{
    std::vector<ExportItem> items{{m_table->accessibleName(), {QStringLiteral("csv"), QStringLiteral("json")},
                                   [this](const QString &suffix) { return m_table->exported(suffix); }}};
    for (ExportItem &item : m_grid->exportItems())
        items.push_back(std::move(item));
    return items;
}

void ComponentPage::prepareCapture()
{
    if (m_snapshot)
        fillTable();
}

bool ComponentPage::isReadyForCapture() const
{
    return std::all_of(m_charts.begin(), m_charts.end(), [](const TimeChart *chart) { return chart->hasData(); });
}

} // namespace InfraConsole
