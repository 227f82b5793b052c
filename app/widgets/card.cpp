// SPDX-License-Identifier: GPL-3.0-or-later
#include "card.h"

#include "widgets/theme.h"

#include <QPainter>

namespace InfraConsole {

Card::Card(QWidget *parent) : QFrame(parent)
{
    setFrameShape(QFrame::NoFrame);
}

Card::~Card() = default;

void Card::paintEvent(QPaintEvent *)
{
    const Theme theme(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.border(), 1));
    painter.setBrush(theme.card());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Spacing::Radius, Spacing::Radius);
}

} // namespace InfraConsole
