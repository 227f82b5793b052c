// SPDX-License-Identifier: MIT
#include "loadcoordinator.h"

#include "asyncload.h"
#include "cachelimits.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace Infra::Detail {
namespace {

using std::chrono::milliseconds;

// A pooled thread does not wait longer than this in one go for another process's load, so that a few slow
// keys cannot stop all others.
constexpr milliseconds LockSlice{50};
constexpr milliseconds LockPause{5};

Error cancelled()
{
    return {Error::Kind::Cancelled, QStringLiteral("The cache was closed"), {}};
}

} // namespace

LoadCoordinator::LoadCoordinator(std::shared_ptr<CacheTiers> tiers, std::shared_ptr<BackgroundExecutor> executor,
                                 std::shared_ptr<WriteBehindBuffer> writeBehind)
    : m_tiers(std::move(tiers)), m_executor(std::move(executor)), m_writeBehind(std::move(writeBehind))
{
}

Result<Cache::Value> LoadCoordinator::load(const Request &request)
{
    const Clock &clock = m_tiers->clock().clock();
    const LoadDeadlines deadlines(*request, now());
    while (true) {
        const auto [flight, isNew] = m_table.join(request->key, request->keyHash,
                                                  m_tiers->captureToken(request->keyHash), request->waitingSet);
        // A full queue: the caller's own thread is as good, only its timeouts then come late.
        const bool isPosted = isNew && request->needsThread() && postStart(flight, request);
        // Nor does a load that is queued, an early one for example, wait for a thread when a caller has one to give.
        if ((isNew ? !isPosted : !request->needsThread()) && flight->start(request.get())) {
            request->isInCallersThread = true;
            lead(flight, request, true);
        }
        if (deadlines.soft < deadlines.last() && !flight->wait(clock, deadlines.soft)) {
            if (auto late = lookLate(*flight, *request, deadlines.last()))
                return answer(*std::move(late));
            while (flight->waitForStale(clock, deadlines.last()) && !flight->hasEnded()) {
                if (auto late = lookLate(*flight, *request, MemoryOnly))
                    return answer(*std::move(late));
            }
        }
        if (!flight->wait(clock, deadlines.last()))
            return giveUp(flight, deadlines, *request, deadlines.call);
        const bool hasLed = flight->isLedBy(request.get());
        if (flight->ending() != LoadFlight::End::Abandoned || hasLed)
            return answer(*flight, hasLed);
        if (now() >= deadlines.last())
            return giveUp(flight, deadlines, *request, deadlines.call);
    }
}

void LoadCoordinator::loadAsync(const Request &request, Done done)
{
    std::make_shared<AsyncLoad>(shared_from_this(), request, LoadDeadlines(*request, now()), std::move(done))->start();
}

void LoadCoordinator::refresh(const Request &request)
{
    if (m_table.isLoading(request->key) || m_table.isThrottled(request->key, now()))
        return;
    const auto [flight, leads] = m_table.join(request->key, request->keyHash, m_tiers->captureToken(request->keyHash), 0);
    if (!leads)
        return;
    if (postStart(flight, request))
        CacheCounters::add(m_tiers->counters().refreshes);
    else if (flight->start(request.get()))
        end(flight, LoadFlight::End::Abandoned, failure(Error::Kind::Rejected, QStringLiteral("The queue is full")));
}

void LoadCoordinator::cancelAll()
{
    for (const Flight &flight : m_table.takeAll())
        flight->end(LoadFlight::End::Abandoned, failure(cancelled()));
}

bool LoadCoordinator::postStart(const Flight &flight, const Request &request)
{
    const bool isPosted = m_executor->post([self = shared_from_this(), flight, request](BackgroundExecutor::Outcome outcome) {
        if (!flight->start(request.get()))
            return;
        if (outcome == BackgroundExecutor::Outcome::Run)
            self->lead(flight, request, false);
        else
            self->end(flight, LoadFlight::End::Abandoned, failure(cancelled()));
    });
    const milliseconds hard = request->options.hardFactoryTimeout;
    if (isPosted && hard > milliseconds::zero()) {
        // Also when nobody waits: who does not wait for the factory, or is served a stale value, still wants the next one to lead.
        const auto timer = m_executor->callAt(now() + hard, [self = shared_from_this(), flight, request] {
            // Not when another caller has taken the lead, whose factory this is no limit of.
            if (flight->start(request.get()) || flight->isLedBy(request.get()))
                self->abandonHung(flight, *request);
        });
        flight->whenEnded([executor = m_executor, timer] { executor->cancel(timer); });
    }
    return isPosted;
}

