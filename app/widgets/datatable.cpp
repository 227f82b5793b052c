// SPDX-License-Identifier: GPL-3.0-or-later
#include "datatable.h"

#include "models/tableexport.h"
#include "models/tablefilter.h"
#include "widgets/card.h"
#include "widgets/celldelegate.h"
#include "widgets/emptystate.h"
#include "widgets/headerview.h"
#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/savefile.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace InfraConsole {

namespace {

constexpr int SampleRows = 200;
constexpr int WidestColumn = 320;
// What names get, if they need it, before columns that can be spared.
constexpr int RoomForNames = 240;
// Of names that are elided in the middle: their ends can be read.
constexpr int NarrowestNames = 140;

// Wide enough for what a column will show later, so that widths need not follow the values.
QString widestText(const TableColumn &column)
{
    switch (column.kind) {
    case TableColumn::Kind::Number:
    case TableColumn::Kind::Share:
        switch (column.unit) {
        case Unit::Count:
            return QStringLiteral("88.8 k");
        case Unit::CountPerSecond:
            return QStringLiteral("88.8 k/s");
        case Unit::Bytes:
            return QStringLiteral("88.8 MiB");
        case Unit::BytesPerSecond:
            return QStringLiteral("88.8 MiB/s");
        case Unit::Seconds:
            return QStringLiteral("88.8 ms");
        case Unit::Ratio:
            return QStringLiteral("88.8 %");
        }
        break;
    case TableColumn::Kind::Moment:
        return formatRelative(QDateTime::fromMSecsSinceEpoch(0), QDateTime::fromMSecsSinceEpoch(88'000));
    default:
        break;
    }
    return {};
}

} // namespace

void prepareTableView(QTableView *view, const std::vector<TableColumn> &columns)
{
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setShowGrid(false);
    view->setWordWrap(false);
    view->setAlternatingRowColors(false);
    view->setFrameShape(QFrame::NoFrame);
    view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setTabKeyNavigation(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view->verticalHeader()->setDefaultSectionSize(Spacing::RowHeight);
    view->verticalHeader()->setMinimumSectionSize(Spacing::RowHeight);
    auto *const header = new HeaderView(view);
    view->setHorizontalHeader(header);
    header->setSectionsMovable(true);
    header->setMinimumSectionSize(40);
    header->setStretchLastSection(false);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        view->setItemDelegateForColumn(static_cast<int>(i), new CellDelegate(columns[i].kind, columns[i].cut.value_or(i <= 1 ? Qt::ElideMiddle : Qt::ElideRight), view));
        header->setSectionResizeMode(static_cast<int>(i), columns[i].stretch ? QHeaderView::Stretch : QHeaderView::Interactive);
    }
    applyTableTheme(view);
}

void applyTableTheme(QTableView *view)
{
    const Theme theme(view->parentWidget() ? view->parentWidget()->palette() : QApplication::palette());
    QPalette palette = view->parentWidget() ? view->parentWidget()->palette() : QApplication::palette();
    palette.setColor(QPalette::Highlight, theme.selection());
    palette.setColor(QPalette::HighlightedText, theme.text());
    if (palette != view->palette())
        view->setPalette(palette);
}

DataTable::DataTable(const QString &name, TableModel *model, QWidget *parent)
    : QWidget(parent), m_model(model), m_filter(new TableFilter(this)), m_view(new QTableView), m_filterField(new QLineEdit),
      m_count(new TextLabel(TextLabel::Role::Secondary)), m_tools(new QHBoxLayout),
      m_empty(new EmptyState(QStringLiteral("empty"))), m_noMatch(new EmptyState(QStringLiteral("search")))
{
    setAccessibleName(name);
    m_filter->setSourceModel(model);
    m_view->setModel(m_filter);
    m_view->setAccessibleName(name);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->installEventFilter(this);
    m_view->viewport()->installEventFilter(this);

    m_filterField->setPlaceholderText(tr("Filter"));
    //: %1 is the name of a table.
    m_filterField->setAccessibleName(tr("Filter: %1").arg(name));
    m_filterField->setToolTip(tr("Shows the rows that contain every word (Ctrl+F)"));
    m_filterField->setClearButtonEnabled(true);
    m_filterField->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_filterField->setMinimumWidth(160);
    m_filterField->setMaximumWidth(320);
    m_filterField->installEventFilter(this);
    m_empty->setContent(tr("Nothing here yet"), {});
    // They lie over the table and must not set its least height.
    m_empty->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    m_noMatch->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    m_view->setMinimumHeight(3 * Spacing::RowHeight);

    m_tools->setContentsMargins(0, 0, 0, 0);
    m_tools->setSpacing(Spacing::Row);
    m_tools->addWidget(m_filterField, 1);
    m_tools->addWidget(m_count);
    m_tools->addStretch(1);

    // An empty state lies over the table and leaves the header visible.
    auto *const card = new Card;
    auto *const cardLayout = new QVBoxLayout(card);
    cardLayout->setContentsMargins(1, Spacing::Unit, 1, Spacing::Unit);
    auto *const layers = new QStackedLayout;
    cardLayout->addLayout(layers);
    layers->setStackingMode(QStackedLayout::StackAll);
    layers->addWidget(m_view);
    layers->addWidget(m_empty);
    layers->addWidget(m_noMatch);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(Spacing::Row);
    column->addLayout(m_tools);
    column->addWidget(card, 1);

    connect(m_filterField, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_settingRows = true;
        m_filter->setFilterText(text);
        settleRows();
    });
    connect(m_noMatch, &EmptyState::buttonClicked, m_filterField, &QLineEdit::clear);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        // Rows that go take the selection along; whoever hears of it may bring new rows, so it is said when all is in place.
        if (m_settingRows)
            m_currentMoved = true;
        else
            Q_EMIT currentChanged(currentIdentity());
    });
    connect(m_view, &QTableView::activated, this, [this](const QModelIndex &index) {
        Q_EMIT activated(index.data(ItemRole::Identity).toString());
    });
    connect(m_view, &QTableView::customContextMenuRequested, this, &DataTable::showMenu);

    prepareTableView(m_view, model->columns());
    connect(m_view->horizontalHeader(), &QHeaderView::sectionResized, this, [this] {
        if (QGuiApplication::mouseButtons() != Qt::NoButton && m_view->horizontalHeader()->viewport()->underMouse())
            m_columnsChosen = true;
    });
    connect(m_view->horizontalHeader(), &QHeaderView::sectionMoved, this, [this] { m_columnsMoved = true; });
    m_view->setSortingEnabled(true);
    m_view->horizontalHeader()->setSortIndicatorShown(true);
    updateCount();
}

