// SPDX-License-Identifier: MIT
#include "cachetiers.h"

#include "entrycompression.h"
#include "keyhash.h"
#include "random.h"

#include <QRandomGenerator>

#include <algorithm>

namespace Infra::Detail {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t ReadSampling = 16;
// What the housekeeper asks a failed store for; no caller's key begins with a zero byte and this text.
constexpr char ProbeKey[] = "\0infra.probe";

SystemTime later(SystemTime moment, milliseconds by)
{
    return moment >= SystemTime::max() - by ? SystemTime::max() : moment + by;
}

std::unique_ptr<MemoryTier> makeMemory(const CacheOptions &options, std::uint64_t seed,
                                       const std::atomic<const CoherenceView *> &coherence, const Clock &clock,
                                       std::function<bool(QByteArrayView)> isPending)
{
    if (options.memoryEntries == 0 && options.memoryBytes == 0)
        return nullptr;
    MemoryTier::Options memory;
    memory.maximumEntries = options.memoryEntries;
    memory.maximumBytes = options.memoryBytes;
    memory.seed = seed;
    memory.coherence = &coherence;
    memory.clock = &clock;
    memory.removalListener = options.removalListener;
    memory.isPending = std::move(isPending);
    return std::make_unique<MemoryTier>(std::move(memory));
}

} // namespace

CacheTiers::CacheTiers(std::shared_ptr<StoreBackend> backend, std::uint32_t regionId, const CacheOptions &options,
                       const Clock &clock)
    : m_backend(std::move(backend)),
      m_regionId(regionId),
      m_options(options),
      m_clock(clock),
      m_coherence(m_backend->coherence(regionId)),
      m_readGate(clock, options.retryInterval, options.operationTimeout),
      m_writeGate(clock, options.retryInterval, options.operationTimeout),
      m_jitterSequence(options.seed ? options.seed : QRandomGenerator::system()->generate64()),
      m_memory(makeMemory(options, m_jitterSequence.load(), m_coherence, clock,
                          options.writePolicy == CacheOptions::WritePolicy::WriteBehind
                              ? [this](QByteArrayView key) { return m_isPending && m_isPending(key.toByteArray()); }
                              : std::function<bool(QByteArrayView)>()))
{
}

CacheTiers::~CacheTiers() = default;

SteadyTime CacheTiers::operationDeadline() const
{
    return m_clock.steadyNow() + m_options.operationTimeout;
}

std::optional<FoundEntry> CacheTiers::peekMemory(QByteArrayView key, std::uint64_t keyHash)
{
    MemoryEntry entry;
    if (!m_memory || !m_memory->peek(key, keyHash, &entry) || entry.times.expiresAt <= m_clock.now())
        return std::nullopt;
    return FoundEntry{FoundEntry::State::Fresh, entry.value, entry.times, entry.flags, entry.stamp};
}

std::optional<StaleValue> CacheTiers::staleInMemory(QByteArrayView key, std::uint64_t keyHash)
{
    return m_memory ? m_memory->peekStale(key, keyHash, m_clock.now()) : std::nullopt;
}

bool CacheTiers::touchMemory(QByteArrayView key, std::uint64_t keyHash, milliseconds timeToLive)
{
    const LoadToken token = captureToken(keyHash);
    MemoryEntry entry;
    if (!m_memory || !m_memory->peek(key, keyHash, &entry) || (entry.flags & NegativeEntry) || entry.times.expiresAt <= m_clock.now())
        return false;
    const EntryTimes times = touchedTimes(entry.times, timeToLive);
    if (times.expiresAt != SystemTime::max())
        m_memoryExpires.store(true, std::memory_order_relaxed);
    return m_memory->touch(key, keyHash, {entry.times.storedAt, times.expiresAt, times.staleUntil}, token.stamp);
}

