// SPDX-License-Identifier: MIT
#pragma once

#include "framehistory.h"

#include <infra/telemetryreader.h>

#include <map>
#include <vector>

namespace Infra::Detail {

enum class SeriesKind { Rate, Value, Quantile };

// The histories that a query covers, and which of them still publish.
struct SeriesSource
{
    const FrameHistory *history = nullptr;
    bool live = false;
};

// One instance's own points, or, of several, their sum or merger on a grid of one second. The grid ends where the
// slowest live instance was last heard of, so that its newest second is never a part of the sum only.
[[nodiscard]] Series buildSeries(const std::vector<SeriesSource> &sources, const MetricSelector &selector, SeriesKind kind,
                                 double quantile, SystemTime from);

} // namespace Infra::Detail