DataTable::~DataTable() = default;

void DataTable::setRows(std::vector<TableRow> rows)
{
    m_settingRows = true;
    m_model->setRows(std::move(rows));
    // Even under the pointer: a filtered table that shows what no longer matches, and hides what does now, is wrong. But
    // what is current stays: else the menu that is open on it, or the next key, would act on its neighbour.
    m_filter->refilter(currentIdentity());
    if (!m_view->viewport()->underMouse())
        m_filter->resort();
    if (!m_columnsChosen && m_model->rowCount() > 0)
        fitColumns();
    settleRows();
}

void DataTable::settleRows()
{
    m_settingRows = false;
    updateCount();
    if (std::exchange(m_currentMoved, false))
        Q_EMIT currentChanged(currentIdentity());
}

void DataTable::sortBy(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    m_view->sortByColumn(column, order);
}

QString DataTable::currentIdentity() const
{
    const QModelIndex current = m_view->currentIndex();
    return current.isValid() ? current.data(ItemRole::Identity).toString() : QString();
}

void DataTable::selectIdentity(const QString &identity)
{
    const int row = m_model->rowOf(identity);
    if (row < 0)
        return;
    const QModelIndex index = m_filter->mapFromSource(m_model->index(row, 0));
    if (!index.isValid())
        return;
    m_view->setCurrentIndex(index);
    m_view->scrollTo(index);
}

