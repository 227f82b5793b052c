// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QMessageBox;

namespace InfraConsole {

// Services, stores and files say what they like, and Qt shows as rich text whatever looks like it: an answer could draw
// links and pictures of its own.

// `text` for a tooltip that shows it letter by letter. Accessible texts take `text` itself: nothing there reads markup.
[[nodiscard]] QString plainToolTip(const QString &text);

// Makes `box` show its texts letter by letter; called when it has all of them.
void showPlainTexts(QMessageBox &box);

} // namespace InfraConsole
