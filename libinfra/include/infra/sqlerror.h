// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/error.h>

#include <QSqlError>

namespace Infra {

// Thread safety: pure functions.
//
// An SQL error as this library's Error. The kind follows PostgreSQL's SQLSTATE or SQLite's result code:
// 40001 and 40P01 are Serialization, 08* and 57P0* Unavailable, 57014 Timeout, 55P03 and SQLITE_BUSY Busy,
// SQLITE_FULL and 53100 DiskFull, SQLITE_CORRUPT and SQLITE_NOTADB Corrupt, everything else QueryFailed.
// `doing` begins the message: "reading the journal".
[[nodiscard]] INFRA_EXPORT Error errorFromSql(const QSqlError &error, const QString &doing);

// True for SQLSTATE 08* and 57P0*: the connection is lost, or is being ended by the server, and must not be
// used again.
[[nodiscard]] INFRA_EXPORT bool isConnectionLost(const QString &nativeCode) noexcept;

} // namespace Infra
