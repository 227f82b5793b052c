// SPDX-License-Identifier: MIT
#include "command.h"

#include <cstdio>

namespace InfraTest {

namespace {
const Command *s_first = nullptr;
}

Command::Command(const char *name, const char *summary, Run run)
    : m_name(name), m_summary(summary), m_run(run), m_next(s_first)
{
    s_first = this;
}

int Command::dispatch(const char *program, const QStringList &arguments)
{
    const QString wanted = arguments.value(1);
    for (const Command *command = s_first; command; command = command->m_next) {
        if (wanted == QLatin1String(command->m_name))
            return command->m_run(arguments.mid(2));
    }
    const bool help = wanted == QLatin1String("--help") || wanted == QLatin1String("help");
    std::FILE *out = help ? stdout : stderr;
    if (!help && !wanted.isEmpty())
        std::fprintf(out, "%s: there is no command '%s'\n", program, qPrintable(wanted));
    std::fprintf(out, "usage: %s COMMAND [OPTION...]\n", program);
    for (const Command *command = s_first; command; command = command->m_next)
        std::fprintf(out, "  %-14s %s\n", command->m_name, command->m_summary);
    return help ? 0 : 2;
}

} // namespace InfraTest
