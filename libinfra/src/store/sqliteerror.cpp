// SPDX-License-Identifier: MIT
#include "sqliteerror.h"

namespace Infra::Detail {

SqliteError sqliteError(int code, const QString &text, const QString &doing)
{
    // Result codes of SQLite (sqlite.org/rescode.html); the low byte is the primary one.
    SqliteError result;
    if (code != 0)
        result.error.nativeCode = QString::number(code);
    result.error.message = doing + QStringLiteral(": ") + text;
    switch (code & 0xff) {
    case 5: // BUSY
    case 6: // LOCKED
    case 15: // PROTOCOL: too many retries for a WAL lock
        result.fault = SqliteFault::Busy;
        result.error.kind = Error::Kind::Busy;
        break;
    case 13: // FULL
        result.fault = SqliteFault::Space;
        result.error.kind = Error::Kind::DiskFull;
        break;
    case 8: // READONLY
        result.fault = SqliteFault::ReadOnly;
        result.error.kind = Error::Kind::ReadOnly;
        break;
    case 3: // PERM
    case 23: // AUTH
        result.fault = SqliteFault::Other;
        result.error.kind = Error::Kind::PermissionDenied;
        break;
    case 11: // CORRUPT
    case 26: // NOTADB
        result.fault = SqliteFault::Damage;
        result.error.kind = Error::Kind::Corrupt;
        break;
    case 14: // CANTOPEN: gone, while the store is open
        result.fault = SqliteFault::Damage;
        result.error.kind = Error::Kind::Unavailable;
        break;
    case 10: // IOERR
        // A short read is a truncated file; anything else is the device. The kernel tells a failed sync once and takes the
        // pages for written (Rebello et al., USENIX ATC 2020).
        result.fault = code == 522 ? SqliteFault::Damage : code == 1034 ? SqliteFault::Unsynced : SqliteFault::Other;
        result.error.kind = Error::Kind::Io;
        break;
    case 1: { // ERROR: as our statements are fixed, a table that they do not find was taken away, and one that is in a
              // database without tables is one of a damaged directory
        const bool damaged = text.contains(QLatin1String("no such")) || text.contains(QLatin1String("already exists"));
        result.fault = damaged ? SqliteFault::Damage : SqliteFault::Other;
        result.error.kind = damaged ? Error::Kind::Corrupt : Error::Kind::QueryFailed;
        break;
    }
    default:
        result.fault = SqliteFault::Other;
        result.error.kind = Error::Kind::QueryFailed;
        break;
    }
    return result;
}

SqliteError sqliteError(const QSqlError &error, const QString &doing)
{
    return sqliteError(error.nativeErrorCode().toInt(), error.databaseText(), doing);
}

} // namespace Infra::Detail
