// SPDX-License-Identifier: GPL-3.0-or-later
#include "commandpalette.h"

#include "widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace InfraConsole {

namespace {

constexpr int Width = 520;
constexpr int VisibleRows = 10;
constexpr int HintRole = Qt::UserRole + 1;

// Title at the left, hint in the secondary colour at the right.
class CommandDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme theme(option.palette);
        const QRect box = option.rect;
        if (option.state & QStyle::State_Selected)
            painter->fillRect(box, theme.selection());
        qvariant_cast<QIcon>(index.data(Qt::DecorationRole)).paint(painter, QRect(box.left() + 12, box.center().y() - 8, 16, 16));
        const QString hint = index.data(HintRole).toString();
        const int hintWidth = option.fontMetrics.horizontalAdvance(hint);
        painter->setPen(theme.secondaryText());
        painter->drawText(box.adjusted(0, 0, -12, 0), Qt::AlignRight | Qt::AlignVCenter, hint);
        painter->setPen(theme.text());
        const QRect titleBox = box.adjusted(40, 0, -12 - hintWidth - 12, 0);
        painter->drawText(titleBox, Qt::AlignLeft | Qt::AlignVCenter,
                          option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, titleBox.width()));
    }

    QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override
    {
        return {Width - 2, Spacing::RowHeight + 4};
    }
};

} // namespace

Command commandFor(QAction *action)
{
    return {QString(action->text()).remove(QLatin1Char('&')), action->shortcut().toString(QKeySequence::NativeText), action->icon(),
            [guarded = QPointer<QAction>(action)] {
                if (guarded)
                    guarded->trigger();
            }};
}

CommandPalette::CommandPalette(QWidget *parent)
    : QFrame(parent), m_input(new QLineEdit(this)), m_list(new QListWidget(this))
{
    setObjectName(QStringLiteral("commandPalette"));
    setAccessibleName(tr("Commands"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    m_input->setObjectName(QStringLiteral("commandInput"));
    m_input->setPlaceholderText(tr("Type a page, region, service or command"));
    m_input->setAccessibleName(m_input->placeholderText());
    m_input->setFrame(false);
    m_input->setTextMargins(10, 8, 10, 8);
    m_input->installEventFilter(this);
    layout->addWidget(m_input);
    m_list->setObjectName(QStringLiteral("commandList"));
    m_list->setAccessibleName(tr("Matching commands"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    layout->addWidget(m_list);
    connect(m_input, &QLineEdit::textChanged, this, &CommandPalette::filter);
    connect(m_list, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
    hide();
}

CommandPalette::~CommandPalette() = default;

void CommandPalette::open(std::vector<Command> commands)
{
    m_commands = std::move(commands);
    if (!isVisible())
        m_focusBefore = QApplication::focusWidget();
    m_input->clear();
    filter({});
    const int height = m_input->sizeHint().height() + VisibleRows * (Spacing::RowHeight + 4) + 2;
    setGeometry((parentWidget()->width() - Width) / 2, 56, Width, height);
    show();
    raise();
    m_input->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::filter(const QString &text)
{
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    m_list->clear();
    for (std::size_t index = 0; index < m_commands.size(); ++index) {
        const Command &command = m_commands[index];
        const QString haystack = command.title + QLatin1Char(' ') + command.hint;
        const bool matches = std::all_of(words.begin(), words.end(), [&haystack](const QString &word) {
            return haystack.contains(word, Qt::CaseInsensitive);
        });
        if (!matches)
            continue;
        auto *item = new QListWidgetItem(command.icon, command.title, m_list);
        item->setData(HintRole, command.hint);
        item->setData(Qt::UserRole, static_cast<int>(index));
    }
    m_list->setCurrentRow(0);
}

void CommandPalette::runCurrent()
{
    const QListWidgetItem *item = m_list->currentItem();
    if (!item)
        return;
    const auto run = m_commands[static_cast<std::size_t>(item->data(Qt::UserRole).toInt())].run;
    close();
    run();
}

void CommandPalette::dismiss()
{
    if (isVisible())
        close();
    m_list->clear();
    m_commands.clear();
}

void CommandPalette::close()
{
    hide();
    if (m_focusBefore && m_focusBefore->isVisible())
        m_focusBefore->setFocus(Qt::OtherFocusReason);
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusOut && isVisible()) {
        hide();
    } else if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        const int rows = m_list->count();
        switch (key) {
        case Qt::Key_Escape:
            close();
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            runCurrent();
            return true;
        case Qt::Key_Down:
        case Qt::Key_Up:
            if (rows > 0)
                m_list->setCurrentRow((m_list->currentRow() + (key == Qt::Key_Down ? 1 : rows - 1)) % rows);
            return true;
        default:
            break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

void CommandPalette::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme theme(palette());
    painter.fillRect(rect(), theme.card());
    painter.setPen(theme.border());
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    painter.drawLine(0, m_input->geometry().bottom(), width(), m_input->geometry().bottom());
}

} // namespace InfraConsole
