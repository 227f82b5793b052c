// SPDX-License-Identifier: MIT
#include "previewcount.h"

#include "processusage.h"
#include "targetscan.h"

#include <system_error>
#include <thread>

namespace Infra::Detail {

namespace {

constexpr int KeysPerPage = 4096;

} // namespace

PreviewCount::PreviewCount(const Clock &clock, Limits limits, TargetCount::Cutting cutting)
    : m_clock(clock), m_limits(limits), m_cutting(cutting)
{
}

tl::expected<InvalidationPreview, SqliteError> PreviewCount::run(std::span<const std::uint32_t> regions, const Target &target, SystemTime now,
                                                                 const SqliteConnection &connection, const SqliteConnection *second)
{
    if (target.kind() == Target::Kind::Key || target.kind() == Target::Kind::Keys)
        return countKeys(regions, target, connection);
    m_counts.reserve(regions.size()); // Parts point at them.
    for (const std::uint32_t region : regions) {
        if (auto may = mayGoOn(); !may)
            return tl::unexpected(may.error());
        TargetCount &count = m_counts.emplace_back(region, target, now, m_cutting);
        if (auto prepared = count.prepare(connection); !prepared)
            return tl::unexpected(prepared.error());
        for (std::size_t range = 0; range < count.rangeCount(); ++range)
            m_parts.push_back({&count, range, {}});
    }
    std::thread beside;
    if (second && m_parts.size() > 1) {
        try {
            beside = std::thread([this, second] { countBeside(*second); });
        } catch (const std::system_error &) {
            // No more threads are to be had: this one does it all.
        }
    }
    auto counted = countParts(connection);
    if (beside.joinable())
        beside.join();
    if (!counted)
        return tl::unexpected(counted.error());
    {
        const MutexLocker locker(m_mutex);
        if (m_failureBeside)
            return tl::unexpected(*m_failureBeside);
    }
    return sum(connection);
}

tl::expected<void, SqliteError> PreviewCount::mayGoOn() const
{
    if (m_limits.cancelled && m_limits.cancelled->load(std::memory_order_relaxed))
        return tl::unexpected(SqliteError{SqliteFault::Other, {Error::Kind::Cancelled, QStringLiteral("the preview was cancelled"), {}}});
    if (m_clock.steadyNow() >= m_limits.deadline) {
        return tl::unexpected(SqliteError{SqliteFault::Other,
                                          {Error::Kind::Timeout,
                                           QStringLiteral("counted %1 entries by the deadline").arg(m_entries.load(std::memory_order_relaxed)), {}}});
    }
    return {};
}

tl::expected<InvalidationPreview, SqliteError> PreviewCount::countKeys(std::span<const std::uint32_t> regions, const Target &target,
                                                                       const SqliteConnection &connection)
{
    InvalidationPreview counted;
    for (const std::uint32_t region : regions) {
        TargetScan scan(region, target);
        while (!scan.isAtEnd()) {
            if (auto may = mayGoOn(); !may)
                return tl::unexpected(may.error());
            const auto rows = scan.next(connection, KeysPerPage);
            if (!rows)
                return tl::unexpected(rows.error());
            for (const MatchedRow &row : *rows) {
                counted.bytes += row.bytes;
                if (counted.examples.size() < TargetCount::ExampleCount)
                    counted.examples.append(row.key);
            }
            counted.entries = m_entries += rows->size();
        }
    }
    return counted;
}

// A failure makes the other thread stop as well: there is nothing left to take.
tl::expected<void, SqliteError> PreviewCount::countParts(const SqliteConnection &connection)
{
    for (;;) {
        const std::size_t taken = m_next.fetch_add(1, std::memory_order_relaxed);
        if (taken >= m_parts.size())
            return {};
        auto done = mayGoOn();
        if (done)
            done = countPart(connection, m_parts[taken]);
        if (!done) {
            m_next.store(m_parts.size(), std::memory_order_relaxed);
            return done;
        }
    }
}

tl::expected<void, SqliteError> PreviewCount::countPart(const SqliteConnection &connection, Part &part)
{
    auto counted = part.count->countRange(connection, part.range);
    if (!counted)
        return tl::unexpected(counted.error());
    part.counted = std::move(*counted);
    m_entries.fetch_add(part.counted.entries, std::memory_order_relaxed);
    return {};
}

void PreviewCount::countBeside(const SqliteConnection &connection)
{
    nameThisThread("infra-count");
    if (auto counted = countParts(connection); !counted) {
        const MutexLocker locker(m_mutex);
        m_failureBeside = counted.error();
    }
}

tl::expected<InvalidationPreview, SqliteError> PreviewCount::sum(const SqliteConnection &connection) const
{
    InvalidationPreview sum;
    for (const Part &part : m_parts) {
        sum.entries += part.counted.entries;
        sum.bytes += part.counted.bytes;
        const int wanted = TargetCount::ExampleCount - static_cast<int>(sum.examples.size());
        if (wanted <= 0)
            continue;
        if (const auto may = mayGoOn(); !may) {
            if (may.error().error.kind == Error::Kind::Cancelled)
                return tl::unexpected(may.error());
            continue; // What is complete is no failure, however late.
        }
        const auto examples = part.count->examplesOf(connection, part.range, part.counted, wanted);
        if (!examples)
            return tl::unexpected(examples.error());
        sum.examples += *examples;
    }
    return sum;
}

} // namespace Infra::Detail
