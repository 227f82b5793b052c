// SPDX-License-Identifier: GPL-3.0-or-later
#include "keyspage.h"

#include "models/keypattern.h"
#include "models/prefixtreemodel.h"
#include "models/tableexport.h"
#include "models/valuetext.h"
#include "widgets/actionbutton.h"
#include "widgets/card.h"
#include "widgets/datatable.h"
#include "widgets/emptystate.h"
#include "widgets/icons.h"
#include "widgets/labels.h"
#include "widgets/theme.h"
#include "widgets/values.h"
#include "widgets/valueview.h"
#include "widgets/whenfinished.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QShowEvent>
#include <QSplitter>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

namespace InfraConsole {

namespace {
constexpr std::chrono::milliseconds TypingPause(250);
constexpr std::chrono::milliseconds CountingPause(300);
} // namespace

KeysPage::KeysPage(Session &pageSession, ViewContext &pageView, QWidget *parent)
    : Page(PageId::Keys, tr("Keys"), pageSession, pageView, parent), m_model(new KeyTableModel(pageSession, this)),
      m_treeModel(new PrefixTreeModel(pageSession, this)), m_content(new QWidget), m_empty(new EmptyState(QStringLiteral("keys"))),
      m_value(new ValueView)
{
    setWhatsThis(tr("<b>Keys</b><p>The keys of one region as the store holds them, read a page at a time. The tree at the left groups them by the parts "
                    "between separators. A filter by pattern or by tag looks through all keys of the branch; it can be stopped.</p><p>Enter reads the value "
                    "of a key.</p>"));
    explainNoRegions();
    buildActions();
    auto *const right = new QSplitter(Qt::Vertical);
    right->setObjectName(QStringLiteral("keyValueSplitter"));
    right->setChildrenCollapsible(false);
    right->setHandleWidth(Spacing::Row);
    right->addWidget(buildTable());
    right->addWidget(m_value);
    right->setStretchFactor(0, 3);
    right->setStretchFactor(1, 2);
    right->setSizes({420, 240});
    auto *const splitter = new QSplitter;
    splitter->setObjectName(QStringLiteral("keyTreeSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(Spacing::Row);
    splitter->addWidget(buildTree());
    splitter->addWidget(right);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({190, 840});
    auto *const content = new QVBoxLayout(m_content);
    content->setContentsMargins(0, 0, 0, 0);
    content->setSpacing(Spacing::Row);
    content->addWidget(buildTools());
    content->addWidget(splitter, 1);
    auto *const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_content);
    column->addWidget(m_empty);
    m_content->hide();

    m_typing.setSingleShot(true);
    m_typing.setInterval(TypingPause);
    m_counting.setSingleShot(true);
    m_counting.setInterval(CountingPause);
    connect(&m_typing, &QTimer::timeout, this, &KeysPage::applyFilter);
    connect(&m_counting, &QTimer::timeout, this, &KeysPage::countBranch);
    connect(m_model, &KeyTableModel::progressed, this, &KeysPage::showProgress);
    connect(m_value, &ValueView::valueRequested, this, &KeysPage::readValue);
    connect(m_empty, &EmptyState::buttonClicked, this, &KeysPage::readRegions);
    connect(&pageSession, &Session::accessChanged, this, &KeysPage::updateSelection);
    // Who works in the region that is shown is not taken to another one.
    const auto stay = [this] { m_wanted.clear(); };
    connect(m_filter, &QLineEdit::textEdited, this, stay);
    connect(m_tree, &QTreeView::clicked, this, stay);
    connect(m_table, &QTableView::clicked, this, stay);
    applyPalette();
    updateSelection();
}

KeysPage::~KeysPage()
{
    if (m_countCancel)
        m_countCancel->store(true);
}

void KeysPage::buildActions()
{
    m_showValue = new QAction(icon(QStringLiteral("search")), tr("Read value"), this);
    m_invalidateSelected = new QAction(icon(QStringLiteral("invalidate")), tr("Invalidate selected keys…"), this);
    m_invalidateBranch = new QAction(icon(QStringLiteral("invalidate")), tr("Invalidate prefix…"), this);
    m_reload = new QAction(icon(QStringLiteral("refresh")), tr("Read the keys again"), this);
    m_reload->setToolTip(tr("Reads the keys again from the store"));
    connect(m_showValue, &QAction::triggered, this, &KeysPage::readValue);
    connect(m_reload, &QAction::triggered, this, [this] {
        readRegions();
        reload();
    });
    connect(m_invalidateBranch, &QAction::triggered, this, [this] { Q_EMIT invalidationRequested(m_region, branchTarget()); });
    connect(m_invalidateSelected, &QAction::triggered, this, [this] {
        const QByteArrayList keys = selectedKeys();
        if (!keys.isEmpty())
            Q_EMIT invalidationRequested(m_region, keys.size() == 1 ? Infra::Target::key(keys.first()) : Infra::Target::keys(keys));
    });
}

QWidget *KeysPage::buildTools()
{
    auto *const tools = new QWidget;
    m_regionBox = new QComboBox;
    m_regionBox->setAccessibleName(tr("Region"));
    m_regionBox->setToolTip(tr("Region whose keys are listed"));
    m_regionBox->setMinimumWidth(160);
    m_kind = new QComboBox;
    m_kind->addItem(tr("Prefix"));
    m_kind->addItem(tr("Pattern"));
    m_kind->addItem(tr("Tag"));
    m_kind->setAccessibleName(tr("What the filter means"));
    m_kind->setToolTip(tr("Prefix: begins with; pattern: * any run, ? one byte, [a-z] one of a set; tag: one whole tag"));
    m_filter = new QLineEdit;
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter: Keys"));
    m_filter->setToolTip(tr("Lists only matching keys (Ctrl+F)"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_filter->setMinimumWidth(160);
    m_filter->setMaximumWidth(320);
    m_count = new TextLabel(TextLabel::Role::Secondary);
    m_stop = new QToolButton;
    m_stop->setIcon(icon(QStringLiteral("close")));
    m_stop->setAutoRaise(true);
    m_stop->setAccessibleName(tr("Stop searching"));
    m_stop->setToolTip(tr("Stop searching"));
    m_stop->hide();
    m_tryAgain = new QPushButton(tr("Try again"));
    m_tryAgain->setAccessibleName(m_tryAgain->text());
    m_tryAgain->hide();
    auto *const reload = new QToolButton;
    reload->setDefaultAction(m_reload);
    reload->setAutoRaise(true);
    reload->setAccessibleName(m_reload->text());

    auto *const row = new QHBoxLayout(tools);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(Spacing::Row);
    row->addWidget(m_regionBox);
    row->addWidget(m_kind);
    row->addWidget(m_filter, 1);
    row->addWidget(m_count);
    row->addWidget(m_stop);
    row->addWidget(m_tryAgain);
    row->addStretch(1);
    row->addWidget(reload);
    row->addWidget(new ActionButton(m_invalidateBranch));

    connect(m_regionBox, &QComboBox::activated, this, [this] {
        m_wanted.clear();
        setRegion(m_regionBox->currentData().toByteArray());
    });
    connect(m_kind, &QComboBox::currentIndexChanged, this, &KeysPage::applyFilter);
    connect(m_filter, &QLineEdit::textChanged, this, [this] { m_typing.start(); });
    connect(m_filter, &QLineEdit::returnPressed, this, &KeysPage::applyFilter);
    connect(m_stop, &QToolButton::clicked, m_model, &KeyTableModel::stop);
    connect(m_tryAgain, &QPushButton::clicked, m_model, &KeyTableModel::resume);
    return tools;
}

QWidget *KeysPage::buildTree()
{
    m_tree = new QTreeView;
    m_tree->setModel(m_treeModel);
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setUniformRowHeights(true);
    m_tree->setIndentation(Spacing::Page);
    m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
    m_tree->setAccessibleName(tr("Prefixes"));
    m_tree->setMinimumWidth(150);
    m_branchText = new TextLabel(TextLabel::Role::Section);
    auto *const card = new Card;
    auto *const body = new QVBoxLayout(card);
    body->setContentsMargins(1, Spacing::Unit, 1, Spacing::Unit);
    body->addWidget(m_tree, 1);
    auto *const foot = new QHBoxLayout;
    foot->setContentsMargins(Spacing::Row, 0, Spacing::Row, Spacing::Unit);
    foot->addWidget(m_branchText);
    body->addLayout(foot);
    connect(m_tree, &QTreeView::expanded, m_treeModel, &PrefixTreeModel::load);
    connect(m_tree, &QTreeView::activated, this, [this](const QModelIndex &index) {
        if (m_treeModel->isMore(index))
            m_treeModel->load(index);
    });
    connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex &index) {
        if (m_treeModel->isMore(index))
            m_treeModel->load(index);
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &KeysPage::selectBranch);
    connect(m_tree, &QTreeView::customContextMenuRequested, this, &KeysPage::showTreeMenu);
    return card;
}

QWidget *KeysPage::buildTable()
{
    m_table = new QTableView;
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Keys"));
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    prepareTableView(m_table, m_model->columns());
    m_table->horizontalHeader()->setSectionsClickable(false);
    m_table->setColumnWidth(KeyTableModel::Size, 84);
    m_table->setColumnWidth(KeyTableModel::Expires, 92);
    m_table->setColumnWidth(KeyTableModel::Stored, 92);
    m_table->setColumnWidth(KeyTableModel::Tags, 140);
    m_tableEmpty = new EmptyState(QStringLiteral("search"));
    m_tableEmpty->hide();
    auto *const card = new Card;
    auto *const body = new QVBoxLayout(card);
    body->setContentsMargins(1, Spacing::Unit, 1, Spacing::Unit);
    body->addWidget(m_table, 1);
    body->addWidget(m_tableEmpty, 3);
    auto *const copy = new QAction(icon(QStringLiteral("copy")), tr("Copy rows with headers"), m_table);
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    m_table->addAction(copy);
    connect(copy, &QAction::triggered, this, &KeysPage::copyRows);
    connect(m_table, &QTableView::activated, this, &KeysPage::readValue);
    connect(m_table, &QTableView::customContextMenuRequested, this, &KeysPage::showTableMenu);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &KeysPage::updateSelection);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &KeysPage::updateSelection);
    connect(m_model, &QAbstractItemModel::modelReset, this, &KeysPage::updateSelection);
    connect(m_tableEmpty, &EmptyState::buttonClicked, this, [this] {
        if (m_model->error())
            m_model->resume();
        else
            m_filter->clear();
    });
    return card;
}

void KeysPage::setSnapshot(const SnapshotPointer &snapshot)
{
    updateRegions(*snapshot);
    // A page that is shown before the store is open was told so.
    if (m_regionsError && m_regionsError->kind == Infra::Error::Kind::Unavailable && snapshot->source == SourceState::Live)
        readRegions();
    // Times to live run on.
    if (m_model->rowCount() > 0)
        m_table->viewport()->update();
    if (const QModelIndex current = m_table->currentIndex(); current.isValid())
        m_value->setDetails(detailsOf(m_model->entry(current.row())));
}

void KeysPage::readRegions()
{
    m_regionsError.reset();
    explainNoRegions();
    const int number = ++m_regionsNumber;
    whenFinished(this, session().regions(), [this, number](const Infra::Result<QByteArrayList> &regions) {
        if (number == m_regionsNumber)
            takeRegions(regions);
    });
}

void KeysPage::takeRegions(const Infra::Result<QByteArrayList> &regions)
{
    const SnapshotPointer snapshot = session().snapshot();
    if (regions) {
        m_storedRegions = *regions;
        if (!regionNames(*snapshot, *regions).contains(m_region))
            setRegion({});
    } else {
        m_regionsError = regions.error();
    }
    updateRegions(*snapshot);
}

void KeysPage::explainNoRegions()
{
    if (m_regionsError && session().snapshot()->source != SourceState::Opening)
        m_empty->setContent(tr("The regions cannot be read"), m_regionsError->message, tr("Try again"));
    else if (m_storedRegions)
        m_empty->setContent(tr("No cache regions yet"), tr("A region appears when a service that uses this store opens it."));
    else
        m_empty->setContent(tr("Looking for regions…"), {});
}

void KeysPage::updateRegions(const Snapshot &snapshot)
{
    // Telemetry forgets a region whose services have stopped, and the store may have got it after it was last asked: only
    // takeRegions() leaves the region that is shown.
    const QByteArrayList names = regionNames(snapshot, m_storedRegions.value_or(QByteArrayList()) << m_region);
    QByteArrayList shown;
    for (int i = 0; i < m_regionBox->count(); ++i)
        shown << m_regionBox->itemData(i).toByteArray();
    if (names != shown) {
        const QSignalBlocker blocker(m_regionBox);
        m_regionBox->clear();
        for (const QByteArray &name : std::as_const(names))
            m_regionBox->addItem(QString::fromUtf8(name), name);
    }
    m_content->setVisible(!names.isEmpty());
    m_empty->setVisible(names.isEmpty());
    if (names.isEmpty())
        explainNoRegions();
    if (!m_wanted.isEmpty() && names.contains(m_wanted.toUtf8()))
        setRegion(std::exchange(m_wanted, {}).toUtf8());
    else if (!names.contains(m_region))
        setRegion(names.value(0));
    m_regionBox->setCurrentIndex(m_regionBox->findData(m_region));
}

void KeysPage::setRegion(const QByteArray &region)
{
    if (region == m_region)
        return;
    m_region = region;
    m_regionBox->setCurrentIndex(m_regionBox->findData(region));
    m_prefix.clear();
    {
        const QSignalBlocker blocker(m_filter);
        m_filter->clear();
    }
    reload();
}

void KeysPage::reload()
{
    m_treeModel->setRegion(m_region);
    m_prefix.clear();
    if (!m_region.isEmpty()) {
        const QModelIndex root = m_treeModel->index(0, 0);
        m_tree->setCurrentIndex(root);
        m_tree->expand(root);
    }
    applyFilter();
    m_model->reload();
    m_counting.start();
}

void KeysPage::setFilter(FilterKind kind, const QString &text)
{
    m_kind->setCurrentIndex(static_cast<int>(kind));
    m_filter->setText(text);
    applyFilter();
}

void KeysPage::applyFilter()
{
    m_typing.stop();
    KeyFilter filter;
    filter.prefix = m_prefix;
    const QByteArray text = m_filter->text().toUtf8();
    switch (static_cast<FilterKind>(m_kind->currentIndex())) {
    case FilterKind::Prefix:
        // What is typed goes on from the selected branch, unless it begins with that branch itself.
        filter.prefix = text.startsWith(m_prefix) ? text : QByteArray(m_prefix + text);
        break;
    case FilterKind::Pattern:
        filter.pattern = text;
        break;
    case FilterKind::Tag:
        filter.tag = text;
        break;
    }
    m_model->setSource(m_region, filter);
    showProgress();
}

void KeysPage::selectBranch(const QModelIndex &index)
{
    if (!index.isValid() || m_treeModel->isMore(index))
        return;
    m_prefix = m_treeModel->prefix(index);
    applyFilter();
    m_branchText->setText(tr("Counting…"));
    m_counting.start();
    m_invalidateBranch->setText(m_prefix.isEmpty() ? tr("Invalidate region…") : tr("Invalidate prefix…"));
}

Infra::Target KeysPage::branchTarget() const
{
    return m_prefix.isEmpty() ? Infra::Target::region() : Infra::Target::prefix(m_prefix);
}

void KeysPage::countBranch()
{
    if (m_countCancel)
        m_countCancel->store(true);
    if (m_region.isEmpty())
        return;
    m_countCancel = std::make_shared<std::atomic<bool>>(false);
    const int number = ++m_countNumber;
    whenFinished(this, session().preview(m_region, branchTarget(), m_countCancel),
                 [this, number](const Infra::Result<Infra::InvalidationPreview> &preview) {
                     if (number != m_countNumber)
                         return;
                     if (!preview)
                         m_branchText->setText(tr("not counted"));
                     else
                         //: Number of entries and their size.
                         m_branchText->setText(tr("%1 entries, %2").arg(formatExact(static_cast<double>(preview->entries), Unit::Count),
                                                                        formatText(static_cast<double>(preview->bytes), Unit::Bytes)));
                 });
}

QString KeysPage::countText() const
{
    if (m_model->error() && m_model->rowCount() > 0)
        //: What is listed ("first 500 keys"), what went wrong.
        return tr("%1, the next cannot be read: %2").arg(listedText(), m_model->error()->message);
    return listedText();
}

QString KeysPage::listedText() const
{
    const QString rows = formatExact(m_model->rowCount(), Unit::Count);
    if (m_model->isFull())
        return tr("first %1, narrow the filter to see others").arg(rows);
    const bool scans = !m_filter->text().isEmpty() && m_kind->currentIndex() != static_cast<int>(FilterKind::Prefix);
    if (scans)
        //: Matching keys, keys looked at so far.
        return m_model->isComplete() ? tr("%1 of %2").arg(rows, formatExact(static_cast<double>(m_model->scannedCount()), Unit::Count))
                                     : tr("%1 found in %2 so far").arg(rows, formatExact(static_cast<double>(m_model->scannedCount()), Unit::Count));
    return m_model->isComplete() ? tr("%1 keys").arg(rows) : tr("first %1 keys").arg(rows);
}

void KeysPage::showProgress()
{
    m_count->setText(countText());
    m_stop->setVisible(m_model->isLoading() && m_model->scannedCount() > 0);
    m_tryAgain->setVisible(m_model->error() && m_model->rowCount() > 0);
    const bool isEmpty = m_model->rowCount() == 0 && !m_model->isLoading();
    if (m_model->error())
        m_tableEmpty->setContent(tr("The keys cannot be read"), m_model->error()->message, tr("Try again"));
    else if (!m_filter->text().isEmpty())
        m_tableEmpty->setContent(tr("No key matches “%1”").arg(m_filter->text()), {}, tr("Clear the filter"));
    else
        m_tableEmpty->setContent(tr("This region holds no keys"), {});
    if (m_capturing && m_model->rowCount() > 0 && !m_table->currentIndex().isValid())
        prepareCapture();
    m_tableEmpty->setVisible(isEmpty);
    m_table->setVisible(!isEmpty);
}

QByteArrayList KeysPage::selectedKeys() const
{
    QByteArrayList keys;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        keys << m_model->entry(index.row()).key;
    return keys;
}

void KeysPage::updateSelection()
{
    const QByteArrayList keys = selectedKeys();
    const bool canChange = !session().isReadOnly();
    m_invalidateSelected->setEnabled(!keys.isEmpty() && canChange);
    m_invalidateSelected->setText(keys.size() == 1 ? tr("Invalidate key…") : tr("Invalidate selected keys…"));
    m_invalidateBranch->setEnabled(!m_region.isEmpty() && canChange);
    const QModelIndex current = m_table->currentIndex();
    m_showValue->setEnabled(current.isValid());
    ++m_valueNumber;
    if (!current.isValid()) {
        m_value->setKey({}, {});
        return;
    }
    const Infra::EntryInfo &entry = m_model->entry(current.row());
    m_value->setKey(keyText(entry.key), detailsOf(entry));
}

QString KeysPage::detailsOf(const Infra::EntryInfo &entry) const
{
    QStringList details{formatText(static_cast<double>(entry.bytes), Unit::Bytes)};
    const SystemTime now = session().snapshot()->at;
    details << tr("stored %1").arg(formatRelative(toDateTime(entry.storedAt), toDateTime(now)));
    if (entry.expiresAt == SystemTime::max())
        details << tr("never expires");
    else
        details << (entry.expiresAt <= now ? tr("expired %1") : tr("expires %1")).arg(formatRelative(toDateTime(entry.expiresAt), toDateTime(now)));
    if (entry.negative)
        details << tr("remembers that there is no value");
    if (!entry.tags.isEmpty())
        details << tr("tags: %1").arg(tagsText(entry.tags));
    return details.join(QStringLiteral(" · "));
}

void KeysPage::readValue()
{
    const QModelIndex current = m_table->currentIndex();
    if (!current.isValid())
        return;
    const int number = ++m_valueNumber;
    m_value->setLoading();
    whenFinished(this, session().value(m_region, m_model->entry(current.row()).key),
                 [this, number](const Infra::Result<EntryValue> &value) {
                     if (number != m_valueNumber)
                         return;
                     if (value)
                         m_value->setValue(value->bytes, value->size);
                     else
                         m_value->setError(value.error().message);
                 });
}

void KeysPage::showTableMenu(const QPoint &position)
{
    auto *const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_showValue);
    menu->addSeparator();
    menu->addAction(m_invalidateSelected);
    const QModelIndex current = m_table->currentIndex();
    if (current.isValid() && !session().isReadOnly()) {
        const Infra::EntryInfo &entry = m_model->entry(current.row());
        const QByteArray segment = nextSegment(entry.key, m_prefix);
        if (!segment.isEmpty()) {
            const QByteArray prefix = m_prefix + segment;
            menu->addAction(tr("Invalidate prefix %1…").arg(keyText(prefix)), this,
                            [this, prefix] { Q_EMIT invalidationRequested(m_region, Infra::Target::prefix(prefix)); });
        }
        for (const QByteArray &tag : entry.tags) {
            menu->addAction(icon(QStringLiteral("tag")), tr("Invalidate tag %1…").arg(keyText(tag)), this,
                            [this, tag] { Q_EMIT invalidationRequested(m_region, Infra::Target::tag(tag)); });
        }
    }
    menu->addSeparator();
    menu->addActions(m_table->actions());
    menu->popup(m_table->viewport()->mapToGlobal(position));
}

