// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <thread>

namespace Infra::Detail {

// Thread safety: add() may be called from any thread at once; drain() by one thread at a time, beside them.
//
// Hashes that readers found, on their way to the policy. It forgets some rather than wait (as the read buffers of
// BP-Wrapper do: Ding, Jiang, Zhang, 2009); what a single thread adds arrives complete and in order.
class AccessBuffer
{
public:
    AccessBuffer()
        : m_mask(std::bit_ceil(std::clamp(std::thread::hardware_concurrency(), 1U, 16U)) - 1),
          m_stripes(std::make_unique<Stripe[]>(m_mask + 1))
    {
    }

    // False when there was no room: whoever can, drains and tries again.
    [[nodiscard]] bool add(int threadIndex, std::uint64_t hash) noexcept
    {
        Stripe &stripe = m_stripes[static_cast<std::size_t>(threadIndex) & m_mask];
        if (stripe.used.load(std::memory_order_relaxed) >= stripe.hashes.size())
            return false;
        const std::uint32_t at = stripe.used.fetch_add(1, std::memory_order_relaxed);
        if (at >= stripe.hashes.size())
            return false;
        stripe.hashes[at].store(hash, std::memory_order_relaxed);
        return true;
    }

    // Zero marks an empty place, so the hash zero is never reported.
    template <typename Visit>
    void drain(Visit visit)
    {
        for (std::size_t i = 0; i <= m_mask; ++i) {
            Stripe &stripe = m_stripes[i];
            const std::uint32_t used = stripe.used.load(std::memory_order_relaxed);
            for (std::size_t at = 0; at < std::min<std::size_t>(used, stripe.hashes.size()); ++at) {
                // A place that is taken but not written yet is found empty now and filled, late, the next time.
                const std::uint64_t hash = stripe.hashes[at].load(std::memory_order_relaxed);
                if (!hash)
                    continue;
                stripe.hashes[at].store(0, std::memory_order_relaxed);
                visit(hash);
            }
            if (used)
                stripe.used.store(0, std::memory_order_relaxed);
        }
    }

private:
    struct alignas(64) Stripe
    {
        std::atomic<std::uint32_t> used{0};
        std::array<std::atomic<std::uint64_t>, 63> hashes{};
    };

    std::size_t m_mask;
    std::unique_ptr<Stripe[]> m_stripes;
};

} // namespace Infra::Detail
