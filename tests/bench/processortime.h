// SPDX-License-Identifier: MIT
#pragma once

#include <ctime>

namespace InfraTest {

// Processor time of this thread, in nanoseconds: what other programs do at the same time does not enter.
[[nodiscard]] inline double processorNanoseconds()
{
    struct timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

} // namespace InfraTest
