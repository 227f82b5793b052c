// SPDX-License-Identifier: MIT
#pragma once

#include "sessionkeeper.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace Infra::Detail {

// Thread safety: used only in the writer's turn.
//
// One change of the store as the coherence protocol wants it: marks, statements, commit, proof that the right files
// were written, words moved on. docs/coherence.md has the order and why.
class StoreTransaction
{
public:
    // What a change does with its transaction. Everything it changes must be marked by it.
    class Scope
    {
    public:
        Scope(SqliteWriter &sqliteWriter, CoherenceFile &file, const StoreFaults &faults) noexcept
            : writer(sqliteWriter), m_file(file), m_faults(faults)
        {
        }

        SqliteWriter &writer;
        // Names one changed entry, the last one wins; none when no entry was changed.
        std::optional<CommitRecord> record;

        // Before an entry is changed.
        void markEntry(std::uint32_t regionId, std::uint64_t keyHash) noexcept;
        // Marks it and takes its row out.
        [[nodiscard]] SqliteWriter::Done removeEntry(std::uint32_t regionId, const MatchedRow &row);
        // Copies in memory go, and loads in flight are dropped.
        void markRegion(std::uint32_t regionId) noexcept;
        void markAllRegions() noexcept;
        // What StoreFaults::lateMarks held back.
        void markLate() noexcept;
        [[nodiscard]] bool isSound() const noexcept { return m_isSound; }
        // Whether what the token covers was left alone since: by other transactions, and the very entry by this one. That
        // this one has changed another entry of the same stripe does not count.
        [[nodiscard]] bool isUnchanged(const WriteOperation &operation) const noexcept;

    private:
        CoherenceFile &m_file;
        const StoreFaults &m_faults;
        bool m_isSound = true;
        std::vector<std::pair<std::uint32_t, std::uint64_t>> m_changed; // Region and hash of entries.
        std::vector<std::uint64_t> m_late;
    };
    using Body = std::function<tl::expected<void, SqliteError>(Scope &)>;

    StoreTransaction(StoreContext &context, SessionKeeper &keeper) : m_context(context), m_keeper(keeper) {}

    // Runs `body`, again when the files had to be mended or turned out to have been replaced; it must not keep
    // anything from a run that failed.
    [[nodiscard]] Result<void> run(SteadyTime deadline, const Body &body);
    // An attempt of the last run() was committed, though perhaps not into the files that the paths name.
    [[nodiscard]] bool hasCommitted() const noexcept { return m_hasCommitted; }

private:
    [[nodiscard]] tl::expected<void, SqliteError> attempt(SteadyTime deadline, const Body &body);

    void dieAt(StoreFaults::Death instant) const noexcept;

    static constexpr int MaximumAttempts = 3;
    StoreContext &m_context;
    SessionKeeper &m_keeper;
    bool m_hasCommitted = false;
};

} // namespace Infra::Detail
