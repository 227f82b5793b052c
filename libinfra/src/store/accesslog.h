// SPDX-License-Identifier: MIT
#pragma once

#include "sqlitereader.h"
#include "threadannotations.h"

#include <utility>
#include <vector>

namespace Infra::Detail {

// Thread safety: every member may be called from any thread at once; add() never waits.
//
// A bounded list of keys that were used lately. Loses some rather than hold anybody up.
class AccessLog
{
public:
    static constexpr std::size_t MaximumRecords = 1024;

    void add(std::uint32_t regionId, const QByteArray &key) noexcept
    {
        if (!m_mutex.try_lock())
            return;
        if (m_records.size() < MaximumRecords)
            m_records.push_back({regionId, key});
        m_mutex.unlock();
    }

    [[nodiscard]] std::vector<AccessRecord> take()
    {
        const MutexLocker locker(m_mutex);
        return std::exchange(m_records, {});
    }

private:
    Mutex m_mutex;
    std::vector<AccessRecord> m_records INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
