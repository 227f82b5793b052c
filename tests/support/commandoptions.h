// SPDX-License-Identifier: MIT
#pragma once

#include <QStringList>

#include <optional>

class QCommandLineParser;

namespace InfraTest {

// What a subcommand was called with, into a parser that knows its options. None when it may go on; otherwise what it ends
// with, and what there was to say is printed: 0 behind --help, 2 for what it does not understand.
[[nodiscard]] std::optional<int> parseOptions(QCommandLineParser &parser, const QString &command, const QStringList &arguments);

// For values that make no sense: prints what may be said, and is what the subcommand ends with.
[[nodiscard]] int refuseOptions(const QCommandLineParser &parser);

} // namespace InfraTest