QStringList DataTable::selectedIdentities() const
{
    QStringList identities;
    for (const QModelIndex &index : m_view->selectionModel()->selectedRows())
        identities << index.data(ItemRole::Identity).toString();
    return identities;
}

QString DataTable::countText() const
{
    const QLocale locale;
    if (m_filter->isFiltering())
        //: Rows that a filter left, of how many.
        return tr("%1 of %2").arg(locale.toString(m_filter->rowCount()), locale.toString(m_model->rowCount()));
    return locale.toString(m_model->rowCount());
}

void DataTable::updateCount()
{
    m_count->setText(countText());
    const bool isEmpty = m_model->rowCount() == 0;
    const bool hasNoMatch = !isEmpty && m_filter->rowCount() == 0;
    if (hasNoMatch)
        m_noMatch->setContent(tr("No row contains “%1”").arg(m_filterField->text()), {}, tr("Clear the filter"));
    m_empty->setVisible(isEmpty);
    m_noMatch->setVisible(hasNoMatch);
    if (isEmpty)
        m_empty->raise();
    if (hasNoMatch)
        m_noMatch->raise();
}

int DataTable::fittingWidth(int column) const
{
    const TableColumn &definition = m_model->columns()[static_cast<std::size_t>(column)];
    const QFontMetrics metrics(m_view->font());
    // Room for the sort indicator beside the title.
    int width = metrics.horizontalAdvance(definition.title) + 2 * Spacing::Row + 12;
    width = std::max(width, metrics.horizontalAdvance(widestText(definition)) + 2 * Spacing::Row + 4);
    QStyleOptionViewItem option;
    option.initFrom(m_view);
    for (int row = 0; row < std::min(SampleRows, m_filter->rowCount()); ++row)
        width = std::max(width, m_view->itemDelegateForColumn(column)->sizeHint(option, m_filter->index(row, column)).width());
    return std::min(width, definition.elides ? std::clamp(m_view->width() / 6, NarrowestNames, WidestColumn) : WidestColumn);
}

void DataTable::fitColumns()
{
    // Columns grow with what arrives and never shrink, so that nothing moves back and forth between refreshes.
    const bool isFirst = !std::exchange(m_columnsFitted, true);
    for (int column = 0; column < m_model->columnCount(); ++column) {
        if (m_model->columns()[static_cast<std::size_t>(column)].stretch)
            continue;
        const int width = fittingWidth(column);
        if (isFirst || width > m_view->columnWidth(column))
            m_view->setColumnWidth(column, width);
    }
    spareColumns();
}

// What goes is in the export still, and comes back with the room for it.
void DataTable::spareColumns()
{
    const std::vector<TableColumn> &columns = m_model->columns();
    std::vector<int> spare;
    for (int column = 0; column < m_model->columnCount(); ++column) {
        if (columns[static_cast<std::size_t>(column)].spare > 0)
            spare.push_back(column);
    }
    if (spare.empty())
        return;
    int room = m_view->viewport()->width();
    for (int column = 0; column < m_model->columnCount(); ++column) {
        const TableColumn &definition = columns[static_cast<std::size_t>(column)];
        if (definition.spare == 0)
            room -= definition.stretch ? std::min(fittingWidth(column), RoomForNames) : m_view->columnWidth(column);
    }
    std::stable_sort(spare.begin(), spare.end(), [&columns](int a, int b) {
        return columns[static_cast<std::size_t>(a)].spare < columns[static_cast<std::size_t>(b)].spare;
    });
    for (const int column : spare) {
        room -= m_view->isColumnHidden(column) ? fittingWidth(column) : m_view->columnWidth(column);
        // Without its title nobody would know what the rows are sorted by.
        const bool isHidden = room < 0 && m_view->horizontalHeader()->sortIndicatorSection() != column;
        if (isHidden != m_view->isColumnHidden(column))
            m_view->setColumnHidden(column, isHidden);
    }
}

