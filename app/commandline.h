// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/result.h>

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>

namespace InfraConsole {

// What the operator asked for on the command line.
struct CommandLine
{
    enum class Action { Window, Capture, Check, Statistics, Help, Version };
    enum class Scheme { Desktop, Light, Dark };

    Action action = Action::Window;
    bool demo = false;
    std::optional<QString> store;    // URL of an existing store, checked for form only.
    QString profile;                 // Empty: the last one used.
    QString captureDirectory;
    QString checkName;               // "all" or a service's name.
    bool json = false;
    Scheme scheme = Scheme::Desktop;
    QSize size;                      // Empty: the remembered size, or 1280×800.
};

// Reads `arguments` (the program's name first). An error names the option and says what it takes.
[[nodiscard]] Infra::Result<CommandLine> parseCommandLine(const QStringList &arguments);

// For --help.
[[nodiscard]] QString commandLineHelp();
[[nodiscard]] QString commandLineVersion();

} // namespace InfraConsole