void CacheTiers::insertMemory(QByteArrayView key, std::uint64_t keyHash, const FoundEntry &entry)
{
    // The clock was set back while it was written, and memory emptied before: its life is too long, as judge() has it.
    if (!m_memory || entry.times.storedAt > m_clock.now() + CacheClock::Tolerance)
        return;
    if (entry.times.expiresAt != SystemTime::max())
        m_memoryExpires.store(true, std::memory_order_relaxed);
    m_memory->insert(key, keyHash, MemoryEntry{entry.value, entry.times, entry.flags & NegativeEntry, entry.stamp});
}

void CacheTiers::replaceInMemory(QByteArrayView key, std::uint64_t keyHash)
{
    if (m_memory)
        m_memory->remove(key, keyHash, RemovalCause::Replaced);
}

void CacheTiers::removeMemory(const Target &target)
{
    if (!m_memory)
        return;
    switch (target.kind()) {
    case Target::Kind::Key:
    case Target::Kind::Keys:
        for (const QByteArray &key : target.keyList())
            m_memory->remove(key, keyHash(key));
        break;
    case Target::Kind::Prefix:
        m_memory->removePrefix(target.text());
        break;
    case Target::Kind::Expired:
        m_memory->removeExpired(m_clock.now());
        break;
    case Target::Kind::Region:
    case Target::Kind::Everything:
        m_memory->clear();
        break;
    case Target::Kind::Glob:
    case Target::Kind::Tag:
        break; // Memory keeps no tags, and the region's word has moved.
    }
}

bool CacheTiers::isUnchanged(std::uint64_t keyHash, const LoadToken &token)
{
    const LoadToken now = captureToken(keyHash);
    return now.stamp == token.stamp && now.regionLoads == token.regionLoads;
}

FoundEntry CacheTiers::judge(std::optional<StoredEntry> &&stored)
{
    if (!stored) {
        CacheCounters::add(m_counters.diskMisses);
        return {};
    }
    FoundEntry found{FoundEntry::State::Missing, std::move(stored->value), stored->times, stored->flags, stored->stamp};
    const SystemTime now = m_clock.now();
    // Nobody writes such times, and what is computed with them would overflow.
    if (found.times.storedAt < SystemTime() || found.times.staleUntil < found.times.expiresAt) {
        CacheCounters::add(m_counters.diskExpired);
        return {};
    }
    // From the future: the clock was stepped back since it was stored, and its expiry means nothing.
    if (found.times.storedAt > now + CacheClock::Tolerance
        || found.times.storedAt <= m_distrustedUntil.load(std::memory_order_relaxed)) {
        CacheCounters::add(m_counters.diskExpired);
        return {};
    }
    if (found.times.expiresAt <= now) {
        CacheCounters::add(m_counters.diskExpired);
        if (found.times.staleUntil <= now || found.isNegative())
            return {};
        found.state = FoundEntry::State::Stale;
    } else {
        found.state = FoundEntry::State::Fresh;
    }
    if (found.flags & CompressedEntry) {
        Result<QByteArray> plain = decompressed(found.value, m_options.maximumValueBytes);
        if (!plain) {
            CacheCounters::add(m_counters.decodeErrors);
            return {};
        }
        found.value = *std::move(plain);
        found.flags &= ~std::uint32_t{CompressedEntry};
    }
    if (found.state == FoundEntry::State::Fresh)
        CacheCounters::add(m_counters.diskHits);
    return found;
}

Result<FoundEntry> CacheTiers::readStore(const QByteArray &key, std::uint64_t keyHash, SteadyTime limit)
{
    const SteadyTime begin = m_clock.steadyNow();
    limit = std::min(limit, begin + m_options.operationTimeout);
    checkClock();
    if (std::optional<Error> refused = m_readGate.refusal())
        return failure(*std::move(refused));
    const bool timed = m_counters.reads.fetch_add(1, std::memory_order_relaxed) % ReadSampling == 0;
    auto stored = m_backend->read(m_regionId, key, keyHash, Deadline::at(limit));
    if (timed)
        m_counters.readTime.record(m_clock.steadyNow() - begin);
    if (!stored) {
        CacheCounters::add(m_counters.readErrors);
        m_readGate.failedWithin(stored.error(), begin, limit);
        return failure(std::move(stored.error()));
    }
    m_readGate.succeeded();
    return judge(*std::move(stored));
}

