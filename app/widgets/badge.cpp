// SPDX-License-Identifier: GPL-3.0-or-later
#include "badge.h"

#include "widgets/theme.h"

#include <QPainter>

namespace InfraConsole {

Badge::Badge(Kind kind, QWidget *parent) : QWidget(parent), m_kind(kind)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(text());
    switch (m_kind) {
    case Kind::Demo:
        setToolTip(tr("Five services of the demonstration in a temporary store; all of it ends with the console."));
        break;
    case Kind::ReadOnly:
        setToolTip(tr("This store can be looked at and not changed."));
        break;
    case Kind::Production:
        setToolTip(tr("Invalidating in a production profile asks for its name first."));
        break;
    }
}

Badge::~Badge() = default;

QString Badge::text() const
{
    switch (m_kind) {
    case Kind::Demo:
        return tr("DEMO");
    case Kind::ReadOnly:
        return tr("read-only");
    case Kind::Production:
        return tr("production");
    }
    return {};
}

QSize Badge::sizeHint() const
{
    const QFontMetrics metrics(Theme::semibold(Theme::labelFont(font())));
    return {metrics.horizontalAdvance(text()) + 2 * Spacing::Row, metrics.height() + Spacing::Unit};
}

void Badge::paintEvent(QPaintEvent *)
{
    const Theme theme(palette());
    const QColor color = m_kind == Kind::Production ? theme.status(Verdict::Degraded)
                         : m_kind == Kind::Demo     ? theme.accent()
                                                    : theme.secondaryText();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.setFont(Theme::semibold(Theme::labelFont(font())));
    painter.setPen(color);
    painter.drawText(rect(), Qt::AlignCenter, text());
}

} // namespace InfraConsole
