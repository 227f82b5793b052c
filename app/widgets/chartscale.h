// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "widgets/format.h"

#include <QList>
#include <QPointF>
#include <QString>

#include <vector>

namespace InfraConsole {

// A value axis whose ends and ticks are round numbers.
struct ValueScale
{
    double low = 0;
    double high = 1;
    double step = 1;

    [[nodiscard]] std::vector<double> ticks() const;
    friend bool operator==(const ValueScale &, const ValueScale &) = default;
};

// A tick's text with the prefix that suits `high`, so that all ticks of an axis share one unit: "0.5 ms", "1 ms".
[[nodiscard]] QString axisLabel(double value, double high, Unit unit);

// A label of the time axis, `offset` seconds from its right end (zero or negative).
struct TimeTick
{
    double offset = 0;
    QString label;
};

// Pure functions; thread-safe.
//
// At most five ticks, steps of 1, 2 or 5 (for bytes: powers of two), zero included. A ratio that stays above
// 80 % starts at the next lower round number, so that 99.2 and 99.8 % differ to the eye.
[[nodiscard]] ValueScale valueScale(double lowest, double highest, Unit unit);

// At most five ticks for a span that ends now ("−10 min", "now") or at `end` (times of day).
[[nodiscard]] std::vector<TimeTick> timeTicks(std::chrono::seconds length, const std::optional<SystemTime> &end);

// The part of `series` between `end - length` and `end`, x in seconds from `end`, at most two points for each of
// `columns` pixel columns: a column's lowest and its highest value, in their order of time, so that no spike is
// lost. One point on either side of the span is kept to let lines run to the edge. A NaN (a gap) is kept.
[[nodiscard]] QList<QPointF> decimate(const Series &series, SystemTime end, std::chrono::seconds length, int columns);

// The value at the sample nearest to `moment`, at most `reach` away; Unknown in a gap.
[[nodiscard]] double valueAt(const Series &series, SystemTime moment,
                             std::chrono::milliseconds reach = std::chrono::milliseconds(1500));

// The newest value; Unknown when the series is empty or ends in a gap.
[[nodiscard]] double lastValue(const Series &series);

} // namespace InfraConsole
