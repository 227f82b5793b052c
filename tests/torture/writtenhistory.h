// SPDX-License-Identifier: MIT
#pragma once

#include "history.h"

#include <vector>

namespace InfraTorture {

// A history that is written down line by line.
class WrittenHistory
{
public:
    Operation &add(Operation::Kind kind, std::uint64_t begin, std::uint64_t end, std::uint64_t value = 0, std::uint32_t key = 0)
    {
        Operation operation;
        operation.kind = kind;
        operation.key = key;
        operation.incarnation = 1;
        operation.begin = begin;
        operation.end = end;
        operation.value = value;
        m_operations.push_back(operation);
        return m_operations.back();
    }
    void load(std::uint64_t begin, std::uint64_t factoryBegin, std::uint64_t factoryEnd, std::uint64_t end, std::uint64_t value)
    {
        Operation &operation = add(Operation::Kind::Load, begin, end, value);
        operation.made = value;
        operation.factoryBegin = factoryBegin;
        operation.factoryEnd = factoryEnd;
    }
    void findNothing(std::uint64_t begin, std::uint64_t factoryBegin, std::uint64_t factoryEnd, std::uint64_t end)
    {
        load(begin, factoryBegin, factoryEnd, end, 0);
        last().hasFoundNothing = true;
    }
    void addBehind(std::uint64_t begin, std::uint64_t returned, std::uint64_t flushed, std::uint64_t value)
    {
        Operation &operation = add(Operation::Kind::Set, begin, flushed, value);
        operation.isBehind = true;
        operation.returned = returned;
    }
    [[nodiscard]] Operation &last() { return m_operations.back(); }
    // One value to each of the two keys, the key's own number behind `value`.
    void setMany(std::uint64_t begin, std::uint64_t end, std::uint64_t value)
    {
        for (std::uint32_t key = 0; key < 2; ++key)
            add(Operation::Kind::Set, begin, end, value + key, key).call = value;
    }
    [[nodiscard]] Verdict judged(std::uint64_t clockError = 0) const
    {
        Permissions permissions;
        permissions.clockError = clockError;
        return judge(m_operations, 2, permissions);
    }

private:
    std::vector<Operation> m_operations;
};

inline bool isClean(const Verdict &verdict)
{
    return verdict.staleReads + verdict.resurrections + verdict.lostWrites + verdict.outlivedLives + verdict.unknownValues + verdict.parallelLoads == 0;
}

} // namespace InfraTorture
