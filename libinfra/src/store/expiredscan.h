// SPDX-License-Identifier: MIT
#pragma once

#include "sqliteconnection.h"
#include "sqlitewriter.h"

#include <infra/clock.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace Infra::Detail {

// Thread safety: one thread at a time.
//
// The rows that are past their expiry and past their fail-safe limit, those that have been so for longest first, some at a
// time. By the index on that limit: what still lives is not met. Pages are of one moment, or not, as for TargetScan.
class ExpiredScan
{
public:
    struct Row
    {
        std::uint32_t region = 0;
        MatchedRow row;
    };

    // Region 0 is every region.
    ExpiredScan(std::uint32_t regionId, SystemTime now);

    // The next rows: `limit` are looked at, so that fewer, or none, may be of the region. isAtEnd() tells the end.
    [[nodiscard]] tl::expected<std::vector<Row>, SqliteError> next(const SqliteConnection &connection, int limit);
    [[nodiscard]] bool isAtEnd() const noexcept { return m_isAtEnd; }

private:
    // Where the index was left.
    struct Place
    {
        std::int64_t stale = 0;
        std::uint32_t region = 0;
        QByteArray key;
    };

    // How many rows it gave.
    [[nodiscard]] tl::expected<int, SqliteError> look(QSqlQuery &query, std::vector<Row> &rows);

    std::uint32_t m_regionId;
    std::int64_t m_now;
    std::optional<Place> m_last;
    bool m_isAtEnd = false;
};

} // namespace Infra::Detail