Result<std::vector<FoundEntry>> CacheTiers::readStore(std::span<const QByteArray> keys,
                                                      std::span<const std::uint64_t> keyHashes, SteadyTime limit)
{
    const SteadyTime begin = m_clock.steadyNow();
    limit = std::min(limit, begin + m_options.operationTimeout);
    checkClock();
    if (std::optional<Error> refused = m_readGate.refusal())
        return failure(*std::move(refused));
    auto stored = m_backend->readMany(m_regionId, keys, keyHashes, Deadline::at(limit));
    if (!stored) {
        CacheCounters::add(m_counters.readErrors);
        m_readGate.failedWithin(stored.error(), begin, limit);
        return failure(std::move(stored.error()));
    }
    m_readGate.succeeded();
    std::vector<FoundEntry> found;
    found.reserve(stored->size());
    for (std::optional<StoredEntry> &entry : *stored)
        found.push_back(judge(std::move(entry)));
    return found;
}

EntryTimes CacheTiers::timesFor(const EntryOptions &options, milliseconds timeToLive)
{
    EntryTimes times;
    times.storedAt = m_clock.now();
    if (timeToLive == milliseconds::zero())
        return times;
    milliseconds life = timeToLive;
    if (options.jitter > milliseconds::zero() && options.jitter < timeToLive) {
        Random random(m_jitterSequence.fetch_add(1, std::memory_order_relaxed));
        life -= milliseconds(static_cast<milliseconds::rep>(random.below(
            static_cast<std::uint64_t>(options.jitter.count()) + 1)));
    }
    times.expiresAt = later(times.storedAt, life);
    times.staleUntil = later(times.expiresAt, options.failSafe);
    return times;
}

void CacheTiers::renew(EntryTimes &times) const
{
    const SystemTime now = m_clock.now();
    if (now < times.storedAt && times.expiresAt != SystemTime::max()) {
        const milliseconds back = times.storedAt - now;
        times.expiresAt -= back;
        if (times.staleUntil != SystemTime::max())
            times.staleUntil -= back;
    }
    times.storedAt = now;
}

bool CacheTiers::isRefreshDue(SystemTime storedAt, SystemTime expiresAt, const EntryOptions &options) const
{
    if (options.eagerRefresh >= 1.0 || expiresAt == SystemTime::max())
        return false;
    // A touch gives a new life and leaves the moment of storing: no life is longer than those that the call gives.
    milliseconds life = expiresAt - storedAt;
    if (options.timeToLive > milliseconds::zero())
        life = std::min(life, options.timeToLive);
    const milliseconds left(static_cast<milliseconds::rep>(static_cast<double>(life.count()) * (1.0 - options.eagerRefresh)));
    return m_clock.hitTime() >= expiresAt - left;
}

EntryTimes CacheTiers::touchedTimes(const EntryTimes &before, milliseconds timeToLive)
{
    EntryOptions options;
    if (before.staleUntil != SystemTime::max() && before.expiresAt != SystemTime::max())
        options.failSafe = before.staleUntil - before.expiresAt;
    return timesFor(options, timeToLive);
}

