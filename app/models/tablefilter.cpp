// SPDX-License-Identifier: GPL-3.0-or-later
#include "tablefilter.h"

#include "models/tablemodel.h"

#include <cmath>

namespace InfraConsole {

TableFilter::TableFilter(QObject *parent) : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(false);
}

TableFilter::~TableFilter() = default;

void TableFilter::setFilterText(const QString &text)
{
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (words == m_words)
        return;
    m_words = words;
    m_kept.clear();
    invalidateFilter();
    // Without sorting by itself Qt puts the rows that come in where they are in the source.
    resort();
}

void TableFilter::refilter(const QString &kept)
{
    m_kept = kept;
    if (isFiltering())
        invalidateFilter();
}

void TableFilter::resort()
{
    if (sortColumn() >= 0)
        sort(sortColumn(), sortOrder());
}

bool TableFilter::filterAcceptsRow(int sourceRow, const QModelIndex &sourceParent) const
{
    if (m_words.isEmpty())
        return true;
    if (!m_kept.isEmpty() && sourceModel()->index(sourceRow, 0, sourceParent).data(ItemRole::Identity).toString() == m_kept)
        return true;
    QString text;
    for (int column = 0; column < sourceModel()->columnCount(); ++column)
        text += sourceModel()->index(sourceRow, column, sourceParent).data(ItemRole::Filter).toString() + QLatin1Char('\n');
    return std::all_of(m_words.begin(), m_words.end(), [&](const QString &word) { return text.contains(word, Qt::CaseInsensitive); });
}

bool TableFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(ItemRole::Sort);
    const QVariant b = right.data(ItemRole::Sort);
    if (a.typeId() == QMetaType::QString || b.typeId() == QMetaType::QString) {
        const int order = QString::localeAwareCompare(a.toString(), b.toString());
        return order != 0 ? order < 0 : left.row() < right.row();
    }
    const double x = a.toDouble();
    const double y = b.toDouble();
    if (std::isnan(x) || std::isnan(y)) {
        if (std::isnan(x) && std::isnan(y))
            return false;
        // The proxy turns the order round for a descending sort; unknown stays last in both.
        return sortOrder() == Qt::AscendingOrder ? std::isnan(y) : std::isnan(x);
    }
    return x < y;
}

} // namespace InfraConsole
