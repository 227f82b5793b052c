// SPDX-License-Identifier: MIT
#include "storecontext.h"

#include "keyhash.h"

#include <QFile>

namespace Infra::Detail {

StorePaths::StorePaths(const QString &file)
    : database(file), databaseFile(QFile::encodeName(file)), logFile(databaseFile + "-wal"),
      sharedMemoryFile(databaseFile + "-shm"), coherenceFile(databaseFile + ".coherence"),
      locksFile(databaseFile + ".loads"), telemetry(file + QStringLiteral(".telemetry"))
{
}

void StoreSession::setStoreId(const QByteArray &storeId) noexcept
{
    rowSalt = keyHash(storeId);
}

void StoreHealthRecord::set(StoreHealth::State state, const QString &reason)
{
    // Every successful call says Available; that must cost nothing.
    if (state == StoreHealth::State::Available && m_state.load(std::memory_order_relaxed) == state)
        return;
    const MutexLocker locker(m_mutex);
    if (m_health.state != state)
        m_health.since = m_clock.systemNow();
    m_health.state = state;
    m_health.reason = reason;
    m_state.store(state, std::memory_order_relaxed);
}

void StoreContext::condemnUnsynced(StoreSession &session, const Error &error)
{
    counters.errors.fetch_add(1, std::memory_order_relaxed);
    health.set(StoreHealth::State::Degraded, error.message);
    session.condemn(StoreSession::Verdict::Damaged);
}

StoreHealth StoreHealthRecord::get() const
{
    const MutexLocker locker(m_mutex);
    return m_health;
}

} // namespace Infra::Detail
