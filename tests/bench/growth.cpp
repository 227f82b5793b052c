// SPDX-License-Identifier: MIT
// infra-bench growth: how costs grow with the number of entries, rows, processes, threads and instances.
#include "growth.h"

#include "childbench.h"
#include "command.h"
#include "commandoptions.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QLocale>

#include <algorithm>
#include <cstdio>

namespace InfraTest {

namespace {

using namespace std::chrono_literals;

constexpr GrowthPart Parts[] = {
    {"memory", measureMemoryGrowth, 900s},     {"disk", measureDiskGrowth, 1200s},
    {"processes", measureProcessGrowth, 300s}, {"prefix", measurePrefixGrowth, 600s},
    {"pool", measurePoolGrowth, 300s},         {"console", measureConsoleGrowth, 1800s},
};

QString rowName(const QString &what, double x, const QString &xLabel)
{
    return QStringLiteral("%1, %2 %3").arg(what, QLocale::c().toString(x, 'f', 0), xLabel);
}

int measureOne(const GrowthPart &part, const GrowthOptions &options, const QString &directory, const QString &json)
{
    QString broken;
    GrowthCurve curve = part.measure(options, &broken);
    if (!broken.isEmpty())
        curve.figures().note(QStringLiteral("BROKEN: ") + broken);
    curve.figures().print();
    const QString file = QDir(directory).filePath(QLatin1String(part.name) + QStringLiteral(".svg"));
    const bool isDrawn = directory.isEmpty() || curve.chart().series.empty() || curve.chart().write(file);
    if (!curve.figures().writeJson(json) || !isDrawn)
        return 2;
    return broken.isEmpty() ? 0 : 1;
}

// Each in a process of its own, so that none finds the memory or the files of another.
int measureAll(const GrowthOptions &options, const QString &directory, const QString &json)
{
    Figures all(QStringLiteral("growth"));
    int status = 0;
    for (const GrowthPart &part : Parts) {
        QStringList arguments{QStringLiteral("growth"), QStringLiteral("--part"), QLatin1String(part.name)};
        if (options.isQuick)
            arguments += QStringLiteral("--quick");
        if (!directory.isEmpty())
            arguments += {QStringLiteral("--svg"), directory};
        std::printf("infra-bench %s\n", qPrintable(arguments.join(QLatin1Char(' '))));
        std::fflush(stdout);
        const ChildOutcome outcome = runChildBench(QCoreApplication::applicationFilePath(), arguments, part.deadline);
        std::printf("  %s, %.0f s\n", outcome.problem.isEmpty() ? "done" : qPrintable(outcome.problem),
                    outcome.seconds);
        all.append(outcome.document, {});
        if (!outcome.problem.isEmpty()) {
            all.note(QStringLiteral("FAILED: %1: %2").arg(QLatin1String(part.name), outcome.problem));
            status = 1;
        }
    }
    all.print();
    return all.writeJson(json) ? status : 2;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions(
        {{QStringLiteral("part"), QStringLiteral("Only memory, disk, processes, prefix, pool or console."),
          QStringLiteral("PART")},
         {QStringLiteral("quick"), QStringLiteral("Few and small: shows that it works.")},
         {QStringLiteral("svg"), QStringLiteral("Draws the curves there."), QStringLiteral("DIRECTORY")},
         {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = parseOptions(parser, QStringLiteral("growth"), arguments))
        return *status;
    const QString wanted = parser.value(QStringLiteral("part"));
    const auto *const part = std::find_if(std::begin(Parts), std::end(Parts),
                                          [&](const GrowthPart &each) { return wanted == QLatin1String(each.name); });
    if (part == std::end(Parts) && !wanted.isEmpty())
        return refuseOptions(parser);
    const QString directory = parser.value(QStringLiteral("svg"));
    if (!directory.isEmpty() && !QDir().mkpath(directory)) {
        std::fprintf(stderr, "cannot make the directory %s\n", qPrintable(directory));
        return 2;
    }
    const GrowthOptions options{parser.isSet(QStringLiteral("quick"))};
    const QString json = parser.value(QStringLiteral("json"));
    return wanted.isEmpty() ? measureAll(options, directory, json) : measureOne(*part, options, directory, json);
}

const Command growthCommand("growth", "how costs grow with entries, rows, processes, threads and instances", &run);

} // namespace

void GrowthCurve::add(const QString &series, double x, const Samples &samples)
{
    if (samples.values.empty())
        return;
    auto found = std::find_if(m_chart.series.begin(), m_chart.series.end(),
                              [&](const LineChart::Series &each) { return each.name == series; });
    if (found == m_chart.series.end())
        found = m_chart.series.insert(m_chart.series.end(), {series, {}});
    found->points.push_back({x, samples.median(), samples.minimum(), samples.maximum()});
    m_figures.addAbsolute(rowName(series, x, m_chart.xLabel), samples, m_unit);
}

void GrowthCurve::addCounter(const QString &name, double x, const Samples &samples, const QString &unit)
{
    if (!samples.values.empty())
        m_figures.addAbsolute(rowName(name, x, m_chart.xLabel), samples, unit);
}

std::vector<int> GrowthOptions::sizes(std::vector<int> all, int quickLimit) const
{
    if (isQuick)
        std::erase_if(all, [quickLimit](int size) { return size > quickLimit; });
    return all;
}

} // namespace InfraTest
