// SPDX-License-Identifier: MIT
#include "readerpool.h"

#include <utility>

namespace Infra::Detail {

ReaderPool::Lease::~Lease()
{
    if (m_reader)
        m_pool->release(std::move(m_reader));
}

ReaderPool::ReaderPool(StoreContext &context) : m_context(context) {}

ReaderPool::~ReaderPool() = default;

void ReaderPool::setSession(std::shared_ptr<StoreSession> session)
{
    std::vector<std::unique_ptr<SqliteReader>> closing;
    {
        const MutexLocker locker(m_mutex);
        m_session = std::move(session);
        closing = std::exchange(m_idle, {});
        m_open -= static_cast<int>(closing.size());
    }
    m_released.notify_all();
}

std::shared_ptr<StoreSession> ReaderPool::session() const
{
    const MutexLocker locker(m_mutex);
    return m_session;
}

tl::expected<ReaderPool::Lease, SqliteError> ReaderPool::acquire(SteadyTime deadline)
{
    std::shared_ptr<StoreSession> session;
    {
        MutexLocker locker(m_mutex);
        if (m_idle.empty() && m_open >= m_context.options.readers) {
            ++m_waiters;
            const bool ready = m_context.clock.waitUntil(locker.unique(), m_released, deadline, [this] {
                m_mutex.assertHeld();
                return !m_idle.empty() || m_open < m_context.options.readers;
            });
            --m_waiters;
            if (!ready) {
                const QString message = QStringLiteral("all %1 reading connections stayed in use").arg(m_context.options.readers);
                return tl::unexpected(SqliteError{SqliteFault::Busy, {Error::Kind::Timeout, message, {}}});
            }
        }
        if (!m_session)
            return tl::unexpected(SqliteError{SqliteFault::Other, {Error::Kind::Unavailable, QStringLiteral("the store is not open"), {}}});
        if (!m_idle.empty()) {
            std::unique_ptr<SqliteReader> reader = std::move(m_idle.back());
            m_idle.pop_back();
            return Lease(*this, std::move(reader));
        }
        ++m_open;
        session = m_session;
    }
    auto reader = SqliteReader::open(m_context, session);
    if (reader)
        return Lease(*this, std::move(*reader));
    {
        const MutexLocker locker(m_mutex);
        --m_open;
    }
    m_released.notify_one();
    if (reader.error().fault == SqliteFault::Damage)
        session->condemn(StoreSession::Verdict::Stale);
    return tl::unexpected(reader.error());
}

void ReaderPool::release(std::unique_ptr<SqliteReader> reader)
{
    bool wake = false;
    {
        const MutexLocker locker(m_mutex);
        if (reader->session() == m_session)
            m_idle.push_back(std::move(reader));
        else
            --m_open;
        wake = m_waiters > 0;
    }
    if (wake)
        m_released.notify_one();
}

void ReaderPool::dropSnapshots()
{
    std::vector<std::unique_ptr<SqliteReader>> unused;
    {
        const MutexLocker locker(m_mutex);
        std::vector<std::unique_ptr<SqliteReader>> kept;
        for (auto &reader : m_idle) {
            const bool drop = !reader->takeUsed() && reader->hasSnapshot();
            (drop ? unused : kept).push_back(std::move(reader));
        }
        m_idle = std::move(kept);
    }
    endSnapshots(std::move(unused));
}

void ReaderPool::dropIdleSnapshots()
{
    std::vector<std::unique_ptr<SqliteReader>> idle;
    {
        const MutexLocker locker(m_mutex);
        idle = std::exchange(m_idle, {});
    }
    endSnapshots(std::move(idle));
}

void ReaderPool::endSnapshots(std::vector<std::unique_ptr<SqliteReader>> readers)
{
    // Outside the lock, so that lookups go on.
    for (auto &reader : readers) {
        reader->endSnapshot();
        release(std::move(reader));
    }
}

std::vector<AccessRecord> ReaderPool::takeAccesses()
{
    std::vector<AccessRecord> accesses;
    const MutexLocker locker(m_mutex);
    for (const auto &reader : m_idle) {
        std::vector<AccessRecord> taken = reader->takeAccesses();
        accesses.insert(accesses.end(), std::make_move_iterator(taken.begin()), std::make_move_iterator(taken.end()));
    }
    return accesses;
}

} // namespace Infra::Detail
