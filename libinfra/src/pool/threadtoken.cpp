// SPDX-License-Identifier: MIT
#include "threadtoken.h"

#include "forkguard.h"
#include "parking.h"
#include "poolcore.h"
#include "threadannotations.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace Infra::Detail {

namespace {

struct Cores
{
    explicit Cores(const Cores *parents) : inherited(parents) {}

    const ForkGuard fork;
    const Cores *const inherited; // Only so that it is no leak.
    Mutex mutex;
    std::vector<PoolCore *> list INFRA_GUARDED_BY(mutex);
};

// Never destroyed: threads may end after the static objects of this library. A forked child gets its own: the
// pools in the parent's are none of its business, and a thread that it does not have may hold the lock for ever.
Cores &cores()
{
    static constinit std::atomic<Cores *> instance{nullptr};
    Cores *current = instance.load(std::memory_order_acquire);
    while (!current || current->fork.isForkedChild()) {
        auto own = std::make_unique<Cores>(current);
        if (instance.compare_exchange_strong(current, own.get(), std::memory_order_acq_rel))
            return *own.release();
    }
    return *current;
}

} // namespace

constinit thread_local ThreadToken::Id ThreadToken::s_id = nullptr;
constinit thread_local ParkingHint *ThreadToken::s_hint = nullptr;

struct ThreadEnd
{
    ThreadEnd()
    {
        ThreadToken::s_id = this;
        ThreadToken::s_hint = &m_hint;
    }
    ~ThreadEnd()
    {
        ThreadToken::s_hint = nullptr;
        {
            Cores &registry = cores();
            const MutexLocker locker(registry.mutex);
            for (PoolCore *core : registry.list)
                core->threadEnded(this);
        }
        ThreadToken::s_id = nullptr;
    }
    ThreadEnd(const ThreadEnd &) = delete;
    ThreadEnd &operator=(const ThreadEnd &) = delete;

private:
    ParkingHint m_hint;
};

ThreadToken::Id ThreadToken::watch() noexcept
{
    static thread_local ThreadEnd end;
    return s_id ? s_id : &end;
}

void ThreadToken::add(PoolCore *core)
{
    Cores &registry = cores();
    const MutexLocker locker(registry.mutex);
    registry.list.push_back(core);
}

void ThreadToken::remove(PoolCore *core) noexcept
{
    Cores &registry = cores();
    const MutexLocker locker(registry.mutex);
    std::erase(registry.list, core);
}

} // namespace Infra::Detail
