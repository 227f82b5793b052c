// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "commandoptions.h"
#include "faults.h"
#include "store/coherencefile.h"
#include "store/sqliteconnection.h"

#include <QFile>

#include <sys/wait.h>

#include <csignal>
#include <thread>

using namespace Infra::Detail;

namespace InfraTorture {

namespace {

enum class Holder { ForeignWriter, Writer, StoppedProcess };

const char *name(Holder holder)
{
    switch (holder) {
    case Holder::ForeignWriter: return "BEGIN IMMEDIATE of a foreign program";
    case Holder::Writer: return "lock kept by a writer";
    case Holder::StoppedProcess: return "process stopped at its work";
    }
    return "";
}

// In a process of its own: says so once it holds the lock, and keeps it until it is killed.
int keepTransaction(const QString &path, std::atomic<std::uint64_t> &held)
{
    const auto connection = SqliteConnection::open(path, SqliteConnection::Mode::ReadWrite, std::chrono::seconds(60));
    if (!connection || !(*connection)->execute(QStringLiteral("BEGIN IMMEDIATE")))
        return 1;
    held.store(1);
    std::this_thread::sleep_for(std::chrono::minutes(10));
    return 0;
}

int keepWriterLock(const QString &path, std::atomic<std::uint64_t> &held)
{
    const auto file = CoherenceFile::open(QFile::encodeName(path) + ".coherence");
    if (!file || !(*file)->lockWriter(Infra::Clock::system(), Infra::SteadyTime::max()))
        return 1;
    held.store(1);
    std::this_thread::sleep_for(std::chrono::minutes(10));
    return 0;
}

std::uint64_t sum(Arena &arena, std::atomic<std::uint64_t> ProcessState::*counter)
{
    std::uint64_t total = 0;
    for (int process = 0; process < arena.group().count(); ++process)
        total += (arena.log().state(process).*counter).load();
    return total;
}

} // namespace

void HoldFault::inflict(Arena &arena)
{
    ProcessGroup &group = arena.group();
    const auto holder = static_cast<Holder>(arena.random().below(3));
    const int victim = static_cast<int>(arena.random().below(static_cast<std::uint64_t>(group.count())));
    if (!group.waitForProgress(victim, 1 + arena.random().below(100)))
        arena.violation(QStringLiteral("did not recover"), QStringLiteral("no progress before a lock was kept"));
    std::this_thread::sleep_for(std::chrono::microseconds(arena.random().below(1000)));
    const std::uint64_t readsBefore = sum(arena, &ProcessState::failedReads);
    const std::uint64_t loadsBefore = sum(arena, &ProcessState::failedLoads);
    const std::uint64_t writesBefore = sum(arena, &ProcessState::failedWrites);
    arena.event(QLatin1String(name(holder)));
    pid_t child = -1;
    Operation *pause = nullptr;
    if (holder == Holder::StoppedProcess) {
        child = group.pid(victim);
        pause = arena.log().begin(Operation::Kind::Pause, group.incarnation(victim), 0);
        ::kill(child, SIGSTOP);
    } else {
        // A state of the log that no process of the group uses.
        std::atomic<std::uint64_t> &held = arena.log().state(OperationLog::MostProcesses - 1).progress;
        held.store(0);
        child = ProcessGroup::startApart([&] {
            return holder == Holder::Writer ? keepWriterLock(arena.path(), held) : keepTransaction(arena.path(), held);
        });
        if (!group.waitFor([&] { return held.load() != 0; }))
            arena.violation(QStringLiteral("could not be tormented"), QStringLiteral("the lock was not to be had"));
    }
    std::this_thread::sleep_for(duration);
    // Who waits for another process's load, which stands still or cannot store its value, gives up at his deadline; that
    // is a load that timed out, and none that failed.
    const std::uint64_t failedReads = sum(arena, &ProcessState::failedReads) - readsBefore
        + sum(arena, &ProcessState::failedLoads) - loadsBefore;
    const std::uint64_t failedWrites = sum(arena, &ProcessState::failedWrites) - writesBefore;
    const QString what = QLatin1String(name(holder));
    arena.count(what);
    arena.count(QStringLiteral("writes refused meanwhile"), failedWrites);
    // A store that cannot be written can be read, and a load needs no more than its factory.
    if (readsMayFail)
        arena.count(QStringLiteral("reads refused meanwhile"), failedReads);
    else if (failedReads > 0)
        arena.violation(QStringLiteral("reads that a lock of writers failed"), QStringLiteral("%1 reads failed: %2").arg(failedReads).arg(what));
    if (holder != Holder::StoppedProcess && failedWrites == 0 && duration > arena.workload().operationTimeout * 2)
        arena.violation(QStringLiteral("writes waited for ever"), what);
    if (pause) {
        ::kill(child, SIGCONT);
        // Until it has run again.
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        pause->end = OperationLog::now();
    } else {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }
    arena.expectService(what);
}

namespace {

int run(const QStringList &list)
{
    CampaignArguments arguments(QStringLiteral("hold"), QStringLiteral("times"), QStringLiteral("How often a lock is kept."), 9,
                                {QStringLiteral("deadline")});
    arguments.parser().addOption({QStringLiteral("seconds"), QStringLiteral("How long each time."), QStringLiteral("S"), QStringLiteral("10")});
    if (const auto status = arguments.parse(list))
        return *status;
    HoldFault fault;
    bool valid = true;
    fault.duration = std::chrono::milliseconds(static_cast<int>(arguments.parser().value(QStringLiteral("seconds")).toDouble(&valid) * 1000));
    if (!valid || fault.duration < std::chrono::milliseconds(100))
        return InfraTest::refuseOptions(arguments.parser());
    ArenaOptions options;
    options.workload.operationTimeout = std::chrono::milliseconds(250);
    if (arguments.seed() % 2 != 0)
        options.workload.housekeepingInterval = Workload::SeldomHousekeeping;
    options.callBound = options.workload.operationTimeout + std::chrono::milliseconds(1500);
    if (arguments.broken() == u"deadline")
        options.workload.operationTimeout = std::chrono::seconds(30);
    return runCampaign(arguments, options, QStringLiteral("hold: a lock of writers kept %1 times for %2 s")
                                               .arg(arguments.count()).arg(std::chrono::duration<double>(fault.duration).count()), fault);
}

const InfraTest::Command holdCommand("hold", "somebody keeps the lock of writers for ten seconds", &run);

} // namespace
} // namespace InfraTorture
