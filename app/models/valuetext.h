// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QString>

namespace InfraConsole {

// Pure functions; thread-safe. A cached value as text for a person; nothing in it is executed or loaded.

enum class ValueFormat { Text, Json, Hex };

// JSON when it parses as an object or an array, text when it is UTF-8 without control characters, else hex.
[[nodiscard]] ValueFormat likelyFormat(const QByteArray &bytes);
// At most 256 KiB of text, 64 KiB of hex: more does not help and would make a text field slow. What is left out is
// said in the last line. What is no JSON is shown as text behind a line that says so.
[[nodiscard]] QString valueText(const QByteArray &bytes, ValueFormat format);
// A key, prefix or tag: as text when that loses none of its bytes, else with each that is no printable ASCII character as
// "\xff" and a backslash as two.
[[nodiscard]] QString keyText(const QByteArray &bytes);
// Each as keyText(), with commas between them.
[[nodiscard]] QString tagsText(const QByteArrayList &tags);
// Offset, 16 bytes, their printable characters; one line each.
[[nodiscard]] QString hexDump(const QByteArray &bytes);

} // namespace InfraConsole
