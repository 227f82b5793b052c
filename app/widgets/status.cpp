// SPDX-License-Identifier: GPL-3.0-or-later
#include "status.h"

#include <QCoreApplication>
#include <QPainter>
#include <QPolygonF>

namespace InfraConsole {

namespace {
struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::Status)
};
} // namespace

QString statusWord(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Up:
        //: A service that answers and is well.
        return Text::tr("up");
    case Verdict::Degraded:
        return Text::tr("degraded");
    case Verdict::Down:
        //: A service that answers and says that it is not well.
        return Text::tr("down");
    case Verdict::Unreachable:
        return Text::tr("unreachable");
    case Verdict::Paused:
        return Text::tr("paused");
    case Verdict::NeverChecked:
        return Text::tr("never checked");
    }
    return {};
}

void paintStatus(QPainter *painter, const QRectF &box, Verdict verdict, const QColor &color)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(Qt::NoPen);
    painter->setBrush(color);
    const double size = qMin(box.width(), box.height());
    const QPointF center = box.center();
    const double half = size / 2;
    switch (verdict) {
    case Verdict::Up:
        painter->drawEllipse(center, half * 0.86, half * 0.86);
        break;
    case Verdict::Degraded:
        painter->drawPolygon(QPolygonF({center + QPointF(0, -half), center + QPointF(half, half * 0.8),
                                        center + QPointF(-half, half * 0.8)}));
        break;
    case Verdict::Down:
        painter->drawRect(QRectF(center.x() - half * 0.8, center.y() - half * 0.8, size * 0.8, size * 0.8));
        break;
    case Verdict::Unreachable:
        painter->drawPolygon(QPolygonF({center + QPointF(0, -half), center + QPointF(half, 0), center + QPointF(0, half),
                                        center + QPointF(-half, 0)}));
        break;
    case Verdict::Paused:
        painter->drawRect(QRectF(center.x() - half * 0.7, center.y() - half * 0.8, half * 0.5, size * 0.8));
        painter->drawRect(QRectF(center.x() + half * 0.2, center.y() - half * 0.8, half * 0.5, size * 0.8));
        break;
    case Verdict::NeverChecked:
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(color, qMax(1.2, size * 0.14)));
        painter->drawEllipse(center, half * 0.76, half * 0.76);
        break;
    }
    painter->restore();
}

} // namespace InfraConsole
