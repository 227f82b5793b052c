// SPDX-License-Identifier: MIT
#include "account.h"

#include <algorithm>

namespace InfraTorture {

namespace {

constexpr int MostNotes = 20;

void addAll(QMap<QString, std::uint64_t> &to, const QMap<QString, std::uint64_t> &from)
{
    for (auto it = from.cbegin(); it != from.cend(); ++it)
        to[it.key()] += it.value();
}

} // namespace

std::uint64_t Account::violations() const
{
    std::uint64_t sum = 0;
    for (const std::uint64_t broken : guarantees)
        sum += broken;
    return sum;
}

void Account::add(const Account &other)
{
    seconds += other.seconds;
    operations += other.operations;
    longestRead = std::max(longestRead, other.longestRead);
    longestCall = std::max(longestCall, other.longestCall);
    addAll(counts, other.counts);
    addAll(guarantees, other.guarantees);
    addAll(errors, other.errors);
    notes += other.notes;
}

void Account::addTo(InfraTest::Figures &figures) const
{
    const auto figure = [&](const QString &name, double value, const QString &unit) { figures.addAbsolute(name, {{value}}, unit); };
    figure(QStringLiteral("duration"), seconds, QStringLiteral("s"));
    figure(QStringLiteral("operations checked"), static_cast<double>(operations), QStringLiteral("count"));
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        figure(it.key(), static_cast<double>(it.value()), QStringLiteral("count"));
    figure(QStringLiteral("longest read"), longestRead, QStringLiteral("ms"));
    figure(QStringLiteral("longest call"), longestCall, QStringLiteral("ms"));
    for (auto it = guarantees.cbegin(); it != guarantees.cend(); ++it) {
        figures.addAbsolute(it.key(), {{static_cast<double>(it.value())}}, QStringLiteral("count"), 0,
                            InfraTest::Figures::Bound::AtMost);
    }
    QStringList kinds;
    for (auto it = errors.cbegin(); it != errors.cend(); ++it)
        kinds += QStringLiteral("%1 %2").arg(it.key()).arg(it.value());
    if (!kinds.isEmpty())
        figures.note(QStringLiteral("errors: ") + kinds.join(QStringLiteral(", ")));
    for (const QString &note : notes.first(std::min<qsizetype>(notes.size(), MostNotes)))
        figures.note(note);
}

} // namespace InfraTorture
