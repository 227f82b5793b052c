// SPDX-License-Identifier: MIT
#pragma once

#include "backgroundexecutor.h"
#include "cachetiers.h"
#include "loadflight.h"
#include "writebehindbuffer.h"

#include <infra/cache.h>

#include <atomic>
#include <functional>
#include <memory>

namespace Infra::Detail {

// One getOrCompute() on its way.
struct LoadRequest
{
    QByteArray key;
    std::uint64_t keyHash = 0;
    // One of the two.
    Cache::Factory factory;
    Cache::AsyncFactory asyncFactory;
    EntryOptions options;
    SteadyTime deadline{};
    bool isRefresh = false; // Started early: a fresh row that is due is no answer.
    // The set of the key that waits for its commit, when only that can tell whether it holds: until then the store may have an
    // older value, and so may a load that began before. 0: none.
    std::uint64_t waitingSet = 0;
    bool isInCallersThread = false; // Which waits for everything that is done for this load.

    // A factory that its caller may leave behind runs on a thread of the cache.
    [[nodiscard]] bool needsThread() const noexcept
    {
        return isRefresh || options.softFactoryTimeout.count() > 0 || options.hardFactoryTimeout.count() > 0;
    }
};

struct LoadDeadlines;

// Thread safety: all members may be called from any thread at once.
//
// getOrCompute() below the memory tier. The first caller of a key leads its load: reads the store, takes the
// machine-wide lock, looks again if anything changed while it waited, calls the factory and stores the result under
// the token that it captured before it read anything. Others wait for it, unless they began after a change that
// the load does not know of: those start a new one.
class LoadCoordinator : public std::enable_shared_from_this<LoadCoordinator>
{
public:
    using Done = std::function<void(Result<Cache::Value>)>;

    // `writeBehind` may be null.
    LoadCoordinator(std::shared_ptr<CacheTiers> tiers, std::shared_ptr<BackgroundExecutor> executor,
                    std::shared_ptr<WriteBehindBuffer> writeBehind);

    [[nodiscard]] Result<Cache::Value> load(const std::shared_ptr<LoadRequest> &request);
    // `done` is called once, on a thread of the cache or in this call.
    void loadAsync(const std::shared_ptr<LoadRequest> &request, Done done);
    // Starts a load that nobody waits for, if none is under way.
    void refresh(const std::shared_ptr<LoadRequest> &request);
    // Results of factories that still run are dropped from now on.
    void close() noexcept { m_isClosed.store(true); }
    // Behind close(): nobody waits any longer for those, in any process.
    void cancelAll();
    [[nodiscard]] std::uint64_t inFlight() const { return m_table.size(); }

private:
    class AsyncLoad;
    // A limit for who must not wait for the store.
    static constexpr SteadyTime MemoryOnly = SteadyTime::min();
    using Flight = std::shared_ptr<LoadFlight>;
    using Request = std::shared_ptr<LoadRequest>;
    enum class Step : std::uint8_t { Ended, CallFactory, TryLater };

    // Whoever may be blocked by it starts it, unless somebody has meanwhile.
    [[nodiscard]] bool postStart(const Flight &flight, const Request &request);
    [[nodiscard]] bool postLead(const Flight &flight, const Request &request);
    // The end of a factory that hangs, whether somebody waits for it or not.
    void abandonHung(const Flight &flight, const LoadRequest &request);
    void lead(const Flight &flight, const Request &request, bool mayBlock);
    [[nodiscard]] Step prepare(const Flight &flight, const Request &request, bool mayBlock);
    void callFactory(const Flight &flight, const Request &request);
    void callAsyncFactory(const Flight &flight, const Request &request);
    void complete(const Flight &flight, const Request &request, Result<Cache::Value> value, bool threw,
                  SteadyTime begun);
    void store(const Flight &flight, const Request &request, const Cache::Value &value);
    // There is nothing any more, and nothing to be kept of that.
    void forget(const Flight &flight, const Request &request);
    // One write of a load, under its token.
    [[nodiscard]] Result<std::vector<WriteOutcome>> write(const Flight &flight, const Request &request, WriteOperation operation);
    void fail(const Flight &flight, const Request &request, LoadFlight::End end, Error error,
              LoadFlight::Remark remark = LoadFlight::Remark::None);
    void end(const Flight &flight, LoadFlight::End end, Result<Cache::Value> result,
             LoadFlight::Remark remark = LoadFlight::Remark::None);

    [[nodiscard]] SteadyTime now() const { return m_tiers->clock().steadyNow(); }
    // Counts the answer that a caller gets.
    Result<Cache::Value> answer(const LoadFlight &flight, bool hasLed);
    [[nodiscard]] std::optional<QByteArray> staleOf(LoadFlight &flight) const { return flight.stale(m_tiers->clock().now()); }
    // What there is for a caller who will not wait for the factory; looked for in the store until `limit`.
    struct Late
    {
        Cache::Value value;
        bool isFresh = false;
    };
    [[nodiscard]] std::optional<Late> lookLate(LoadFlight &flight, const LoadRequest &request, SteadyTime limit);
    Result<Cache::Value> answer(Late late);
    [[nodiscard]] Result<Cache::Value> giveUp(const Flight &flight, const LoadDeadlines &deadlines, const LoadRequest &request, SteadyTime limit);
    [[nodiscard]] static Error timeoutOf(const LoadRequest &request, bool hard);

    const std::shared_ptr<CacheTiers> m_tiers;
    const std::shared_ptr<BackgroundExecutor> m_executor;
    const std::shared_ptr<WriteBehindBuffer> m_writeBehind;
    LoadTable m_table;
    std::atomic<bool> m_isClosed{false};
};

} // namespace Infra::Detail
