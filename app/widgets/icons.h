// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace InfraConsole {

// One of our line icons by its file name without suffix ("refresh"). It is drawn in the application palette's
// text colour at the moment of painting, at any size and scale, so it follows light and dark by itself.
[[nodiscard]] QIcon icon(const QString &name);
// The same in one fixed colour, for the rare icon that means something by its colour.
[[nodiscard]] QIcon icon(const QString &name, const QColor &color);
// The window's own, coloured icon.
[[nodiscard]] QIcon applicationIcon();

} // namespace InfraConsole
