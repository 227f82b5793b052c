// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"

class QWidget;

namespace InfraConsole {

// Offers what a page can export, asks where to and writes it. A file is replaced whole or not at all.
// Owns itself; says how it went in `announce`.
void exportItems(QWidget *parent, const std::vector<ExportItem> &items,
                 const std::function<void(const QString &)> &announce);

} // namespace InfraConsole
