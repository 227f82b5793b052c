// SPDX-License-Identifier: GPL-3.0-or-later
#include "contexthelp.h"

#include <QWhatsThis>
#include <QWidget>

namespace InfraConsole {

bool showContextHelp(QWidget *focus)
{
    for (QWidget *widget = focus; widget; widget = widget->isWindow() ? nullptr : widget->parentWidget()) {
        if (widget->whatsThis().isEmpty())
            continue;
        // At the widget itself, but never below the part of a tall one that is looked at first.
        const QPoint at = widget->mapToGlobal(QPoint(widget->width() / 3, qMin(widget->height() / 2, 120)));
        QWhatsThis::showText(at, widget->whatsThis(), widget);
        return true;
    }
    return false;
}

} // namespace InfraConsole
