// SPDX-License-Identifier: MIT
// infra-consolebench MEASURE [--rows N]: what the console costs and how it answers, on a real store with real publishers.
// Run it alone on an idle machine; it prints each figure beside its bar and ends with 1 when one is missed.
#include "fixture.h"
#include "measures.h"

#include "widgets/theme.h"

#include <QApplication>
#include <QStyleFactory>

#include <cstdio>

namespace {

using namespace InfraBench;

constexpr Measure Measures[] = {
    {"start", "from exec to a window with live data, on a store of N rows", measureStart},
    {"blocks", "how long the window does not answer, whatever happens to the store", measureBlocks},
    {"fleet", "processor and memory with 200 instances of 20 regions", measureFleet},
    {"day", "memory of the reader over 24 simulated hours", measureDay},
    {"publishing", "what publishing costs a service", measurePublishing},
    {"preview", "counting what an invalidation would remove among N rows", measurePreview},
    {"quit", "closing with requests and queries in flight", measureQuit},
};

int usage()
{
    std::puts("infra-consolebench MEASURE [--rows N]    N: 1000000 unless said\n");
    for (const Measure &measure : Measures)
        std::printf("  %-12s %s\n", measure.name, measure.what);
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(InfraConsole::Theme::lightPalette());
    const QStringList arguments = application.arguments();
    const QString name = arguments.value(1);
    if (name == QStringLiteral("publish"))
        return publish(arguments.value(2), arguments.value(3).toInt(), arguments.value(4).toInt(),
                       std::chrono::seconds(arguments.value(5).toInt()));
    if (name == QStringLiteral("showstart"))
        return showStart(arguments.value(2));
    const qsizetype at = arguments.indexOf(QStringLiteral("--rows"));
    const int rows = at < 0 ? 1'000'000 : arguments.value(at + 1).toInt();
    for (const Measure &measure : Measures) {
        if (name == QLatin1String(measure.name) && rows > 0) {
            std::printf("%s\n", measure.what);
            std::fflush(stdout);
            return measure.run(rows);
        }
    }
    return usage();
}
