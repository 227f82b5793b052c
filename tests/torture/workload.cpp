// SPDX-License-Identifier: MIT
#include "workload.h"

#include "core/random.h"
#include "store/sqlitestore.h"

#include <infra/cache.h>

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace InfraTorture {

using namespace Infra;
using namespace Infra::Detail;

namespace {

// Set by a signal, read by every thread.
std::atomic<bool> s_isEnding{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// One operation in so many is on the calm region.
constexpr std::uint64_t CalmPart = 8;
// One in so many of the others on the region of write-behind.
constexpr std::uint64_t BehindPart = 8;
// One in so many of the rest on the region of what lapses.
constexpr std::uint64_t LapsingPart = 8;
// One load in so many finds that there is no value.
constexpr std::uint64_t NothingPart = 6;
// Others take so many microseconds at most; on the region of write-behind one in so many takes longer: beyond what a store allows two
// clocks to differ by, so that what is set meanwhile is of a later moment.
constexpr std::uint64_t LongestLoad = 300;
constexpr std::uint64_t SlowPart = 2;
constexpr std::uint64_t LongestSlowLoad = 20'000;
// Two loads in so many of what lapses fail, for at most so many microseconds each; half of their callers wait for less.
constexpr std::uint64_t FailurePart = 5;
constexpr std::uint64_t LongestLapsingLoad = 3'000;
constexpr std::chrono::milliseconds ShortPatience{1};
constexpr std::chrono::milliseconds Throttle{5};
// Write-behind waits for long in one process of so many, for longer than a load that ends meanwhile may pass for about as old.
constexpr std::uint32_t PatientPart = 3;
constexpr std::chrono::milliseconds BehindDelay{2};
constexpr std::chrono::milliseconds LongBehindDelay{12};

std::chrono::milliseconds behindDelay(std::uint32_t incarnation)
{
    return incarnation % PatientPart == 0 ? LongBehindDelay : BehindDelay;
}
// How long a process leaves the calm region unchanged on average.
constexpr std::uint64_t CalmPause = 80'000'000;
// One entry in so many of the busy region has a TTL, and one in so many of the calm region has none.
constexpr std::uint64_t MortalPart = 8;
constexpr std::uint64_t ImmortalPart = 4;
// One read in so many is of several keys at once.
constexpr std::uint64_t ManyPart = 8;
constexpr std::uint64_t MostReadTogether = 6;

// The keys of one region.
// Both threads of a process use it.
struct SharedCache
{
    explicit SharedCache(Cache &shared) : cache(shared) {}
    // Now, or since the last call: the other thread may have succeeded since this one failed.
    [[nodiscard]] bool wasDegraded()
    {
        const std::uint64_t outages = cache.statistics().storeOutages;
        std::uint64_t seen = outagesSeen.load();
        while (seen < outages && !outagesSeen.compare_exchange_weak(seen, outages)) { }
        return seen < outages || cache.isDegraded();
    }

    Cache &cache;
    std::atomic<std::uint64_t> outagesSeen{0};
};

struct Place
{
    SharedCache &shared;
    std::uint32_t firstKey;
    std::uint32_t keyCount;
    enum class Kind { Busy, Calm, Behind, Lapsing };
    Kind kind;
};

// Random operations, one after the other.
class Worker
{
public:
    Worker(const Workload &workload, SharedCache &busy, SharedCache &calm, SharedCache &behind, SharedCache &lapsing,
           const SqliteStore &store, OperationLog &log, int process, std::uint32_t incarnation, std::uint32_t thread)
        : m_workload(workload), m_busy{busy, 0, workload.keyCount, Place::Kind::Busy},
          m_calm{calm, workload.keyCount, Workload::CalmKeyCount, Place::Kind::Calm},
          m_behind{behind, workload.keyCount + Workload::CalmKeyCount, Workload::BehindKeyCount, Place::Kind::Behind},
          m_lapsing{lapsing, workload.keyCount + Workload::CalmKeyCount + Workload::BehindKeyCount,
                    Workload::LapsingKeyCount, Place::Kind::Lapsing},
          m_store(store), m_log(log), m_state(log.state(process)), m_incarnation(incarnation),
          m_random(workload.seed ^ ((std::uint64_t{incarnation} + (std::uint64_t{thread} << 32U)) * 0x9e3779b97f4a7c15ULL)),
          m_readsOnly(process >= workload.firstReadOnly), m_sequence(thread << 31U)
    {
        waitForCalmChange();
    }

    // False when the log is full.
    bool step()
    {
        if (m_random.below(CalmPart) == 0)
            return stepCalm();
        if (m_random.below(BehindPart) == 0)
            return stepBehind();
        if (m_random.below(LapsingPart) == 0)
            return stepLapsing();
        const std::uint64_t dice = m_random.below(100);
        if (dice < 58 || m_readsOnly)
            return read(m_busy);
        if (dice < 72)
            return set(m_busy, drawKey(m_busy));
        if (dice < 75)
            return setMany(m_busy);
        if (dice < 88)
            return load(m_busy, drawKey(m_busy));
        if (dice < 91)
            return touch(m_busy, drawKey(m_busy));
        return invalidate(m_busy, drawKey(m_busy), m_random.below(m_busy.keyCount));
    }

private:
    bool stepCalm()
    {
        if (m_readsOnly || OperationLog::now() < m_nextCalmChange)
            return read(m_calm);
        waitForCalmChange();
        const std::uint64_t dice = m_random.below(100);
        if (dice < 30)
            return set(m_calm, drawKey(m_calm));
        if (dice < 42)
            return setMany(m_calm);
        if (dice < 52)
            return load(m_calm, drawKey(m_calm));
        if (dice < 92)
            return touch(m_calm, drawKey(m_calm));
        return invalidate(m_calm, drawKey(m_calm), m_random.below(m_calm.keyCount));
    }
    bool stepBehind()
    {
        const std::uint64_t dice = m_random.below(100);
        if (dice < 60 || m_readsOnly)
            return read(m_behind);
        if (dice < 82)
            return set(m_behind, drawKey(m_behind));
        if (dice < 94)
            return load(m_behind, drawKey(m_behind));
        return invalidate(m_behind, drawKey(m_behind), m_random.below(m_behind.keyCount));
    }
    bool stepLapsing()
    {
        const std::uint64_t dice = m_random.below(100);
        if (dice < 25 || m_readsOnly)
            return read(m_lapsing);
        if (dice < 40)
            return set(m_lapsing, drawKey(m_lapsing));
        if (dice < 45)
            return setMany(m_lapsing);
        if (dice < 92)
            return loadLapsing(drawKey(m_lapsing));
        return invalidate(m_lapsing, drawKey(m_lapsing), m_random.below(m_lapsing.keyCount));
    }
    // As often in processes that are killed soon as in others: where in its pause one begins is random, too.
    void waitForCalmChange() { m_nextCalmChange = OperationLog::now() + m_random.below(2 * CalmPause); }

    [[nodiscard]] std::uint32_t drawKey(const Place &place)
    {
        return place.firstKey + static_cast<std::uint32_t>(m_random.below(place.keyCount));
    }
    [[nodiscard]] static std::uint32_t firstOfTag(std::uint32_t key) { return key - key % Workload::KeysPerTag; }
    [[nodiscard]] static QByteArray tag(std::uint32_t key) { return "tag:" + QByteArray::number(firstOfTag(key)); }
    // Not longer than the entry is likely to be left alone.
    [[nodiscard]] std::chrono::milliseconds drawLife(const Place &place)
    {
        return std::chrono::milliseconds(place.kind == Place::Kind::Calm ? 5 + m_random.below(300) : 1 + m_random.below(20));
    }
    [[nodiscard]] EntryOptions drawOptions(const Place &place, std::uint32_t key)
    {
        EntryOptions options;
        options.tags = {tag(key)};
        if (place.kind == Place::Kind::Calm ? m_random.below(ImmortalPart) != 0 : m_random.below(MortalPart) == 0)
            options.timeToLive = drawLife(place);
        if (place.kind == Place::Kind::Lapsing) {
            options.timeToLive = drawLife(place);
            options.failSafe = 10 * drawLife(place);
        }
        return options;
    }
    // What the judge is to know of it.
    static void describe(Operation &operation, const Place &place, const EntryOptions &options)
    {
        operation.isBehind = place.kind == Place::Kind::Behind;
        operation.isLapsing = place.kind == Place::Kind::Lapsing;
        operation.life = operation.isLapsing ? 0 : nanoseconds(options.timeToLive);
    }
    [[nodiscard]] static std::uint64_t nanoseconds(std::chrono::milliseconds duration)
    {
        return static_cast<std::uint64_t>(std::chrono::nanoseconds(duration).count());
    }
    [[nodiscard]] std::uint64_t newValue() { return (std::uint64_t{m_incarnation} << 32U) | ++m_sequence; }
    [[nodiscard]] std::uint64_t numberIn(const Result<Cache::Value> &value) const
    {
        return value && *value ? m_workload.numberIn(**value) : 0;
    }

    // The lock, or the disk, was not to be had, so the one transaction of the call was rolled back.
    [[nodiscard]] static Operation::Outcome outcomeOf(const Error &error)
    {
        return error.kind == Error::Kind::Busy || error.kind == Error::Kind::DiskFull ? Operation::Outcome::Refused
                                                                                    : Operation::Outcome::Unknown;
    }

    // The other thread may have succeeded meanwhile; then the store has been well again since.
    [[nodiscard]] bool wasUnwellSince(std::uint64_t moment) const
    {
        const StoreHealth health = m_store.health();
        const std::chrono::nanoseconds ago(OperationLog::now() - moment);
        return health.state != StoreHealth::State::Available
            || health.since >= std::chrono::floor<std::chrono::milliseconds>(Clock::system().systemNow() - ago);
    }
    // `operations` are those of one call.
    template<class T>
    bool finish(std::span<Operation *const> operations, const Place &place, const Result<T> &result, std::atomic<std::uint64_t> &failures)
    {
        const std::uint64_t end = OperationLog::now();
        for (Operation *operation : operations) {
            operation->outcome = result ? Operation::Outcome::Acknowledged : outcomeOf(result.error());
            // What was not flushed now is so later, by the timer.
            if (operation->isBehind && !result)
                operation->outcome = Operation::Outcome::Unknown;
            operation->end = end;
        }
        m_state.progress.fetch_add(1);
        m_state.quarantines.store(m_store.statistics().quarantines);
        // Also of a call that did well: a load whose value could not be stored closes the gate that others are refused by.
        m_state.unwell.fetch_add(wasUnwellSince(operations.front()->begin) ? 1 : 0);
        if (result)
            return true;
        failures.fetch_add(1);
        m_state.errorsByKind[static_cast<std::size_t>(result.error().kind)].fetch_add(1);
        m_state.degraded.fetch_add(place.shared.wasDegraded() ? 1 : 0);
        // A limit of the files' size, by which a disk is full for these processes only, is an input or output error to SQLite.
        const bool isFull = result.error().kind == Error::Kind::DiskFull || result.error().kind == Error::Kind::Io;
        // Nor does who was not let through to the store say anything about it now.
        const bool isRefused = result.error().message.startsWith(QLatin1String("The store failed a moment ago"));
        m_state.failedByFullDisk.fetch_add(isFull && !isRefused ? 1 : 0);
        return true;
    }
    template<class T>
    bool finish(Operation *operation, const Place &place, const Result<T> &result, std::atomic<std::uint64_t> &failures)
    {
        return finish(std::span<Operation *const>(&operation, 1), place, result, failures);
    }
    bool read(const Place &place) { return m_random.below(ManyPart) == 0 ? getMany(place) : get(place, drawKey(place)); }
    bool get(const Place &place, std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Get, m_incarnation, key);
        if (!operation)
            return false;
        const auto value = place.shared.cache.get(Workload::key(key));
        operation->value = numberIn(value);
        m_state.hits.fetch_add(operation->value != 0 ? 1 : 0);
        return finish(operation, place, value, failedReads(place));
    }
    // Write-behind may have to commit before it reads.
    [[nodiscard]] std::atomic<std::uint64_t> &failedReads(const Place &place) const
    {
        return place.kind == Place::Kind::Behind && !m_readsOnly ? m_state.failedWrites : m_state.failedReads;
    }
    bool getMany(const Place &place)
    {
        std::vector<Operation *> operations;
        QByteArrayList keys;
        for (std::uint64_t i = 1 + m_random.below(MostReadTogether); i > 0; --i) {
            const std::uint32_t key = drawKey(place);
            operations.push_back(m_log.begin(Operation::Kind::Get, m_incarnation, key));
            if (!operations.back())
                return false;
            keys.append(Workload::key(key));
        }
        const auto values = place.shared.cache.getMany(keys);
        for (std::size_t i = 0; values && i < operations.size(); ++i) {
            // Results that are not one for each key are nobody's.
            operations[i]->value = values->size() != operations.size() ? Workload::WrongValue : numberIn(Result<Cache::Value>((*values)[i]));
            m_state.hits.fetch_add(operations[i]->value != 0 ? 1 : 0);
        }
        return finish(operations, place, values, failedReads(place));
    }
    bool set(const Place &place, std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Set, m_incarnation, key);
        if (!operation)
            return false;
        const EntryOptions options = drawOptions(place, key);
        operation->value = newValue();
        describe(*operation, place, options);
        auto done = place.shared.cache.set(Workload::key(key), m_workload.value(operation->value), options);
        if (operation->isBehind && done) {
            operation->returned = OperationLog::now();
            // Beyond the delay now and then, so that the timer commits too.
            const auto longest = static_cast<std::uint64_t>(std::chrono::microseconds(2 * behindDelay(m_incarnation)).count());
            std::this_thread::sleep_for(std::chrono::microseconds(m_random.below(longest)));
            done = place.shared.cache.flush(m_workload.operationTimeout);
        }
        m_state.writes.fetch_add(done ? 1 : 0);
        return finish(operation, place, done, m_state.failedWrites);
    }
    // Of keys of one tag, as all entries of the call have the same.
    bool setMany(const Place &place)
    {
        const std::uint32_t first = firstOfTag(drawKey(place));
        const EntryOptions options = drawOptions(place, first);
        std::vector<Operation *> operations;
        std::vector<std::pair<QByteArray, QByteArray>> entries;
        const std::uint64_t call = newValue();
        // Of a key that is given twice the last value counts: nobody may ever read the first.
        if (m_random.below(2) == 0)
            entries.emplace_back(Workload::key(first + Workload::KeysPerTag - 1), m_workload.value(newValue()));
        const auto leftOut = static_cast<std::uint32_t>(m_random.below(Workload::KeysPerTag));
        for (std::uint32_t i = 0; i < Workload::KeysPerTag; ++i) {
            if (i == leftOut && i + 1 < Workload::KeysPerTag)
                continue;
            operations.push_back(m_log.begin(Operation::Kind::Set, m_incarnation, first + i));
            if (!operations.back())
                return false;
            operations.back()->value = newValue();
            describe(*operations.back(), place, options);
            operations.back()->call = call;
            entries.emplace_back(Workload::key(first + i), m_workload.value(operations.back()->value));
        }
        const auto done = place.shared.cache.setMany(entries, options);
        m_state.writes.fetch_add(done ? 1 : 0);
        return finish(operations, place, done, m_state.failedWrites);
    }
    bool load(const Place &place, std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Load, m_incarnation, key);
        if (!operation)
            return false;
        EntryOptions options = drawOptions(place, key);
        options.negativeTimeToLive = drawLife(place);
        describe(*operation, place, options);
        const bool findsNothing = m_random.below(NothingPart) == 0;
        const bool isSlow = place.kind == Place::Kind::Behind && m_random.below(SlowPart) == 0;
        const std::chrono::microseconds duration(m_random.below(isSlow ? LongestSlowLoad : LongestLoad));
        const auto factory = [&]() -> Result<Cache::Value> {
            operation->factoryBegin = OperationLog::now();
            operation->hasFoundNothing = findsNothing;
            operation->made = findsNothing ? 0 : newValue();
            std::this_thread::sleep_for(duration);
            operation->factoryEnd = OperationLog::now();
            return findsNothing ? Cache::Value() : m_workload.value(operation->made);
        };
        const auto value = place.shared.cache.getOrCompute(Workload::key(key), factory, options, m_workload.operationTimeout);
        return finishLoad(operation, place, value);
    }
    bool finishLoad(Operation *operation, const Place &place, const Result<Cache::Value> &value)
    {
        operation->value = numberIn(value);
        const bool isLate = !value && value.error().kind == Error::Kind::Timeout;
        return finish(operation, place, value, isLate ? m_state.timedOutLoads : m_state.failedLoads);
    }
    // The factory runs when the cache sees fit, also behind the call, for which the log is there.
    bool loadLapsing(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Load, m_incarnation, key);
        if (!operation)
            return false;
        EntryOptions options = drawOptions(m_lapsing, key);
        options.eagerRefresh = 0.5;
        options.failSafeThrottle = Throttle;
        if (m_random.below(2) == 0)
            options.softFactoryTimeout = ShortPatience;
        describe(*operation, m_lapsing, options);
        const std::uint64_t made = m_random.below(FailurePart) < 2 ? 0 : newValue();
        const std::chrono::microseconds duration(m_random.below(LongestLapsingLoad));
        struct Progress
        {
            std::atomic<bool> hasReturned = false;
            std::atomic<bool> hasFailed = false;
        };
        const auto progress = std::make_shared<Progress>();
        const auto factory = [operation, made, duration, progress, bytes = m_workload.value(made), &state = m_state]() -> Result<Cache::Value> {
            state.loadedBehind.fetch_add(progress->hasReturned ? 1 : 0);
            operation->factoryBegin = OperationLog::now();
            operation->made = made;
            std::this_thread::sleep_for(duration);
            operation->factoryEnd = OperationLog::now();
            progress->hasFailed = made == 0;
            if (made == 0)
                return failure(Error::Kind::FactoryFailed, QStringLiteral("the source is down"));
            return bytes;
        };
        const Result<Cache::Value> value = m_random.below(2) == 0
            ? m_lapsing.shared.cache.getOrCompute(Workload::key(key), factory, options, m_workload.operationTimeout)
            : m_lapsing.shared.cache.getOrComputeAsync(Workload::key(key), factory, options, m_workload.operationTimeout).result();
        progress->hasReturned = true;
        m_state.servedStale.fetch_add(progress->hasFailed && value ? 1 : 0);
        // Fails as it should when there is nothing to serve instead.
        if (!value && value.error().kind == Error::Kind::FactoryFailed)
            return finish(operation, m_lapsing, Result<void>(), m_state.failedLoads);
        return finishLoad(operation, m_lapsing, value);
    }
    bool touch(const Place &place, std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Touch, m_incarnation, key);
        if (!operation)
            return false;
        const std::chrono::milliseconds life = m_random.below(2) == 0 ? std::chrono::milliseconds(0) : drawLife(place);
        operation->life = nanoseconds(life);
        const auto done = place.shared.cache.touch(Workload::key(key), life);
        operation->value = done && *done ? 1 : 0;
        m_state.writes.fetch_add(operation->value);
        return finish(operation, place, done, m_state.failedWrites);
    }
    bool invalidate(const Place &place, std::uint32_t key, std::uint64_t how)
    {
        const QByteArray name = Workload::key(key);
        const std::array<Target, 4> targets{Target::prefix(name), Target::glob(name), Target::tag(tag(key)), Target::key(name)};
        Target target = targets[how % targets.size()];
        std::uint32_t first = key;
        std::uint32_t count = 1;
        if (how == 0) {
            target = Target::region();
            first = place.firstKey;
            count = place.keyCount;
        } else if (target.kind() == Target::Kind::Tag) {
            first = firstOfTag(key);
            count = Workload::KeysPerTag;
        }
        Operation *operation = m_log.begin(Operation::Kind::Invalidate, m_incarnation, first);
        if (!operation)
            return false;
        operation->keyCount = count;
        return finish(operation, place, place.shared.cache.invalidate(target, m_workload.operationTimeout), m_state.failedWrites);
    }

    const Workload &m_workload;
    const Place m_busy;
    const Place m_calm;
    const Place m_behind;
    const Place m_lapsing;
    const SqliteStore &m_store;
    OperationLog &m_log;
    ProcessState &m_state;
    const std::uint32_t m_incarnation;
    Random m_random;
    const bool m_readsOnly;
    std::uint32_t m_sequence; // No two threads of a process have one in common.
    std::uint64_t m_nextCalmChange = 0;
};

} // namespace

