// SPDX-License-Identifier: MIT
// infra-consolebench MEASURE [OPTION...]: what the console costs and how it answers, on a real store with real
// publishers. Run it alone on an idle machine; it prints each figure beside its bar and ends with 1 when a guarantee was
// broken.
#include "fixture.h"
#include "measures.h"

#include "widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QStyleFactory>

#include <algorithm>
#include <cstdio>

namespace {

using namespace InfraBench;

constexpr Measure Measures[] = {
    {"start", "from exec to a window with live data, on a store of N rows", measureStart},
    {"blocks", "how long the window does not answer, whatever happens to the store", measureBlocks},
    {"fleet", "processor and memory with N instances of 20 regions", measureFleet},
    {"day", "memory of the reader over 24 simulated hours", measureDay},
    {"publishing", "what publishing costs a service", measurePublishing},
    {"preview", "counting what an invalidation would remove among N rows", measurePreview},
    {"quit", "closing with requests and queries in flight", measureQuit},
};

int usage(const QCommandLineParser &parser)
{
    std::fprintf(stderr, "%s\ninfra-consolebench MEASURE [OPTION...]\n\n", qPrintable(parser.errorText()));
    for (const Measure &measure : Measures)
        std::fprintf(stderr, "  %-12s %s\n", measure.name, measure.what);
    std::fprintf(stderr, "\n%s", qPrintable(parser.helpText()));
    return 2;
}

// The option as a number; 0 when it is none.
int number(const QCommandLineParser &parser, const QString &option)
{
    return std::max(0, parser.value(option).toInt());
}

} // namespace

int main(int argc, char **argv)
{
    // A machine without a display measures as well.
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
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

    QCommandLineParser parser;
    const QString rows = QStringLiteral("rows");
    const QString instances = QStringLiteral("instances");
    const QString history = QStringLiteral("history");
    const QString json = QStringLiteral("json");
    parser.addOptions({{rows, QStringLiteral("Rows of the store."), QStringLiteral("N"), QStringLiteral("1000000")},
                       {instances, QStringLiteral("Instances of the fleet."), QStringLiteral("N"), QStringLiteral("200")},
                       {history, QStringLiteral("Telemetry published before: what the ring holds; writing it takes minutes."),
                        QStringLiteral("SECONDS"), QStringLiteral("900")},
                       {QStringLiteral("quick"), QStringLiteral("Everything for an eighth of the time.")},
                       {json, QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    const bool isUnderstood = parser.parse(arguments) && parser.positionalArguments().size() == 1;
    const Scale scale{number(parser, rows), number(parser, instances), std::chrono::seconds(number(parser, history)),
                      parser.isSet(QStringLiteral("quick"))};
    for (const Measure &measure : Measures) {
        if (!isUnderstood || name != QLatin1String(measure.name) || scale.rows == 0 || scale.instances == 0)
            continue;
        const int status = measure.run(scale);
        figures().print();
        return figures().writeJson(parser.value(json)) ? status : 2;
    }
    return usage(parser);
}
