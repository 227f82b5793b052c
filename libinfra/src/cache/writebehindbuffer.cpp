// SPDX-License-Identifier: MIT
#include "writebehindbuffer.h"

#include <algorithm>
#include <utility>

namespace Infra::Detail {

WriteBehindBuffer::WriteBehindBuffer(std::shared_ptr<CacheTiers> tiers, std::shared_ptr<BackgroundExecutor> executor)
    : m_tiers(std::move(tiers)), m_executor(std::move(executor)),
      m_mostBytes(std::min(MostBytes, m_tiers->backend().largestWrite() / 2))
{
}

Result<bool> WriteBehindBuffer::add(WriteOperation &operation, const QByteArray &plainValue, SteadyTime deadline)
{
    const std::size_t capacity = static_cast<std::size_t>(m_tiers->options().writeBehindEntries);
    const std::uint64_t bytes = std::max(operation.bytes(), storedBytes(operation.key.size(), plainValue.size(), operation.tags));
    MutexLocker locker(m_mutex);
    const auto bytesWithThis = [&] {
        m_mutex.assertHeld();
        const auto replaced = m_pending.find(operation.key);
        return m_pendingBytes + bytes - (replaced == m_pending.end() ? 0 : replaced->second.bytes);
    };
    const bool isFull = bytesWithThis() > m_mostBytes || (m_pending.size() >= capacity && !m_pending.contains(operation.key));
    if (isFull && !m_isFlushing && !m_isClosed) {
        locker.unlock();
        if (auto flushed = flush(deadline); !flushed)
            return failure(std::move(flushed.error()));
        locker.lock();
    }
    // Written through before an older set of the key whose commit is under way, it could pass for about as old, and go with it.
    while (m_isFlushing && m_flushing.contains(operation.key)) {
        if (!waitForFlushLocked(locker, deadline))
            return failure(Error::Kind::Timeout, QStringLiteral("A commit of write-behind sets did not end in time"));
    }
    const LoadToken token = m_tiers->captureToken(operation.keyHash);
    // While a write is in flight on its stripe, the token could never hold.
    if (m_isClosed || m_isFlushing || bytesWithThis() > m_mostBytes || CoherenceView::isInFlight(token.stamp)) {
        if (!m_pending.contains(operation.key))
            return false;
        // Nor before one that still waits for its commit.
        locker.unlock();
        if (auto flushed = flush(deadline); !flushed)
            return failure(std::move(flushed.error()));
        return false;
    }
    operation.onlyIfUnchanged = token;
    // What was loaded before this was set is stored as of an earlier moment, however late that comes.
    m_tiers->renew(operation.times);
    operation.removesOlder = true;
    m_pendingBytes = bytesWithThis();
    const EntryTimes &times = operation.times;
    const SteadyTime end = times.expiresAt == SystemTime::max() ? SteadyTime::max()
                                                                 : m_tiers->clock().steadyNow() + (times.expiresAt - times.storedAt);
    m_pending.insert_or_assign(operation.key, Pending{operation, plainValue, bytes, ++m_lastNumber, end});
    if (!m_isScheduled)
        scheduleLocked(m_tiers->options().writeBehindDelay);
    return true;
}

Result<std::optional<FoundEntry>> WriteBehindBuffer::find(const QByteArray &key, SteadyTime deadline)
{
    MutexLocker locker(m_mutex);
    if (const auto flushing = m_flushing.find(key); flushing != m_flushing.end()) {
        // Until its transaction has begun, a set whose commit waits for the writer's lock is as good as any that waits.
        if (auto entry = freshEntryLocked(flushing->second))
            return entry;
        if (!waitForFlushLocked(locker, deadline))
            return failure(Error::Kind::Timeout, QStringLiteral("A commit of write-behind sets did not end in time"));
    }
    const auto found = m_pending.find(key);
    if (found == m_pending.end())
        return std::nullopt;
    if (auto entry = freshEntryLocked(found->second))
        return entry;
    locker.unlock();
    if (auto flushed = flush(deadline); !flushed)
        return failure(std::move(flushed.error()));
    return std::nullopt;
}

std::optional<FoundEntry> WriteBehindBuffer::peek(const QByteArray &key) const
{
    const MutexLocker locker(m_mutex);
    // Nothing is added while what is there is flushed, so a key is in one of the two at most.
    for (const Map *sets : {&m_pending, &m_flushing}) {
        if (const auto found = sets->find(key); found != sets->end())
            return freshEntryLocked(found->second);
    }
    return std::nullopt;
}

std::optional<FoundEntry> WriteBehindBuffer::freshEntryLocked(const Pending &pending) const
{
    const WriteOperation &operation = pending.operation;
    const CacheClock &clock = m_tiers->clock();
    if (!m_tiers->isUnchanged(operation.keyHash, *operation.onlyIfUnchanged) || operation.times.expiresAt <= clock.now()
        || pending.end <= clock.steadyNow())
        return std::nullopt;
    return FoundEntry{FoundEntry::State::Fresh, pending.plainValue, operation.times, 0, operation.onlyIfUnchanged->stamp};
}

std::uint64_t WriteBehindBuffer::waitingSet(const QByteArray &key) const
{
    const MutexLocker locker(m_mutex);
    for (const Map *sets : {&m_pending, &m_flushing}) {
        if (const auto found = sets->find(key); found != sets->end())
            return found->second.number;
    }
    return 0;
}

Result<void> WriteBehindBuffer::flush(SteadyTime deadline)
{
    MutexLocker locker(m_mutex);
    if (!waitForFlushLocked(locker, deadline))
        return failure(Error::Kind::Timeout, QStringLiteral("A commit of write-behind sets did not end in time"));
    if (m_pending.empty())
        return {};
    m_isFlushing = true;
    m_flushing.swap(m_pending);
    std::swap(m_flushingBytes, m_pendingBytes);
    std::vector<WriteOperation> operations;
    operations.reserve(m_flushing.size());
    for (const auto &[key, pending] : m_flushing)
        operations.push_back(pending.operation);
    locker.unlock();

    auto outcomes = m_tiers->write(operations, deadline);
    if (outcomes) {
        for (std::size_t i = 0; i < operations.size() && i < outcomes->size(); ++i) {
            const bool applied = (*outcomes)[i].applied;
            CacheCounters::add(applied ? m_tiers->counters().diskPuts : m_tiers->counters().diskRejectedPuts);
        }
    }

    Map committed;
    locker.lock();
    if (outcomes) {
        committed.swap(m_flushing);
        m_flushingBytes = 0;
    } else if (m_isDropped) {
        CacheCounters::add(m_tiers->counters().lostWrites, m_flushing.size());
        m_flushing.clear();
        m_flushingBytes = 0;
    } else {
        // Nothing was added meanwhile. What was committed in spite of the error is dropped by its token next time.
        m_pending.swap(m_flushing);
        std::swap(m_flushingBytes, m_pendingBytes);
        if (!m_isScheduled)
            scheduleLocked(m_tiers->options().retryInterval);
    }
    m_isFlushing = false;
    m_flushed.notify_all();
    locker.unlock();
    if (!outcomes)
        return failure(std::move(outcomes.error()));
    for (std::size_t i = 0; i < operations.size() && i < outcomes->size(); ++i) {
        if (!(*outcomes)[i].applied)
            continue;
        const WriteOperation &operation = operations[i];
        m_tiers->insertMemory(operation.key, operation.keyHash,
                              FoundEntry{FoundEntry::State::Fresh, committed.at(operation.key).plainValue,
                                         operation.times, 0, (*outcomes)[i].stamp});
    }
    return {};
}

std::uint64_t WriteBehindBuffer::size() const
{
    const MutexLocker locker(m_mutex);
    return m_pending.size() + m_flushing.size();
}

void WriteBehindBuffer::close()
{
    const MutexLocker locker(m_mutex);
    m_isClosed = true;
}

void WriteBehindBuffer::drop()
{
    const MutexLocker locker(m_mutex);
    m_isDropped = true;
    CacheCounters::add(m_tiers->counters().lostWrites, m_pending.size());
    m_pending.clear();
    m_pendingBytes = 0;
}

void WriteBehindBuffer::scheduleLocked(std::chrono::milliseconds delay)
{
    m_isScheduled = true;
    const std::weak_ptr<WriteBehindBuffer> weak = weak_from_this();
    const std::shared_ptr<BackgroundExecutor> executor = m_executor;
    executor->callAt(m_tiers->clock().steadyNow() + delay, [weak, executor] {
        const auto flushSoon = [weak](BackgroundExecutor::Outcome outcome) {
            const auto self = weak.lock();
            if (!self || outcome == BackgroundExecutor::Outcome::Cancelled)
                return;
            {
                const MutexLocker locker(self->m_mutex);
                self->m_isScheduled = false;
            }
            (void)self->flush(self->m_tiers->operationDeadline()); // A failure schedules the next try.
        };
        if (!executor->postOwn(flushSoon)) {
            // Too much waits already, as for a store that hangs: the timer has to wait its turn again.
            if (const auto self = weak.lock()) {
                const MutexLocker locker(self->m_mutex);
                self->scheduleLocked(self->m_tiers->options().retryInterval);
            }
        }
    });
}

bool WriteBehindBuffer::waitForFlushLocked(MutexLocker &locker, SteadyTime deadline)
{
    return m_tiers->clock().clock().waitUntil(locker.unique(), m_flushed, deadline, [this] {
        m_mutex.assertHeld();
        return !m_isFlushing;
    });
}

} // namespace Infra::Detail
