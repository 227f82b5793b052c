// SPDX-License-Identifier: MIT
#include "growth.h"

#include "childbench.h"

#include <QJsonArray>

#include <chrono>
#include <optional>

// The console beside a growing number of instances with twenty regions each, as infra-consolebench measures it.

namespace InfraTest {

namespace {

std::optional<double> medianOf(const QJsonObject &document, const QString &name)
{
    for (const QJsonValue &row : document[QStringLiteral("rows")].toArray()) {
        if (row.toObject()[QStringLiteral("name")].toString() == name)
            return row.toObject()[QStringLiteral("median")].toDouble();
    }
    return {};
}

} // namespace

GrowthCurve measureConsoleGrowth(const GrowthOptions &options, QString *broken)
{
    LineChart chart;
    chart.title = QStringLiteral("Processor time of the console, by number of instances of 20 regions");
    chart.xLabel = QStringLiteral("instances");
    chart.yLabel = QStringLiteral("percent of a core");
    chart.xScale = LineChart::Scale::Linear;
    GrowthCurve curve(chart, QStringLiteral("% core"));
    const QString program = consoleBench();
    if (program.isEmpty()) {
        curve.figures().note(QStringLiteral("left out: infra-consolebench was not built"));
        return curve;
    }
    for (const int instances : options.sizes({1, 50, 100, 200, 350, 500}, 50)) {
        QStringList arguments{QStringLiteral("fleet"), QStringLiteral("--instances"), QString::number(instances),
                              QStringLiteral("--history"),
                              options.isQuick ? QStringLiteral("5") : QStringLiteral("30")};
        if (options.isQuick)
            arguments += QStringLiteral("--quick");
        const ChildOutcome outcome = runChildBench(program, arguments, std::chrono::seconds(300));
        if (!outcome.problem.isEmpty()) {
            *broken = QStringLiteral("infra-consolebench with %1 instances: %2").arg(instances).arg(outcome.problem);
            break;
        }
        for (const char *page : {"Overview", "Caches"}) {
            if (const auto share =
                    medianOf(outcome.document, QStringLiteral("processor, %1 shown").arg(QLatin1String(page))))
                curve.add(QLatin1String(page) + QStringLiteral(" shown"), instances, {{*share}});
        }
        for (const char *counter :
             {"processor, of that reading, Overview", "read every, Overview", "read every, Caches", "memory"}) {
            if (const auto value = medianOf(outcome.document, QLatin1String(counter)))
                curve.addCounter(QLatin1String(counter), instances, {{*value}},
                                 QLatin1String(counter) == QLatin1String("memory") ? QStringLiteral("MB")
                                     : QLatin1String(counter).startsWith(QLatin1String("read every"))
                                     ? QStringLiteral("ms")
                                     : QStringLiteral("% core"));
        }
    }
    return curve;
}

} // namespace InfraTest
