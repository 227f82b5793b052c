// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QString>

#include <vector>

namespace InfraTest {

// Repeated measurements of one quantity; medians are what is quoted.
struct Samples
{
    std::vector<double> values;

    [[nodiscard]] double median() const;
    [[nodiscard]] double minimum() const;
    [[nodiscard]] double maximum() const;
};

// The table that a bench or torture command prints, and the same figures as JSON.
//
//     Figures figures("pool");
//     figures.add("cycle, 1 thread", ours, "ns", peer, "HikariCP", 2.5, Figures::Bound::AtMost);
//     figures.print();
//     return figures.writeJson(path) ? 0 : 2;
class Figures
{
public:
    enum class Bound { None, AtMost, AtLeast };

    explicit Figures(QString title);

    // A row: our samples, the peer's samples measured in the same run and interleaved (may be empty), and the
    // bar on the median of the pairwise ratios ours/peer. The bar is shown and never changes the exit status:
    // machines are shared and noisy.
    void add(const QString &name, const Samples &ours, const QString &unit, const Samples &peer = {},
             const QString &peerName = {}, double bar = 0, Bound bound = Bound::None);
    // A row without a peer, held against an absolute bar in its own unit.
    void addAbsolute(const QString &name, const Samples &ours, const QString &unit, double bar = 0,
                     Bound bound = Bound::None);
    // A line below the table: how something was measured.
    void note(const QString &text);
    // A peer that is not there, and why; nothing is guessed in its place.
    void addMissing(const QString &peer, const QString &reason);
    // The rows, notes and missing peers of another document(), each row's name behind `prefix`.
    void append(const QJsonObject &document, const QString &prefix);

    void print() const;
    // What writeJson() writes: "title", "rows", "notes" and "missing".
    [[nodiscard]] QJsonObject document() const;
    // Writes the JSON to `path`; true also when `path` is empty.
    [[nodiscard]] bool writeJson(const QString &path) const;

private:
    QString m_title;
    QJsonArray m_rows;
    QJsonArray m_notes;
    QJsonArray m_missing;
};

} // namespace InfraTest