bool LoadCoordinator::postLead(const Flight &flight, const Request &request)
{
    return m_executor->post([self = shared_from_this(), flight, request](BackgroundExecutor::Outcome outcome) {
        if (outcome == BackgroundExecutor::Outcome::Run)
            self->lead(flight, request, false);
        else
            self->end(flight, LoadFlight::End::Abandoned, failure(cancelled()));
    });
}

void LoadCoordinator::lead(const Flight &flight, const Request &request, bool mayBlock)
{
    if (flight->hasEnded())
        return;
    switch (prepare(flight, request, mayBlock)) {
    case Step::Ended:
        return;
    case Step::CallFactory:
        if (request->asyncFactory)
            callAsyncFactory(flight, request);
        else
            callFactory(flight, request);
        return;
    case Step::TryLater: {
        const auto again = [self = shared_from_this(), flight, request] {
            if (!self->postLead(flight, request)) {
                self->end(flight, LoadFlight::End::Abandoned,
                          failure(Error::Kind::Rejected, QStringLiteral("The queue of the cache is full")));
            }
        };
        if (m_executor->callAt(now() + LockPause, again) == 0)
            end(flight, LoadFlight::End::Abandoned, failure(cancelled()));
        return;
    }
    }
}

LoadCoordinator::Step LoadCoordinator::prepare(const Flight &flight, const Request &request, bool mayBlock)
{
    const SteadyTime last = LoadDeadlines(*request, now()).last();
    const EntryOptions &options = request->options;
    bool canAskStore = true;
    bool isStoreOutdated = false;
    if (const Flight before = flight->predecessor()) {
        if (mayBlock)
            static_cast<void>(before->wait(m_tiers->clock().clock(), last));
        if (!before->hasEnded()) {
            if (now() < last)
                return Step::TryLater;
            fail(flight, request, LoadFlight::End::Abandoned,
                 {Error::Kind::Timeout, QStringLiteral("The load before this one did not end in time"), {}}, LoadFlight::Remark::TimedOut);
            return Step::Ended;
        }
    }
    if (flight->looksForWaitingSet()) {
        const auto waiting = m_writeBehind->find(request->key, std::min(last, m_tiers->operationDeadline()));
        if (waiting && *waiting) {
            end(flight, LoadFlight::End::Stored, (*waiting)->toValue());
            return Step::Ended;
        }
        // It cannot be committed: the factory is called all the same.
        isStoreOutdated = !waiting;
    }
    // Twice at most: again with a newer token when something changed while the lock was waited for.
    for (int round = 0; round < 2; ++round) {
        flight->begin(m_tiers->captureToken(request->keyHash), m_tiers->clock().now());
        Result<FoundEntry> found = failure(Error::Kind::Unavailable, QStringLiteral("What the store has is outdated"));
        if (!isStoreOutdated)
            found = m_tiers->readStore(request->key, request->keyHash, last);
        canAskStore = found.has_value();
        flight->setHasReadStore(canAskStore);
        if (!found) {
            // Looked for behind the token: it is not of before that.
            if (const auto stale = m_tiers->staleInMemory(request->key, request->keyHash))
                flight->setStale(*stale);
        } else if (found->state == FoundEntry::State::Fresh) {
            const bool isDue = m_tiers->isRefreshDue(found->times.storedAt, found->times.expiresAt, options);
            if (!request->isRefresh || !isDue) {
                m_tiers->insertMemory(request->key, request->keyHash, *found);
                end(flight, LoadFlight::End::Stored, found->toValue(),
                    flight->hasWaited() ? LoadFlight::Remark::SharedLoad : LoadFlight::Remark::None);
                if (isDue) {
                    const auto early = std::make_shared<LoadRequest>(*request);
                    early->isRefresh = true;
                    early->isInCallersThread = false;
                    refresh(early);
                }
                return Step::Ended;
            }
            if (!found->isNegative())
                flight->setStale({found->value, found->times.staleUntil});
        } else if (found->state == FoundEntry::State::Stale) {
            flight->setStale({found->value, found->times.staleUntil});
        } else if (const auto stale = m_tiers->staleInMemory(request->key, request->keyHash)) {
            // Some stores keep nothing, and what could not be stored may be in memory only.
            flight->setStale(*stale);
        }
        if (const auto stale = staleOf(*flight); stale && !request->isRefresh && m_table.isThrottled(request->key, now())) {
            end(flight, LoadFlight::End::Stale, Cache::Value(*stale));
            return Step::Ended;
        }
        if (!canAskStore || round == 1)
            break;
        auto lock = m_tiers->backend().lockLoad(m_tiers->regionId(), request->keyHash,
                                                Deadline::at(mayBlock ? last : std::min(last, now() + LockSlice)));
        if (!lock)
            break; // Without the lock two processes may load; that is better than none.
        if (!*lock) {
            flight->noteWaiting();
            if (now() < last)
                return Step::TryLater;
            fail(flight, request, LoadFlight::End::Abandoned,
                 {Error::Kind::Timeout, QStringLiteral("Another process loads this key and did not end in time"), {}},
                 LoadFlight::Remark::TimedOut);
            return Step::Ended;
        }
        flight->keepLock(*std::move(lock));
        if (m_tiers->isUnchanged(request->keyHash, flight->token()))
            break;
        flight->noteWaiting();
    }
    // Given up meanwhile, with its lock: the factory would run beside the next leader's.
    return flight->hasEnded() ? Step::Ended : Step::CallFactory;
}

