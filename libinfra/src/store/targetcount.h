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

// Thread safety: prepare() first, by one thread; then every member from any thread at once, each with a connection of its own.
//
// What a target means in one region, counted inside SQLite: fetching each row through QtSql would cost several times the
// walk itself. The keys are cut into ranges, so that a long count can be shared out, or given up. Same rows as TargetScan, whose
// own keys and lists of keys are, and as ExpiredScan. The connections' transactions decide whether the ranges are of one moment.
class TargetCount
{
public:
    static constexpr int ExampleCount = 5;

    struct Cutting
    {
        int ranges = 32;
        int fewRows = 2000; // So many are one range: a statement for each range costs more than they do.
    };

    TargetCount(std::uint32_t regionId, const Target &target, SystemTime now, Cutting cutting);

    // Finds a way and the ranges, none when there is nothing to look at.
    [[nodiscard]] tl::expected<void, SqliteError> prepare(const SqliteConnection &connection);
    [[nodiscard]] std::size_t rangeCount() const noexcept { return m_ranges.size(); }
    [[nodiscard]] tl::expected<InvalidationPreview, SqliteError> countRange(const SqliteConnection &connection, std::size_t range) const;
    // The range's first keys, for a `counted` of countRange() that has none yet. Not found there, as most ranges need none.
    [[nodiscard]] tl::expected<QByteArrayList, SqliteError> examplesOf(const SqliteConnection &connection, std::size_t range,
                                                                       const InvalidationPreview &counted, int limit) const;

private:
    // Byte by byte: matching rows are glued together in SQLite and matched here.
    enum class Way { Rows, Matching, ByTag, ByStale };

    struct Range
    {
        QByteArray begin; // Inclusive.
        QByteArray end;   // Exclusive; null: no end.
    };

    void prepareGlob();
    [[nodiscard]] tl::expected<QByteArray, SqliteError> edge(const SqliteConnection &connection, bool last) const;
    [[nodiscard]] tl::expected<int, SqliteError> countUpTo(const SqliteConnection &connection, int most, const QString &from,
                                                            const QVariantList &values) const;
    void cut(const QByteArray &first, const QByteArray &last);
    [[nodiscard]] QString allRows(QVariantList &values) const;
    [[nodiscard]] QString rowsOf(const Range &range, QVariantList &values) const;
    void addMatching(const QByteArray &keys, const QByteArray &sizes, InvalidationPreview &sum) const;

    const std::uint32_t m_regionId;
    const Target m_target;
    const GlobPattern m_pattern;
    const Cutting m_cutting;
    Way m_way = Way::Rows;
    QString m_condition;        // Besides region and range; m_values are for its question marks.
    QVariantList m_values;
    QByteArray m_from;
    QByteArray m_until;
    std::vector<Range> m_ranges;
};

} // namespace Infra::Detail
