// SPDX-License-Identifier: MIT
#include "commandoptions.h"

#include <QCommandLineParser>

#include <cstdio>

namespace InfraTest {

std::optional<int> parseOptions(QCommandLineParser &parser, const QString &command, const QStringList &arguments)
{
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")}, QStringLiteral("Says this."));
    parser.addOption(help);
    const bool isUnderstood = parser.parse(QStringList{command} + arguments);
    if (parser.isSet(help)) {
        std::fputs(qPrintable(parser.helpText()), stdout);
        return 0;
    }
    if (isUnderstood && parser.positionalArguments().isEmpty())
        return std::nullopt;
    if (isUnderstood)
        std::fprintf(stderr, "%s: there is no argument '%s'\n", qPrintable(command), qPrintable(parser.positionalArguments().first()));
    return refuseOptions(parser);
}

int refuseOptions(const QCommandLineParser &parser)
{
    if (!parser.errorText().isEmpty())
        std::fprintf(stderr, "%s\n", qPrintable(parser.errorText()));
    std::fputs(qPrintable(parser.helpText()), stderr);
    return 2;
}

} // namespace InfraTest
