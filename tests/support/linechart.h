// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

#include <vector>

namespace InfraTest {

// A line chart as an SVG file of its own: black on white, so that it can be read on light and dark pages.
//
//     LineChart chart{"Memory hit", "entries", "ns"};
//     chart.series.push_back({"Cache::get", {{1000, 50}, {10000, 61}}});
//     const bool written = chart.write("memory.svg");
struct LineChart
{
    enum class Scale {
        Linear,
        Logarithmic
    };

    struct Point
    {
        double x = 0;
        double y = 0;
        double lowest = 0; // Of the measurements that `y` is the median of.
        double highest = 0;
    };
    struct Series
    {
        QString name;
        std::vector<Point> points;
    };

    QString title;
    QString xLabel;
    QString yLabel;
    Scale yScale = Scale::Linear; // From zero; a logarithmic one from the decade below the lowest point.
    Scale xScale = Scale::Logarithmic;
    std::vector<Series> series; // One to four.

    [[nodiscard]] QString toSvg() const;
    // False, with the reason on stderr, when the file cannot be written.
    [[nodiscard]] bool write(const QString &path) const;
};

} // namespace InfraTest
