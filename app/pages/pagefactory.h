// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "page.h"

namespace InfraConsole {

// Every page, in the order of the navigation; owned by `parent`.
[[nodiscard]] std::vector<Page *> createPages(Session &session, ViewContext &view, QWidget *parent);

} // namespace InfraConsole
