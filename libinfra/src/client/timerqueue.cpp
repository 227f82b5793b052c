// SPDX-License-Identifier: MIT
#include "timerqueue.h"

namespace Infra::Detail {

TimerQueue::Id TimerQueue::add(SteadyTime when, std::function<void()> function)
{
    const Id id = m_nextId++;
    m_functions.emplace(std::pair(when, id), std::move(function));
    m_when.emplace(id, when);
    return id;
}

void TimerQueue::remove(Id id)
{
    const auto found = m_when.find(id);
    if (found == m_when.end())
        return;
    m_functions.erase({found->second, id});
    m_when.erase(found);
}

void TimerQueue::runDue(SteadyTime now)
{
    while (!m_functions.empty() && m_functions.begin()->first.first <= now) {
        auto first = m_functions.extract(m_functions.begin());
        m_when.erase(first.key().second);
        first.mapped()();
    }
}

std::optional<SteadyTime> TimerQueue::next() const
{
    if (m_functions.empty())
        return {};
    return m_functions.begin()->first.first;
}

} // namespace Infra::Detail
