// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

#include <QByteArray>
#include <QObject>

#include <cstddef>
#include <map>
#include <optional>

namespace InfraConsole {

// What every chart shows: the last `length`, ending now or, after zooming or a link to a moment, at `end`.
struct TimeRange
{
    std::chrono::seconds length{300};
    std::optional<SystemTime> end;

    friend bool operator==(const TimeRange &, const TimeRange &) = default;
};

// Thread safety: belongs to the GUI thread.
//
// What all charts of the window share: the time range, the crosshair, the pause, and the colours of instances.
class ViewContext : public QObject
{
    Q_OBJECT

public:
    explicit ViewContext(QObject *parent = nullptr);
    ~ViewContext() override;

    [[nodiscard]] TimeRange timeRange() const { return m_range; }
    // What resetZoom() returns to.
    [[nodiscard]] TimeRange chosenRange() const;
    // The operator's choice; clamped to 10 s … 15 min.
    void setTimeRange(TimeRange range);

    // A closer look, clamped alike: resetZoom() returns to the range that was chosen before the first of them.
    void zoomTo(TimeRange range);
    // Zooms to two minutes around `moment`. False, and nothing changes, when charts that end at `dataAt` do not reach so far
    // back.
    [[nodiscard]] bool zoomAround(SystemTime moment, SystemTime dataAt);
    [[nodiscard]] bool isZoomed() const { return m_beforeZoom || m_range.end; }
    void resetZoom();

    // The moment under the pointer, on whichever chart it is.
    [[nodiscard]] std::optional<SystemTime> crosshair() const { return m_crosshair; }
    void setCrosshair(std::optional<SystemTime> moment);

    // Paused: pages keep what they show; data is still collected.
    [[nodiscard]] bool isPaused() const { return m_paused; }
    void setPaused(bool paused);

    // By which charts first showed an instance: it is the same on every page, as long as no other is in its way.
    [[nodiscard]] std::optional<std::size_t> instanceColor(const QByteArray &instanceId) const;
    void keepInstanceColor(const QByteArray &instanceId, std::size_t color);

Q_SIGNALS:
    void timeRangeChanged();
    void crosshairChanged();
    void pausedChanged();

private:
    void show(TimeRange range);

    TimeRange m_range;
    std::optional<TimeRange> m_beforeZoom;
    std::optional<SystemTime> m_crosshair;
    bool m_paused = false;
    std::map<QByteArray, std::size_t> m_instanceColors;
};

} // namespace InfraConsole
