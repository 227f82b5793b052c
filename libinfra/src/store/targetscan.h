// SPDX-License-Identifier: MIT
#pragma once

#include "globpattern.h"
#include "sqliteconnection.h"
#include "sqlitewriter.h"

#include <infra/target.h>

#include <vector>

namespace Infra::Detail {

// InvalidArgument or LimitExceeded for a target that means nothing: an empty key, prefix, pattern or tag.
[[nodiscard]] Result<void> checkTarget(const Target &target);

// Thread safety: one thread at a time.
//
// The rows of one region that a target means, in key order, some at a time. The connection's transaction, or the
// caller, decides whether pages are of one moment; rows that are removed between pages are simply not met. Not for what has
// expired, which is met in another order: see ExpiredScan.
class TargetScan
{
public:
    TargetScan(std::uint32_t regionId, const Target &target);

    // The next rows: `limit` are looked at, so that fewer, or none, may match. isAtEnd() tells the end.
    [[nodiscard]] tl::expected<std::vector<MatchedRow>, SqliteError> next(const SqliteConnection &connection, int limit);
    [[nodiscard]] bool isAtEnd() const noexcept { return m_isAtEnd; }

private:
    [[nodiscard]] tl::expected<std::vector<MatchedRow>, SqliteError> nextKeys(const SqliteConnection &connection, int limit);
    [[nodiscard]] tl::expected<std::vector<MatchedRow>, SqliteError> nextOfRange(const SqliteConnection &connection, int limit);
    [[nodiscard]] tl::expected<std::vector<MatchedRow>, SqliteError> nextTagged(const SqliteConnection &connection, int limit);

    std::uint32_t m_regionId;
    Target m_target;
    GlobPattern m_pattern;
    QByteArrayList m_keys;   // Of Key and Keys.
    QByteArray m_after;      // The last key looked at.
    QByteArray m_from;       // Inclusive.
    QByteArray m_until;      // Exclusive; null: no end.
    qsizetype m_nextKey = 0;
    bool m_isAtEnd = false;
};

} // namespace Infra::Detail
