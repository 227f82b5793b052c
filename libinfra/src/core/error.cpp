// SPDX-License-Identifier: MIT
#include <infra/error.h>

namespace Infra {

const char *errorKindName(Error::Kind kind) noexcept
{
    switch (kind) {
    case Error::Kind::InvalidArgument: return "InvalidArgument";
    case Error::Kind::LimitExceeded: return "LimitExceeded";
    case Error::Kind::Conflict: return "Conflict";
    case Error::Kind::NotFound: return "NotFound";
    case Error::Kind::Timeout: return "Timeout";
    case Error::Kind::Cancelled: return "Cancelled";
    case Error::Kind::Rejected: return "Rejected";
    case Error::Kind::Deadlock: return "Deadlock";
    case Error::Kind::Unavailable: return "Unavailable";
    case Error::Kind::Busy: return "Busy";
    case Error::Kind::DiskFull: return "DiskFull";
    case Error::Kind::ReadOnly: return "ReadOnly";
    case Error::Kind::PermissionDenied: return "PermissionDenied";
    case Error::Kind::Corrupt: return "Corrupt";
    case Error::Kind::Incompatible: return "Incompatible";
    case Error::Kind::Protocol: return "Protocol";
    case Error::Kind::Tls: return "Tls";
    case Error::Kind::QueryFailed: return "QueryFailed";
    case Error::Kind::Serialization: return "Serialization";
    case Error::Kind::FactoryFailed: return "FactoryFailed";
    case Error::Kind::Io: return "Io";
    case Error::Kind::Internal: return "Internal";
    }
    return "Internal";
}

QString toString(const Error &error)
{
    QString text = QString::fromLatin1(errorKindName(error.kind)) + QStringLiteral(": ") + error.message;
    if (!error.nativeCode.isEmpty())
        text += QStringLiteral(" [") + error.nativeCode + QLatin1Char(']');
    return text;
}

} // namespace Infra