QByteArray Workload::key(std::uint32_t number)
{
    // The same length for all, so that none is a prefix of another.
    return "key:" + QByteArray::number(number).rightJustified(4, '0');
}

QByteArray Workload::value(std::uint64_t number) const
{
    QByteArray bytes = QByteArray::number(qulonglong(number));
    if (maximumPadding == 0)
        return bytes;
    Random random(number);
    const auto padding = static_cast<qsizetype>(random.below(maximumPadding + 1));
    bytes.reserve(bytes.size() + 1 + padding);
    bytes += ':';
    for (qsizetype i = 0; i < padding; ++i)
        bytes += static_cast<char>(random.next());
    return bytes;
}

std::uint64_t Workload::numberIn(const QByteArray &bytes) const
{
    const qsizetype end = bytes.indexOf(':');
    bool valid = false;
    const std::uint64_t number = (end < 0 ? bytes : bytes.left(end)).toULongLong(&valid);
    return valid && number != 0 && value(number) == bytes ? number : WrongValue;
}

void Workload::run(OperationLog &log, int process, std::uint32_t incarnation) const
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGTERM, [](int) { s_isEnding = true; });
    sigset_t terminate;
    ::sigemptyset(&terminate);
    ::sigaddset(&terminate, SIGTERM);
    ::sigprocmask(SIG_UNBLOCK, &terminate, nullptr);
    // A write beyond RLIMIT_FSIZE is an error, not a death.
    std::signal(SIGXFSZ, SIG_IGN);
    ProcessState &state = log.state(process);
    const auto refused = [&](const Error &error) {
        state.errorsByKind[static_cast<std::size_t>(error.kind)].fetch_add(1);
        if (state.refusedOpens.fetch_add(1) == 0)
            std::fprintf(stderr, "process %d cannot open the store yet: %s\n", process, qPrintable(toString(error)));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    };
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    options.housekeepingInterval = housekeepingInterval;
    if (process >= firstReadOnly)
        options.accessMode = StoreOptions::AccessMode::ReadOnly;
    CacheOptions cacheOptions;
    cacheOptions.operationTimeout = operationTimeout;
    while (!s_isEnding) {
        auto store = SqliteStore::open(options, path, faults);
        if (!store) {
            refused(store.error());
            continue;
        }
        const auto busy = Cache::create(*store, QByteArray(RegionName), cacheOptions);
        if (!busy) {
            refused(busy.error());
            continue;
        }
        const auto calm = Cache::create(*store, QByteArray(CalmRegionName), cacheOptions);
        if (!calm) {
            refused(calm.error());
            continue;
        }
        CacheOptions behindOptions = cacheOptions;
        behindOptions.writePolicy = CacheOptions::WritePolicy::WriteBehind;
        behindOptions.writeBehindDelay = behindDelay(incarnation);
        const auto behind = Cache::create(*store, QByteArray(BehindRegionName), behindOptions);
        if (!behind) {
            refused(behind.error());
            continue;
        }
        const auto lapsing = Cache::create(*store, QByteArray(LapsingRegionName), cacheOptions);
        if (!lapsing) {
            refused(lapsing.error());
            continue;
        }
        SharedCache sharedBusy(**busy);
        SharedCache sharedCalm(**calm);
        SharedCache sharedBehind(**behind);
        SharedCache sharedLapsing(**lapsing);
        const auto work = [&](std::uint32_t thread) {
            Worker worker(*this, sharedBusy, sharedCalm, sharedBehind, sharedLapsing, **store, log, process, incarnation, thread);
            Random pause(incarnation + thread);
            while (!s_isEnding && worker.step())
                std::this_thread::sleep_for(std::chrono::microseconds(pause.below(60)));
            while (!s_isEnding)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
        };
        // Two, so that writes of one process meet in its queue and share transactions.
        std::thread second(work, 1);
        work(0);
        second.join();
    }
    ::_exit(0);
}

int Workload::fill(const QString &database, std::uint64_t first, AtEnd atEnd) const
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + database;
    auto store = SqliteStore::open(options, database);
    if (!store)
        return 1;
    auto cache = Cache::create(*store, QByteArray(RegionName));
    if (!cache)
        return 1;
    for (std::uint32_t i = 0; i < keyCount; ++i) {
        if (!(*cache)->set(key(i), value(first + i)))
            return 1;
    }
    if (atEnd == AtEnd::Die)
        ::_exit(0);
    return 0;
}

} // namespace InfraTorture
