// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

namespace InfraConsole {

// From when on a figure deserves a sentence.
struct AttentionThresholds
{
    double hitRatio = 0.5;             // Below; regions with less than `minimumRequests` a second are left out.
    double minimumRequests = 1.0;
    double poolPressure = 0.9;         // Used over limit, from this on.
    std::chrono::milliseconds poolPressureLasts{3000};   // And for this long, at every reading.
    Duration poolWait = std::chrono::milliseconds(250);  // p95, from this on.
    std::chrono::hours certificate{24 * 14};             // Left until expiry, below.

    friend bool operator==(const AttentionThresholds &, const AttentionThresholds &) = default;
};

// Thread safety: a pure function.
//
// Since when and for how long the pools of single processes are used beyond the threshold, now that `rows` were read at `at`;
// `before` are the rows of the reading before.
void notePressure(std::vector<PoolRow> &rows, const std::vector<PoolRow> &before, const AttentionThresholds &thresholds, SystemTime at);

// Thread safety: a pure function.
//
// What is wrong in `snapshot`, worst first, each as one sentence with the page, the row and the moment to look at.
[[nodiscard]] std::vector<Attention> findAttention(const Snapshot &snapshot, const AttentionThresholds &thresholds = {});

} // namespace InfraConsole
