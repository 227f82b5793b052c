// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/error.h>

#include <QSqlError>

namespace Infra {

// Thread safety: pure functions.
//
// An SQL error as this library's Error. The kind follows PostgreSQL's SQLSTATE (appendix A of its manual) or SQLite's
// result code:
// - Serialization: 40001, 40P01.
// - Unavailable: 08*, 57P0*, 53300; SQLITE_CANTOPEN; any other error of connecting.
// - Timeout: 57014.
// - Busy: 55P03; SQLITE_BUSY, SQLITE_LOCKED.
// - DiskFull: 53100; SQLITE_FULL.
// - ReadOnly: 25006; SQLITE_READONLY.
// - PermissionDenied: 42501, 28*; SQLITE_PERM, SQLITE_AUTH.
// - Corrupt: XX001, XX002; SQLITE_CORRUPT, SQLITE_NOTADB.
// - Io: 58*; SQLITE_IOERR.
// - QueryFailed: everything else.
//
// `doing` begins the message: "reading the journal".
[[nodiscard]] INFRA_EXPORT Error errorFromSql(const QSqlError &error, const QString &doing);

// True for SQLSTATE 08* and 57P0*: the connection is lost, or is being ended by the server, and must not be
// used again.
[[nodiscard]] INFRA_EXPORT bool isConnectionLost(const QString &nativeCode) noexcept;

} // namespace Infra
