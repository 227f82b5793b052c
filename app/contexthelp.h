// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QWidget;

namespace InfraConsole {

// F1: explains what has the focus, or else what it stands in, in a "What's this?" bubble. False when nothing there has an
// explanation.
bool showContextHelp(QWidget *focus);

} // namespace InfraConsole
