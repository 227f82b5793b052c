// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace InfraConsole {

// Pure functions; thread-safe.
//
// SQLite's GLOB over bytes: * any run, ? one byte, [abc], [a-z] and [^…] one of a set. Takes time proportional to
// pattern × key at most. A set that is never closed matches nothing, as in SQLite.
[[nodiscard]] bool globMatches(const QByteArray &pattern, const QByteArray &key);
// What every match begins with: up to the first *, ? or [.
[[nodiscard]] QByteArray literalPrefix(const QByteArray &pattern);

// The first segment of `key` behind `prefix`, with its delimiter (one of : / |); empty when there is none.
[[nodiscard]] QByteArray nextSegment(const QByteArray &key, const QByteArray &prefix);

} // namespace InfraConsole
