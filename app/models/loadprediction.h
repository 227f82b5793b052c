// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"

#include <QString>

namespace InfraConsole {

// What an invalidation will cost those who must compute the removed values again.
struct LoadPrediction
{
    bool isKnown = false;
    double loadsPerSecond = 0;  // At first; it falls as entries come back.
    double loadSeconds = 0;     // Mean time of one load.
    double totalSeconds = 0;    // All removed entries, once each.
    double busyConnections = 0; // Loads at the same time: rate × time.
    double freeConnections = 0; // Of all pools that the affected instances share.
    bool hasPool = false;

    [[nodiscard]] bool exceedsCapacity() const { return hasPool && busyConnections > freeConnections; }
    // One sentence for the operator.
    [[nodiscard]] QString sentence() const;
};

// Pure; thread-safe.
//
// Little's law on the recent past: hits a second of the region (every region when it is empty) × the share of its
// entries that will go × the measured mean load time, against the free connections. A value is computed once and then
// cached again, so this is the peak right after the invalidation. `entries` is the exact count of the preview; against it
// stands what the largest memory tier of the region holds, the least that the region has. `wholeRegion` says that nothing of
// the region stays.
[[nodiscard]] LoadPrediction predictLoad(const Snapshot &snapshot, const QByteArray &region, std::uint64_t entries,
                                         bool wholeRegion);

// Services with live processes that use the region (any region when it is empty): "data-api (2), ai-query-service".
[[nodiscard]] QStringList affectedInstances(const Snapshot &snapshot, const QByteArray &region);

} // namespace InfraConsole
