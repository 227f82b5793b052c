// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "commandoptions.h"
#include "faults.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDateTime>
#include <QProcess>
#include <QRandomGenerator>

#include <array>
#include <cstdio>

namespace InfraTorture {

namespace {

constexpr std::chrono::seconds RoundTime{12};

// One store and its processes for a while, and all that may happen to them in random order. An odd seed's round
// damages and replaces files too, so that entries may go; an even one's may lose nothing.
Account playRound(std::uint64_t seed, const Infra::Detail::StoreFaults &faults, std::chrono::steady_clock::time_point last)
{
    ArenaOptions options;
    options.workload.seed = seed;
    options.workload.faults = faults;
    options.workload.keyCount = 32;
    options.workload.maximumPadding = 6000;
    options.workload.operationTimeout = std::chrono::milliseconds(1000);
    if (seed % 4 == 0)
        options.workload.housekeepingInterval = Workload::SeldomHousekeeping;
    options.processes = 4;
    options.mayLose = seed % 2 != 0;
    options.oneLoadPerKey = !options.mayLose;
    options.mayRefuse = true;
    // Room for the logs of every store that damages make the library set aside.
    options.diskBytes = 256 * 1024 * 1024;
    QString problem;
    const auto arena = Arena::create(options, &problem);
    if (!arena) {
        Account account;
        account.guarantees[QStringLiteral("rounds that could not be played")] = 1;
        account.notes += problem;
        return account;
    }
    KillFault kill;
    CorruptFault corrupt;
    ReplaceFault replace;
    DiskFullFault full;
    full.duration = std::chrono::milliseconds(800);
    HoldFault hold;
    hold.duration = std::chrono::milliseconds(2500);
    hold.readsMayFail = options.mayLose;
    arena->group().startAll();
    arena->expectService(QStringLiteral("the start"));
    const auto end = std::min(std::chrono::steady_clock::now() + RoundTime, last);
    while (std::chrono::steady_clock::now() < end) {
        // Kills are quick, so there are more of them.
        const std::uint64_t dice = arena->random().below(options.mayLose ? 20 : 10);
        if (dice < 8)
            kill.inflict(*arena);
        else if (dice == 8)
            full.inflict(*arena);
        else if (dice == 9)
            hold.inflict(*arena);
        else if (dice < 19)
            corrupt.inflict(*arena);
        else
            replace.inflict(*arena);
    }
    Account account = arena->judge();
    account.counts[QStringLiteral("rounds")] = 1;
    for (QString &note : account.notes)
        note.prepend(QStringLiteral("round of seed %1: ").arg(seed));
    return account;
}

// A campaign on something else than a store, in a process of its own.
void playElsewhere(const QStringList &arguments, Account &account)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QCoreApplication::applicationFilePath(), arguments);
    const bool ended = process.waitForStarted() && process.waitForFinished(15 * 60 * 1000);
    const QString name = arguments.first();
    const QByteArrayList output = process.readAll().trimmed().split('\n');
    const bool held = ended && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
    account.guarantees[QStringLiteral("broken: ") + name] = held ? 0 : 1;
    account.counts[QStringLiteral("campaign: ") + name] = 1;
    if (held)
        return;
    for (const QByteArray &line : output) {
        if (line.contains("MISSED") || line.contains("note:") || line.contains("violations") || output.size() < 5)
            account.notes += name + QStringLiteral(": ") + QString::fromUtf8(line.simplified());
    }
}

int run(const QStringList &list)
{
    const QStringList mechanisms{QStringLiteral("marks"), QStringLiteral("flight"), QStringLiteral("generations"), QStringLiteral("snapshots"),
                                 QStringLiteral("loads"), QStringLiteral("older"), QStringLiteral("checksums"), QStringLiteral("identity"), QStringLiteral("log"),
                                 QStringLiteral("errors")};
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("minutes"), QStringLiteral("How long the store is tormented."), QStringLiteral("N"), QStringLiteral("30")},
                       {QStringLiteral("rounds"), QStringLiteral("Ends behind so many rounds of 12 s."), QStringLiteral("N")},
                       {QStringLiteral("seed"), QStringLiteral("Replays the choices of a run; with --rounds 1, of the round of that seed."), QStringLiteral("N")},
                       {QStringLiteral("store-only"), QStringLiteral("Leaves out the clock, pool and client campaigns.")},
                       {QStringLiteral("break"), QStringLiteral("Switches a mechanism off, and ends when that was seen: %1.").arg(mechanisms.join(QStringLiteral(", "))), QStringLiteral("MECHANISM")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("all"), list))
        return *status;
    bool isNumber = true;
    const double minutes = parser.value(QStringLiteral("minutes")).toDouble(&isNumber);
    bool valid = isNumber && minutes > 0;
    const int rounds = parser.isSet(QStringLiteral("rounds")) ? parser.value(QStringLiteral("rounds")).toInt(&isNumber) : 1'000'000;
    valid = valid && isNumber && rounds > 0;
    const std::uint64_t seed = parser.isSet(QStringLiteral("seed")) ? parser.value(QStringLiteral("seed")).toULongLong(&isNumber)
                                                                   : QRandomGenerator::system()->generate();
    const QString broken = parser.value(QStringLiteral("break"));
    if (!valid || !isNumber || (!broken.isEmpty() && !mechanisms.contains(broken)))
        return InfraTest::refuseOptions(parser);
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    const auto last = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double, std::ratio<60>>(minutes));
    Account total;
    for (int round = 0; round < rounds && std::chrono::steady_clock::now() < last; ++round) {
        const std::uint64_t roundSeed = seed + static_cast<std::uint64_t>(round);
        const Account account = playRound(roundSeed, faultsOf(broken), last);
        std::printf("round %d, seed %llu: %llu operations, %llu violations\n", round, static_cast<unsigned long long>(roundSeed),
                    static_cast<unsigned long long>(account.operations), static_cast<unsigned long long>(account.violations()));
        std::fflush(stdout);
        total.add(account);
        // That the judge sees what is missing is shown by one round in which it did.
        if (!broken.isEmpty() && account.guarantees.value(guaranteeOf(broken)) > 0) {
            std::printf("seen: %s\n", qPrintable(guaranteeOf(broken)));
            break;
        }
    }
    if (broken.isEmpty() && !parser.isSet(QStringLiteral("store-only"))) {
        playElsewhere({QStringLiteral("clock"), QStringLiteral("--seed"), QString::number(seed)}, total);
        playElsewhere({QStringLiteral("pool")}, total);
        playElsewhere({QStringLiteral("client"), QStringLiteral("--seed"), QString::number(seed % 1'000'000)}, total);
    }
    InfraTest::Figures figures(QStringLiteral("all: %1, seed %2%3").arg(QDateTime::currentDateTimeUtc().toString(Qt::ISODate)).arg(seed)
                                   .arg(broken.isEmpty() ? QString() : QStringLiteral(", without ") + broken));
    return conclude(figures, total, parser.value(QStringLiteral("json")));
}

const InfraTest::Command allCommand("all", "every campaign in one soak, for so many minutes", &run);

} // namespace
} // namespace InfraTorture
