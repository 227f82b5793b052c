// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

#include <set>

namespace Infra {
class TelemetryReader;
}

namespace InfraConsole {

// Adds a sample behind those that are older. What is not older was measured before the clock was set back, and goes.
void append(Series &series, const Sample &sample);
// The same for what the console measures itself: 15 minutes of it, and nothing that comes sooner than `apart` behind the last.
void appendOwn(Series &series, const Sample &sample, std::chrono::milliseconds apart = {});

// Thread safety: belongs to one thread.
//
// The series that are on screen. Each is read once, its last minute at once and its past as time allows, and then only
// as far back as late frames reach, so that a page costs the same however long it is watched.
class SeriesWatch
{
public:
    // Series that stay watched keep what was read.
    void setWatched(const std::vector<SeriesId> &ids);
    [[nodiscard]] bool isWatched(Measure measure) const;

    // Appends what the reader has since.
    void update(const Infra::TelemetryReader &reader, SystemTime now);
    // Reads only those that have nothing yet: of a store that is lost the last seconds of the slow ones do not come any more,
    // and what the quick ones have would look like a sum that falls.
    void complete(const Infra::TelemetryReader &reader, SystemTime now);
    // For what does not come from telemetry.
    void replace(const SeriesId &id, Series series);
    [[nodiscard]] std::vector<SeriesId> watched() const;

    // Forgets the data, not what is watched: the store was rebuilt.
    void clear();

    [[nodiscard]] const std::map<SeriesId, std::shared_ptr<const Series>> &series() const { return m_series; }

private:
    // False when it has data.
    [[nodiscard]] bool begin(const Infra::TelemetryReader &reader, SystemTime now, const SeriesId &id, std::shared_ptr<const Series> &series);
    void readPasts(const Infra::TelemetryReader &reader, SystemTime now);

    std::map<SeriesId, std::shared_ptr<const Series>> m_series;
    std::set<SeriesId> m_withoutPast; // Of which only the last minute was read so far.
};

} // namespace InfraConsole
