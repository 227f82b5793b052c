// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QColor>
#include <QRectF>
#include <QString>

class QPainter;

namespace InfraConsole {

// A verdict is always shown as colour and shape and word.
//
// One word in lower case, translated: "up", "degraded", …
[[nodiscard]] QString statusWord(Verdict verdict);
// The shape: disc, triangle, square, diamond, two bars, ring. Drawn centred in `box` at the size of the box.
void paintStatus(QPainter *painter, const QRectF &box, Verdict verdict, const QColor &color);

} // namespace InfraConsole