void LoadCoordinator::callFactory(const Flight &flight, const Request &request)
{
    const SteadyTime begun = now();
    Result<Cache::Value> value;
    bool threw = true;
    QString what;
    try {
        value = request->factory();
        threw = false;
    } catch (const std::exception &exception) {
        what = QString::fromUtf8(exception.what());
    } catch (...) {
        what = QStringLiteral("an exception that is no std::exception");
    }
    if (threw)
        value = failure(Error::Kind::FactoryFailed, QStringLiteral("The factory threw: ") + what);
    complete(flight, request, std::move(value), threw, begun);
}

void LoadCoordinator::callAsyncFactory(const Flight &flight, const Request &request)
{
    using Future = QFuture<Result<Cache::Value>>;
    const SteadyTime begun = now();
    const auto failed = [](const QString &why) -> Result<Cache::Value> {
        return failure(Error::Kind::FactoryFailed, why);
    };
    // The future ends on a thread that is not ours: what follows, which waits for the store, is handed over. Unless too much waits
    // already, for then nobody else would end the load.
    const auto finish = [self = shared_from_this(), flight, request, begun](const Result<Cache::Value> &value, bool threw) {
        const auto task = [self, flight, request, value, threw, begun](BackgroundExecutor::Outcome outcome) {
            if (outcome == BackgroundExecutor::Outcome::Run)
                self->complete(flight, request, value, threw, begun);
            else
                self->end(flight, LoadFlight::End::Abandoned, failure(cancelled()));
        };
        if (!self->m_executor->post(task))
            task(self->m_isClosed ? BackgroundExecutor::Outcome::Cancelled : BackgroundExecutor::Outcome::Run);
    };
    // Not kept: the factory often owns the promise whose future will own this request.
    const Cache::AsyncFactory factory = std::exchange(request->asyncFactory, {});
    try {
        factory()
            .then([finish, failed](Future future) {
                try {
                    if (future.resultCount() > 0)
                        finish(future.result(), false);
                    else
                        finish(failed(QStringLiteral("The future of the factory has no result")), true);
                } catch (const std::exception &exception) {
                    finish(failed(QStringLiteral("The factory threw: ") + QString::fromUtf8(exception.what())), true);
                } catch (...) {
                    finish(failed(QStringLiteral("The factory threw")), true);
                }
            })
            .onCanceled([finish, failed] {
                finish(failed(QStringLiteral("The future of the factory was cancelled")), true);
            });
    } catch (const std::exception &exception) {
        finish(failed(QStringLiteral("The factory threw: ") + QString::fromUtf8(exception.what())), true);
    } catch (...) {
        finish(failed(QStringLiteral("The factory threw")), true);
    }
}

