// SPDX-License-Identifier: MIT
#include "threadtoken.h"

#include "parking.h"
#include "perprocess.h"
#include "poolcore.h"
#include "threadannotations.h"

#include <algorithm>
#include <vector>

namespace Infra::Detail {

namespace {

// The pools in a parent's are none of a forked child's business.
struct Cores
{
    Mutex mutex;
    std::vector<PoolCore *> list INFRA_GUARDED_BY(mutex);
};

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
            Cores &registry = perProcess<Cores>();
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
    Cores &registry = perProcess<Cores>();
    const MutexLocker locker(registry.mutex);
    registry.list.push_back(core);
}

void ThreadToken::remove(PoolCore *core) noexcept
{
    Cores &registry = perProcess<Cores>();
    const MutexLocker locker(registry.mutex);
    std::erase(registry.list, core);
}

} // namespace Infra::Detail
