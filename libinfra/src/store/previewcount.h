// SPDX-License-Identifier: MIT
#pragma once

#include "targetcount.h"
#include "threadannotations.h"

#include <atomic>
#include <optional>
#include <span>
#include <vector>

namespace Infra::Detail {

// Thread safety: run() once, by one thread.
//
// What a target means in some regions. What is counted by ranges (TargetCount) is handed out range by range to the caller's
// thread and, with a second connection, to one that ends within run(); in between it is seen whether to go on.
class PreviewCount
{
public:
    struct Limits
    {
        const std::atomic<bool> *cancelled = nullptr; // May be null.
        SteadyTime deadline = SteadyTime::max();
    };

    PreviewCount(const Clock &clock, Limits limits, TargetCount::Cutting cutting = {});

    // Both connections must see the same moment; `second` may be null. Fails with Cancelled, Timeout or what SQLite says.
    [[nodiscard]] tl::expected<InvalidationPreview, SqliteError> run(std::span<const std::uint32_t> regions, const Target &target, SystemTime now,
                                                                     const SqliteConnection &connection, const SqliteConnection *second);

private:
    struct Part
    {
        const TargetCount *count = nullptr;
        std::size_t range = 0;
        InvalidationPreview counted; // By the thread that took the part.
    };

    [[nodiscard]] tl::expected<void, SqliteError> mayGoOn() const;
    [[nodiscard]] tl::expected<InvalidationPreview, SqliteError> countKeys(std::span<const std::uint32_t> regions, const Target &target,
                                                                           const SqliteConnection &connection);
    [[nodiscard]] tl::expected<void, SqliteError> countParts(const SqliteConnection &connection);
    [[nodiscard]] tl::expected<void, SqliteError> countPart(const SqliteConnection &connection, Part &part);
    void countBeside(const SqliteConnection &connection);
    // With fewer examples behind the deadline.
    [[nodiscard]] tl::expected<InvalidationPreview, SqliteError> sum(const SqliteConnection &connection) const;

    const Clock &m_clock;
    const Limits m_limits;
    const TargetCount::Cutting m_cutting;
    std::vector<TargetCount> m_counts;
    std::vector<Part> m_parts;
    std::atomic<std::size_t> m_next{0};
    std::atomic<std::uint64_t> m_entries{0};
    Mutex m_mutex;
    std::optional<SqliteError> m_failureBeside INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
