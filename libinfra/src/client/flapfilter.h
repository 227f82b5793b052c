// SPDX-License-Identifier: MIT
#pragma once

#include <infra/healthresult.h>

namespace Infra::Detail {

// Thread safety: none; under its owner's lock.
//
// Lets a verdict change only after several results in a row disagree with it in the same direction. The very
// first result counts at once.
class FlapFilter
{
public:
    FlapFilter(int failuresToFlip, int successesToFlip) noexcept
        : m_failuresToFlip(failuresToFlip), m_successesToFlip(successesToFlip)
    {
    }

    // Returns whether the verdict changed (the first one included).
    bool record(HealthVerdict result) noexcept;
    // NeverChecked before the first result.
    [[nodiscard]] HealthVerdict verdict() const noexcept { return m_verdict; }

private:
    int m_failuresToFlip;
    int m_successesToFlip;
    HealthVerdict m_verdict = HealthVerdict::NeverChecked;
    int m_worse = 0;  // Results in a row that were worse than the verdict, or better.
    int m_better = 0;
};

} // namespace Infra::Detail
