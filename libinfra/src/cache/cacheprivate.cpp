// SPDX-License-Identifier: MIT
#include "cacheprivate.h"

#include "cachelimits.h"
#include "keyhash.h"

#include <QFileInfo>
#include <QCoreApplication>

#include <unordered_map>

namespace Infra {

using namespace Detail;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds HousekeepingInterval{1};

QByteArray actorOf(const CacheOptions &options)
{
    if (!options.actor.isEmpty())
        return options.actor;
    if (!QCoreApplication::instance())
        return QByteArrayLiteral("unknown");
    return QFileInfo(QCoreApplication::applicationFilePath()).fileName().toUtf8().left(256);
}

} // namespace

Cache::Private::Private(std::shared_ptr<StoreBackend> backend, std::uint32_t regionId, QByteArray regionName,
                        const CacheOptions &cacheOptions, const Clock &clock)
    : region(std::move(regionName)),
      options(cacheOptions),
      actor(actorOf(cacheOptions)),
      tiers(std::make_shared<CacheTiers>(std::move(backend), regionId, cacheOptions, clock)),
      executor(std::make_shared<BackgroundExecutor>(clock, cacheOptions.backgroundThreads, cacheOptions.backgroundQueue)),
      writeBehind(cacheOptions.writePolicy == CacheOptions::WritePolicy::WriteBehind
                      ? std::make_shared<WriteBehindBuffer>(tiers, executor)
                      : nullptr),
      loads(std::make_shared<LoadCoordinator>(tiers, executor, writeBehind))
{
    if (writeBehind) {
        tiers->setPendingCheck([weak = std::weak_ptr(writeBehind)](const QByteArray &key) {
            const auto buffer = weak.lock();
            return buffer && buffer->contains(key);
        });
    }
}

void Cache::Private::start()
{
    const CacheStatistics now = statistics();
    {
        const MutexLocker locker(m_mutex);
        m_hitRate.sample(tiers->clock().steadyNow(), now.hits, now.misses);
    }
    scheduleHousekeeping();
}

void Cache::Private::scheduleHousekeeping()
{
    const std::weak_ptr<Private> weak = weak_from_this();
    executor->callAt(tiers->clock().steadyNow() + HousekeepingInterval, [weak] {
        const auto self = weak.lock();
        if (!self)
            return;
        const CacheStatistics now = self->statistics();
        {
            const MutexLocker locker(self->m_mutex);
            self->m_hitRate.sample(self->tiers->clock().steadyNow(), now.hits, now.misses);
        }
        // When too much waits already this second is left out.
        (void)self->executor->postOwn([weak](BackgroundExecutor::Outcome outcome) {
            if (const auto cache = weak.lock(); cache && outcome == BackgroundExecutor::Outcome::Run)
                cache->tiers->housekeep();
        });
        self->scheduleHousekeeping();
    });
}

void Cache::Private::close()
{
    const SteadyTime deadline = tiers->operationDeadline();
    if (writeBehind) {
        // Before the flush: what is set on a thread of the cache from here on has nobody to commit it.
        writeBehind->close();
        (void)writeBehind->flush(deadline);
    }
    loads->close();
    // Before the wait: one load may run into the lock that another holds.
    loads->cancelAll();
    executor->shutdown(deadline);
    if (writeBehind) {
        // What another thread was committing meanwhile, and failed to.
        (void)writeBehind->flush(deadline);
        writeBehind->drop();
    }
}

Result<Cache::Value> Cache::Private::readBelow(QByteArrayView key, std::uint64_t keyHash)
{
    if (const auto checked = checkKey(key, options); !checked)
        return failure(checked.error());
    CacheCounters &counters = tiers->counters();
    const QByteArray ownedKey = key.toByteArray();
    SteadyTime limit = SteadyTime::max();
    if (writeBehind) {
        limit = tiers->operationDeadline();
        const auto waiting = writeBehind->find(ownedKey, limit);
        if (!waiting) {
            CacheCounters::add(counters.failures);
            return failure(waiting.error());
        }
        if (*waiting) {
            CacheCounters::add(counters.hitsBelowMemory);
            return (*waiting)->toValue();
        }
    }
    const auto found = tiers->readStore(ownedKey, keyHash, limit);
    if (!found) {
        if (options.degradedReads == CacheOptions::DegradedReads::ServeMemory) {
            if (const auto unproven = tiers->peekMemory(key, keyHash)) {
                CacheCounters::add(counters.hitsBelowMemory);
                CacheCounters::add(counters.degradedHits);
                return unproven->toValue();
            }
        }
        CacheCounters::add(counters.failures);
        return failure(found.error());
    }
    if (found->state != FoundEntry::State::Fresh) {
        CacheCounters::add(counters.misses);
        return Value();
    }
    CacheCounters::add(counters.hitsBelowMemory);
    if (found->isNegative())
        CacheCounters::add(counters.negativeHitsBelowMemory);
    tiers->insertMemory(key, keyHash, *found);
    return found->toValue();
}

