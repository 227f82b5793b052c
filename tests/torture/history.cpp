// SPDX-License-Identifier: MIT
#include "history.h"

#include "lives.h"

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <new>
#include <unordered_map>

namespace InfraTorture {
namespace {

constexpr std::size_t MostFindings = 20;

struct Interval
{
    std::uint64_t begin;
    std::uint64_t end;
};

// Answers: among intervals with `by` < x, the largest `of`.
class LargestBefore
{
public:
    LargestBefore(std::vector<Interval> intervals, std::uint64_t Interval::*by, std::uint64_t Interval::*of)
        : m_intervals(std::move(intervals)), m_by(by)
    {
        std::sort(m_intervals.begin(), m_intervals.end(),
                  [by](const Interval &a, const Interval &b) { return a.*by < b.*by; });
        std::uint64_t largest = 0;
        for (const Interval &interval : m_intervals)
            m_largest.push_back(largest = std::max(largest, interval.*of));
    }
    // 0 when there is none.
    [[nodiscard]] std::uint64_t operator()(std::uint64_t moment) const
    {
        const auto end = std::lower_bound(m_intervals.begin(), m_intervals.end(), moment,
                                          [this](const Interval &interval, std::uint64_t x) { return interval.*m_by < x; });
        return end == m_intervals.begin() ? 0 : m_largest[static_cast<std::size_t>(end - m_intervals.begin()) - 1];
    }

private:
    std::vector<Interval> m_intervals;
    std::uint64_t Interval::*m_by;
    std::vector<std::uint64_t> m_largest;
};

struct Write
{
    std::uint32_t key;
    std::uint64_t begin;
    std::uint64_t effectiveEnd; // It rests on nothing newer, and did not happen later.
    Lives::Entry entry;
    bool isLoad;
};

// What was written to one key, to be asked for what may still be there.
class Writes
{
public:
    explicit Writes(std::vector<Write> writes) : m_writes(std::move(writes))
    {
        std::sort(m_writes.begin(), m_writes.end(), [](const Write &a, const Write &b) { return a.begin < b.begin; });
        std::uint64_t latest = 0;
        for (const Write &write : m_writes)
            m_latestEnds.push_back(latest = std::max(latest, write.effectiveEnd));
    }
    enum class Left { Nothing, Expired, Alive };
    // For a call that found something, when the last change that is certain before it began at `changed`.
    template<class IsAlive>
    [[nodiscard]] Left left(const Operation &call, std::uint64_t changed, IsAlive isAlive) const
    {
        const auto behind = std::upper_bound(m_writes.begin(), m_writes.end(), call.end,
                                             [](std::uint64_t moment, const Write &write) { return moment < write.begin; });
        Left found = Left::Nothing;
        for (auto i = static_cast<std::size_t>(behind - m_writes.begin()); i-- > 0 && m_latestEnds[i] >= changed;) {
            if (m_writes[i].effectiveEnd < changed)
                continue;
            if (isAlive(m_writes[i]))
                return Left::Alive;
            found = Left::Expired;
        }
        return found;
    }

private:
    std::vector<Write> m_writes;             // In the order in which they began.
    std::vector<std::uint64_t> m_latestEnds; // The latest of each and all before it.
};

std::uint64_t sum(std::uint64_t a, std::uint64_t b)
{
    return a > Never - b ? Never : a + b;
}

} // namespace

struct OperationLog::Header
{
    std::atomic<std::uint64_t> next{0};
    std::array<ProcessState, MostProcesses> states{};
};

std::unique_ptr<OperationLog> OperationLog::create(std::size_t capacity)
{
    std::unique_ptr<OperationLog> log(new OperationLog);
    constexpr std::size_t HeaderBytes = 2 * 4096;
    static_assert(sizeof(Header) <= HeaderBytes);
    log->m_bytes = HeaderBytes + capacity * sizeof(Operation);
    void *memory = ::mmap(nullptr, log->m_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return nullptr;
    log->m_header = new (memory) Header;
    log->m_operations = reinterpret_cast<Operation *>(static_cast<char *>(memory) + HeaderBytes);
    log->m_capacity = capacity;
    return log;
}

OperationLog::~OperationLog()
{
    if (m_header)
        ::munmap(m_header, m_bytes);
}

Operation *OperationLog::begin(Operation::Kind kind, std::uint32_t incarnation, std::uint32_t key)
{
    const std::uint64_t index = m_header->next.fetch_add(1);
    if (index >= m_capacity)
        return nullptr;
    Operation *operation = new (m_operations + index) Operation;
    operation->key = key;
    operation->incarnation = incarnation;
    operation->begin = now();
    operation->kind = kind;
    return operation;
}

std::vector<Operation> OperationLog::operations() const
{
    const std::size_t count = std::min<std::size_t>(m_header->next.load(), m_capacity);
    return {m_operations, m_operations + count};
}

std::uint64_t OperationLog::now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

ProcessState &OperationLog::state(int process) const
{
    return m_header->states[static_cast<std::size_t>(process)];
}

Verdict judge(const std::vector<Operation> &operations, std::uint32_t keyCount, Permissions permissions)
{
    std::unordered_map<std::uint32_t, std::uint64_t> deaths;
    std::vector<Operation> pauses;
    for (const Operation &operation : operations) {
        if (operation.kind == Operation::Kind::Death)
            deaths[operation.incarnation] = operation.end;
        else if (operation.kind == Operation::Kind::Pause)
            pauses.push_back(operation);
    }
    const auto isOfAProcess = [](const Operation &operation) {
        return operation.incarnation != 0 && operation.kind != Operation::Kind::Unused
            && operation.kind != Operation::Kind::Death && operation.kind != Operation::Kind::Pause;
    };
    const auto wasStopped = [&](const Operation &operation) {
        return std::any_of(pauses.begin(), pauses.end(), [&](const Operation &pause) {
            return pause.incarnation == operation.incarnation && pause.begin < operation.end && operation.begin < pause.end;
        });
    };
    // A process that died can have done nothing afterwards.
    const auto latestEnd = [&](const Operation &operation) {
        if (operation.end != 0 && operation.outcome == Operation::Outcome::Acknowledged)
            return operation.end;
        const auto death = deaths.find(operation.incarnation);
        return death == deaths.end() ? Never : death->second;
    };

    // A life begins during the call that gives it, whatever comes of the call.
    const auto expiry = [&](const Operation &operation) {
        if (operation.life == 0)
            return Never;
        if (operation.returned != 0)
            return sum(operation.returned, operation.life);
        const auto death = deaths.find(operation.incarnation);
        const std::uint64_t end = operation.end != 0 ? operation.end : death == deaths.end() ? Never : death->second;
        return sum(end, operation.life);
    };
    // From when on it may be over.
    const auto earliestExpiry = [&](std::uint64_t begin, std::uint64_t life) {
        return begin + (life > permissions.clockError ? life - permissions.clockError : 0);
    };

    // Of all that happened together: who was the first to know that it did.
    std::unordered_map<std::uint64_t, std::uint64_t> callsSeen;
    std::unordered_map<std::uint64_t, std::uint64_t> valuesSeen;
    std::unordered_map<std::uint64_t, std::uint64_t> valuesSeenElsewhere; // By a process that did not write them.
    {
        std::unordered_map<std::uint64_t, std::uint64_t> calls; // By the values that they set.
        std::unordered_map<std::uint64_t, std::uint32_t> writers; // By the values that they set by write-behind.
        const auto see = [](auto &seen, std::uint64_t what, std::uint64_t moment) {
            const auto [first, isFirst] = seen.emplace(what, moment);
            if (!isFirst)
                first->second = std::min(first->second, moment);
        };
        for (const Operation &operation : operations) {
            if (operation.kind == Operation::Kind::Set && operation.isBehind)
                writers[operation.value] = operation.incarnation;
            if (operation.kind != Operation::Kind::Set || operation.call == 0)
                continue;
            calls[operation.value] = operation.call;
            if (operation.end != 0 && operation.outcome == Operation::Outcome::Acknowledged)
                see(callsSeen, operation.call, operation.end);
        }
        for (const Operation &operation : operations) {
            const bool isRead = operation.kind == Operation::Kind::Get || operation.kind == Operation::Kind::Load;
            if (!isRead || operation.value == 0 || operation.end == 0 || operation.outcome != Operation::Outcome::Acknowledged)
                continue;
            see(valuesSeen, operation.value, operation.end);
            if (const auto writer = writers.find(operation.value); writer != writers.end() && writer->second != operation.incarnation)
                see(valuesSeenElsewhere, operation.value, operation.end);
            if (const auto call = calls.find(operation.value); call != calls.end())
                see(callsSeen, call->second, operation.end);
        }
    }
    // Never when nobody has seen it.
    const auto seen = [&](const Operation &set) {
        // What its own process sees may not be committed.
        if (set.isBehind) {
            const auto elsewhere = valuesSeenElsewhere.find(set.value);
            return elsewhere == valuesSeenElsewhere.end() ? Never : elsewhere->second;
        }
        const auto value = valuesSeen.find(set.value);
        const auto call = callsSeen.find(set.call);
        return std::min(value == valuesSeen.end() ? Never : value->second, call == callsSeen.end() ? Never : call->second);
    };

    std::unordered_map<std::uint64_t, std::vector<Write>> writes; // More than one when an older copy brought a value back.
    std::vector<std::vector<Write>> writesOfKeys(keyCount);
    std::vector<std::vector<Interval>> changes(keyCount);       // Sets and invalidations that are known to have happened.
    std::vector<std::vector<Interval>> presences(keyCount);     // Sets, and touches that found something.
    std::vector<std::vector<Interval>> invalidations(keyCount); // All that may have happened.
    std::vector<std::vector<Interval>> expiries(keyCount);      // From when a life may be over, and until when it may have been given.
    std::vector<std::vector<Interval>> everything(keyCount);    // Sets too.
    std::unordered_map<std::uint64_t, std::vector<Interval>> ownChanges; // Write-behind sets, for their own process and key.
    const auto ofProcess = [](const Operation &operation) { return (std::uint64_t{operation.incarnation} << 32U) | operation.key; };
    std::vector<std::vector<Lives::Touch>> touches(keyCount);
    std::vector<std::vector<const Operation *>> loads(keyCount);
    const auto addWrite = [&](std::uint64_t value, const Write &write) {
        writes[value].push_back(write);
        writesOfKeys[write.key].push_back(write);
    };
    for (const Operation &operation : operations) {
        const bool acknowledged = operation.end != 0 && operation.outcome == Operation::Outcome::Acknowledged;
        const std::uint64_t latest = latestEnd(operation);
        if (operation.kind == Operation::Kind::Set) {
            const std::uint64_t settled = operation.returned != 0 ? operation.returned : latest;
            addWrite(operation.value, {operation.key, operation.begin, settled, {operation.begin, latest, expiry(operation)}, false});
            everything[operation.key].push_back({operation.begin, latest});
            // What an older copy brought back was seen before, too.
            const std::uint64_t known = std::min(acknowledged ? operation.end : Never, operation.incarnation != 0 ? seen(operation) : Never);
            if (known != Never) {
                changes[operation.key].push_back({operation.begin, known});
                if (!operation.isBehind && !operation.isLapsing)
                    presences[operation.key].push_back({operation.begin, known});
            }
            if (operation.returned != 0)
                ownChanges[ofProcess(operation)].push_back({operation.begin, operation.returned});
            if (operation.life != 0)
                expiries[operation.key].push_back({earliestExpiry(operation.begin, operation.life), latest});
        } else if (operation.kind == Operation::Kind::Load && operation.made != 0) {
            addWrite(operation.made, {operation.key, operation.factoryBegin, operation.factoryBegin,
                                      {operation.factoryBegin, latest, expiry(operation)}, true});
            if (operation.life != 0)
                expiries[operation.key].push_back({earliestExpiry(operation.factoryBegin, operation.life), operation.factoryBegin});
            if (operation.factoryEnd != 0)
                loads[operation.key].push_back(&operation);
        } else if (operation.kind == Operation::Kind::Load && operation.hasFoundNothing) {
            invalidations[operation.key].push_back({operation.factoryBegin, operation.factoryBegin});
            if (operation.factoryEnd != 0)
                loads[operation.key].push_back(&operation);
        } else if (operation.kind == Operation::Kind::Touch && operation.outcome != Operation::Outcome::Refused) {
            if (acknowledged && operation.value == 0)
                continue;
            touches[operation.key].push_back({&operation, latest, expiry(operation), acknowledged});
            if (acknowledged)
                presences[operation.key].push_back({operation.begin, operation.end});
            if (operation.life != 0)
                expiries[operation.key].push_back({earliestExpiry(operation.begin, operation.life), latest});
        } else if (operation.kind == Operation::Kind::Invalidate && operation.outcome != Operation::Outcome::Refused) {
            const bool isOfAll = operation.key == Operation::AllKeys;
            const std::uint32_t first = isOfAll ? 0 : operation.key;
            const std::uint32_t last = isOfAll ? keyCount : operation.key + operation.keyCount;
            for (std::uint32_t key = first; key < last; ++key) {
                if (acknowledged)
                    changes[key].push_back({operation.begin, operation.end});
                invalidations[key].push_back({operation.begin, latest});
                everything[key].push_back(invalidations[key].back());
            }
        }
    }
    std::vector<LargestBefore> changeBegins;
    std::vector<LargestBefore> presenceBegins;
    std::vector<LargestBefore> invalidationEnds;
    std::vector<LargestBefore> expiryEnds;
    std::vector<Writes> written;
    std::vector<Lives> lives;
    for (std::uint32_t key = 0; key < keyCount; ++key) {
        changeBegins.emplace_back(std::move(changes[key]), &Interval::end, &Interval::begin);
        presenceBegins.emplace_back(std::move(presences[key]), &Interval::end, &Interval::begin);
        invalidationEnds.emplace_back(std::move(invalidations[key]), &Interval::begin, &Interval::end);
        expiryEnds.emplace_back(std::move(expiries[key]), &Interval::begin, &Interval::end);
        written.emplace_back(std::move(writesOfKeys[key]));
        lives.emplace_back(std::move(touches[key]));
    }

    std::unordered_map<std::uint64_t, LargestBefore> ownChangeBegins;
    for (auto &[process, intervals] : ownChanges)
        ownChangeBegins.emplace(process, LargestBefore(std::move(intervals), &Interval::end, &Interval::begin));
    Verdict verdict;
    const auto report = [&](std::uint64_t &counter, const char *what, const Operation &read, const QString &why = {}) {
        ++counter;
        const bool mayHappen = (permissions.losses && &counter == &verdict.lostWrites)
            || (permissions.parallelLoads && &counter == &verdict.parallelLoads);
        if (verdict.findings.size() < MostFindings && !mayHappen) {
            verdict.findings.push_back({read.begin, QStringLiteral("%1: key %2, value %3, incarnation %4, at %5 for %6 us%7")
                                                        .arg(QLatin1String(what)).arg(read.key).arg(read.value, 0, 16).arg(read.incarnation)
                                                        .arg(read.begin).arg((read.end - read.begin) / 1000).arg(why)});
        }
    };
    for (std::uint32_t key = 0; key < keyCount; ++key) {
        const LargestBefore changeEnds(std::move(everything[key]), &Interval::begin, &Interval::end);
        std::sort(loads[key].begin(), loads[key].end(), [](const Operation *a, const Operation *b) { return a->factoryBegin < b->factoryBegin; });
        for (std::size_t i = 1; i < loads[key].size(); ++i) {
            const Operation &first = *loads[key][i - 1];
            const Operation &second = *loads[key][i];
            if (second.factoryBegin < first.factoryEnd && changeEnds(second.factoryBegin) < first.begin)
                report(verdict.parallelLoads, "parallel load", second);
        }
    }
    for (const Operation &read : operations) {
        verdict.operations += isOfAProcess(read);
        if (read.end > read.begin && isOfAProcess(read) && !wasStopped(read)) {
            verdict.longest = std::max(verdict.longest, read.end - read.begin);
            if (read.kind == Operation::Kind::Get)
                verdict.longestRead = std::max(verdict.longestRead, read.end - read.begin);
        }
        const bool isTouch = read.kind == Operation::Kind::Touch;
        const bool isRead = isTouch || read.kind == Operation::Kind::Get || read.kind == Operation::Kind::Load;
        if (!isRead || read.end == 0 || read.outcome != Operation::Outcome::Acknowledged)
            continue;
        if (read.value == 0) {
            const std::uint64_t present = presenceBegins[read.key](read.begin);
            if (read.kind == Operation::Kind::Load || present == 0 || invalidationEnds[read.key](read.end) >= present)
                continue;
            if (expiryEnds[read.key](read.end) >= present)
                ++verdict.expiredMisses;
            else
                report(verdict.lostWrites, "lost acknowledged write", read);
            continue;
        }
        const auto isOver = [&](const Write &write) {
            return sum(lives[read.key].latestExpiry(write.entry, read), permissions.clockError) < read.begin;
        };
        if (isTouch) {
            switch (written[read.key].left(read, changeBegins[read.key](read.begin), [&](const Write &write) { return !isOver(write); })) {
            case Writes::Left::Nothing:
                report(verdict.staleReads, "touch of an entry that was gone", read);
                break;
            case Writes::Left::Expired:
                report(verdict.outlivedLives, "touch of an entry that had expired", read);
                break;
            case Writes::Left::Alive:
                break;
            }
            continue;
        }
        if (read.value == read.made)
            continue;
        const auto found = writes.find(read.value);
        const Write *latest = nullptr;
        if (found != writes.end()) {
            for (const Write &write : found->second) {
                if (write.key == read.key && write.begin <= read.end && (!latest || write.effectiveEnd > latest->effectiveEnd))
                    latest = &write;
            }
        }
        if (!latest) {
            report(verdict.unknownValues, "value that nobody wrote", read);
            continue;
        }
        std::uint64_t changed = changeBegins[read.key](read.begin);
        if (const auto own = ownChangeBegins.find(ofProcess(read)); own != ownChangeBegins.end())
            changed = std::max(changed, own->second(read.begin));
        if (changed > latest->effectiveEnd) {
            const QString why = QStringLiteral(", written until %1 us before, changed from %2 us before")
                                    .arg((read.begin - latest->effectiveEnd) / 1000).arg((read.begin - changed) / 1000);
            if (latest->isLoad)
                report(verdict.resurrections, "resurrection", read, why);
            else
                report(verdict.staleReads, "stale read", read, why);
        } else if (found->second.size() == 1 && isOver(*latest)) {
            const std::uint64_t over = lives[read.key].latestExpiry(latest->entry, read);
            report(verdict.outlivedLives, "entry that outlived its TTL", read,
                   QStringLiteral(", expired %1 us before").arg((read.begin - over) / 1000));
        }
    }
    return verdict;
}

} // namespace InfraTorture
