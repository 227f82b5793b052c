// SPDX-License-Identifier: MIT
#include "threadindex.h"

#include "threadannotations.h"

#include <bitset>

namespace Infra::Detail {

// The index plus one; 0 until the thread asked, -1 when it is to have none.
thread_local constinit int t_threadIndex = 0;

namespace {

class ThreadIndices
{
public:
    int take() noexcept
    {
        const MutexLocker locker(m_mutex);
        for (int index = 0; index < MaximumThreadIndices; ++index) {
            if (!m_taken.test(static_cast<std::size_t>(index))) {
                m_taken.set(static_cast<std::size_t>(index));
                return index;
            }
        }
        return NoThreadIndex;
    }

    void giveBack(int index) noexcept
    {
        const MutexLocker locker(m_mutex);
        m_taken.reset(static_cast<std::size_t>(index));
    }

private:
    Mutex m_mutex;
    std::bitset<MaximumThreadIndices> m_taken INFRA_GUARDED_BY(m_mutex);
};

ThreadIndices &indices() noexcept
{
    // Never destroyed: threads may end after the statics are gone.
    static ThreadIndices *const instance = new ThreadIndices;
    return *instance;
}

// Gives the index back when the thread ends.
struct Holder
{
    Holder() noexcept = default;
    Holder(const Holder &) = delete;
    Holder &operator=(const Holder &) = delete;
    ~Holder()
    {
        t_threadIndex = -1;
        if (index != NoThreadIndex)
            indices().giveBack(index);
    }

    int index = NoThreadIndex;
};

} // namespace

int acquireThreadIndex() noexcept
{
    if (t_threadIndex < 0)
        return NoThreadIndex;
    thread_local Holder holder;
    holder.index = indices().take();
    t_threadIndex = holder.index == NoThreadIndex ? -1 : holder.index + 1;
    return holder.index;
}

} // namespace Infra::Detail
