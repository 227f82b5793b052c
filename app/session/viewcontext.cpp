// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewcontext.h"

#include <algorithm>

namespace InfraConsole {

namespace {

constexpr std::chrono::seconds Shortest{10};
// As much as telemetry holds.
constexpr std::chrono::seconds Longest{15 * 60};
// How much time a link to a moment shows around it.
constexpr std::chrono::seconds MomentRange{120};

// More than charts show before most of them have gone for good.
constexpr std::size_t MostColors = 1000;

} // namespace

ViewContext::ViewContext(QObject *parent) : QObject(parent) {}
ViewContext::~ViewContext() = default;

void ViewContext::setTimeRange(TimeRange range)
{
    m_beforeZoom.reset();
    show(range);
}

void ViewContext::show(TimeRange range)
{
    range.length = std::clamp(range.length, Shortest, Longest);
    if (range == m_range)
        return;
    m_range = range;
    Q_EMIT timeRangeChanged();
}

void ViewContext::zoomTo(TimeRange range)
{
    range.length = std::clamp(range.length, Shortest, Longest);
    // At the shortest or the longest already, it is no closer look.
    if (range == m_range)
        return;
    if (!m_beforeZoom)
        m_beforeZoom = m_range;
    show(range);
}

bool ViewContext::zoomAround(SystemTime moment, SystemTime dataAt)
{
    if (moment < dataAt - Longest)
        return false;
    const SystemTime end = moment + std::chrono::milliseconds(MomentRange) / 2;
    zoomTo({MomentRange, end < dataAt ? std::optional(end) : std::nullopt});
    return true;
}

void ViewContext::resetZoom()
{
    setTimeRange(chosenRange());
}

TimeRange ViewContext::chosenRange() const
{
    TimeRange range = m_beforeZoom.value_or(m_range);
    range.end.reset();
    return range;
}

void ViewContext::setCrosshair(std::optional<SystemTime> moment)
{
    if (moment == m_crosshair)
        return;
    m_crosshair = moment;
    Q_EMIT crosshairChanged();
}

void ViewContext::setPaused(bool paused)
{
    if (paused == m_paused)
        return;
    m_paused = paused;
    Q_EMIT pausedChanged();
}

std::optional<std::size_t> ViewContext::instanceColor(const QByteArray &instanceId) const
{
    const auto known = m_instanceColors.find(instanceId);
    return known == m_instanceColors.end() ? std::nullopt : std::optional(known->second);
}

void ViewContext::keepInstanceColor(const QByteArray &instanceId, std::size_t color)
{
    if (m_instanceColors.size() >= MostColors && !m_instanceColors.contains(instanceId))
        m_instanceColors.clear();
    m_instanceColors.emplace(instanceId, color);
}

} // namespace InfraConsole
