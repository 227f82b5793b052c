// SPDX-License-Identifier: MIT
#include "asymmetricfence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace Infra::Detail {

namespace {

long membarrier(int command) noexcept
{
    return syscall(SYS_membarrier, command, 0, 0);
}

bool registerProcess() noexcept
{
    return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

} // namespace

// Dynamic initialisation: an announce() before it carries the fence itself, which is always right.
std::atomic<bool> AsymmetricFence::s_light{registerProcess()};

void AsymmetricFence::barrier() noexcept
{
    // The other side of the exchange in announce(), and harmless beside the call.
    static std::atomic<std::uint64_t> fence{0};
    fence.fetch_add(1, std::memory_order_seq_cst);
    if (isLight() && membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0) {
        // A child of fork() is not registered.
        if (registerProcess())
            membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    }
}

} // namespace Infra::Detail
