// SPDX-License-Identifier: MIT
#include "statementcache.h"

#include <infra/sqlerror.h>

#include <QSqlError>

namespace Infra::Detail {

Result<QSqlQuery *> StatementCache::prepare(const QSqlDatabase &database, const QString &sql, int limit)
{
    const auto known = m_index.constFind(sql);
    if (known != m_index.cend()) {
        const Iterator entry = *known;
        m_entries.splice(m_entries.begin(), m_entries, entry);
        if (!entry->isUsed) {
            entry->isUsed = true;
            m_used.push_back(entry);
        }
        return &entry->query;
    }
    QSqlQuery query(database);
    if (!query.prepare(sql)) {
        const Error error = errorFromSql(query.lastError(), QStringLiteral("preparing a statement"));
        m_isLost = m_isLost || isConnectionLost(error.nativeCode);
        return failure(error);
    }
    m_entries.push_front(Entry{sql, std::move(query), true});
    m_index.insert(sql, m_entries.begin());
    m_used.push_back(m_entries.begin());
    evict(limit);
    return &m_entries.front().query;
}

bool StatementCache::finishUsed(int limit)
{
    for (const Iterator entry : m_used) {
        entry->isUsed = false;
        const QString code = entry->query.lastError().nativeErrorCode();
        m_isLost = m_isLost || isConnectionLost(code);
        // The server has forgotten the statement, or its result type has changed: prepare it anew next time.
        if (code == QLatin1String("26000") || code == QLatin1String("0A000")) {
            m_index.remove(entry->sql);
            m_entries.erase(entry);
        } else {
            entry->query.finish();
        }
    }
    m_used.clear();
    evict(limit);
    return m_isLost;
}

void StatementCache::clear()
{
    m_used.clear();
    m_index.clear();
    m_entries.clear();
}

void StatementCache::evict(int limit)
{
    while (static_cast<int>(m_entries.size()) > limit && !m_entries.back().isUsed) {
        m_index.remove(m_entries.back().sql);
        m_entries.pop_back();
    }
}

} // namespace Infra::Detail
