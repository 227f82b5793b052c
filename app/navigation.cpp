// SPDX-License-Identifier: GPL-3.0-or-later
#include "navigation.h"

#include "widgets/icons.h"
#include "widgets/status.h"
#include "widgets/theme.h"

#include <QButtonGroup>
#include <QEnterEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>

namespace InfraConsole {

namespace {

constexpr int ButtonHeight = 36;
constexpr int IconSize = 18;
constexpr int Width = 168;

} // namespace

NavigationButton::NavigationButton(PageId page, const QString &title, const QString &iconName, QWidget *parent)
    : QAbstractButton(parent), m_page(page)
{
    setText(title);
    setIcon(InfraConsole::icon(iconName));
    setCheckable(true);
    setAccessibleName(title);
    const QString shortcut = QStringLiteral("Ctrl+%1").arg(static_cast<int>(page) + 1);
    setToolTip(tr("%1 (%2)").arg(title, shortcut));
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

NavigationButton::~NavigationButton() = default;

void NavigationButton::setCount(int count, Severity worst)
{
    if (count == m_count && worst == m_worst)
        return;
    m_count = count;
    m_worst = worst;
    setAccessibleDescription(count == 0 ? QString() : count == 1 ? tr("1 thing needs attention") : tr("%1 things need attention").arg(count));
    update();
}

QSize NavigationButton::sizeHint() const
{
    return {Width, ButtonHeight};
}

void NavigationButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Theme theme(palette());
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    if (isChecked() || isDown() || underMouse()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChecked() || isDown() ? theme.selection() : theme.hover());
        painter.drawRoundedRect(box, Spacing::Radius, Spacing::Radius);
    }
    if (isChecked()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme.accent());
        painter.drawRoundedRect(QRectF(1, 9, 3, height() - 18), 1.5, 1.5);
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme.accent(), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box, Spacing::Radius, Spacing::Radius);
    }
    icon().paint(&painter, QRect(12, (height() - IconSize) / 2, IconSize, IconSize));
    int right = width() - 12;
    if (m_count > 0) {
        const QString count = locale().toString(m_count);
        painter.setFont(Theme::labelFont(font()));
        const QColor color = theme.status(m_worst == Severity::Critical ? Verdict::Down : Verdict::Degraded);
        painter.setPen(theme.text());
        const int textWidth = painter.fontMetrics().horizontalAdvance(count);
        painter.drawText(QRect(right - textWidth, 0, textWidth, height()), Qt::AlignCenter, count);
        right -= textWidth + 4 + 9;
        paintStatus(&painter, QRectF(right, (height() - 9) / 2.0, 9, 9),
                    m_worst == Severity::Critical ? Verdict::Down : Verdict::Degraded, color);
        right -= 8;
    }
    painter.setFont(isChecked() ? Theme::semibold(font()) : font());
    painter.setPen(theme.text());
    const QRect textBox(12 + IconSize + 10, 0, right - (12 + IconSize + 10), height());
    painter.drawText(textBox, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, textBox.width()));
}

void NavigationButton::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void NavigationButton::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

Navigation::Navigation(QWidget *parent) : QWidget(parent), m_group(new QButtonGroup(this))
{
    setAccessibleName(tr("Pages"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, Spacing::Card, 8, Spacing::Card);
    layout->setSpacing(0);
    m_pages = new QVBoxLayout;
    m_pages->setSpacing(2);
    layout->addLayout(m_pages);
    layout->addStretch();
    m_group->setExclusive(true);
    setFixedWidth(Width + 16);
    connect(m_group, &QButtonGroup::buttonClicked, this, [this](QAbstractButton *clicked) {
        Q_EMIT pageChosen(static_cast<NavigationButton *>(clicked)->page());
    });
}

Navigation::~Navigation() = default;

void Navigation::addPage(PageId page, const QString &title, const QString &iconName)
{
    auto *added = new NavigationButton(page, title, iconName, this);
    added->setObjectName(QStringLiteral("navigation%1").arg(static_cast<int>(page) + 1));
    m_group->addButton(added, static_cast<int>(page));
    m_pages->addWidget(added);
    added->show();
}

void Navigation::clearPages()
{
    const QList<QAbstractButton *> buttons = m_group->buttons();
    for (QAbstractButton *old : buttons) {
        m_group->removeButton(old);
        delete old;
    }
}

NavigationButton *Navigation::button(PageId page) const
{
    return static_cast<NavigationButton *>(m_group->button(static_cast<int>(page)));
}

void Navigation::setCurrent(PageId page)
{
    if (NavigationButton *current = button(page))
        current->setChecked(true);
}

void Navigation::setAttention(const std::vector<Attention> &attention)
{
    const QList<QAbstractButton *> buttons = m_group->buttons();
    for (QAbstractButton *each : buttons) {
        auto *target = static_cast<NavigationButton *>(each);
        int count = 0;
        Severity worst = Severity::Information;
        for (const Attention &item : attention) {
            // What is only worth knowing is on the overview.
            if (item.page != target->page() || item.severity == Severity::Information)
                continue;
            ++count;
            worst = std::max(worst, item.severity);
        }
        target->setCount(count, worst);
    }
}

void Navigation::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Theme theme(palette());
    painter.fillRect(rect(), Theme::blend(theme.window(), theme.text(), 0.03));
    painter.setPen(theme.border());
    painter.drawLine(width() - 1, 0, width() - 1, height());
}

void Navigation::keyPressEvent(QKeyEvent *event)
{
    const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    const int next = m_group->checkedId() + step;
    if (step == 0 || !m_group->button(next)) {
        QWidget::keyPressEvent(event);
        return;
    }
    m_group->button(next)->setFocus(Qt::TabFocusReason);
    m_group->button(next)->click();
}

} // namespace InfraConsole
