// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <QStringList>

namespace InfraTest {

// One subcommand of infra-bench or infra-torture. A file defines its command as a static object and so
// registers itself; the program's main() only dispatches.
//
//     static const InfraTest::Command poolCommand("pool", "connection pool against HikariCP and SQLAlchemy", &run);
//
// `run` gets the arguments behind the subcommand's name and returns the exit status: 0 when every guarantee
// it checks held, 1 when one was broken, 2 for arguments it does not understand.
class Command
{
public:
    using Run = int (*)(const QStringList &arguments);

    Command(const char *name, const char *summary, Run run);
    Command(const Command &) = delete;
    Command &operator=(const Command &) = delete;

    // Looks up argv[1], runs it; prints the list for --help, an error and the list otherwise.
    [[nodiscard]] static int dispatch(const char *program, const QStringList &arguments);

private:
    const char *m_name;
    const char *m_summary;
    Run m_run;
    const Command *m_next;
};

} // namespace InfraTest
