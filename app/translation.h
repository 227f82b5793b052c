// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QLocale;

namespace InfraConsole {

// Installs the console's translation, and Qt's own for what stands in its standard dialogs, for the languages of `locale`.
// Where there is none, texts stay English. Call it once there is an application object, before any widget.
void installTranslations(const QLocale &locale);

} // namespace InfraConsole