WriteOperation CacheTiers::setOperation(const QByteArray &key, std::uint64_t keyHash, const QByteArray &value,
                                        const EntryTimes &times, const EntryOptions &options) const
{
    WriteOperation operation;
    operation.kind = WriteOperation::Kind::Set;
    operation.regionId = m_regionId;
    operation.keyHash = keyHash;
    operation.key = key;
    operation.value = value;
    operation.times = times;
    operation.tags = options.tags;
    if (m_options.compressionThreshold > 0 && value.size() >= m_options.compressionThreshold) {
        if (QByteArray compressed = compressedOrNull(value); !compressed.isNull()) {
            operation.value = std::move(compressed);
            operation.flags |= CompressedEntry;
        }
    }
    return operation;
}

Result<std::vector<WriteOutcome>> CacheTiers::write(std::vector<WriteOperation> operations, SteadyTime deadline)
{
    checkClock();
    if (std::optional<Error> refused = m_writeGate.refusal())
        return failure(*std::move(refused));
    const std::size_t count = operations.size();
    const SteadyTime begin = m_clock.steadyNow();
    auto outcomes = m_backend->write(std::move(operations), Deadline::at(deadline));
    m_counters.writeTime.record(m_clock.steadyNow() - begin);
    if (!outcomes) {
        CacheCounters::add(m_counters.writeErrors);
        m_writeGate.failedWithin(outcomes.error(), begin, deadline);
        return outcomes;
    }
    m_writeGate.succeeded();
    CacheCounters::add(m_counters.batches);
    CacheCounters::add(m_counters.batchedWrites, count);
    return outcomes;
}

Result<InvalidationReport> CacheTiers::invalidate(const Target &target, const QByteArray &actor, Deadline deadline)
{
    const std::uint32_t region = target.kind() == Target::Kind::Everything ? 0 : m_regionId;
    const SteadyTime begin = m_clock.steadyNow();
    const SteadyTime limit = deadline.resolve(m_clock.clock());
    auto report = m_backend->invalidate(region, target, actor, Deadline::at(limit));
    if (!report) {
        CacheCounters::add(m_counters.writeErrors);
        m_writeGate.failedWithin(report.error(), begin, limit);
        return report;
    }
    m_writeGate.succeeded();
    CacheCounters::add(m_counters.diskRemovals, report->entries);
    removeMemory(target);
    return report;
}

void CacheTiers::checkClock()
{
    // Who comes second goes on by the clock as it is.
    if (m_clock.drift() == CacheClock::Drift::None || m_isFollowingClock.exchange(true))
        return;
    const CacheClock::Drift drift = m_clock.drift();
    if (drift == CacheClock::Drift::SteppedBack) {
        // By the clock as it was; others' may have been ahead. A step before this one may have been from later.
        m_distrustedUntil.store(std::max(m_distrustedUntil.load(), m_clock.now() + CacheClock::Tolerance));
        if (m_memory)
            m_memory->clear(RemovalCause::Expired);
    }
    if (drift != CacheClock::Drift::None)
        m_clock.follow();
    m_isFollowingClock.store(false);
    if (drift != CacheClock::Drift::SteppedBack)
        return;
    CacheCounters::add(m_counters.clockSteps);
    // What was stored meanwhile has a life by the clock as it was.
    if (m_memory)
        m_memory->clear(RemovalCause::Expired);
    if (invalidate(Target::region(), QByteArrayLiteral("clock stepped back"), m_options.operationTimeout))
        m_distrustedUntil.store(TrustsAll, std::memory_order_relaxed);
}

void CacheTiers::housekeep()
{
    checkClock();
    if (m_distrustedUntil.load(std::memory_order_relaxed) != TrustsAll
        && invalidate(Target::region(), QByteArrayLiteral("clock stepped back"), m_options.operationTimeout)) {
        m_distrustedUntil.store(TrustsAll, std::memory_order_relaxed);
    }
    const QByteArray key(ProbeKey, sizeof ProbeKey - 1);
    const std::uint64_t hash = keyHash(key);
    if (m_readGate.isClosed() && !m_readGate.refusal()) {
        if (const auto answer = m_backend->read(m_regionId, key, hash, m_options.operationTimeout); answer)
            m_readGate.succeeded();
        else
            m_readGate.failed(answer.error());
    }
    if (m_writeGate.isClosed() && !m_writeGate.refusal()) {
        WriteOperation removal;
        removal.kind = WriteOperation::Kind::Remove;
        removal.regionId = m_regionId;
        removal.key = key;
        removal.keyHash = hash;
        std::vector<WriteOperation> operations;
        operations.push_back(std::move(removal));
        if (const auto answer = m_backend->write(std::move(operations), m_options.operationTimeout); answer)
            m_writeGate.succeeded();
        else
            m_writeGate.failed(answer.error());
    }
    if (m_memory)
        m_memory->collect();
}

