// SPDX-License-Identifier: MIT
#include "memorytier.h"

#include "accessbuffer.h"
#include "admissionpolicy.h"
#include "memorynode.h"
#include "nodetable.h"
#include "readerplaces.h"
#include "retirement.h"
#include "threadannotations.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace Infra::Detail {

namespace {

struct Removed
{
    QByteArray key;
    QByteArray value;
    RemovalCause cause;
};

constexpr std::uint64_t FirstBuckets = 4;
// An entry that was used again is passed to the policy once in a tick: while less than this part of the tier was
// replaced, one more use changes nothing that the policy decides by.
constexpr std::uint64_t TicksPerCapacity = 64;
constexpr std::uint64_t TimedEvery = 1024;

std::uint64_t expectedEntries(const MemoryTier::Options &options)
{
    return options.maximumEntries > 0 ? static_cast<std::uint64_t>(options.maximumEntries) : 16;
}

} // namespace

class MemoryTier::Private
{
public:
    explicit Private(Options given);
    ~Private();

    [[nodiscard]] MemoryLookup lookup(ReaderPlace *place, std::uint64_t sequence, QByteArrayView key,
                                      std::uint64_t hash, SystemTime now) noexcept;
    [[nodiscard]] MemoryLookup lookupTimed(ReaderPlace *place, std::uint64_t sequence, QByteArrayView key,
                                           std::uint64_t hash, SystemTime now) noexcept;
    [[nodiscard]] MemoryLookup lookupLocked(QByteArrayView key, std::uint64_t hash, SystemTime now) noexcept;
    [[nodiscard]] bool isCurrent(const MemoryNode *node, std::uint64_t hash) const noexcept;
    [[nodiscard]] static MemoryLookup hit(const MemoryNode *node) noexcept;
    // Everything but a hit: `node` is nullptr, outdated or expired.
    [[nodiscard]] MemoryLookup failure(ReaderPlace *place, const MemoryNode *node) const noexcept;
    void noteAccess(std::uint64_t hash) noexcept;
    void drainAccesses() INFRA_REQUIRES(mutex);

    [[nodiscard]] std::int64_t bytesOf(const MemoryNode *node) const noexcept
    {
        return node->key().size() + node->value().size() + EntryOverhead;
    }
    [[nodiscard]] bool isOver() const INFRA_REQUIRES(mutex);
    [[nodiscard]] MemoryNode *create(QByteArrayView key, std::uint64_t hash, const MemoryEntry &entry) const;
    void put(MemoryNode *node) INFRA_REQUIRES(mutex);
    void swap(MemoryNode *old, MemoryNode *node) INFRA_REQUIRES(mutex);
    void growTable() INFRA_REQUIRES(mutex);
    // Out of the table and the policy, noted for the listener.
    void erase(MemoryNode *node, RemovalCause cause) INFRA_REQUIRES(mutex);
    void retire(MemoryNode *node, RemovalCause cause) INFRA_REQUIRES(mutex);
    void evict() INFRA_REQUIRES(mutex);
    [[nodiscard]] RemovalCause causeOfReplacing(const MemoryNode *node) const;
    void deliver(const std::vector<Removed> &removed) const;
    template <typename Predicate>
    std::int64_t removeMatching(Predicate predicate, RemovalCause cause);

    // What every lookup reads comes first, on lines that are seldom written.
    std::atomic<NodeTable *> table;
    const std::atomic<const CoherenceView *> *const coherence;
    std::atomic<std::uint8_t> tick{1};
    ReaderPlaces places;
    AccessBuffer accesses;
    Histogram lookupTime;
    const Options options;

    alignas(64) mutable Mutex mutex;
    std::unique_ptr<NodeTable> ownedTable INFRA_GUARDED_BY(mutex);
    AdmissionPolicy policy INFRA_GUARDED_BY(mutex);
    Retirement retirement INFRA_GUARDED_BY(mutex);
    ReaderPlace placeless INFRA_GUARDED_BY(mutex); // For threads without a place of their own.
    std::vector<Removed> removed INFRA_GUARDED_BY(mutex);
    std::array<std::uint64_t, RemovalCauseCount> removals INFRA_GUARDED_BY(mutex){};
    std::uint64_t putsInTick INFRA_GUARDED_BY(mutex) = 0;
    std::uint64_t puts INFRA_GUARDED_BY(mutex) = 0;
    std::uint64_t putsOutdated INFRA_GUARDED_BY(mutex) = 0;
    std::uint64_t putsTooLarge INFRA_GUARDED_BY(mutex) = 0;
    std::uint64_t reportedHits INFRA_GUARDED_BY(mutex) = 0;
    std::int64_t bytes INFRA_GUARDED_BY(mutex) = 0;
};

