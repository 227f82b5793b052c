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
        Load,       // getOrCompute(): `value` was returned; `made` is what its own factory made, 0 when not called.
        Invalidate, // The key, or every key when `key` is AllKeys.
        Death       // The process of this incarnation was gone at `end`.
    };
    static constexpr std::uint32_t AllKeys = 0xffffffff;

    Kind kind = Kind::Unused;
    std::uint32_t key = 0;
    std::uint32_t incarnation = 0;
    std::uint32_t failed = 0;         // It ended with an error: it may have happened or not.
    std::uint64_t begin = 0;
    std::uint64_t end = 0;            // 0: it never ended.
    std::uint64_t value = 0;
    std::uint64_t made = 0;
    std::uint64_t factoryBegin = 0;   // What the factory made rests on data read from here on.
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

    // Operations that each of the first processes has finished since it started.
    std::atomic<std::uint64_t> &progress(int process) const;

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
    std::uint64_t unknownValues = 0;
    QString first; // The first violation, in words.

    [[nodiscard]] std::uint64_t violations() const { return staleReads + resurrections + lostWrites + unknownValues; }
};

// Judges a history, in O(n log n). For a read that began at B and returned the value of write W of its key:
// - stale: a set or invalidation began after W had ended (a dead process's W: after its death) and ended before B;
// - resurrection: the same, where W is a load and "ended" is the moment its factory began to read;
// - lost: nothing was returned although a set was acknowledged before B and no invalidation can have come after it.
[[nodiscard]] Verdict judge(const std::vector<Operation> &operations, std::uint32_t keyCount);

} // namespace InfraTorture
