// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace Infra::Detail {

// Thread safety: all members may be called from any thread at once.
//
// Tells a forked child from the process that an object was created in. A counter that fork() advances in the
// child costs one relaxed load to compare, where getpid() would be a system call.
class ForkGuard
{
public:
    ForkGuard();
    [[nodiscard]] bool isForkedChild() const noexcept
    {
        return s_generation.load(std::memory_order_relaxed) != m_generation;
    }

private:
    static std::atomic<unsigned> s_generation;
    unsigned m_generation;
};

} // namespace Infra::Detail