MemoryTier::Private::Private(Options given)
    : coherence(given.coherence), options(std::move(given)), ownedTable(std::make_unique<NodeTable>(FirstBuckets)),
      policy(expectedEntries(options), options.seed), retirement(places)
{
    table.store(ownedTable.get(), std::memory_order_release);
}

MemoryTier::Private::~Private()
{
    ownedTable->forEach([](MemoryNode *node) { MemoryNode::destroy(node); });
}

// The hash is the node's; given apart, the stripe is read while the node is still on its way.
inline bool MemoryTier::Private::isCurrent(const MemoryNode *node, std::uint64_t hash) const noexcept
{
    if (!coherence)
        return true;
    // What is stored was never stamped in flight, so words that add up to its stamp are not in flight either.
    const CoherenceView *const view = coherence->load(std::memory_order_acquire);
    return view && node->isStampedWith(view->capture(hash));
}

inline MemoryLookup MemoryTier::Private::hit(const MemoryNode *node) noexcept
{
    return {node->value(), node->storedAt(), node->expiresAt(), node->flags(), MemoryLookup::Outcome::Hit};
}

Q_NEVER_INLINE MemoryLookup MemoryTier::Private::failure(ReaderPlace *place, const MemoryNode *node) const noexcept
{
    MemoryLookup result;
    if (!node) {
        ReaderPlace::count(place->misses);
    } else if (isCurrent(node, node->hash)) {
        ReaderPlace::count(place->expired);
        result.outcome = MemoryLookup::Outcome::Expired;
    } else {
        const CoherenceView *const view = coherence->load(std::memory_order_acquire);
        const bool isBypassed = !view || CoherenceView::isInFlight(view->capture(node->hash));
        ReaderPlace::count(isBypassed ? place->bypasses : place->outdated);
        result.outcome = isBypassed ? MemoryLookup::Outcome::Bypassed : MemoryLookup::Outcome::Outdated;
    }
    return result;
}

// What a hit costs is mostly waiting for memory, and the processor waits for several lookups at once when they
// fit its window of instructions: so this is one function, and all that is rare is out of line.
Q_ALWAYS_INLINE MemoryLookup MemoryTier::Private::lookup(ReaderPlace *place, std::uint64_t sequence,
                                                         QByteArrayView key, std::uint64_t hash,
                                                         SystemTime now) noexcept
{
    AsymmetricFence::announce(place->sequence, sequence + 1);
    MemoryNode *const node = table.load(std::memory_order_acquire)->find(key, hash);
    if (!node || !isCurrent(node, hash) || now >= node->expiresAt()) [[unlikely]] {
        MemoryLookup result = failure(place, node);
        place->sequence.store(sequence + 2, std::memory_order_release);
        return result;
    }
    const std::uint8_t current = tick.load(std::memory_order_relaxed);
    const bool isNews = node->recordedTick.load(std::memory_order_relaxed) != current;
    if (isNews) [[unlikely]]
        node->recordedTick.store(current, std::memory_order_relaxed);
    if (node->flags() & NegativeEntry) [[unlikely]]
        ReaderPlace::count(place->negativeHits);
    MemoryLookup result = hit(node);
    place->sequence.store(sequence + 2, std::memory_order_release);
    if (isNews) [[unlikely]]
        noteAccess(hash);
    return result;
}

Q_NEVER_INLINE MemoryLookup MemoryTier::Private::lookupTimed(ReaderPlace *place, std::uint64_t sequence,
                                                             QByteArrayView key, std::uint64_t hash,
                                                             SystemTime now) noexcept
{
    const SteadyTime begun = options.clock->steadyNow();
    MemoryLookup result = lookup(place, sequence, key, hash, now);
    lookupTime.record(options.clock->steadyNow() - begun);
    return result;
}

Q_NEVER_INLINE MemoryLookup MemoryTier::Private::lookupLocked(QByteArrayView key, std::uint64_t hash,
                                                              SystemTime now) noexcept
{
    const MutexLocker locker(mutex);
    placeless.sequence.store(placeless.sequence.load(std::memory_order_relaxed) + 2, std::memory_order_relaxed);
    MemoryNode *const node = ownedTable->find(key, hash);
    if (!node || !isCurrent(node, hash) || now >= node->expiresAt())
        return failure(&placeless, node);
    if (node->flags() & NegativeEntry)
        ReaderPlace::count(placeless.negativeHits);
    policy.record(hash);
    policy.touch(node);
    return hit(node);
}

