// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once.
//
// A full fence that one side pays for: announce() costs a plain store where the kernel has membarrier(2),
// because barrier() then interrupts every running thread of this process. Where the call is missing or
// forbidden, announce() carries the fence itself.
class AsymmetricFence
{
public:
    // Stores `value`; what the caller loads afterwards is not loaded before another thread's barrier() has
    // seen the store.
    static void announce(std::atomic<std::uint64_t> &word, std::uint64_t value) noexcept
    {
        if (s_light.load(std::memory_order_relaxed)) [[likely]] {
            word.store(value, std::memory_order_release);
            std::atomic_signal_fence(std::memory_order_seq_cst);
        } else {
            word.exchange(value, std::memory_order_seq_cst);
        }
    }

    // After this, every announce() is either visible to the caller, or its thread sees the caller's stores.
    static void barrier() noexcept;

    [[nodiscard]] static bool isLight() noexcept { return s_light.load(std::memory_order_relaxed); }

private:
    static std::atomic<bool> s_light;
};

} // namespace Infra::Detail
