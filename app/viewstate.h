// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace InfraConsole {

class Page;
class Settings;

// What the operator arranged on a page, splitters and columns, from one session to the next. What nobody touched is not
// remembered, so that it goes on fitting itself to window and data.
//
// After restoring; splitters that are moved from then on count as arranged.
void restoreViewState(const Settings &settings, Page &page);
void saveViewState(Settings &settings, const Page &page);

} // namespace InfraConsole