void LoadCoordinator::complete(const Flight &flight, const Request &request, Result<Cache::Value> value, bool threw,
                               SteadyTime begun)
{
    CacheCounters &counters = m_tiers->counters();
    if (m_isClosed) {
        end(flight, LoadFlight::End::Abandoned, failure(cancelled()));
        return;
    }
    counters.loadTime.record(now() - begun);
    if (value && *value) {
        if (const auto checked = checkValue(**value, m_tiers->options()); !checked)
            value = failure(checked.error());
    }
    if (!value) {
        CacheCounters::add(counters.loadFailures);
        fail(flight, request, threw ? LoadFlight::End::Abandoned : LoadFlight::End::Failure, std::move(value.error()));
        return;
    }
    CacheCounters::add(counters.loadSuccesses);
    m_table.endThrottle(request->key);
    store(flight, request, *value);
    end(flight, LoadFlight::End::Value, std::move(value));
}

void LoadCoordinator::store(const Flight &flight, const Request &request, const Cache::Value &value)
{
    const EntryOptions &options = request->options;
    if (!value && options.negativeTimeToLive == milliseconds::zero()) {
        forget(flight, request);
        return;
    }
    // The factory may have run for long: of a clock that was set back meanwhile the times would be too late.
    m_tiers->checkClock();
    EntryTimes times = m_tiers->timesFor(options, value ? options.timeToLive : options.negativeTimeToLive);
    // A set that began meanwhile, and waits for its commit in any process, is newer. The clock may have been set back.
    times.storedAt = std::min(times.storedAt, flight->begunAt());
    if (!value)
        times.staleUntil = times.expiresAt;
    // A set that waits for its commit is newer than what was loaded before it.
    if (m_writeBehind && m_writeBehind->contains(request->key))
        return;
    WriteOperation operation = m_tiers->setOperation(request->key, request->keyHash, value.value_or(QByteArray()),
                                                     times, options);
    if (!value)
        operation.flags |= NegativeEntry;
    FoundEntry entry{FoundEntry::State::Fresh, value.value_or(QByteArray()), times, operation.flags, flight->token().stamp};
    const auto outcomes = write(flight, request, std::move(operation));
    if (outcomes) {
        const bool applied = !outcomes->empty() && outcomes->front().applied;
        CacheCounters::add(applied ? m_tiers->counters().diskPuts : m_tiers->counters().diskRejectedPuts);
        if (!applied)
            return;
        entry.stamp = outcomes->front().stamp;
    }
    // Without the store the value is kept in memory under the stamp it was loaded with: as soon as anybody changes
    // the key it is outdated.
    m_tiers->insertMemory(request->key, request->keyHash, entry);
}

void LoadCoordinator::forget(const Flight &flight, const Request &request)
{
    // What was there would else be served stale once the factory fails, or an entry that is due be loaded early at each hit.
    // A key that there was nothing of costs no write; of one that could not be read nobody knows that.
    if (!request->isRefresh && flight->hasReadStore() && !staleOf(*flight))
        return;
    // A set that waits for its commit is newer than what was found out before it.
    if (m_writeBehind && m_writeBehind->contains(request->key))
        return;
    WriteOperation removal;
    removal.kind = WriteOperation::Kind::Remove;
    removal.regionId = m_tiers->regionId();
    removal.keyHash = request->keyHash;
    removal.key = request->key;
    // Without the store it goes from memory at least, unless somebody has replaced it.
    if (!write(flight, request, std::move(removal)) && m_tiers->isUnchanged(request->keyHash, flight->token()))
        m_tiers->removeMemory(Target::key(request->key));
}

Result<std::vector<WriteOutcome>> LoadCoordinator::write(const Flight &flight, const Request &request, WriteOperation operation)
{
    operation.onlyIfUnchanged = flight->token();
    std::vector<WriteOperation> operations;
    operations.push_back(std::move(operation));
    // On a thread of the cache nobody waits for this but those whose own deadline ends that.
    const SteadyTime patience = m_tiers->operationDeadline();
    return m_tiers->write(std::move(operations), request->isInCallersThread ? std::min(request->deadline, patience) : patience);
}

void LoadCoordinator::fail(const Flight &flight, const Request &request, LoadFlight::End ending, Error error,
                           LoadFlight::Remark remark)
{
    const auto stale = staleOf(*flight);
    if (stale || request->isRefresh) {
        const SteadyTime moment = now();
        m_table.throttle(request->key, moment + request->options.failSafeThrottle, moment);
    }
    if (stale)
        end(flight, LoadFlight::End::Stale, Cache::Value(*stale), remark);
    else
        end(flight, ending, failure(std::move(error)), remark);
}

