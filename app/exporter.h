// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pages/page.h"

class QWidget;

namespace InfraConsole {

// Offers what a page can export in a menu, then as saveAs(). Menu and dialog belong to the page, whose data they read.
void exportItems(QWidget *page, const std::vector<ExportItem> &items,
                 const std::function<void(const QString &)> &announce);

} // namespace InfraConsole
