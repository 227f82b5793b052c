// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <QString>

namespace Infra {

// Thread safety: a value; distinct copies may be used from any threads.
//
// What went wrong, typed. `message` is one sentence for a person: it names the limit, the option or the
// cause, and never holds a credential. `nativeCode` is the code of the layer below where there is one
// (an SQLSTATE, an SQLite result code, an HTTP status, an errno), else empty.
struct INFRA_EXPORT Error
{
    // What a caller may branch on; each call lists those that it can end in.
    enum class Kind {
        InvalidArgument,  // The caller's input breaks a documented rule; nothing was changed.
        LimitExceeded,    // A size, count or capacity limit named in the message.
        Conflict,         // The same name or URL was already configured differently.
        NotFound,         // What was named does not exist: a file, a region, a service.
        Timeout,          // The caller's deadline passed; the message says in which phase.
        Cancelled,        // The caller, or a shutdown, gave up waiting.
        Rejected,         // Refused without trying: breaker open, waiters capped, budget spent.
        Deadlock,         // Waiting could never end, for example a nested acquire on an exhausted pool.
        Unavailable,      // The peer cannot be reached: refused, DNS, closed, database down.
        Busy,             // A lock was not granted in time.
        DiskFull,         // The disk, or a store's own limit, has no room.
        ReadOnly,         // The file, its file system or the transaction takes no changes.
        PermissionDenied, // By the file system or the database, a refused login included.
        Corrupt,          // Stored bytes failed a checksum or a bound.
        Incompatible,     // A store or a peer of a version that this library does not speak.
        Protocol,         // A peer's answer is not what the contract says, for example not JSON.
        Tls,              // The handshake failed or the certificate was refused.
        QueryFailed,      // The database refused a statement; nativeCode is its SQLSTATE or result code.
        Serialization,    // SQLSTATE 40001 or 40P01: the transaction may be retried.
        FactoryFailed,    // The caller's own factory or function failed.
        Io,               // Any other failure of a file or a socket.
        Internal          // A broken invariant of this library.
    };

    Kind kind = Kind::Internal; // For programs.
    QString message;            // For people; its wording may change.
    QString nativeCode;         // For whoever knows the layer below; empty where there is none.

    friend bool operator==(const Error &, const Error &) = default;
};

// The kind's name as in the source ("Timeout"), for logs and tests. Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *errorKindName(Error::Kind kind) noexcept;

// "Timeout: acquire waited 30 s … [57P01]".
[[nodiscard]] INFRA_EXPORT QString toString(const Error &error);

} // namespace Infra
