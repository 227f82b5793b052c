// SPDX-License-Identifier: MIT
#pragma once

#include "random.h"

#include <infra/retrypolicy.h>

#include <algorithm>
#include <chrono>

namespace Infra::Detail {

// Thread safety: none; under its owner's lock.
//
// Pauses with full jitter: uniform in [0, min(maximum, initial × 2^(retry-1))] before retry 1, 2, …
class Backoff
{
public:
    Backoff(const RetryOptions &options, std::uint64_t seed) noexcept
        : m_initial(options.initialBackoff), m_maximum(options.maximumBackoff), m_random(seed)
    {
    }

    // The most that pause() gives before this retry.
    [[nodiscard]] std::chrono::nanoseconds ceiling(int retry) const noexcept
    {
        std::chrono::nanoseconds limit = m_initial;
        for (int i = 1; i < retry && limit < m_maximum; ++i)
            limit *= 2;
        return std::min<std::chrono::nanoseconds>(limit, m_maximum);
    }
    [[nodiscard]] std::chrono::nanoseconds pause(int retry) noexcept
    {
        return std::chrono::nanoseconds(
            static_cast<std::int64_t>(static_cast<double>(ceiling(retry).count()) * m_random.unit()));
    }

private:
    std::chrono::nanoseconds m_initial;
    std::chrono::nanoseconds m_maximum;
    Random m_random;
};

} // namespace Infra::Detail
