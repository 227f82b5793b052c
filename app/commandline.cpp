// SPDX-License-Identifier: GPL-3.0-or-later
#include "commandline.h"

#include <infra/databaseurl.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QRegularExpression>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::CommandLine)
};

struct Options
{
    QCommandLineOption store{QStringLiteral("store"), Text::tr("Open the store at <url>: sqlite:///path/to/file."),
                             QStringLiteral("url")};
    QCommandLineOption demo{QStringLiteral("demo"),
                            Text::tr("Start five demo services on a temporary store and show them.")};
    QCommandLineOption profile{QStringLiteral("profile"), Text::tr("Open the saved profile <name>."),
                               QStringLiteral("name")};
    QCommandLineOption capture{QStringLiteral("capture"),
                               Text::tr("Write a PNG of every page to <directory> and quit; needs no display."),
                               QStringLiteral("directory")};
    QCommandLineOption size{QStringLiteral("size"), Text::tr("Size of the window, for example 1280x800."),
                            QStringLiteral("WxH")};
    QCommandLineOption dark{QStringLiteral("dark"), Text::tr("Use the dark palette.")};
    QCommandLineOption light{QStringLiteral("light"), Text::tr("Use the light palette.")};
    QCommandLineOption check{QStringLiteral("check"),
                             Text::tr("Check the health of the service <name>, or of all, and quit: exit status 0 "
                                        "when all are up, 1 when one is degraded, down or unreachable."),
                             QStringLiteral("name|all")};
    QCommandLineOption stats{QStringLiteral("stats"), Text::tr("Print one snapshot of the store as JSON and quit.")};
    QCommandLineOption json{QStringLiteral("json"), Text::tr("With --check: print JSON instead of a table.")};
    QCommandLineOption help{{QStringLiteral("h"), QStringLiteral("help")}, Text::tr("Print this help and quit.")};
    QCommandLineOption version{{QStringLiteral("v"), QStringLiteral("version")},
                               Text::tr("Print the version and quit.")};

    void addTo(QCommandLineParser &parser) const
    {
        parser.addOptions({store, demo, profile, capture, size, dark, light, check, stats, json, help, version});
    }
};

Result<QSize> parseSize(const QString &text)
{
    static const QRegularExpression form(QStringLiteral("^([0-9]{1,5})x([0-9]{1,5})$"));
    const QRegularExpressionMatch match = form.match(text);
    const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
    if (!match.hasMatch() || size.width() < 640 || size.height() < 480 || size.width() > 7680 || size.height() > 4320)
        return failure(Error::Kind::InvalidArgument,
                       Text::tr("--size takes a width and height from 640x480 to 7680x4320, not \"%1\".").arg(text));
    return size;
}

} // namespace

Result<CommandLine> parseCommandLine(const QStringList &arguments)
{
    QCommandLineParser parser;
    const Options options;
    options.addTo(parser);
    const auto invalid = [](const QString &message) { return failure(Error::Kind::InvalidArgument, message); };
    if (!parser.parse(arguments))
        return invalid(Text::tr("%1 Try --help.").arg(parser.errorText()));
    CommandLine result;
    if (parser.isSet(options.help)) {
        result.action = CommandLine::Action::Help;
        return result;
    }
    if (parser.isSet(options.version)) {
        result.action = CommandLine::Action::Version;
        return result;
    }
    if (!parser.positionalArguments().isEmpty())
        return invalid(Text::tr("Unexpected argument \"%1\". A store is opened with --store URL.")
                           .arg(parser.positionalArguments().constFirst()));

    const int actions = int(parser.isSet(options.capture)) + int(parser.isSet(options.check))
        + int(parser.isSet(options.stats));
    if (actions > 1)
        return invalid(Text::tr("--capture, --check and --stats exclude each other."));
    if (int(parser.isSet(options.demo)) + int(parser.isSet(options.store)) + int(parser.isSet(options.profile)) > 1)
        return invalid(Text::tr("--demo, --store and --profile exclude each other."));
    if (parser.isSet(options.dark) && parser.isSet(options.light))
        return invalid(Text::tr("--dark and --light exclude each other."));
    if (parser.isSet(options.json) && !parser.isSet(options.check))
        return invalid(Text::tr("--json goes with --check."));

    result.demo = parser.isSet(options.demo);
    result.profile = parser.value(options.profile);
    if (parser.isSet(options.profile) && result.profile.isEmpty())
        return invalid(Text::tr("--profile takes the name of a profile."));
    result.json = parser.isSet(options.json);
    if (parser.isSet(options.dark))
        result.scheme = CommandLine::Scheme::Dark;
    else if (parser.isSet(options.light))
        result.scheme = CommandLine::Scheme::Light;
    if (parser.isSet(options.store)) {
        if (const auto url = Infra::DatabaseUrl::parse(parser.value(options.store)); !url)
            return failure(url.error());
        result.store = parser.value(options.store);
    }
    if (parser.isSet(options.size)) {
        const Result<QSize> size = parseSize(parser.value(options.size));
        if (!size)
            return failure(size.error());
        result.size = *size;
    }
    if (parser.isSet(options.capture)) {
        result.action = CommandLine::Action::Capture;
        result.captureDirectory = parser.value(options.capture);
        if (result.captureDirectory.isEmpty())
            return invalid(Text::tr("--capture takes a directory."));
    } else if (parser.isSet(options.check)) {
        result.action = CommandLine::Action::Check;
        result.checkName = parser.value(options.check);
        if (result.checkName.isEmpty())
            return invalid(Text::tr("--check takes the name of a service, or all."));
    } else if (parser.isSet(options.stats)) {
        result.action = CommandLine::Action::Statistics;
    }
    return result;
}

QString commandLineHelp()
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        Text::tr("Shows caches, connection pools and services that use libinfra, live, and invalidates cached data.\n"
                   "Exit status: 0 success, 1 a check found a problem, 2 wrong usage or the store cannot be opened."));
    Options().addTo(parser);
    // The parser knows the program's name only once there is an application.
    return parser.helpText().replace(QStringLiteral("<executable_name>"), QStringLiteral("infra-console"));
}

QString commandLineVersion()
{
    return QStringLiteral("infra-console %1").arg(QStringLiteral(INFRA_CONSOLE_VERSION));
}

} // namespace InfraConsole
