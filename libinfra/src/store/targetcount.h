// SPDX-License-Identifier: MIT
#pragma once

#include "globpattern.h"
#include "sqliteconnection.h"

#include <infra/clock.h>
#include <infra/target.h>

#include <QByteArrayList>
#include <QVariant>

#include <cstdint>
#include <vector>

namespace Infra::Detail {

// Thread safety: one thread at a time.
//
// What a target means in one region, counted inside SQLite: fetching each row through QtSql would cost several times the
// walk itself. The keys are cut into ranges, one a step, so that a long count can be given up. Same rows as TargetScan;
// keys and lists of keys are its own. The connection's transaction decides whether the steps are of one moment.
class TargetCount
{
public:
    static constexpr int ExampleCount = 5;
    static constexpr int Ranges = 32;

    TargetCount(std::uint32_t regionId, const Target &target, SystemTime now, int ranges = Ranges);

    // Adds what the next range holds.
    [[nodiscard]] tl::expected<void, SqliteError> next(const SqliteConnection &connection, InvalidationPreview &sum);
    [[nodiscard]] bool isAtEnd() const noexcept { return m_isAtEnd; }

private:
    // Byte by byte: matching rows are glued together in SQLite and matched here.
    enum class Way { Rows, Matching, ByTag, ByStale };

    struct Range
    {
        QByteArray begin; // Inclusive.
        QByteArray end;   // Exclusive; null: no end.
    };

    void prepareGlob();
    [[nodiscard]] tl::expected<void, SqliteError> prepare(const SqliteConnection &connection);
    [[nodiscard]] tl::expected<QByteArray, SqliteError> edge(const SqliteConnection &connection, bool last) const;
    [[nodiscard]] tl::expected<int, SqliteError> countUpTo(const SqliteConnection &connection, const QString &from, const QVariantList &values) const;
    void cut(const QByteArray &first, const QByteArray &last, int ranges);
    [[nodiscard]] QString rowsOf(const Range &range, QVariantList &values) const;
    void addMatching(const QByteArray &keys, const QByteArray &sizes, InvalidationPreview &sum) const;

    const std::uint32_t m_regionId;
    const Target m_target;
    const GlobPattern m_pattern;
    const SystemTime m_now;
    const int m_rangeCount;
    Way m_way = Way::Rows;
    QString m_condition;        // Besides region and range; m_values are for its question marks.
    QVariantList m_values;
    QByteArray m_from;
    QByteArray m_until;
    std::vector<Range> m_ranges;
    std::size_t m_next = 0;
    bool m_isPrepared = false;
    bool m_isAtEnd = false;
};

} // namespace Infra::Detail
