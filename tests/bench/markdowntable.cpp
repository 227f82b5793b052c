// SPDX-License-Identifier: MIT
#include "markdowntable.h"

#include <QJsonObject>
#include <QStringList>

namespace InfraTest {

namespace {

QString number(double value)
{
    return value >= 1000 ? QString::number(value, 'f', 0) : QString::number(value, 'g', 3);
}

QString unitOf(const QJsonObject &row)
{
    const QString unit = row[QStringLiteral("unit")].toString();
    if (unit.isEmpty())
        return {};
    return QStringLiteral(" ") + (unit == QLatin1String("us") ? QStringLiteral("µs") : unit);
}

bool isTime(const QJsonObject &row)
{
    return QStringList{QStringLiteral("ns"), QStringLiteral("us"), QStringLiteral("ms")}.contains(
        row[QStringLiteral("unit")].toString());
}

// A time that is a small part of the peer's reads better the other way round.
bool isInverted(const QJsonObject &row)
{
    if (!row.contains(QStringLiteral("ratio")) || !isTime(row) || row[QStringLiteral("ratio")].toDouble() <= 0)
        return false;
    return row.contains(QStringLiteral("bar")) ? row[QStringLiteral("bar")].toDouble() < 0.5
                                               : row[QStringLiteral("ratio")].toDouble() < 0.2;
}

QString spread(double median, double lowest, double highest, const QString &unit)
{
    if (lowest == highest)
        return number(median) + unit;
    return QStringLiteral("%1%2 (%3 to %4)").arg(number(median), unit, number(lowest), number(highest));
}

QString figureOf(const QJsonObject &row)
{
    const double lowest = row[QStringLiteral("ratioMinimum")].toDouble();
    const double highest = row[QStringLiteral("ratioMaximum")].toDouble();
    if (isInverted(row) && lowest > 0)
        return spread(1 / row[QStringLiteral("ratio")].toDouble(), 1 / highest, 1 / lowest,
                      QStringLiteral(" times faster"));
    if (row.contains(QStringLiteral("ratio")))
        return spread(row[QStringLiteral("ratio")].toDouble(), lowest, highest, QStringLiteral(" x"));
    return spread(row[QStringLiteral("median")].toDouble(), row[QStringLiteral("minimum")].toDouble(),
                  row[QStringLiteral("maximum")].toDouble(), unitOf(row));
}

QString aimOf(const QJsonObject &row)
{
    if (!row.contains(QStringLiteral("bar")))
        return QStringLiteral("–");
    const double bar = row[QStringLiteral("bar")].toDouble();
    const bool isAtMost = row[QStringLiteral("bound")].toString() == QLatin1String("<=") && !isInverted(row);
    return (isAtMost ? QStringLiteral("≤ ") : QStringLiteral("≥ ")) + number(isInverted(row) ? 1 / bar : bar)
        + (row.contains(QStringLiteral("ratio")) ? QString() : unitOf(row))
        + (row[QStringLiteral("met")].toBool() ? QString() : QStringLiteral(" (missed)"));
}

QString whatOf(const QJsonObject &row)
{
    QString what = row[QStringLiteral("name")].toString().trimmed();
    if (row.contains(QStringLiteral("peer")))
        what += QStringLiteral(", to ") + row[QStringLiteral("peer")].toString();
    return what.replace(QLatin1Char('|'), QStringLiteral("\\|"));
}

} // namespace

QString markdownTable(const QJsonArray &benchmarks)
{
    QString table = QStringLiteral("| what | figure | aim | command |\n|---|---|---|---|\n");
    for (const QJsonValue &value : benchmarks) {
        const QJsonObject benchmark = value.toObject();
        for (const QJsonValue &item : benchmark[QStringLiteral("rows")].toArray()) {
            const QJsonObject row = item.toObject();
            if (!row.contains(QStringLiteral("bar")) && !row.contains(QStringLiteral("peer")))
                continue;
            table += QStringLiteral("| %1 | %2 | %3 | `%4` |\n")
                         .arg(whatOf(row), figureOf(row), aimOf(row), benchmark[QStringLiteral("command")].toString());
        }
    }
    return table;
}

} // namespace InfraTest
