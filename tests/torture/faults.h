// SPDX-License-Identifier: MIT
#pragma once

#include "arena.h"
#include "damage.h"

#include <chrono>
#include <optional>

namespace InfraTorture {

// SIGKILL to a random process, somewhere in its work; another takes its place.
class KillFault final : public Fault
{
public:
    void inflict(Arena &arena) override;
};

// A file of the store is damaged, while the processes work or while none runs.
class CorruptFault final : public Fault
{
public:
    enum class File { Database, Log, Coherence };
    // What the choice is narrowed to.
    std::optional<File> file;
    std::optional<InfraTest::Damage> damage;
    std::optional<bool> isOpen;

    void inflict(Arena &arena) override;

private:
    void damageFile(Arena &arena, File chosen, InfraTest::Damage how);
    // A whole file of another store.
    void exchangeFile(Arena &arena, File chosen);
    std::uint64_t m_sequence = 0;
};

// The database is deleted, or another, or an older copy of it, is put in its place, under processes that work.
class ReplaceFault final : public Fault
{
public:
    // Only this of the ways that --way names; any when not set.
    std::optional<int> onlyWay;
    void inflict(Arena &arena) override;

private:
    std::uint64_t m_sequence = 0;
};

// No more bytes can be written for a while.
class DiskFullFault final : public Fault
{
public:
    std::chrono::milliseconds duration{1500};
    void inflict(Arena &arena) override;
};

// Somebody keeps a lock that writers need: a foreign SQLite program, a writer, or a process that is stopped.
class HoldFault final : public Fault
{
public:
    std::chrono::milliseconds duration{10'000};
    // Damage that nobody has met yet can only be mended by a writer: where files are damaged too, reads may fail meanwhile.
    bool readsMayFail = false;
    void inflict(Arena &arena) override;
};

} // namespace InfraTorture
