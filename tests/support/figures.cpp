// SPDX-License-Identifier: MIT
#include "figures.h"

#include <QFile>
#include <QJsonDocument>

#include <algorithm>
#include <cstdio>

namespace InfraTest {

double Samples::median() const
{
    if (values.empty())
        return 0;
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Samples::minimum() const
{
    return values.empty() ? 0 : *std::min_element(values.begin(), values.end());
}

double Samples::maximum() const
{
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

Figures::Figures(QString title) : m_title(std::move(title)) {}

namespace {

QJsonObject measured(const QString &name, const Samples &ours, const QString &unit)
{
    return {{QStringLiteral("name"), name},
            {QStringLiteral("unit"), unit},
            {QStringLiteral("median"), ours.median()},
            {QStringLiteral("minimum"), ours.minimum()},
            {QStringLiteral("maximum"), ours.maximum()}};
}

void hold(QJsonObject &row, double value, double bar, Figures::Bound bound)
{
    if (bound == Figures::Bound::None)
        return;
    row[QStringLiteral("bar")] = bar;
    row[QStringLiteral("bound")] = bound == Figures::Bound::AtMost ? QStringLiteral("<=") : QStringLiteral(">=");
    row[QStringLiteral("met")] = bound == Figures::Bound::AtMost ? value <= bar : value >= bar;
}

} // namespace

void Figures::add(const QString &name, const Samples &ours, const QString &unit, const Samples &peer,
                  const QString &peerName, double bar, Bound bound)
{
    QJsonObject row = measured(name, ours, unit);
    if (!peer.values.empty()) {
        Samples ratios;
        for (std::size_t i = 0; i < std::min(ours.values.size(), peer.values.size()); ++i)
            ratios.values.push_back(peer.values[i] > 0 ? ours.values[i] / peer.values[i] : 0);
        row[QStringLiteral("peer")] = peerName;
        row[QStringLiteral("peerMedian")] = peer.median();
        row[QStringLiteral("ratio")] = ratios.median();
        row[QStringLiteral("ratioMinimum")] = ratios.minimum();
        row[QStringLiteral("ratioMaximum")] = ratios.maximum();
        hold(row, ratios.median(), bar, bound);
    }
    m_rows.append(row);
}

void Figures::addAbsolute(const QString &name, const Samples &ours, const QString &unit, double bar, Bound bound)
{
    QJsonObject row = measured(name, ours, unit);
    hold(row, ours.median(), bar, bound);
    m_rows.append(row);
}

void Figures::note(const QString &text)
{
    m_notes.append(text);
}

void Figures::addMissing(const QString &peer, const QString &reason)
{
    m_missing.append(peer);
    m_notes.append(QStringLiteral("not installed: %1 (%2)").arg(peer, reason));
}

void Figures::append(const QJsonObject &document, const QString &prefix)
{
    for (const QJsonValue &value : document[QStringLiteral("rows")].toArray()) {
        QJsonObject row = value.toObject();
        row[QStringLiteral("name")] = QString(prefix + row[QStringLiteral("name")].toString());
        m_rows.append(row);
    }
    for (const QJsonValue &note : document[QStringLiteral("notes")].toArray())
        m_notes.append(QString(prefix + note.toString()));
    for (const QJsonValue &peer : document[QStringLiteral("missing")].toArray())
        m_missing.append(peer);
}

QJsonObject Figures::document() const
{
    return {{QStringLiteral("title"), m_title},
            {QStringLiteral("rows"), m_rows},
            {QStringLiteral("notes"), m_notes},
            {QStringLiteral("missing"), m_missing}};
}

void Figures::print() const
{
    std::printf("%s\n", qPrintable(m_title));
    std::printf("  %-44s %12s %-8s %-18s %12s %8s %17s  %s\n", "what", "median", "unit", "peer", "its median", "ratio",
                "ratio min..max", "bar");
    for (const QJsonValue &value : m_rows) {
        const QJsonObject row = value.toObject();
        std::printf("  %-44s %12.4g %-8s ", qPrintable(row[QStringLiteral("name")].toString()),
                    row[QStringLiteral("median")].toDouble(), qPrintable(row[QStringLiteral("unit")].toString()));
        if (row.contains(QStringLiteral("peer"))) {
            std::printf("%-18s %12.4g %8.3f %8.3f..%-7.3f", qPrintable(row[QStringLiteral("peer")].toString()),
                        row[QStringLiteral("peerMedian")].toDouble(), row[QStringLiteral("ratio")].toDouble(),
                        row[QStringLiteral("ratioMinimum")].toDouble(), row[QStringLiteral("ratioMaximum")].toDouble());
        } else {
            std::printf("%-18s %12s %8s %8.4g..%-7.4g", "", "", "", row[QStringLiteral("minimum")].toDouble(),
                        row[QStringLiteral("maximum")].toDouble());
        }
        if (row.contains(QStringLiteral("bar"))) {
            std::printf("  %s %g %s", qPrintable(row[QStringLiteral("bound")].toString()),
                        row[QStringLiteral("bar")].toDouble(), row[QStringLiteral("met")].toBool() ? "met" : "MISSED");
        }
        std::printf("\n");
    }
    for (const QJsonValue &value : m_notes)
        std::printf("  note: %s\n", qPrintable(value.toString()));
    std::fflush(stdout);
}

bool Figures::writeJson(const QString &path) const
{
    if (path.isEmpty())
        return true;
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) {
        std::fprintf(stderr, "cannot write %s: %s\n", qPrintable(path), qPrintable(file.errorString()));
        return false;
    }
    return file.write(QJsonDocument(document()).toJson()) > 0;
}

} // namespace InfraTest
