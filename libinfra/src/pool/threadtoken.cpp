// SPDX-License-Identifier: MIT
#include "threadtoken.h"

#include "forkguard.h"
#include "parking.h"
#include "poolcore.h"
#include "threadannotations.h"

#include <algorithm>
#include <vector>

namespace Infra::Detail {

namespace {

struct Cores
{
    Mutex mutex;
    std::vector<PoolCore *> list INFRA_GUARDED_BY(mutex);
};

// Never destroyed: threads may end after the static objects of this library.
Cores &cores()
{
    static Cores *const instance = new Cores;
    return *instance;
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
        // In a forked child another thread may have held the lock for ever.
        if (!m_fork.isForkedChild()) {
            const MutexLocker locker(cores().mutex);
            for (PoolCore *core : cores().list)
                core->threadEnded(this);
        }
        ThreadToken::s_id = nullptr;
    }
    ThreadEnd(const ThreadEnd &) = delete;
    ThreadEnd &operator=(const ThreadEnd &) = delete;

private:
    const ForkGuard m_fork;
    ParkingHint m_hint;
};

ThreadToken::Id ThreadToken::watch() noexcept
{
    static thread_local ThreadEnd end;
    return s_id ? s_id : &end;
}

void ThreadToken::add(PoolCore *core)
{
    const MutexLocker locker(cores().mutex);
    cores().list.push_back(core);
}

void ThreadToken::remove(PoolCore *core) noexcept
{
    const MutexLocker locker(cores().mutex);
    std::erase(cores().list, core);
}

} // namespace Infra::Detail
