// SPDX-License-Identifier: GPL-3.0-or-later
#include "actionbutton.h"

#include "widgets/theme.h"

#include <QAction>
#include <QPainter>

namespace InfraConsole {

ActionButton::ActionButton(QAction *action, QWidget *parent) : QPushButton(parent)
{
    const auto follow = [this, action] {
        setText(action->text());
        setIcon(action->icon());
        setToolTip(action->toolTip());
        setAccessibleName(action->text());
        setEnabled(action->isEnabled());
    };
    follow();
    setAutoDefault(false);
    connect(action, &QAction::changed, this, follow);
    connect(this, &QPushButton::clicked, action, &QAction::trigger);
}

ActionButton::~ActionButton() = default;

DangerButton::DangerButton(QWidget *parent) : QPushButton(parent)
{
    setAutoDefault(false);
    setDefault(false);
}

DangerButton::~DangerButton() = default;

QSize DangerButton::sizeHint() const
{
    return QPushButton::sizeHint() + QSize(2 * Spacing::Row, 0);
}

void DangerButton::paintEvent(QPaintEvent *event)
{
    if (!isEnabled()) {
        QPushButton::paintEvent(event);
        return;
    }
    const Theme theme(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QColor fill = theme.danger();
    if (isDown())
        fill = Theme::blend(fill, Qt::black, 0.2);
    else if (underMouse())
        fill = Theme::blend(fill, Qt::black, 0.08);
    painter.setPen(hasFocus() ? QPen(theme.text(), 1.5) : QPen(fill, 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
    painter.setPen(theme.onDanger());
    painter.drawText(rect(), Qt::AlignCenter, text());
}

} // namespace InfraConsole