Result<void> Cache::Private::set(QByteArrayView key, const QByteArray &value, const EntryOptions &entryOptions)
{
    for (const Result<void> &checked : {checkKey(key, options), checkValue(value, options), checkEntryOptions(entryOptions)}) {
        if (!checked)
            return checked;
    }
    const QByteArray ownedKey = key.toByteArray();
    const std::uint64_t hash = keyHash(key);
    const SteadyTime deadline = tiers->operationDeadline();
    // Before the times are taken: of a clock that was set back meanwhile they would be too late.
    tiers->checkClock();
    const EntryTimes times = tiers->timesFor(entryOptions, entryOptions.timeToLive);
    WriteOperation operation = tiers->setOperation(ownedKey, hash, value, times, entryOptions);
    FoundEntry entry{FoundEntry::State::Fresh, value, times, 0, {}};
    if (writeBehind) {
        const Result<bool> taken = writeBehind->add(operation, value, deadline);
        if (!taken)
            return failure(taken.error());
        if (*taken) {
            // Out of memory it comes from the buffer, which knows what has overtaken it.
            tiers->replaceInMemory(key, hash);
            return {};
        }
        // It may have waited for room, and must not pass for older than a set that was taken in meanwhile.
        tiers->renew(operation.times);
        entry.times = operation.times;
    }
    std::vector<WriteOperation> operations;
    operations.push_back(std::move(operation));
    const auto outcomes = tiers->write(std::move(operations), deadline);
    if (!outcomes)
        return failure(outcomes.error());
    CacheCounters::add(tiers->counters().diskPuts);
    entry.stamp = outcomes->front().stamp;
    tiers->replaceInMemory(key, hash);
    tiers->insertMemory(key, hash, entry);
    return {};
}

Result<void> Cache::Private::setMany(const std::vector<std::pair<QByteArray, QByteArray>> &entries,
                                     const EntryOptions &entryOptions)
{
    if (const auto checked = checkEntryOptions(entryOptions); !checked)
        return checked;
    std::unordered_map<QByteArrayView, std::size_t> last;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (const auto checked = checkKey(entries[i].first, options); !checked)
            return checked;
        if (const auto checked = checkValue(entries[i].second, options); !checked)
            return checked;
        last[entries[i].first] = i;
    }
    if (entries.empty())
        return {};
    const SteadyTime deadline = tiers->operationDeadline();
    if (writeBehind) {
        if (auto flushed = writeBehind->flush(deadline); !flushed)
            return flushed;
    }
    tiers->checkClock();
    std::vector<WriteOperation> operations;
    std::vector<std::size_t> origins;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto &[key, value] = entries[i];
        if (last[key] != i)
            continue;
        operations.push_back(tiers->setOperation(key, keyHash(key), value,
                                                 tiers->timesFor(entryOptions, entryOptions.timeToLive), entryOptions));
        origins.push_back(i);
    }
    const auto outcomes = tiers->write(operations, deadline);
    if (!outcomes)
        return failure(outcomes.error());
    CacheCounters::add(tiers->counters().diskPuts, operations.size());
    for (std::size_t i = 0; i < operations.size() && i < outcomes->size(); ++i) {
        tiers->replaceInMemory(operations[i].key, operations[i].keyHash);
        tiers->insertMemory(operations[i].key, operations[i].keyHash,
                            FoundEntry{FoundEntry::State::Fresh, entries[origins[i]].second, operations[i].times, 0,
                                       (*outcomes)[i].stamp});
    }
    return {};
}

Result<bool> Cache::Private::touch(const QByteArray &key, milliseconds timeToLive)
{
    for (const Result<void> &checked : {checkKey(key, options), checkLifetime(timeToLive, "timeToLive")}) {
        if (!checked)
            return failure(checked.error());
    }
    const std::uint64_t hash = keyHash(key);
    const SteadyTime deadline = tiers->operationDeadline();
    if (writeBehind) {
        if (const auto flushed = writeBehind->flush(deadline); !flushed)
            return failure(flushed.error());
    }
    // Only the entry that was seen alive is touched: what changed meanwhile is looked at again.
    while (true) {
        const LoadToken token = tiers->captureToken(hash);
        auto found = tiers->readStore(key, hash, deadline);
        if (!found)
            return failure(found.error());
        if (found->state == FoundEntry::State::Missing && !tiers->backend().keepsEntries())
            return tiers->touchMemory(key, hash, timeToLive);
        // The knowledge that there is no value is not prolonged: it would hide one for as long.
        if (found->state != FoundEntry::State::Fresh || found->isNegative())
            return false;
        const EntryTimes times = tiers->touchedTimes(found->times, timeToLive);
        WriteOperation operation;
        operation.kind = WriteOperation::Kind::Touch;
        operation.regionId = tiers->regionId();
        operation.key = key;
        operation.keyHash = hash;
        operation.times = times;
        operation.onlyIfUnchanged = token;
        std::vector<WriteOperation> operations;
        operations.push_back(std::move(operation));
        const auto outcomes = tiers->write(std::move(operations), deadline);
        if (!outcomes)
            return failure(outcomes.error());
        if (outcomes->front().applied) {
            found->times.expiresAt = times.expiresAt;
            found->times.staleUntil = times.staleUntil;
            found->stamp = outcomes->front().stamp;
            tiers->insertMemory(key, hash, *found);
            return true;
        }
        if (tiers->clock().steadyNow() >= deadline)
            return failure(Error::Kind::Busy, QStringLiteral("The key changed too often to be touched in time"));
    }
}

