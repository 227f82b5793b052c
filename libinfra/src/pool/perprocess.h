// SPDX-License-Identifier: MIT
#pragma once

#include "forkguard.h"

#include <atomic>
#include <memory>

namespace Infra::Detail {

// Thread safety: any thread at once.
//
// The one `Value` of this process, made at the first call and never destroyed: threads may end after the static objects of
// this library. A forked child gets its own: a thread that it does not have may hold the lock of its parent's for ever.
template<class Value>
Value &perProcess()
{
    struct Instance
    {
        const ForkGuard fork;
        const Instance *const inherited; // Only so that it is no leak.
        Value value{};
    };
    static constinit std::atomic<Instance *> instance{nullptr};
    Instance *current = instance.load(std::memory_order_acquire);
    while (!current || current->fork.isForkedChild()) {
        auto own = std::unique_ptr<Instance>(new Instance{{}, current});
        if (instance.compare_exchange_strong(current, own.get(), std::memory_order_acq_rel))
            return own.release()->value;
    }
    return current->value;
}

} // namespace Infra::Detail
