// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewcontext.h"

#include <algorithm>

namespace InfraConsole {

ViewContext::ViewContext(QObject *parent) : QObject(parent) {}
ViewContext::~ViewContext() = default;

void ViewContext::setTimeRange(TimeRange range)
{
    using namespace std::chrono_literals;
    range.length = std::clamp<std::chrono::seconds>(range.length, 10s, 15min);
    if (range == m_range)
        return;
    m_range = range;
    Q_EMIT timeRangeChanged();
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

} // namespace InfraConsole