bool CacheTiers::isDegraded() const noexcept
{
    return m_readGate.isClosed() || m_writeGate.isClosed() || m_coherence.load(std::memory_order_acquire) == nullptr;
}

std::optional<Error> CacheTiers::lastStoreError() const
{
    std::optional<Error> error = m_readGate.isClosed() ? m_readGate.lastError() : m_writeGate.lastError();
    return error ? error : m_readGate.lastError();
}

CacheStatistics CacheTiers::statistics() const
{
    const auto get = [](const CacheCounters::Counter &counter) { return CacheCounters::get(counter); };
    const CacheCounters &c = m_counters;
    CacheStatistics s;
    s.at = m_clock.now();
    if (m_memory) {
        const MemoryTierStatistics memory = m_memory->statistics();
        s.memory.hits = memory.hits;
        s.memory.misses = memory.misses;
        s.memory.expired = memory.expired;
        s.memory.outdated = memory.outdated;
        s.memory.bypasses = memory.bypasses;
        s.memory.puts = memory.puts;
        s.memory.rejectedPuts = memory.putsOutdated + memory.putsTooLarge;
        s.memory.removals = memory.removals;
        s.memory.entries = memory.entries;
        s.memory.bytes = memory.bytes;
        s.memory.lookupTime = memory.lookupTime;
        s.negativeHits = memory.negativeHits;
    }
    s.memory.maximumEntries = static_cast<std::uint64_t>(m_options.memoryEntries);
    s.memory.maximumBytes = static_cast<std::uint64_t>(m_options.memoryBytes);
    s.disk.hits = get(c.diskHits);
    s.disk.misses = get(c.diskMisses);
    s.disk.expired = get(c.diskExpired);
    s.disk.puts = get(c.diskPuts);
    s.disk.rejectedPuts = get(c.diskRejectedPuts);
    s.disk.removals = get(c.diskRemovals);
    s.disk.batches = get(c.batches);
    s.disk.batchedWrites = get(c.batchedWrites);
    s.disk.readErrors = get(c.readErrors);
    s.disk.writeErrors = get(c.writeErrors);
    s.disk.readTime = c.readTime.snapshot();
    s.disk.writeTime = c.writeTime.snapshot();
    s.hits = s.memory.hits + get(c.hitsBelowMemory);
    s.negativeHits += get(c.negativeHitsBelowMemory);
    s.misses = get(c.misses);
    s.failures = get(c.failures);
    s.loadSuccesses = get(c.loadSuccesses);
    s.loadFailures = get(c.loadFailures);
    s.loadTimeouts = get(c.loadTimeouts);
    s.joinedLoads = get(c.joinedLoads);
    s.refreshes = get(c.refreshes);
    s.staleServed = get(c.staleServed);
    s.degradedHits = get(c.degradedHits);
    s.decodeErrors = get(c.decodeErrors);
    s.lostWrites = get(c.lostWrites);
    s.clockSteps = get(c.clockSteps);
    s.storeOutages = m_readGate.closings() + m_writeGate.closings();
    s.loadTime = c.loadTime.snapshot();
    s.loadsInFlight = get(c.loadsInFlight);
    s.degraded = isDegraded();
    return s;
}

} // namespace Infra::Detail
