// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace InfraTorture {

// One operation as its process saw it; times are CLOCK_MONOTONIC nanoseconds, the same clock for all processes.
struct Operation
{
    enum class Kind : std::uint32_t {
        Unused,
        Set,        // `value` was written.
        Get,        // `value` was read; 0: nothing.
        Load,       // getOrCompute(): `value` was returned; `made` is what its own factory made, 0 when it made nothing.
        Touch,      // `value` is 1 when there was an entry, 0 when there was none.
        Invalidate, // The key and those behind it, `keyCount` in all; or every key when `key` is AllKeys.
        Death,      // The process of this incarnation was gone at `end`.
        Pause       // The process of this incarnation was stopped from `begin` to `end`.
    };
    static constexpr std::uint32_t AllKeys = 0xffffffff;

    Kind kind = Kind::Unused;
    std::uint32_t key = 0;
    std::uint32_t keyCount = 1;
    std::uint32_t incarnation = 0;
    enum class Outcome : std::uint32_t {
        Acknowledged,
        Unknown, // It ended with an error, and may have happened or not.
        Refused  // It ended with an error that says that it did not happen.
    };
    Outcome outcome = Outcome::Acknowledged; // Once it has ended.
    std::uint64_t begin = 0;
    std::uint64_t end = 0;            // 0: it never ended.
    std::uint64_t value = 0;
    std::uint64_t life = 0;           // What a Set, a Load that makes something, or a Touch gives; in nanoseconds, 0: for ever.
    std::uint64_t returned = 0;       // When a write-behind Set returned, which ends when it was flushed; 0: it is none, or did not.
    bool isBehind = false;            // A write-behind Set: it may be dropped for a change that comes before its commit.
    bool isLapsing = false;           // Its life is not known: it may end, or last longer by fail-safe, at any time.
    bool hasFoundNothing = false;     // A Load whose factory said that there is no value, which is kept like one.
    std::uint64_t call = 0;           // The same for all that one setMany() sets; 0: it was set alone.
    std::uint64_t made = 0;
    std::uint64_t factoryBegin = 0;   // What the factory made rests on data read from here on.
    std::uint64_t factoryEnd = 0;
};

// How a process is doing; read by the one that torments it.
struct ProcessState
{
    std::atomic<std::uint64_t> progress{0};       // Operations finished, whatever came of them.
    std::atomic<std::uint64_t> writes{0};         // Writes acknowledged.
    std::atomic<std::uint64_t> hits{0};           // Reads that found a value.
    std::atomic<std::uint64_t> refusedOpens{0};   // The store could not be opened.
    std::atomic<std::uint64_t> servedStale{0};    // Loads that got a value though their own factory had failed,
    std::atomic<std::uint64_t> loadedBehind{0};   // and factories that were called behind the end of their call.
    std::atomic<std::uint64_t> failedReads{0};
    std::atomic<std::uint64_t> failedLoads{0};
    std::atomic<std::uint64_t> timedOutLoads{0};  // Mostly behind the load of another process.
    std::atomic<std::uint64_t> failedWrites{0};
    std::atomic<std::uint64_t> degraded{0};       // Failed operations behind which the cache said that it is degraded, or was,
    std::atomic<std::uint64_t> unwell{0};         // and any, by whose end its store was not available, or was not meanwhile.
    std::atomic<std::uint64_t> failedByFullDisk{0}; // Counted behind the two before.
    std::atomic<std::uint64_t> errorsByKind[32]{}; // By Error::Kind.
    std::atomic<std::uint64_t> quarantines{0};    // As the store's statistics count them, since the process started.
};

// Thread safety: begin() and the operation it returns may be used by several processes and threads at once.
//
// The operations of all processes in one mapping that outlives each of them.
class OperationLog
{
public:
    // Shared with the children that are forked from here on. Null when there is no memory.
    [[nodiscard]] static std::unique_ptr<OperationLog> create(std::size_t capacity);
    ~OperationLog();
    OperationLog(const OperationLog &) = delete;
    OperationLog &operator=(const OperationLog &) = delete;

    // A new operation that begins now; null when the log is full.
    [[nodiscard]] Operation *begin(Operation::Kind kind, std::uint32_t incarnation, std::uint32_t key);
    [[nodiscard]] std::vector<Operation> operations() const;
    [[nodiscard]] static std::uint64_t now();

    // Of one of the first MostProcesses processes.
    static constexpr int MostProcesses = 16;
    [[nodiscard]] ProcessState &state(int process) const;

private:
    OperationLog() = default;
    struct Header;
    Header *m_header = nullptr;
    Operation *m_operations = nullptr;
    std::size_t m_capacity = 0;
    std::size_t m_bytes = 0;
};

struct Verdict
{
    std::uint64_t operations = 0;
    std::uint64_t staleReads = 0;
    std::uint64_t resurrections = 0;
    std::uint64_t lostWrites = 0;
    std::uint64_t outlivedLives = 0;
    std::uint64_t unknownValues = 0;
    std::uint64_t parallelLoads = 0;
    std::uint64_t expiredMisses = 0; // No violation: what was set could not be read any more, for its life was over.
    std::uint64_t longestRead = 0; // Of the calls that took longest, in nanoseconds; stopped processes apart.
    std::uint64_t longest = 0;

    // A violation in words, and when the read that showed it began.
    struct Finding
    {
        std::uint64_t moment = 0;
        QString text;
    };
    std::vector<Finding> findings; // Some of them; none of what is permitted.
};

// Judges a history, in about O(n log n). For a read that began at B and returned the value of write W of its key:
// - stale: a set or invalidation began after W had ended (a dead process's W: after its death) and ended, or its value
//   was returned to somebody, before B;
// - resurrection: the same, where W is a load and "ended" is the moment its factory began to read;
// - outlived: the life that W was given, by itself or by touches that may have met it, was over before B.
// For a read, or a touch, that began at B and found nothing:
// - lost: a set was acknowledged, or seen, or a touch found an entry, before B, and neither an invalidation nor the end of a
//   life can have come after it.
// A touch that finds an entry when no value could be read that is neither stale nor outlived is itself that.
// What a factory that found nothing leaves may hide what was set before that factory began, and nothing newer. What lapses is
// never lost, and outlives nothing.
// A write-behind set may be lost, and its value is stale when a change began after it had returned. What is older is stale at
// once in its own process, and in others when it was flushed or one of them has read it.
// Of one setMany() all has happened when one of its sets was acknowledged or its value seen.
// For two loads of a key:
// - parallel: the factory of one was called while that of the other ran, and nobody can have changed the key meanwhile.
struct Permissions
{
    bool losses = false;        // A damaged store is rebuilt empty.
    bool parallelLoads = false; // Somebody takes the lock file away.
    // Processes measure time by clocks of their own: in nanoseconds, how much too early or late a life may end.
    std::uint64_t clockError = 0;
};
[[nodiscard]] Verdict judge(const std::vector<Operation> &operations, std::uint32_t keyCount, Permissions permissions);

} // namespace InfraTorture
