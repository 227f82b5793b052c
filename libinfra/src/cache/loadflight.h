// SPDX-License-Identifier: MIT
#pragma once

#include "memorytier.h"
#include "storebackend.h"
#include "threadannotations.h"

#include <infra/cache.h>
#include <infra/clock.h>
#include <infra/result.h>

#include <QByteArray>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace Infra::Detail {

struct LoadRequest;

// Thread safety: all members may be called from any thread at once.
//
// One load of one key: whoever leads it ends it once, whoever asked for the key meanwhile waits for it.
class LoadFlight
{
public:
    enum class End : std::uint8_t {
        Value,     // From a factory.
        Stored,    // The store had it by now: another process was faster.
        Stale,     // The factory failed; what it would have replaced is served.
        Failure,   // The factory returned an error, or the store refused for good.
        Abandoned  // The leader threw, was given up or went away: somebody else leads.
    };
    // What those count who get its end for an answer.
    enum class Remark : std::uint8_t {
        None,
        SharedLoad, // Another process has loaded it, and this has waited for that.
        TimedOut    // It was given up.
    };

    // `waitingSet`: see LoadRequest.
    LoadFlight(QByteArray key, std::uint64_t keyHash, const LoadToken &token, std::uint64_t waitingSet);

    [[nodiscard]] const QByteArray &key() const noexcept { return m_key; }
    [[nodiscard]] std::uint64_t keyHash() const noexcept { return m_keyHash; }
    [[nodiscard]] bool looksForWaitingSet() const noexcept { return m_waitingSet != 0; }
    [[nodiscard]] std::uint64_t waitingSet() const noexcept { return m_waitingSet; }

    // What the result may rest on: nothing older than this. The leader moves it on before it reads anything again, and what
    // was read before is no stale value any more: who joins from now on may have begun behind what replaced it.
    [[nodiscard]] LoadToken token() const;
    // What the factory makes is of no later moment, however late it ends.
    [[nodiscard]] SystemTime begunAt() const;
    void begin(const LoadToken &token, SystemTime moment);
    [[nodiscard]] bool hasBegun() const;
    // Whose end the leader waits for before it begins; none from then on.
    [[nodiscard]] std::shared_ptr<LoadFlight> predecessor() const;
    void follow(std::shared_ptr<LoadFlight> predecessor);
    // What may be served when the factory fails or is late; forgotten when its time is over.
    [[nodiscard]] std::optional<QByteArray> stale(SystemTime now);
    void setStale(StaleValue value);

    // The first to start it leads it, whoever was to do so: a lead that is queued may be overtaken by a caller that need not queue.
    [[nodiscard]] bool start(const LoadRequest *request) noexcept
    {
        const LoadRequest *none = nullptr;
        return m_leader.compare_exchange_strong(none, request);
    }
    [[nodiscard]] bool isLedBy(const LoadRequest *request) const noexcept { return m_leader.load() == request; }
    // Its leader found another process at it.
    void noteWaiting() noexcept { m_hasWaited.store(true); }
    [[nodiscard]] bool hasWaited() const noexcept { return m_hasWaited.load(); }

    // Whether its leader has learnt what the store holds.
    void setHasReadStore(bool hasRead) noexcept { m_hasReadStore.store(hasRead); }
    [[nodiscard]] bool hasReadStore() const noexcept { return m_hasReadStore.load(); }

    // The machine-wide lock; kept until the end.
    void keepLock(std::unique_ptr<LoadLock> lock);

    // False when it had ended already; the first end counts.
    bool end(End end, Result<Cache::Value> result, Remark remark = Remark::None);
    [[nodiscard]] bool hasEnded() const;
    // Valid once it ended.
    [[nodiscard]] End ending() const;
    [[nodiscard]] Remark remark() const;
    [[nodiscard]] Result<Cache::Value> result() const;

    // False when it has not ended by `deadline`. Sync waiters.
    [[nodiscard]] bool wait(const Clock &clock, SteadyTime deadline);
    // The same, but also when there is a stale value.
    [[nodiscard]] bool waitForStale(const Clock &clock, SteadyTime deadline);
    // Called once, when it ends; at once when it has. Async waiters.
    void whenEnded(std::function<void()> callback);
    // Called once, when there is a stale value; at once when there is one, never when it ends before. By the leader, which it must
    // not keep.
    void whenStale(std::function<void()> callback);

private:
    const QByteArray m_key;
    const std::uint64_t m_keyHash;
    const std::uint64_t m_waitingSet;
    std::atomic<const LoadRequest *> m_leader{nullptr}; // To be compared only.
    std::atomic<bool> m_hasWaited{false};
    std::atomic<bool> m_hasReadStore{false};
    mutable Mutex m_mutex;
    std::condition_variable m_ended;
    LoadToken m_token INFRA_GUARDED_BY(m_mutex);
    SystemTime m_begunAt INFRA_GUARDED_BY(m_mutex){};
    bool m_hasBegun INFRA_GUARDED_BY(m_mutex) = false;
    std::shared_ptr<LoadFlight> m_predecessor INFRA_GUARDED_BY(m_mutex);
    std::optional<StaleValue> m_stale INFRA_GUARDED_BY(m_mutex);
    std::unique_ptr<LoadLock> m_lock INFRA_GUARDED_BY(m_mutex);
    bool m_hasEnded INFRA_GUARDED_BY(m_mutex) = false;
    End m_end INFRA_GUARDED_BY(m_mutex) = End::Abandoned;
    Remark m_remark INFRA_GUARDED_BY(m_mutex) = Remark::None;
    Result<Cache::Value> m_result INFRA_GUARDED_BY(m_mutex){Cache::Value()};
    std::vector<std::function<void()>> m_callbacks INFRA_GUARDED_BY(m_mutex);
    std::vector<std::function<void()>> m_staleCallbacks INFRA_GUARDED_BY(m_mutex);
};

// Thread safety: all members may be called from any thread at once.
//
// The loads of this process by key, and the keys whose factory failed a moment ago.
class LoadTable
{
public:
    struct Joined
    {
        std::shared_ptr<LoadFlight> flight;
        bool leads = false; // The caller must run it.
    };

    // The load of `key`, if it rests on nothing older than `token`, nor than the set that waits; else a new one, which takes its
    // place. Of an unknown moment only a load that has not begun is new enough; a new one begins behind the end of the one before.
    [[nodiscard]] Joined join(const QByteArray &key, std::uint64_t keyHash, const LoadToken &token, std::uint64_t waitingSet);
    [[nodiscard]] bool isLoading(const QByteArray &key) const;
    void remove(const std::shared_ptr<LoadFlight> &flight);
    [[nodiscard]] std::uint64_t size() const;
    // All of them, also those that newer ones have replaced; it forgets them.
    [[nodiscard]] std::vector<std::shared_ptr<LoadFlight>> takeAll();

    // Until `until` the factory of `key` should not be asked again.
    void throttle(const QByteArray &key, SteadyTime until, SteadyTime now);
    [[nodiscard]] bool isThrottled(const QByteArray &key, SteadyTime now) const;
    void endThrottle(const QByteArray &key);

private:
    // Failing keys that are remembered; beyond it the oldest knowledge is given up.
    static constexpr std::size_t MostThrottled = 4096;

    mutable Mutex m_mutex;
    std::unordered_map<QByteArray, std::shared_ptr<LoadFlight>> m_flights INFRA_GUARDED_BY(m_mutex);
    std::unordered_set<std::shared_ptr<LoadFlight>> m_replaced INFRA_GUARDED_BY(m_mutex);
    std::unordered_map<QByteArray, SteadyTime> m_throttled INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
