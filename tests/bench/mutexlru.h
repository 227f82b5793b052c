// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QHashFunctions>

#include <cstddef>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace InfraTest {

// Thread safety: all members may be called from any thread at once.
//
// The cache that one writes by hand, as a peer: a hash table, a list in the order of use, a mutex around both.
class MutexLru
{
public:
    explicit MutexLru(std::size_t capacity) : m_capacity(capacity) { m_places.reserve(capacity); }

    [[nodiscard]] QByteArray get(const QByteArray &key)
    {
        const std::lock_guard guard(m_mutex);
        const auto found = m_places.find(key);
        if (found == m_places.end())
            return {};
        m_entries.splice(m_entries.begin(), m_entries, found->second);
        return found->second->second;
    }
    void put(const QByteArray &key, const QByteArray &value)
    {
        const std::lock_guard guard(m_mutex);
        if (const auto found = m_places.find(key); found != m_places.end()) {
            found->second->second = value;
            m_entries.splice(m_entries.begin(), m_entries, found->second);
            return;
        }
        m_entries.emplace_front(key, value);
        m_places.emplace(key, m_entries.begin());
        if (m_entries.size() > m_capacity) {
            m_places.erase(m_entries.back().first);
            m_entries.pop_back();
        }
    }

private:
    using Entries = std::list<std::pair<QByteArray, QByteArray>>;

    const std::size_t m_capacity;
    std::mutex m_mutex;
    Entries m_entries; // The one used last in front.
    std::unordered_map<QByteArray, Entries::iterator> m_places;
};

} // namespace InfraTest
