// SPDX-License-Identifier: MIT
#include "forkguard.h"

#include <pthread.h>

namespace Infra::Detail {

std::atomic<unsigned> ForkGuard::s_generation{0};

ForkGuard::ForkGuard()
{
    static const int registered = pthread_atfork(
        nullptr, nullptr, [] { s_generation.fetch_add(1, std::memory_order_relaxed); });
    static_cast<void>(registered);
    m_generation = s_generation.load(std::memory_order_relaxed);
}

} // namespace Infra::Detail
