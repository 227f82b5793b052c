// SPDX-License-Identifier: GPL-3.0-or-later
#include "application.h"
#include "commandline.h"
#include "commands.h"
#include "quitsignals.h"
#include "session/storefile.h"
#include "settings.h"
#include "translation.h"

#include <QApplication>
#include <QStyleFactory>

#include <cstdio>

namespace {

using namespace InfraConsole;

int fail(const QString &message)
{
    std::fprintf(stderr, "infra-console: %s\n", qPrintable(message));
    return 2;
}

int check(const CommandLine &commandLine)
{
    const auto settings = Settings::user();
    if (const auto edited = settings->services())
        return checkServices(*edited, commandLine.checkName, commandLine.json);
    const auto services = Infra::preconfiguredServices();
    return services ? checkServices(*services, commandLine.checkName, commandLine.json) : fail(services.error().message);
}

int statistics(const CommandLine &commandLine)
{
    QString url = commandLine.store.value_or(QString());
    if (!commandLine.profile.isEmpty()) {
        const auto profile = Settings::user()->profile(commandLine.profile);
        if (!profile)
            return fail(QCoreApplication::translate("CommandLine", "There is no profile named %1.").arg(commandLine.profile));
        url = profile->storeUrl;
    }
    if (url.isEmpty())
        return fail(QCoreApplication::translate("CommandLine", "--stats needs --store or --profile."));
    return printStatistics(url);
}

int showWindow(const CommandLine &commandLine, int &argc, char **argv)
{
    // A picture needs no display, and a display no flashing window.
    if (commandLine.action == CommandLine::Action::Capture && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    // Said before a display is asked for.
    if (commandLine.store) {
        const auto url = Infra::DatabaseUrl::parse(*commandLine.store);
        if (!url)
            return fail(url.error().message);
        if (const Infra::Result<void> usable = checkUnopenedStoreFile(*url); !usable)
            return fail(usable.error().message);
    }
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM") && !qEnvironmentVariableIsSet("DISPLAY")
        && !qEnvironmentVariableIsSet("WAYLAND_DISPLAY"))
        return fail(QCoreApplication::translate("CommandLine", "There is no display. --capture writes pictures without one."));
    QApplication application(argc, argv);
    installTranslations(QLocale());
    Application::nameProgram();
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    const QuitSignals quitSignals;
    Application console(commandLine, Settings::user());
    if (const auto started = console.start(); !started)
        return fail(started.error().message);
    if (console.isShownElsewhere())
        return 0;
    return QApplication::exec();
}

} // namespace

int main(int argc, char **argv)
{
    QStringList arguments;
    for (int index = 0; index < argc; ++index)
        arguments.append(QString::fromLocal8Bit(argv[index]));
    const auto commandLine = parseCommandLine(arguments);
    if (!commandLine)
        return fail(commandLine.error().message);
    switch (commandLine->action) {
    case CommandLine::Action::Help:
        std::fputs(qPrintable(commandLineHelp()), stdout);
        return 0;
    case CommandLine::Action::Version:
        std::puts(qPrintable(commandLineVersion()));
        return 0;
    case CommandLine::Action::Check: {
        const QCoreApplication application(argc, argv);
        installTranslations(QLocale());
        return check(*commandLine);
    }
    case CommandLine::Action::Statistics: {
        const QCoreApplication application(argc, argv);
        installTranslations(QLocale());
        return statistics(*commandLine);
    }
    case CommandLine::Action::Window:
    case CommandLine::Action::Capture: break;
    }
    return showWindow(*commandLine, argc, argv);
}
