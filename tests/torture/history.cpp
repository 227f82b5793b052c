// SPDX-License-Identifier: MIT
#include "history.h"

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <unordered_map>

namespace InfraTorture {
namespace {

constexpr std::size_t MostFindings = 20;
constexpr std::uint64_t Never = std::numeric_limits<std::uint64_t>::max();

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
    bool isLoad;
};

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

    std::unordered_map<std::uint64_t, std::vector<Write>> writes; // More than one when an older copy brought a value back.
    std::unordered_map<std::uint64_t, std::uint64_t> setTimes; // When each set by a process began.
    std::vector<std::vector<Interval>> changes(keyCount);       // Acknowledged sets and invalidations.
    std::vector<std::vector<Interval>> sets(keyCount);          // Acknowledged sets.
    std::vector<std::vector<Interval>> invalidations(keyCount); // All that may have happened.
    std::vector<std::vector<Interval>> everything(keyCount);    // Sets too.
    std::vector<std::vector<const Operation *>> loads(keyCount);
    for (const Operation &operation : operations) {
        const bool acknowledged = operation.end != 0 && operation.outcome == Operation::Outcome::Acknowledged;
        if (operation.kind == Operation::Kind::Set) {
            writes[operation.value].push_back({operation.key, operation.begin, latestEnd(operation), false});
            everything[operation.key].push_back({operation.begin, latestEnd(operation)});
            if (acknowledged) {
                changes[operation.key].push_back({operation.begin, operation.end});
                sets[operation.key].push_back({operation.begin, operation.end});
            }
            // What an older copy brought back was seen before, too.
            if (operation.incarnation != 0)
                setTimes[operation.value] = operation.begin;
        } else if (operation.kind == Operation::Kind::Load && operation.made != 0) {
            writes[operation.made].push_back({operation.key, operation.factoryBegin, operation.factoryBegin, true});
            if (operation.factoryEnd != 0)
                loads[operation.key].push_back(&operation);
        } else if (operation.kind == Operation::Kind::Invalidate && operation.outcome != Operation::Outcome::Refused) {
            for (std::uint32_t key = 0; key < keyCount; ++key) {
                if (operation.key != Operation::AllKeys && operation.key != key)
                    continue;
                if (acknowledged)
                    changes[key].push_back({operation.begin, operation.end});
                invalidations[key].push_back({operation.begin, latestEnd(operation)});
                everything[key].push_back(invalidations[key].back());
            }
        }
    }
    // A set that somebody has seen has happened, acknowledged or not.
    for (const Operation &operation : operations) {
        const bool isRead = operation.kind == Operation::Kind::Get || operation.kind == Operation::Kind::Load;
        if (!isRead || operation.end == 0 || operation.outcome != Operation::Outcome::Acknowledged)
            continue;
        if (const auto seen = setTimes.find(operation.value); seen != setTimes.end())
            changes[operation.key].push_back({seen->second, operation.end});
    }
    std::vector<LargestBefore> changeBegins;
    std::vector<LargestBefore> setBegins;
    std::vector<LargestBefore> invalidationEnds;
    for (std::uint32_t key = 0; key < keyCount; ++key) {
        changeBegins.emplace_back(changes[key], &Interval::end, &Interval::begin);
        setBegins.emplace_back(sets[key], &Interval::end, &Interval::begin);
        invalidationEnds.emplace_back(invalidations[key], &Interval::begin, &Interval::end);
    }

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
        const bool isRead = read.kind == Operation::Kind::Get || read.kind == Operation::Kind::Load;
        if (!isRead || read.end == 0 || read.outcome != Operation::Outcome::Acknowledged)
            continue;
        if (read.value == 0) {
            const std::uint64_t set = setBegins[read.key](read.begin);
            if (read.kind == Operation::Kind::Get && set != 0 && invalidationEnds[read.key](read.end) < set)
                report(verdict.lostWrites, "lost acknowledged write", read);
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
        if (const std::uint64_t changed = changeBegins[read.key](read.begin); changed > latest->effectiveEnd) {
            const QString why = QStringLiteral(", written until %1 us before, changed from %2 us before")
                                    .arg((read.begin - latest->effectiveEnd) / 1000).arg((read.begin - changed) / 1000);
            if (latest->isLoad)
                report(verdict.resurrections, "resurrection", read, why);
            else
                report(verdict.staleReads, "stale read", read, why);
        }
    }
    return verdict;
}

} // namespace InfraTorture
