// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tablemodel.h"

namespace InfraConsole {

// The journal as table columns and rows, shared by the Events page and the overview.
[[nodiscard]] std::vector<TableColumn> eventColumns();
// The newest `limit` events of a snapshot.
[[nodiscard]] std::vector<TableRow> eventRows(const std::vector<EventRow> &events, std::size_t limit);

[[nodiscard]] QString eventKindName(EventKind kind);

} // namespace InfraConsole