Q_NEVER_INLINE void MemoryTier::Private::noteAccess(std::uint64_t hash) noexcept
{
    const int index = currentThreadIndex();
    if (accesses.add(index, hash))
        return;
    if (!mutex.try_lock())
        return; // Whoever holds it drains soon.
    drainAccesses();
    mutex.unlock();
    static_cast<void>(accesses.add(index, hash));
}

void MemoryTier::Private::drainAccesses()
{
    accesses.drain([this](std::uint64_t hash) {
        mutex.assertHeld();
        policy.record(hash);
        if (MemoryNode *const node = ownedTable->findHash(hash))
            policy.touch(node);
    });
}

bool MemoryTier::Private::isOver() const
{
    return (options.maximumEntries > 0 && policy.count() > static_cast<std::uint64_t>(options.maximumEntries))
        || (options.maximumBytes > 0 && bytes > options.maximumBytes);
}

MemoryNode *MemoryTier::Private::create(QByteArrayView key, std::uint64_t hash, const MemoryEntry &entry) const
{
    MemoryNode *const node = MemoryNode::create(key, hash, entry);
    node->weight = options.maximumBytes > 0 ? static_cast<std::uint32_t>(bytesOf(node)) : 1;
    node->recordedTick.store(tick.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return node;
}

void MemoryTier::Private::growTable()
{
    auto grown = std::make_unique<NodeTable>(ownedTable->buckets() + ownedTable->buckets() / 2);
    ownedTable->forEach([&grown](MemoryNode *node) { grown->insert(node); });
    table.store(grown.get(), std::memory_order_release);
    std::swap(ownedTable, grown);
    retirement.add(std::move(grown));
}

void MemoryTier::Private::put(MemoryNode *node)
{
    if (ownedTable->count() == ownedTable->capacity())
        growTable();
    ownedTable->insert(node);
    policy.add(node);
    bytes += bytesOf(node);
    if (++putsInTick * TicksPerCapacity >= policy.count()) {
        putsInTick = 0;
        tick.store(static_cast<std::uint8_t>(tick.load(std::memory_order_relaxed) + 1), std::memory_order_relaxed);
    }
}

void MemoryTier::Private::swap(MemoryNode *old, MemoryNode *node)
{
    ownedTable->replace(old, node);
    policy.replace(old, node);
    policy.touch(node);
    bytes += bytesOf(node) - bytesOf(old);
}

void MemoryTier::Private::retire(MemoryNode *node, RemovalCause cause)
{
    ++removals[static_cast<std::size_t>(cause)];
    if (options.removalListener)
        removed.push_back({node->key().toByteArray(), node->value(), cause});
    retirement.add(node);
}

void MemoryTier::Private::erase(MemoryNode *node, RemovalCause cause)
{
    if (node->queue != PolicyQueue::None)
        policy.remove(node);
    ownedTable->remove(node);
    bytes -= bytesOf(node);
    retire(node, cause);
}

void MemoryTier::Private::evict()
{
    while (isOver()) {
        PolicyNode *const victim = policy.evict();
        if (!victim)
            break;
        erase(static_cast<MemoryNode *>(victim), RemovalCause::Capacity);
    }
    policy.settle();
}

RemovalCause MemoryTier::Private::causeOfReplacing(const MemoryNode *node) const
{
    return isCurrent(node, node->hash) ? RemovalCause::Replaced : RemovalCause::Outdated;
}

void MemoryTier::Private::deliver(const std::vector<Removed> &gone) const
{
    for (const Removed &entry : gone)
        options.removalListener(entry.key, entry.value, entry.cause);
}

MemoryTier::MemoryTier(Options options) : d(std::make_unique<Private>(std::move(options))) {}

MemoryTier::~MemoryTier() = default;

MemoryLookup MemoryTier::lookup(QByteArrayView key, std::uint64_t keyHash, SystemTime now) noexcept
{
    Private *const p = d.get();
    ReaderPlace *const place = p->places.current();
    if (!place) [[unlikely]]
        return p->lookupLocked(key, keyHash, now);
    const std::uint64_t sequence = place->sequence.load(std::memory_order_relaxed);
    if ((sequence / 2) % TimedEvery == TimedEvery - 1) [[unlikely]]
        return p->lookupTimed(place, sequence, key, keyHash, now);
    return p->lookup(place, sequence, key, keyHash, now);
}

bool MemoryTier::peek(QByteArrayView key, std::uint64_t keyHash, MemoryEntry *entry) const
{
    const MutexLocker locker(d->mutex);
    const MemoryNode *const node = d->ownedTable->find(key, keyHash);
    if (node)
        *entry = node->entry();
    return node != nullptr;
}

std::optional<StaleValue> MemoryTier::peekStale(QByteArrayView key, std::uint64_t keyHash, SystemTime now) const
{
    const MutexLocker locker(d->mutex);
    const MemoryNode *const node = d->ownedTable->find(key, keyHash);
    if (!node || !d->isCurrent(node, keyHash) || (node->flags() & NegativeEntry) || now >= node->staleUntil())
        return std::nullopt;
    return StaleValue{node->value(), node->staleUntil()};
}

MemoryTier::InsertOutcome MemoryTier::insert(QByteArrayView key, std::uint64_t keyHash, MemoryEntry entry)
{
    const std::int64_t size = key.size() + entry.value.size() + EntryOverhead;
    const std::int64_t largest = d->options.maximumBytes > 0 ? d->options.maximumBytes / 8
                                                             : std::int64_t{std::numeric_limits<std::int32_t>::max()};
    const bool isTooLarge = size > std::min(largest, std::int64_t{std::numeric_limits<std::uint32_t>::max()});
    MemoryNode *const node = isTooLarge ? nullptr : d->create(key, keyHash, entry);
    std::vector<Removed> gone;
    InsertOutcome outcome = InsertOutcome::Stored;
    {
        const MutexLocker locker(d->mutex);
        const CoherenceView *const view = d->coherence ? d->coherence->load(std::memory_order_acquire) : nullptr;
        MemoryNode *const old = d->ownedTable->find(key, keyHash);
        d->drainAccesses();
        if ((d->coherence && (!view || !view->isCurrent(keyHash, entry.stamp)))
            || (d->options.isPending && d->options.isPending(key))
            // A load whose result is kept here only moves no word: one that began earlier may end later.
            || (old && old->storedAt() > entry.times.storedAt && d->isCurrent(old, keyHash))) {
            ++d->putsOutdated;
            outcome = InsertOutcome::Outdated;
        } else if (isTooLarge) {
            ++d->putsTooLarge;
            outcome = InsertOutcome::TooLarge;
            if (old)
                d->erase(old, d->causeOfReplacing(old));
        } else {
            ++d->puts;
            d->policy.record(keyHash);
            if (old) {
                d->swap(old, node);
                d->retire(old, d->causeOfReplacing(old));
            } else {
                d->put(node);
            }
            d->evict();
        }
        d->retirement.collect(Retirement::Effort::WhenWorthwhile);
        std::swap(gone, d->removed);
    }
    if (node && outcome != InsertOutcome::Stored)
        MemoryNode::destroy(node);
    d->deliver(gone);
    return outcome;
}

bool MemoryTier::touch(QByteArrayView key, std::uint64_t keyHash, const EntryTimes &times, CoherenceStamp stamp)
{
    const MutexLocker locker(d->mutex);
    d->drainAccesses();
    MemoryNode *const old = d->ownedTable->find(key, keyHash);
    if (!old || CoherenceView::isInFlight(stamp) || !old->isStampedWith(stamp))
        return false;
    MemoryEntry entry = old->entry();
    entry.times = times;
    entry.stamp = stamp;
    d->policy.record(keyHash);
    d->swap(old, d->create(key, keyHash, entry));
    d->retirement.add(old);
    d->retirement.collect(Retirement::Effort::WhenWorthwhile);
    return true;
}

bool MemoryTier::remove(QByteArrayView key, std::uint64_t keyHash, RemovalCause cause)
{
    std::vector<Removed> gone;
    {
        const MutexLocker locker(d->mutex);
        MemoryNode *const node = d->ownedTable->find(key, keyHash);
        if (!node)
            return false;
        d->drainAccesses();
        d->erase(node, cause);
        d->retirement.collect(Retirement::Effort::WhenWorthwhile);
        std::swap(gone, d->removed);
    }
    d->deliver(gone);
    return true;
}

template <typename Predicate>
std::int64_t MemoryTier::Private::removeMatching(Predicate predicate, RemovalCause cause)
{
    std::vector<Removed> gone;
    std::vector<MemoryNode *> matching;
    {
        const MutexLocker locker(mutex);
        ownedTable->forEach([&](MemoryNode *node) {
            if (predicate(node))
                matching.push_back(node);
        });
        for (MemoryNode *node : matching)
            erase(node, cause);
        retirement.collect(Retirement::Effort::Now);
        std::swap(gone, removed);
    }
    deliver(gone);
    return static_cast<std::int64_t>(matching.size());
}

std::int64_t MemoryTier::clear(RemovalCause cause)
{
    return d->removeMatching([](const MemoryNode *) { return true; }, cause);
}

std::int64_t MemoryTier::removePrefix(QByteArrayView prefix)
{
    return d->removeMatching([prefix](const MemoryNode *node) { return node->key().startsWith(prefix); },
                             RemovalCause::Invalidated);
}

std::int64_t MemoryTier::removeIf(const std::function<bool(QByteArrayView, const EntryTimes &)> &predicate,
                                  RemovalCause cause)
{
    return d->removeMatching([&](const MemoryNode *node) { return predicate(node->key(), node->times()); }, cause);
}

std::int64_t MemoryTier::removeExpired(SystemTime now)
{
    return d->removeMatching(
        [now](const MemoryNode *node) { return now >= node->expiresAt() && now > node->staleUntil(); },
        RemovalCause::Expired);
}

void MemoryTier::forEach(const std::function<void(QByteArrayView, const MemoryEntry &)> &visit) const
{
    const MutexLocker locker(d->mutex);
    d->ownedTable->forEach([&visit](const MemoryNode *node) { visit(node->key(), node->entry()); });
}

void MemoryTier::collect()
{
    const MutexLocker locker(d->mutex);
    d->drainAccesses();
    d->retirement.collect(Retirement::Effort::Now);
}

MemoryTierStatistics MemoryTier::statistics() const
{
    MemoryTierStatistics result;
    ReaderPlace total;
    d->places.sum(&total);
    result.lookupTime = d->lookupTime.snapshot();
    const MutexLocker locker(d->mutex);
    total.add(d->placeless);
    result.misses = total.misses.load(std::memory_order_relaxed);
    result.expired = total.expired.load(std::memory_order_relaxed);
    result.outdated = total.outdated.load(std::memory_order_relaxed);
    result.bypasses = total.bypasses.load(std::memory_order_relaxed);
    result.negativeHits = total.negativeHits.load(std::memory_order_relaxed);
    result.lookups = total.sequence.load(std::memory_order_relaxed) / 2;
    const std::uint64_t failures = result.misses + result.expired + result.outdated + result.bypasses;
    // Where a thread is within a lookup, or another call has looked at it later, this may be too few: a counter only grows.
    d->reportedHits = std::max(d->reportedHits, result.lookups - std::min(result.lookups, failures));
    result.hits = d->reportedHits;
    result.puts = d->puts;
    result.putsOutdated = d->putsOutdated;
    result.putsTooLarge = d->putsTooLarge;
    result.removals = d->removals;
    result.entries = d->policy.count();
    result.bytes = static_cast<std::uint64_t>(d->bytes);
    return result;
}

QByteArray MemoryTier::validate() const
{
    const MutexLocker locker(d->mutex);
    if (const char *fault = d->policy.validate())
        return fault;
    if (d->table.load(std::memory_order_relaxed) != d->ownedTable.get())
        return QByteArrayLiteral("readers use another table than writers");
    if (d->isOver())
        return QByteArrayLiteral("over capacity");
    std::uint64_t seen = 0;
    std::int64_t bytes = 0;
    QByteArray fault;
    d->ownedTable->forEach([&](const MemoryNode *node) {
        d->mutex.assertHeld();
        ++seen;
        bytes += d->bytesOf(node);
        if (node->queue == PolicyQueue::None)
            fault = "the policy does not know " + node->key().toByteArray();
        if (d->ownedTable->find(node->key(), node->hash) != node)
            fault = "a lookup does not find " + node->key().toByteArray();
    });
    if (!fault.isEmpty())
        return fault;
    if (seen != d->ownedTable->count() || seen != d->policy.count())
        return QByteArrayLiteral("table and policy hold different numbers of entries");
    if (bytes != d->bytes)
        return QByteArrayLiteral("the bytes do not add up");
    return {};
}

} // namespace Infra::Detail
