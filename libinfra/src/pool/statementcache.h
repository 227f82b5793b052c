// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QHash>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <list>
#include <vector>

namespace Infra::Detail {

// Thread safety: none; belongs to whoever holds the connection.
//
// The prepared statements of one connection, least recently used out first. A statement used in the current
// lease is never dropped before finishUsed(), so the cache may exceed its limit until then.
class StatementCache
{
public:
    [[nodiscard]] Result<QSqlQuery *> prepare(const QSqlDatabase &database, const QString &sql, int limit);
    // Finishes every query used since the last call. True when one of them has seen the connection lost.
    [[nodiscard]] bool finishUsed(int limit);
    void clear();
    [[nodiscard]] int count() const noexcept { return static_cast<int>(m_entries.size()); }

private:
    struct Entry
    {
        QString sql;
        QSqlQuery query;
        bool isUsed;
    };
    using Iterator = std::list<Entry>::iterator;

    void evict(int limit);

    std::list<Entry> m_entries; // The most recently used first.
    QHash<QString, Iterator> m_index;
    std::vector<Iterator> m_used;
    bool m_isLost = false;
};

} // namespace Infra::Detail
