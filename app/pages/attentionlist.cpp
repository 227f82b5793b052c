// SPDX-License-Identifier: GPL-3.0-or-later
#include "attentionlist.h"

#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include <algorithm>
#include <utility>

namespace InfraConsole {

namespace {

constexpr int ShapeSize = 12;

Verdict shapeOf(Severity severity)
{
    switch (severity) {
    case Severity::Critical: return Verdict::Down;
    case Severity::Warning: return Verdict::Degraded;
    case Severity::Information: break;
    }
    return Verdict::NeverChecked;
}

class SentenceDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const auto *model = static_cast<const AttentionModel *>(index.model());
        const Attention &item = model->item(index.row());
        const Theme theme(option.palette);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state & QStyle::State_Selected)
            painter->fillRect(option.rect, theme.selection());
        else if (option.state & QStyle::State_MouseOver)
            painter->fillRect(option.rect, theme.hover());
        const QRect box = option.rect.adjusted(Spacing::Row, 0, -Spacing::Row, 0);
        paintStatus(painter, QRectF(box.left(), box.center().y() - ShapeSize / 2.0 + 0.5, ShapeSize, ShapeSize),
                    shapeOf(item.severity), theme.status(shapeOf(item.severity)));
        const QRect textBox = box.adjusted(ShapeSize + Spacing::Row, 0, 0, 0);
        painter->setPen(theme.text());
        painter->setFont(option.font);
        painter->drawText(textBox, Qt::AlignLeft | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(item.sentence, Qt::ElideRight, textBox.width()));
        painter->restore();
    }

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {100, Spacing::RowHeight};
    }
};

bool isSame(const Attention &a, const Attention &b)
{
    return a.severity == b.severity && a.page == b.page && a.subject == b.subject && a.sentence == b.sentence;
}

} // namespace

AttentionModel::AttentionModel(QObject *parent) : QAbstractListModel(parent) {}
AttentionModel::~AttentionModel() = default;

void AttentionModel::setItems(std::vector<Attention> items)
{
    // The lists are seldom longer than a screen.
    const auto find = [](const std::vector<Attention> &list, std::size_t from, const Attention &wanted) {
        return std::find_if(list.begin() + static_cast<std::ptrdiff_t>(from), list.end(),
                            [&wanted](const Attention &each) { return each.isAbout(wanted); });
    };
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (find(items, 0, item(row)) != items.end())
            continue;
        beginRemoveRows({}, row, row);
        m_items.erase(m_items.begin() + row);
        endRemoveRows();
    }
    for (std::size_t at = 0; at < items.size(); ++at) {
        const int row = static_cast<int>(at);
        const auto place = m_items.begin() + row;
        const auto found = find(m_items, at, items[at]);
        if (found == m_items.end()) {
            beginInsertRows({}, row, row);
            m_items.insert(place, std::move(items[at]));
            endInsertRows();
            continue;
        }
        if (const int before = static_cast<int>(found - m_items.begin()); before != row) {
            beginMoveRows({}, before, before, {}, row);
            std::rotate(place, m_items.begin() + before, m_items.begin() + before + 1);
            endMoveRows();
        }
        const bool same = isSame(m_items[at], items[at]);
        m_items[at] = std::move(items[at]);
        if (!same)
            Q_EMIT dataChanged(index(row), index(row));
    }
    // Two that were about the same, of which one is left.
    if (m_items.size() > items.size()) {
        beginRemoveRows({}, static_cast<int>(items.size()), rowCount() - 1);
        m_items.resize(items.size());
        endRemoveRows();
    }
}

void AttentionModel::setItemsInPlace(std::vector<Attention> items)
{
    const auto placeOf = [this](const Attention &wanted) {
        return std::find_if(m_items.begin(), m_items.end(), [&wanted](const Attention &each) { return each.isAbout(wanted); });
    };
    std::vector<std::pair<std::ptrdiff_t, std::size_t>> order;
    for (std::size_t i = 0; i < items.size(); ++i)
        order.emplace_back(placeOf(items[i]) - m_items.begin(), i);
    std::sort(order.begin(), order.end());
    std::vector<Attention> ordered;
    ordered.reserve(items.size());
    for (const auto &[place, i] : order)
        ordered.push_back(std::move(items[i]));
    setItems(std::move(ordered));
}

int AttentionModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QVariant AttentionModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Attention &entry = item(index.row());
    switch (role) {
    case Qt::DisplayRole: return entry.sentence;
    case Qt::ToolTipRole: return plainToolTip(entry.sentence);
    case Qt::AccessibleTextRole:
        return entry.severity == Severity::Critical ? tr("Problem: %1").arg(entry.sentence)
            : entry.severity == Severity::Warning   ? tr("Warning: %1").arg(entry.sentence)
                                                    : entry.sentence;
    default: return {};
    }
}

AttentionList::AttentionList(QWidget *parent) : QListView(parent), m_model(new AttentionModel(this))
{
    setObjectName(QStringLiteral("attentionList"));
    setAccessibleName(tr("Needs attention"));
    setModel(m_model);
    setItemDelegate(new SentenceDelegate(this));
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setUniformItemSizes(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    const auto open = [this](const QModelIndex &index) {
        const Attention &item = m_model->item(index.row());
        // A moment long ago is shown as it was; one of now needs no zoom.
        const bool recent = item.at == SystemTime{} || Infra::Clock::system().systemNow() - item.at < std::chrono::seconds(30);
        Q_EMIT linkActivated(item.page, item.subject, recent ? std::nullopt : std::optional(item.at));
    };
    connect(this, &QListView::clicked, this, open);
    connect(this, &QListView::activated, this, open);
    applyTheme();
}

AttentionList::~AttentionList() = default;

void AttentionList::setItems(std::vector<Attention> items)
{
    const bool wasEmpty = m_model->rowCount() == 0;
    const std::optional<Attention> current = currentIndex().isValid() ? std::optional(m_model->item(currentIndex().row())) : std::nullopt;
    m_unordered.clear();
    if (viewport()->underMouse()) {
        m_unordered = items;
        m_model->setItemsInPlace(std::move(items));
    } else {
        m_model->setItems(std::move(items));
    }
    // Qt makes the neighbour of a row that goes current: the next Enter would follow a link that nobody chose.
    if (current && (!currentIndex().isValid() || !m_model->item(currentIndex().row()).isAbout(*current)))
        setCurrentIndex({});
    if (wasEmpty != (m_model->rowCount() == 0))
        viewport()->update();
}

void AttentionList::settle()
{
    if (!m_unordered.empty())
        m_model->setItems(std::exchange(m_unordered, {}));
}

bool AttentionList::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::Leave)
        settle();
    return QListView::viewportEvent(event);
}

void AttentionList::changeEvent(QEvent *event)
{
    QListView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void AttentionList::applyTheme()
{
    const Theme theme(palette());
    if (viewport()->palette().color(QPalette::Base) == theme.card())
        return;
    QPalette changed = palette();
    changed.setColor(QPalette::Base, theme.card());
    viewport()->setPalette(changed);
}

void AttentionList::paintEvent(QPaintEvent *event)
{
    QListView::paintEvent(event);
    if (m_model->rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme(palette());
    const QString text = tr("Nothing needs attention.");
    const QRect box = viewport()->rect().adjusted(Spacing::Row, 0, -Spacing::Row, 0);
    const QRect line(box.left(), box.top(), box.width(), Spacing::RowHeight);
    paintStatus(&painter, QRectF(line.left(), line.center().y() - ShapeSize / 2.0 + 0.5, ShapeSize, ShapeSize), Verdict::Up,
                theme.status(Verdict::Up));
    painter.setPen(theme.secondaryText());
    painter.drawText(line.adjusted(ShapeSize + Spacing::Row, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
}

} // namespace InfraConsole
