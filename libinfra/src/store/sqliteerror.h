// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QSqlError>
#include <QString>

namespace Infra::Detail {

// What an SQLite failure means for the store.
enum class SqliteFault {
    None,
    Busy,       // A lock of a foreign program; trying again helps.
    Space,      // Disk full, or the page limit.
    ReadOnly,
    Unsynced,   // What was written may not reach the disk, and asking again will not tell.
    Damage,     // The file is not what it was: corrupt, not a database, gone, truncated, without its tables.
    Other
};

// An error with what it means; kept apart from Error so that callers need not parse codes.
struct SqliteError
{
    SqliteFault fault = SqliteFault::None;
    Error error;
};

// `code` is SQLite's extended result code; `doing` begins the message.
[[nodiscard]] SqliteError sqliteError(int code, const QString &text, const QString &doing);
[[nodiscard]] SqliteError sqliteError(const QSqlError &error, const QString &doing);

} // namespace Infra::Detail
