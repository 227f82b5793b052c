// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "faults.h"
#include "store/sqliteconnection.h"

#include <QFile>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace Infra::Detail;

namespace InfraTorture {

namespace {

constexpr std::chrono::seconds SeenPatience{10};

// Everything that is left, to the last block; more when something is freed meanwhile.
void takeAllSpace(int descriptor)
{
    static const QByteArray zeros(65536, '\0');
    for (qsizetype piece = zeros.size(); piece >= 1024;) {
        if (::write(descriptor, zeros.constData(), static_cast<std::size_t>(piece)) <= 0)
            piece /= 4;
    }
}

void limitFileSizes(ProcessGroup &group, rlim_t bytes)
{
    for (int process = 0; process < group.count(); ++process) {
        const rlimit limit{bytes, RLIM_INFINITY};
        ::prlimit(group.pid(process), RLIMIT_FSIZE, &limit, nullptr);
    }
}

// In a process of its own: reads, and does not end that until it is killed.
int keepReading(const QString &path)
{
    const auto connection = SqliteConnection::open(path, SqliteConnection::Mode::ReadWrite, std::chrono::seconds(60));
    if (!connection || !(*connection)->execute(QStringLiteral("BEGIN")))
        return 1;
    // The transaction begins with the first look.
    static_cast<void>((*connection)->value(QStringLiteral("SELECT count(*) FROM entries")));
    std::this_thread::sleep_for(std::chrono::minutes(10));
    return 0;
}

} // namespace

void DiskFullFault::inflict(Arena &arena)
{
    ProcessGroup &group = arena.group();
    OperationLog &log = arena.log();
    const int victim = static_cast<int>(arena.random().below(static_cast<std::uint64_t>(group.count())));
    if (!group.waitForProgress(victim, 1 + arena.random().below(200)))
        arena.violation(QStringLiteral("did not recover"), QStringLiteral("no progress before the disk was full"));
    const auto total = [&](std::atomic<std::uint64_t> ProcessState::*counter) {
        std::uint64_t sum = 0;
        for (int process = 0; process < group.count(); ++process)
            sum += (log.state(process).*counter).load();
        return sum;
    };
    // Who waits for the lock in vain, or cannot open the store, has no store to say what is wrong with it.
    const std::uint64_t failuresBefore = total(&ProcessState::failedByFullDisk);
    const std::uint64_t degradedBefore = total(&ProcessState::degraded);
    const std::uint64_t unwellBefore = total(&ProcessState::unwell);
    arena.event(QStringLiteral("disk full"));
    const QString ballast = arena.directory() + QStringLiteral("/ballast");
    const int descriptor = arena.hasDisk() ? ::open(QFile::encodeName(ballast).constData(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    const auto end = std::chrono::steady_clock::now() + duration;
    const auto patience = end + SeenPatience;
    const bool kills = arena.random().below(3) == 0;
    const auto seen = [&] { return total(&ProcessState::failedByFullDisk) > failuresBefore; };
    bool isKilled = false;
    pid_t reader = -1;
    while (std::chrono::steady_clock::now() < end || (!seen() && std::chrono::steady_clock::now() < patience)) {
        if (descriptor >= 0)
            takeAllSpace(descriptor);
        else
            limitFileSizes(group, 4096);
        if (kills && seen() && !std::exchange(isKilled, true)) {
            // Nor may one that starts now do harm.
            group.kill(victim);
            group.start(victim);
        }
        // Files that have their size need no space as long as the log can begin anew, which it cannot while somebody reads what is in it.
        if (reader < 0 && !seen() && std::chrono::steady_clock::now() >= end)
            reader = ProcessGroup::startApart([&] { return keepReading(arena.path()); });
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (reader > 0) {
        ::kill(reader, SIGKILL);
        ::waitpid(reader, nullptr, 0);
        arena.count(QStringLiteral("of these, with a reader that stays"));
    }
    if (!seen())
        arena.violation(QStringLiteral("could not be tormented"), QStringLiteral("no write failed while the disk was full"));
    else if (total(&ProcessState::degraded) == degradedBefore)
        arena.violation(QStringLiteral("hidden failures"), QStringLiteral("no cache said that it was degraded"));
    else if (total(&ProcessState::unwell) == unwellBefore)
        arena.violation(QStringLiteral("hidden failures"), QStringLiteral("no store's health said what was wrong"));
    if (descriptor >= 0) {
        ::ftruncate(descriptor, 0);
        ::close(descriptor);
        QFile::remove(ballast);
    } else {
        limitFileSizes(group, RLIM_INFINITY);
    }
    arena.count(QStringLiteral("times full"));
    arena.count(QStringLiteral("of these, with a kill"), isKilled ? 1 : 0);
    arena.expectService(QStringLiteral("the disk was freed"));
}

namespace {

int run(const QStringList &list)
{
    CampaignArguments arguments(QStringLiteral("diskfull"), QStringLiteral("times"), QStringLiteral("How often the disk becomes full."), 40,
                                {QStringLiteral("errors")});
    if (const auto status = arguments.parse(list))
        return *status;
    ArenaOptions options;
    options.workload.keyCount = 32;
    options.workload.maximumPadding = 8000;
    options.workload.operationTimeout = std::chrono::milliseconds(500);
    options.diskBytes = 6 * 1024 * 1024;
    options.mayRefuse = true;
    DiskFullFault fault;
    return runCampaign(arguments, options, QStringLiteral("diskfull: a disk of 6 MiB filled %1 times").arg(arguments.count()), fault);
}

const InfraTest::Command diskFullCommand("diskfull", "fills the disk that a store lies on, and frees it again", &run);

} // namespace
} // namespace InfraTorture
