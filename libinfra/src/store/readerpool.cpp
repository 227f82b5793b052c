// SPDX-License-Identifier: MIT
#include "readerpool.h"

#include <algorithm>
#include <iterator>
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

int ReaderPool::freeReaders() const
{
    return static_cast<int>(m_idle.size()) + std::max(0, m_context.options.readers - m_open);
}

std::unique_ptr<SqliteReader> ReaderPool::takeIdle()
{
    if (m_idle.empty()) {
        ++m_open;
        return nullptr;
    }
    std::unique_ptr<SqliteReader> reader = std::move(m_idle.back());
    m_idle.pop_back();
    return reader;
}

tl::expected<ReaderPool::Lease, SqliteError> ReaderPool::acquire(SteadyTime deadline)
{
    std::shared_ptr<StoreSession> session;
    {
        MutexLocker locker(m_mutex);
        if (freeReaders() == 0) {
            ++m_waiters;
            const bool ready = m_context.clock.waitUntil(locker.unique(), m_released, deadline, [this] {
                m_mutex.assertHeld();
                return freeReaders() > 0;
            });
            --m_waiters;
            if (!ready) {
                const QString message = QStringLiteral("all %1 reading connections stayed in use").arg(m_context.options.readers);
                return tl::unexpected(SqliteError{SqliteFault::Busy, {Error::Kind::Timeout, message, {}}});
            }
        }
        if (!m_session)
            return tl::unexpected(SqliteError{SqliteFault::Other, {Error::Kind::Unavailable, QStringLiteral("the store is not open"), {}}});
        if (auto reader = takeIdle())
            return Lease(*this, std::move(reader));
        session = m_session;
    }
    auto opened = openReader(session);
    if (!opened && opened.error().fault == SqliteFault::Damage)
        session->condemn(StoreSession::Verdict::Stale);
    return opened;
}

// That there is none says nothing about the files: nobody depends on it.
std::optional<ReaderPool::Lease> ReaderPool::acquireSpare()
{
    std::shared_ptr<StoreSession> session;
    {
        const MutexLocker locker(m_mutex);
        if (!m_session || freeReaders() < 2)
            return std::nullopt;
        if (auto reader = takeIdle())
            return Lease(*this, std::move(reader));
        session = m_session;
    }
    auto opened = openReader(session);
    if (!opened)
        return std::nullopt;
    return std::move(*opened);
}

tl::expected<ReaderPool::Lease, SqliteError> ReaderPool::openReader(const std::shared_ptr<StoreSession> &session)
{
    auto reader = SqliteReader::open(m_context, session);
    if (reader)
        return Lease(*this, std::move(*reader));
    {
        const MutexLocker locker(m_mutex);
        --m_open;
    }
    m_released.notify_one();
    return tl::unexpected(reader.error());
}

void ReaderPool::release(std::unique_ptr<SqliteReader> reader)
{
    bool wake = false;
    bool tell = false;
    {
        const MutexLocker locker(m_mutex);
        tell = m_isSnapshotAwaited && reader->hasSnapshot();
        if (tell)
            m_isSnapshotAwaited = false;
        if (reader->session() == m_session)
            m_idle.push_back(std::move(reader));
        else
            --m_open;
        wake = m_waiters > 0;
    }
    if (wake)
        m_released.notify_one();
    if (tell)
        m_snapshotListener();
}

void ReaderPool::dropSnapshots()
{
    endSnapshots([](SqliteReader &reader) { return !reader.takeUsed() && reader.hasSnapshot(); });
}

void ReaderPool::dropOldSnapshots()
{
    endSnapshots([](SqliteReader &reader) { return reader.isSnapshotOld(); });
}

void ReaderPool::dropIdleSnapshots()
{
    endSnapshots([](SqliteReader &reader) { return reader.hasSnapshot(); });
}

bool ReaderPool::awaitSnapshot()
{
    const MutexLocker locker(m_mutex);
    const bool isHeld = std::any_of(m_idle.begin(), m_idle.end(), [](const auto &reader) { return reader->hasSnapshot(); });
    m_isSnapshotAwaited = !isHeld;
    return isHeld;
}

template<class Condition>
void ReaderPool::endSnapshots(Condition condition)
{
    std::vector<std::unique_ptr<SqliteReader>> ending;
    {
        const MutexLocker locker(m_mutex);
        const auto kept = std::stable_partition(m_idle.begin(), m_idle.end(),
                                                [&](const auto &reader) { return !condition(*reader); });
        ending.assign(std::make_move_iterator(kept), std::make_move_iterator(m_idle.end()));
        m_idle.erase(kept, m_idle.end());
    }
    // Outside the lock, so that lookups go on.
    for (auto &reader : ending) {
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
