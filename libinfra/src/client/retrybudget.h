// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

namespace Infra::Detail {

// Thread safety: none; under its owner's lock.
//
// How many retries a service has earned: successes pay in, retries pay out (gRPC's retry throttling, gRFC A6,
// has the same property: a service that answers nothing soon gets no retries).
class RetryBudget
{
public:
    RetryBudget(double ratio, double reserve) noexcept : m_ratio(ratio), m_reserve(reserve), m_balance(reserve) {}

    void recordSuccess() noexcept { m_balance = std::min(m_reserve, m_balance + m_ratio); }
    // Takes one retry if there is one. The tolerance forgives the rounding of summed ratios.
    [[nodiscard]] bool tryWithdraw() noexcept
    {
        if (m_balance < 1 - 1e-9)
            return false;
        m_balance = std::max(0.0, m_balance - 1);
        return true;
    }
    // One that was taken is not used after all.
    void giveBack() noexcept { m_balance = std::min(m_reserve, m_balance + 1); }
    [[nodiscard]] double balance() const noexcept { return m_balance; }

private:
    double m_ratio;
    double m_reserve;
    double m_balance;
};

} // namespace Infra::Detail
