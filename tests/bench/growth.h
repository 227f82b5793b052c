// SPDX-License-Identifier: MIT
#pragma once

#include "figures.h"
#include "linechart.h"

#include <QString>

#include <chrono>
#include <vector>

namespace InfraTest {

// How a cost grows: a chart of medians and the same as rows of a table, in one.
class GrowthCurve
{
public:
    // `chart` comes with titles and without series; its y label is the unit of all that is added.
    GrowthCurve(LineChart chart, QString unit)
        : m_chart(std::move(chart)), m_unit(std::move(unit)), m_figures(m_chart.title)
    {
    }

    // A point of the series with that name, which is begun when it is not there.
    void add(const QString &series, double x, const Samples &samples);
    // A row that is no point: what explains the curve.
    void addCounter(const QString &name, double x, const Samples &samples, const QString &unit);

    [[nodiscard]] Figures &figures() { return m_figures; }
    [[nodiscard]] const LineChart &chart() const { return m_chart; }

private:
    LineChart m_chart;
    const QString m_unit;
    Figures m_figures;
};

struct GrowthOptions
{
    bool isQuick = false; // Few and small: shows that it works.

    [[nodiscard]] int rounds(int thorough) const { return isQuick ? 1 : thorough; }
    // The sizes up to what a quick run may take.
    [[nodiscard]] std::vector<int> sizes(std::vector<int> all, int quickLimit) const;
};

// One of the curves; the file it is drawn into is named after it.
struct GrowthPart
{
    const char *name;
    // The curve; an empty `broken` says that every guarantee held on the way.
    GrowthCurve (*measure)(const GrowthOptions &options, QString *broken);
    std::chrono::seconds deadline;
};

[[nodiscard]] GrowthCurve measureMemoryGrowth(const GrowthOptions &options, QString *broken);
[[nodiscard]] GrowthCurve measureDiskGrowth(const GrowthOptions &options, QString *broken);
[[nodiscard]] GrowthCurve measureProcessGrowth(const GrowthOptions &options, QString *broken);
[[nodiscard]] GrowthCurve measurePrefixGrowth(const GrowthOptions &options, QString *broken);
[[nodiscard]] GrowthCurve measurePoolGrowth(const GrowthOptions &options, QString *broken);
[[nodiscard]] GrowthCurve measureConsoleGrowth(const GrowthOptions &options, QString *broken);

} // namespace InfraTest
