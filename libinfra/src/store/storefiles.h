// SPDX-License-Identifier: MIT
#pragma once

#include "storecontext.h"

namespace Infra::Detail {

// What is done to the files of a store as files.

// Renames the database, its log and its shared memory to FILE.quarantine-TIME, -wal, -shm, and deletes the oldest
// quarantines beyond options.keptQuarantines. Connections that have them open go on using what they have.
[[nodiscard]] Result<void> quarantineStore(const StoreContext &context);
// Only the log and its shared memory, left over from a database that was replaced.
void quarantineLog(const StoreContext &context);

// The id in the database file by itself, its log left out; empty when there is none. Changes nothing.
[[nodiscard]] QByteArray storeIdWithoutLog(const StoreContext &context);

// Whether a log, left by processes that were killed, is damaged before its end: SQLite would silently
// drop all commits behind the damage and so go back in time. Frames behind `committedFrames`, when that is known, are
// not looked at. Only while nobody has the store open.
[[nodiscard]] bool isLogDamaged(const StorePaths &paths, std::optional<std::uint64_t> committedFrames);

} // namespace Infra::Detail
