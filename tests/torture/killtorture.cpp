// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "faults.h"

#include <thread>

namespace InfraTorture {

namespace {

constexpr std::uint64_t KillsPerRestart = 20;

} // namespace

void KillFault::inflict(Arena &arena)
{
    ProcessGroup &group = arena.group();
    // Now and then all end at once, as they are told to when a machine is shut down: nothing may go with them.
    if (arena.random().below(KillsPerRestart) == 0) {
        arena.event(QStringLiteral("restart"));
        if (!group.endAll())
            arena.violation(QStringLiteral("did not end when told to"), QStringLiteral("a restart of all"));
        group.startAll();
        arena.expectService(QStringLiteral("a restart of all"));
        arena.count(QStringLiteral("restarts of all"));
    }
    const int process = static_cast<int>(arena.random().below(static_cast<std::uint64_t>(group.count())));
    if (!group.waitForProgress(process, 1 + arena.random().below(150)))
        arena.violation(QStringLiteral("made no progress"), QStringLiteral("process %1 makes no progress").arg(process));
    std::this_thread::sleep_for(std::chrono::microseconds(arena.random().below(1500)));
    arena.event(QStringLiteral("kill"));
    group.kill(process);
    group.start(process);
    arena.count(QStringLiteral("kills"));
}

namespace {

int run(const QStringList &list)
{
    CampaignArguments arguments(QStringLiteral("kill"), QStringLiteral("kills"), QStringLiteral("How often a random process is killed."), 1000,
                                {QStringLiteral("marks"), QStringLiteral("flight"), QStringLiteral("generations"), QStringLiteral("snapshots"),
                                 QStringLiteral("loads"), QStringLiteral("older")});
    if (const auto status = arguments.parse(list))
        return *status;
    KillFault fault;
    ArenaOptions options;
    options.oneLoadPerKey = true;
    if (arguments.seed() % 2 != 0)
        options.workload.housekeepingInterval = Workload::SeldomHousekeeping;
    return runCampaign(arguments, options, QStringLiteral("kill: %1 SIGKILLs among 4 processes").arg(arguments.count()), fault);
}

const InfraTest::Command killCommand("kill", "SIGKILLs random processes on one store and checks the history", &run);

} // namespace
} // namespace InfraTorture
