// SPDX-License-Identifier: MIT
#include "sharedwait.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace Infra::Detail {

void waitShared(std::atomic<std::uint32_t> &word, std::uint32_t expected, std::chrono::nanoseconds timeout) noexcept
{
    if (timeout.count() <= 0)
        return;
    struct timespec relative;
    relative.tv_sec = static_cast<time_t>(timeout.count() / 1'000'000'000);
    relative.tv_nsec = static_cast<long>(timeout.count() % 1'000'000'000);
    static_assert(sizeof(word) == sizeof(std::uint32_t));
    const long result = ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &relative, nullptr, 0);
    // The page is gone (a truncated file): without a sleep the caller's loop would spin.
    if (result != 0 && errno == EFAULT)
        ::nanosleep(&relative, nullptr);
}

int wakeShared(std::atomic<std::uint32_t> &word, int waiters) noexcept
{
    const long woken = ::syscall(SYS_futex, &word, FUTEX_WAKE, waiters, nullptr, nullptr, 0);
    return woken > 0 ? static_cast<int>(woken) : 0;
}

} // namespace Infra::Detail
