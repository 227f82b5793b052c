// SPDX-License-Identifier: GPL-3.0-or-later
#include "attentionlist.h"

#include "widgets/plaintext.h"
#include "widgets/status.h"
#include "widgets/theme.h"
#include "widgets/values.h"

#include <QEvent>
#include <QPainter>
#include <QStyledItemDelegate>

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
    const int before = static_cast<int>(m_items.size());
    const int after = static_cast<int>(items.size());
    // Rows at the end come and go; those that stay change their text only.
    if (after < before) {
        beginRemoveRows({}, after, before - 1);
        m_items.resize(items.size());
        endRemoveRows();
    }
    for (int row = 0; row < std::min(before, after); ++row) {
        const auto at = static_cast<std::size_t>(row);
        const bool same = isSame(m_items[at], items[at]);
        m_items[at] = items[at];
        if (!same)
            Q_EMIT dataChanged(index(row), index(row));
    }
    if (after > before) {
        beginInsertRows({}, before, after - 1);
        m_items = std::move(items);
        endInsertRows();
    }
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
    m_model->setItems(std::move(items));
    if (wasEmpty != (m_model->rowCount() == 0))
        viewport()->update();
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
