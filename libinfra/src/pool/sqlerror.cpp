// SPDX-License-Identifier: MIT
#include <infra/sqlerror.h>

namespace Infra {

namespace {

// SQLSTATE classes: PostgreSQL 15, appendix A.
Error::Kind kindOfSqlState(const QString &state)
{
    if (state == QLatin1String("40001") || state == QLatin1String("40P01"))
        return Error::Kind::Serialization;
    if (isConnectionLost(state) || state.startsWith(QLatin1String("53300")))
        return Error::Kind::Unavailable;
    if (state == QLatin1String("57014"))
        return Error::Kind::Timeout;
    if (state == QLatin1String("55P03"))
        return Error::Kind::Busy;
    if (state == QLatin1String("53100"))
        return Error::Kind::DiskFull;
    if (state == QLatin1String("25006"))
        return Error::Kind::ReadOnly;
    if (state == QLatin1String("42501") || state.startsWith(QLatin1String("28")))
        return Error::Kind::PermissionDenied;
    if (state.startsWith(QLatin1String("XX00")))
        return state == QLatin1String("XX000") ? Error::Kind::QueryFailed : Error::Kind::Corrupt;
    if (state.startsWith(QLatin1String("58")))
        return Error::Kind::Io;
    return Error::Kind::QueryFailed;
}

// SQLite's primary result codes; the extended ones carry them in the low byte.
Error::Kind kindOfSqliteCode(int code)
{
    switch (code & 0xff) {
    case 3:
    case 23: return Error::Kind::PermissionDenied;
    case 5:
    case 6: return Error::Kind::Busy;
    case 8: return Error::Kind::ReadOnly;
    case 10: return Error::Kind::Io;
    case 11:
    case 26: return Error::Kind::Corrupt;
    case 13: return Error::Kind::DiskFull;
    case 14: return Error::Kind::Unavailable;
    default: return Error::Kind::QueryFailed;
    }
}

} // namespace

Error errorFromSql(const QSqlError &error, const QString &doing)
{
    const QString code = error.nativeErrorCode();
    bool number = false;
    const int numeric = code.toInt(&number);
    Error result;
    // An SQLSTATE has five characters, and no SQLite result code, extended ones included, has five digits.
    if (code.size() == 5)
        result.kind = kindOfSqlState(code);
    else if (number && numeric > 0)
        result.kind = kindOfSqliteCode(numeric);
    else
        result.kind = error.type() == QSqlError::ConnectionError ? Error::Kind::Unavailable : Error::Kind::QueryFailed;
    const QString text = error.databaseText().isEmpty() ? error.driverText() : error.databaseText();
    result.message = doing + QStringLiteral(": ") + text.trimmed();
    result.nativeCode = code;
    return result;
}

bool isConnectionLost(const QString &nativeCode) noexcept
{
    return nativeCode.size() == 5
        && (nativeCode.startsWith(QLatin1String("08")) || nativeCode.startsWith(QLatin1String("57P0")));
}

} // namespace Infra