void DataTable::setNote(QWidget *note)
{
    m_tools->setStretch(m_tools->indexOf(m_count) + 1, 0);
    m_tools->insertWidget(m_tools->indexOf(m_count) + 1, note, 1);
}

void DataTable::addTool(QWidget *tool)
{
    m_tools->addWidget(tool);
}

void DataTable::addRowAction(QAction *action)
{
    m_rowActions << action;
    m_view->addAction(action);
}

void DataTable::setEmptyText(const QString &cause, const QString &advice)
{
    m_empty->setContent(cause, advice);
}

QByteArray DataTable::exported(const QString &suffix) const
{
    return exportTable(*m_filter, suffix);
}

void DataTable::copySelection() const
{
    QList<int> rows;
    for (const QModelIndex &index : m_view->selectionModel()->selectedRows())
        rows << index.row();
    std::sort(rows.begin(), rows.end());
    if (!rows.isEmpty())
        QGuiApplication::clipboard()->setText(tableText(*m_filter, rows));
}

bool DataTable::isHeaderArranged() const
{
    const QHeaderView *const header = m_view->horizontalHeader();
    return m_columnsChosen || m_columnsMoved || header->sortIndicatorSection() != m_sortColumn
        || header->sortIndicatorOrder() != m_sortOrder;
}

QByteArray DataTable::saveHeader() const
{
    return QByteArray::number(m_model->columnCount()) + ' ' + m_view->horizontalHeader()->saveState();
}

bool DataTable::restoreHeader(const QByteArray &state)
{
    const QByteArray columns = QByteArray::number(m_model->columnCount()) + ' ';
    if (!state.startsWith(columns) || !m_view->horizontalHeader()->restoreState(state.mid(columns.size())))
        return false;
    m_columnsChosen = true;
    // Which were spared in the window of that time is none of the operator's choices.
    spareColumns();
    return true;
}

void DataTable::save(const QString &suffix)
{
    saveAs(this, accessibleName(), suffix, [this, suffix] { return exported(suffix); });
}

void DataTable::showMenu(const QPoint &position)
{
    auto *const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions(m_rowActions);
    if (!m_rowActions.isEmpty())
        menu->addSeparator();
    const bool hasSelection = m_view->selectionModel()->hasSelection();
    QAction *const copy = menu->addAction(icon(QStringLiteral("copy")), tr("Copy rows with headers"), this, &DataTable::copySelection);
    copy->setShortcut(QKeySequence::Copy);
    copy->setEnabled(hasSelection);
    menu->addAction(icon(QStringLiteral("export")), tr("Export as CSV…"), this, [this] { save(QStringLiteral("csv")); });
    menu->addAction(tr("Export as JSON…"), this, [this] { save(QStringLiteral("json")); });
    menu->popup(m_view->viewport()->mapToGlobal(position));
}

void DataTable::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTableTheme(m_view);
}

bool DataTable::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_view && event->type() == QEvent::KeyPress) {
        const auto *const key = static_cast<QKeyEvent *>(event);
        if (key->matches(QKeySequence::Copy)) {
            copySelection();
            return true;
        }
    }
    if (watched == m_filterField && event->type() == QEvent::KeyPress) {
        const auto *const key = static_cast<QKeyEvent *>(event);
        if (key->key() == Qt::Key_Escape && !m_filterField->text().isEmpty()) {
            m_filterField->clear();
            return true;
        }
        if (key->key() == Qt::Key_Down) {
            m_view->setFocus(Qt::OtherFocusReason);
            return true;
        }
    }
    if (watched == m_view->viewport() && event->type() == QEvent::Leave)
        m_filter->resort();
    if (watched == m_view->viewport() && event->type() == QEvent::Resize)
        spareColumns();
    return QWidget::eventFilter(watched, event);
}

} // namespace InfraConsole
