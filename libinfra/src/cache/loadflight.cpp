// SPDX-License-Identifier: MIT
#include "loadflight.h"

#include <utility>

namespace Infra::Detail {

LoadFlight::LoadFlight(QByteArray key, std::uint64_t keyHash, const LoadToken &token, std::uint64_t waitingSet)
    : m_key(std::move(key)), m_keyHash(keyHash), m_waitingSet(waitingSet), m_token(token)
{
}

LoadToken LoadFlight::token() const
{
    const MutexLocker locker(m_mutex);
    return m_token;
}

SystemTime LoadFlight::begunAt() const
{
    const MutexLocker locker(m_mutex);
    return m_begunAt;
}

void LoadFlight::begin(const LoadToken &token, SystemTime moment)
{
    std::shared_ptr<LoadFlight> predecessor; // Behind the lock: it may own anything.
    const MutexLocker locker(m_mutex);
    m_token = token;
    m_begunAt = moment;
    m_hasBegun = true;
    m_stale.reset();
    predecessor.swap(m_predecessor);
}

bool LoadFlight::hasBegun() const
{
    const MutexLocker locker(m_mutex);
    return m_hasBegun;
}

std::shared_ptr<LoadFlight> LoadFlight::predecessor() const
{
    const MutexLocker locker(m_mutex);
    return m_predecessor;
}

void LoadFlight::follow(std::shared_ptr<LoadFlight> predecessor)
{
    const MutexLocker locker(m_mutex);
    m_predecessor = std::move(predecessor);
}

std::optional<QByteArray> LoadFlight::stale(SystemTime now)
{
    const MutexLocker locker(m_mutex);
    if (m_stale && now >= m_stale->until)
        m_stale.reset();
    return m_stale ? std::optional(m_stale->value) : std::nullopt;
}

void LoadFlight::setStale(StaleValue value)
{
    std::vector<std::function<void()>> callbacks;
    {
        const MutexLocker locker(m_mutex);
        m_stale = std::move(value);
        callbacks.swap(m_staleCallbacks);
        m_ended.notify_all();
    }
    for (const auto &callback : callbacks)
        callback();
}

void LoadFlight::keepLock(std::unique_ptr<LoadLock> lock)
{
    const MutexLocker locker(m_mutex);
    if (!m_hasEnded)
        m_lock = std::move(lock);
}

bool LoadFlight::end(End end, Result<Cache::Value> result, Remark remark)
{
    std::vector<std::function<void()>> callbacks;
    std::vector<std::function<void()>> dropped; // Behind the lock: they may own anything.
    std::unique_ptr<LoadLock> lock;
    {
        const MutexLocker locker(m_mutex);
        if (m_hasEnded)
            return false;
        m_hasEnded = true;
        m_end = end;
        m_remark = remark;
        m_result = std::move(result);
        callbacks.swap(m_callbacks);
        dropped.swap(m_staleCallbacks);
        lock = std::move(m_lock);
        m_ended.notify_all();
    }
    lock.reset();
    for (const auto &callback : callbacks)
        callback();
    return true;
}

bool LoadFlight::hasEnded() const
{
    const MutexLocker locker(m_mutex);
    return m_hasEnded;
}

LoadFlight::End LoadFlight::ending() const
{
    const MutexLocker locker(m_mutex);
    return m_end;
}

LoadFlight::Remark LoadFlight::remark() const
{
    const MutexLocker locker(m_mutex);
    return m_remark;
}

Result<Cache::Value> LoadFlight::result() const
{
    const MutexLocker locker(m_mutex);
    return m_result;
}

bool LoadFlight::wait(const Clock &clock, SteadyTime deadline)
{
    MutexLocker locker(m_mutex);
    return clock.waitUntil(locker.unique(), m_ended, deadline, [this] {
        m_mutex.assertHeld();
        return m_hasEnded;
    });
}

bool LoadFlight::waitForStale(const Clock &clock, SteadyTime deadline)
{
    MutexLocker locker(m_mutex);
    return clock.waitUntil(locker.unique(), m_ended, deadline, [this] {
        m_mutex.assertHeld();
        return m_hasEnded || m_stale.has_value();
    });
}

void LoadFlight::whenEnded(std::function<void()> callback)
{
    {
        const MutexLocker locker(m_mutex);
        if (!m_hasEnded) {
            m_callbacks.push_back(std::move(callback));
            return;
        }
    }
    callback();
}

void LoadFlight::whenStale(std::function<void()> callback)
{
    {
        const MutexLocker locker(m_mutex);
        if (m_hasEnded)
            return;
        if (!m_stale) {
            m_staleCallbacks.push_back(std::move(callback));
            return;
        }
    }
    callback();
}

LoadTable::Joined LoadTable::join(const QByteArray &key, std::uint64_t keyHash, const LoadToken &token, std::uint64_t waitingSet)
{
    const MutexLocker locker(m_mutex);
    std::shared_ptr<LoadFlight> &flight = m_flights[key];
    std::shared_ptr<LoadFlight> predecessor;
    if (flight) {
        // Without words what may have happened since a load began is not known.
        const bool isOfNow = token.isUnknown() ? !flight->hasBegun() : flight->token() == token;
        // A set that waits has moved no word: what looked for an older one may have begun before it.
        if (isOfNow && flight->waitingSet() >= waitingSet)
            return {flight, false};
        if (token.isUnknown())
            predecessor = flight;
        m_replaced.insert(flight);
    }
    flight = std::make_shared<LoadFlight>(key, keyHash, token, waitingSet);
    if (predecessor)
        flight->follow(std::move(predecessor));
    return {flight, true};
}

bool LoadTable::isLoading(const QByteArray &key) const
{
    const MutexLocker locker(m_mutex);
    return m_flights.contains(key);
}

void LoadTable::remove(const std::shared_ptr<LoadFlight> &flight)
{
    const MutexLocker locker(m_mutex);
    const auto found = m_flights.find(flight->key());
    if (found != m_flights.end() && found->second == flight)
        m_flights.erase(found);
    m_replaced.erase(flight);
}

std::uint64_t LoadTable::size() const
{
    const MutexLocker locker(m_mutex);
    return m_flights.size() + m_replaced.size();
}

std::vector<std::shared_ptr<LoadFlight>> LoadTable::takeAll()
{
    const MutexLocker locker(m_mutex);
    std::vector<std::shared_ptr<LoadFlight>> flights(m_replaced.begin(), m_replaced.end());
    m_replaced.clear();
    for (auto &[key, flight] : m_flights)
        flights.push_back(std::move(flight));
    m_flights.clear();
    return flights;
}

void LoadTable::throttle(const QByteArray &key, SteadyTime until, SteadyTime now)
{
    const MutexLocker locker(m_mutex);
    if (m_throttled.size() >= MostThrottled)
        std::erase_if(m_throttled, [now](const auto &entry) { return entry.second <= now; });
    if (m_throttled.size() >= MostThrottled)
        m_throttled.clear();
    m_throttled[key] = until;
}

bool LoadTable::isThrottled(const QByteArray &key, SteadyTime now) const
{
    const MutexLocker locker(m_mutex);
    const auto found = m_throttled.find(key);
    return found != m_throttled.end() && now < found->second;
}

void LoadTable::endThrottle(const QByteArray &key)
{
    const MutexLocker locker(m_mutex);
    m_throttled.erase(key);
}

} // namespace Infra::Detail