void LoadCoordinator::end(const Flight &flight, LoadFlight::End ending, Result<Cache::Value> result, LoadFlight::Remark remark)
{
    m_table.remove(flight);
    flight->end(ending, std::move(result), remark);
}

Result<Cache::Value> LoadCoordinator::answer(const LoadFlight &flight, bool hasLed)
{
    CacheCounters &counters = m_tiers->counters();
    const LoadFlight::Remark remark = flight.remark();
    if (!hasLed || remark == LoadFlight::Remark::SharedLoad)
        CacheCounters::add(counters.joinedLoads);
    if (remark == LoadFlight::Remark::TimedOut)
        CacheCounters::add(counters.loadTimeouts);
    Result<Cache::Value> result = flight.result();
    if (flight.ending() == LoadFlight::End::Stored) {
        CacheCounters::add(counters.hitsBelowMemory);
        if (!*result)
            CacheCounters::add(counters.negativeHitsBelowMemory);
        return result;
    }
    CacheCounters::add(counters.misses);
    if (flight.ending() == LoadFlight::End::Stale)
        CacheCounters::add(counters.staleServed);
    return result;
}

std::optional<LoadCoordinator::Late> LoadCoordinator::lookLate(LoadFlight &flight, const LoadRequest &request, SteadyTime limit)
{
    if (auto stale = staleOf(flight))
        return Late{*std::move(stale), false};
    // The leader may not even have begun to look, where threads are busy. Only write-behind knows what it holds.
    if (request.waitingSet != 0 || flight.looksForWaitingSet())
        return std::nullopt;
    if (now() < limit) {
        const auto found = m_tiers->readStore(request.key, request.keyHash, limit);
        if (found && found->state != FoundEntry::State::Missing)
            return Late{found->toValue(), found->state == FoundEntry::State::Fresh};
    }
    if (auto stale = m_tiers->staleInMemory(request.key, request.keyHash))
        return Late{std::move(stale->value), false};
    return std::nullopt;
}

Result<Cache::Value> LoadCoordinator::answer(Late late)
{
    CacheCounters &counters = m_tiers->counters();
    if (late.isFresh) {
        CacheCounters::add(counters.hitsBelowMemory);
        if (!late.value)
            CacheCounters::add(counters.negativeHitsBelowMemory);
    } else {
        CacheCounters::add(counters.loadTimeouts);
        CacheCounters::add(counters.misses);
        CacheCounters::add(counters.staleServed);
    }
    return std::move(late.value);
}

void LoadCoordinator::abandonHung(const Flight &flight, const LoadRequest &request)
{
    if (flight->hasEnded())
        return;
    const auto stale = staleOf(*flight);
    const SteadyTime moment = now();
    if (stale || request.isRefresh)
        m_table.throttle(request.key, moment + request.options.failSafeThrottle, moment);
    if (stale)
        end(flight, LoadFlight::End::Stale, Cache::Value(*stale), LoadFlight::Remark::TimedOut);
    else
        end(flight, LoadFlight::End::Abandoned, failure(timeoutOf(request, true)), LoadFlight::Remark::TimedOut);
}

Result<Cache::Value> LoadCoordinator::giveUp(const Flight &flight, const LoadDeadlines &deadlines, const LoadRequest &request, SteadyTime limit)
{
    // Behind a hung leader nobody should queue: the next caller leads.
    if (flight->isLedBy(&request) && deadlines.isHard())
        abandonHung(flight, request);
    if (auto late = lookLate(*flight, request, limit))
        return answer(*std::move(late));
    CacheCounters::add(m_tiers->counters().loadTimeouts);
    CacheCounters::add(m_tiers->counters().misses);
    return failure(timeoutOf(request, deadlines.isHard()));
}

Error LoadCoordinator::timeoutOf(const LoadRequest &request, bool hard)
{
    return {Error::Kind::Timeout,
            hard ? QStringLiteral("The factory did not return within hardFactoryTimeout (%1 ms)")
                       .arg(request.options.hardFactoryTimeout.count())
                 : QStringLiteral("The load did not end by the deadline"),
            {}};
}

} // namespace Infra::Detail