Cache::Private::FromMemory Cache::Private::askMemory(QByteArrayView key, std::uint64_t keyHash, const EntryOptions &entryOptions)
{
    MemoryLookup found = tiers->lookupMemory(key, keyHash);
    if (found.outcome != MemoryLookup::Outcome::Hit)
        return {};
    const bool isDue = tiers->isRefreshDue(found.storedAt, found.expiresAt, entryOptions);
    return {(found.flags & NegativeEntry) ? Value() : Value(std::move(found.value)), isDue};
}

std::shared_ptr<LoadRequest> Cache::Private::request(QByteArrayView key, std::uint64_t keyHash,
                                                     const EntryOptions &entryOptions, Deadline deadline)
{
    auto load = std::make_shared<LoadRequest>();
    load->key = key.toByteArray();
    load->keyHash = keyHash;
    load->options = entryOptions;
    load->deadline = deadline.resolve(tiers->clock().clock());
    return load;
}

std::optional<Cache::Value> Cache::Private::askWriteBehind(LoadRequest &load)
{
    if (!writeBehind)
        return std::nullopt;
    if (const auto waiting = writeBehind->peek(load.key)) {
        CacheCounters::add(tiers->counters().hitsBelowMemory);
        return waiting->toValue();
    }
    load.waitingSet = writeBehind->waitingSet(load.key);
    return std::nullopt;
}

Result<Cache::Value> Cache::Private::getOrCompute(QByteArrayView key, const Factory &factory,
                                                  const EntryOptions &entryOptions, Deadline deadline)
{
    const std::uint64_t hash = keyHash(key);
    FromMemory memory = askMemory(key, hash, entryOptions);
    if (memory.answer) {
        if (memory.isRefreshDue) {
            const auto early = request(key, hash, entryOptions, deadline);
            early->factory = factory;
            early->isRefresh = true;
            loads->refresh(early);
        }
        return *std::move(memory.answer);
    }
    for (const Result<void> &checked : {checkKey(key, options), checkEntryOptions(entryOptions)}) {
        if (!checked)
            return failure(checked.error());
    }
    if (!factory)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("The factory is empty"));
    const auto load = request(key, hash, entryOptions, deadline);
    if (auto waiting = askWriteBehind(*load))
        return *std::move(waiting);
    load->factory = factory;
    return loads->load(load);
}

QFuture<Result<Cache::Value>> Cache::Private::getOrComputeAsync(const QByteArray &key, Factory factory,
                                                                AsyncFactory asyncFactory,
                                                                const EntryOptions &entryOptions, Deadline deadline)
{
    const auto promise = std::make_shared<QPromise<Result<Value>>>();
    promise->start();
    const auto finish = [promise](Result<Value> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    const std::uint64_t hash = keyHash(key);
    FromMemory memory = askMemory(key, hash, entryOptions);
    const auto load = request(key, hash, entryOptions, deadline);
    load->factory = std::move(factory);
    load->asyncFactory = std::move(asyncFactory);
    if (memory.answer) {
        if (memory.isRefreshDue) {
            load->isRefresh = true;
            loads->refresh(load);
        }
        finish(*std::move(memory.answer));
        return promise->future();
    }
    for (const Result<void> &checked : {checkKey(key, options), checkEntryOptions(entryOptions)}) {
        if (!checked) {
            finish(failure(checked.error()));
            return promise->future();
        }
    }
    if (!load->factory && !load->asyncFactory) {
        finish(failure(Error::Kind::InvalidArgument, QStringLiteral("The factory is empty")));
        return promise->future();
    }
    const QFuture<Result<Value>> future = promise->future();
    if (auto waiting = askWriteBehind(*load)) {
        finish(*std::move(waiting));
        return future;
    }
    loads->loadAsync(load, finish);
    return future;
}

Result<void> Cache::Private::flush(Deadline deadline)
{
    return writeBehind ? writeBehind->flush(deadline.resolve(tiers->clock().clock())) : Result<void>();
}

CacheStatistics Cache::Private::statistics() const
{
    CacheStatistics s = tiers->statistics();
    s.loadsInFlight = loads->inFlight();
    if (writeBehind)
        s.pendingWrites = writeBehind->size();
    const MutexLocker locker(m_mutex);
    s.hitRateLastMinute = m_hitRate.rate(s.hits, s.misses);
    return s;
}

} // namespace Infra