void KeysPage::showTreeMenu(const QPoint &position)
{
    const QModelIndex index = m_tree->indexAt(position);
    if (!index.isValid() || m_treeModel->isMore(index))
        return;
    m_tree->setCurrentIndex(index);
    auto *const menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(m_invalidateBranch);
    menu->addAction(icon(QStringLiteral("copy")), tr("Copy prefix"), this,
                    [this] { QGuiApplication::clipboard()->setText(keyText(m_prefix)); });
    menu->popup(m_tree->viewport()->mapToGlobal(position));
}

void KeysPage::copyRows() const
{
    QList<int> rows;
    for (const QModelIndex &index : m_table->selectionModel()->selectedRows())
        rows << index.row();
    std::sort(rows.begin(), rows.end());
    if (!rows.isEmpty())
        QGuiApplication::clipboard()->setText(tableText(*m_model, rows));
}

void KeysPage::applyPalette()
{
    applyTableTheme(m_table);
    QPalette palette = this->palette();
    const Theme theme(palette);
    palette.setColor(QPalette::Highlight, theme.selection());
    palette.setColor(QPalette::HighlightedText, theme.text());
    if (m_tree->palette() != palette)
        m_tree->setPalette(palette);
}

void KeysPage::changeEvent(QEvent *event)
{
    Page::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyPalette();
}

void KeysPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    // Not when its window comes back from the task bar.
    if (!event->spontaneous())
        readRegions();
}

void KeysPage::showSubject(const QString &subject)
{
    if (subject.isEmpty())
        return;
    m_wanted = subject;
    updateRegions(*session().snapshot());
}

void KeysPage::noteInvalidation(const QByteArray &region)
{
    if (!m_region.isEmpty() && (region.isEmpty() || region == m_region))
        reload();
}

QWidget *KeysPage::filterField() const
{
    return m_filter;
}

std::vector<ExportItem> KeysPage::exportItems() const
{
    return {{tr("Keys of %1, as far as listed").arg(QString::fromUtf8(m_region)), {QStringLiteral("csv"), QStringLiteral("json")},
             [this](const QString &suffix) { return exportTable(*m_model, suffix); }}};
}

QList<QAction *> KeysPage::pageActions() const
{
    return {m_showValue, m_invalidateSelected, m_invalidateBranch, m_reload};
}

void KeysPage::prepareCapture()
{
    m_capturing = true;
    if (m_model->rowCount() > 0 && !m_table->currentIndex().isValid()) {
        m_table->setCurrentIndex(m_model->index(0, 0));
        readValue();
    }
    m_tree->expand(m_treeModel->index(0, 0, m_treeModel->index(0, 0)));
}

bool KeysPage::isReadyForCapture() const
{
    if (m_branchText->text() == tr("Counting…") || (!m_storedRegions && !m_regionsError))
        return false;
    return m_model->isComplete() ? m_model->rowCount() == 0 || m_value->hasValue() : m_value->hasValue();
}

} // namespace InfraConsole
