// SPDX-License-Identifier: MIT
#include "flapfilter.h"

namespace Infra::Detail {

namespace {

int severity(HealthVerdict verdict)
{
    switch (verdict) {
    case HealthVerdict::Up: return 0;
    case HealthVerdict::Degraded: return 1;
    case HealthVerdict::Down: return 2;
    case HealthVerdict::Unreachable: return 3;
    case HealthVerdict::NeverChecked:
    case HealthVerdict::Paused: break;
    }
    return -1;
}

} // namespace

bool FlapFilter::record(HealthVerdict result) noexcept
{
    if (severity(result) < 0)
        return false;
    if (m_verdict == HealthVerdict::NeverChecked) {
        m_verdict = result;
        return true;
    }
    const int difference = severity(result) - severity(m_verdict);
    m_worse = difference > 0 ? m_worse + 1 : 0;
    m_better = difference < 0 ? m_better + 1 : 0;
    if ((difference > 0 && m_worse < m_failuresToFlip) || (difference < 0 && m_better < m_successesToFlip) || difference == 0)
        return false;
    m_verdict = result;
    m_worse = 0;
    m_better = 0;
    return true;
}

} // namespace Infra::Detail
