// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QLocale>
#include <QString>

#include <chrono>
#include <limits>

namespace InfraConsole {

// What a number measures. Values are always in base units; the prefix is chosen when it is shown.
enum class Unit {
    Count,          // things: entries, connections, requests
    CountPerSecond, // things a second
    Bytes,
    BytesPerSecond,
    Seconds,        // a duration
    Ratio,          // 0 to 1, shown in percent
};

// Not known. Every function below shows it as "n/a", never as 0.
inline constexpr double Unknown = std::numeric_limits<double>::quiet_NaN();

// A number as shown, split so that the unit can be drawn in the secondary colour.
struct FormattedNumber
{
    QString number;
    QString unit; // With its prefix, for example "k/s"; empty for plain counts below 10,000 and for n/a.

    // Number, thin space, unit.
    [[nodiscard]] QString text() const;
};

// Pure functions; thread-safe.
//
// Three significant digits, a prefix that keeps the number below 1,000 and the locale's separators: "12.4 k/s",
// "380 µs", "1.20 GiB", "94.2 %". Plain counts are exact below 10,000. A ratio below 1 is never rounded up to
// 100 %, one above 0 never down to 0 %.
[[nodiscard]] FormattedNumber formatNumber(double value, Unit unit, const QLocale &locale = QLocale());
[[nodiscard]] QString formatText(double value, Unit unit, const QLocale &locale = QLocale());
// Every digit that is known, for tooltips and exports to the clipboard: "12,431.27 /s", "1,288,490,188 bytes".
[[nodiscard]] QString formatExact(double value, Unit unit, const QLocale &locale = QLocale());

// "just now", "12 s ago", "in 3 min". Whole units, rounded down.
[[nodiscard]] QString formatRelative(const QDateTime &moment, const QDateTime &now, const QLocale &locale = QLocale());
// Of a moment so long ago; negative: to come. Knows no time zones, which cost more than the rest.
[[nodiscard]] QString formatRelative(std::chrono::milliseconds ago, const QLocale &locale = QLocale());
// Date and time to the second in local time, for tooltips beside a relative time.
[[nodiscard]] QString formatAbsolute(const QDateTime &moment, const QLocale &locale = QLocale());
// A span in its largest whole unit, for axes: 900 -> "15 min", 90 -> "90 s".
[[nodiscard]] QString formatSpan(double seconds, const QLocale &locale = QLocale());

} // namespace InfraConsole
