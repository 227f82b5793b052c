// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "commandoptions.h"
#include "faults.h"

#include <QFile>
#include <QHash>

#include <array>
#include <cstdio>
#include <thread>

using InfraTest::Damage;
using InfraTest::DamageRange;
using Infra::Detail::Random;

namespace InfraTorture {

namespace {

// Until when a process may take another store for the one it had; one that starts while others work may wait for so long.
constexpr std::uint64_t AdoptionTime = 3'000'000'000;
// One damage at a time: housekeepers of this workload have seen it by then.
constexpr std::chrono::milliseconds SettleTime{150};

struct FileKind
{
    const char *name;
    const char *suffix;
};
constexpr std::array<FileKind, 3> Files{{{"database", ""}, {"log", "-wal"}, {"coherence file", ".coherence"}}};

// Every other time where it hurts most: the head of the file; the end of a log; the words that everybody uses.
DamageRange aim(Random &random, CorruptFault::File file, const QString &path)
{
    if (random.below(2) == 0)
        return {};
    const qint64 size = QFile(path).size();
    switch (file) {
    case CorruptFault::File::Database: return {0, 100};
    case CorruptFault::File::Log: return random.below(2) ? DamageRange{std::max<qint64>(size - 8192, 0), -1} : DamageRange{0, 32 + 24 + 4096};
    case CorruptFault::File::Coherence: return {4096, 4096 + 512};
    }
    return {};
}

} // namespace

void CorruptFault::damageFile(Arena &arena, File chosen, Damage how)
{
    Random &random = arena.random();
    const FileKind &kind = Files[static_cast<std::size_t>(chosen)];
    const QString path = arena.file(kind.suffix);
    // What replaces a file is noise, or comes from another store.
    if (how == Damage::Replacement && random.below(2) == 0) {
        exchangeFile(arena, chosen);
        return;
    }
    const DamageRange range = how == Damage::BitFlips || how == Damage::ZeroedPages ? aim(random, chosen, path) : DamageRange{};
    if (InfraTest::inflict(how, path, random, range))
        arena.count(QStringLiteral("%1 of the %2").arg(QLatin1String(InfraTest::damageName(how)), QLatin1String(kind.name)));
    else
        arena.count(QStringLiteral("nothing to damage"));
}

void CorruptFault::exchangeFile(Arena &arena, File chosen)
{
    const FileKind &kind = Files[static_cast<std::size_t>(chosen)];
    const QString other = arena.directory() + QStringLiteral("/other-%1.db").arg(++m_sequence);
    const std::uint64_t first = (std::uint64_t{arena.group().newIncarnation()} << 32U) + 1;
    // A database is whole without its log, and a log is left by the dead only.
    const auto atEnd = chosen == File::Database ? Workload::AtEnd::Close : Workload::AtEnd::Die;
    if (ProcessGroup::runApart([&] { return arena.workload().fill(other, first, atEnd); }) != 0)
        arena.violation(QStringLiteral("could not be tormented"), QStringLiteral("another store cannot be made"));
    const std::uint64_t begin = OperationLog::now();
    if (std::rename(QFile::encodeName(other + QLatin1String(kind.suffix)).constData(), QFile::encodeName(arena.file(kind.suffix)).constData()) != 0)
        arena.violation(QStringLiteral("could not be tormented"), QStringLiteral("a file cannot be exchanged"));
    for (const char *suffix : {"", "-wal", "-shm", ".coherence", ".loads", ".telemetry"})
        QFile::remove(other + QLatin1String(suffix));
    arena.count(QStringLiteral("exchange of the %1").arg(QLatin1String(kind.name)));
    // Another store's database is a store, and adopted; its other files say nothing about this one.
    if (chosen == File::Database) {
        for (std::uint32_t key = 0; key < arena.workload().keyCount; ++key)
            arena.logForeignValue(key, first + key, begin, begin + AdoptionTime);
    }
}

void CorruptFault::inflict(Arena &arena)
{
    Random &random = arena.random();
    ProcessGroup &group = arena.group();
    const File chosen = file ? *file : static_cast<File>(random.below(Files.size()));
    const Damage how = damage ? *damage : static_cast<Damage>(random.below(InfraTest::DamageCount));
    const bool open = isOpen ? *isOpen : random.below(2) == 0;
    const QString what = QStringLiteral("%1 of the %2, %3").arg(QLatin1String(InfraTest::damageName(how)),
                                                               QLatin1String(Files[static_cast<std::size_t>(chosen)].name),
                                                               open ? QStringLiteral("open") : QStringLiteral("closed"));
    if (!group.waitForProgress(static_cast<int>(random.below(static_cast<std::uint64_t>(group.count()))), 1 + random.below(300)))
        arena.violation(QStringLiteral("did not recover"), QStringLiteral("no progress before ") + what);
    if (open) {
        arena.event(what);
        damageFile(arena, chosen, how);
    } else {
        // Only processes that die leave a log behind.
        if (chosen == File::Log || random.below(2) == 0)
            group.killAll();
        else if (!group.endAll())
            arena.violation(QStringLiteral("did not end when told to"), what);
        arena.event(what);
        damageFile(arena, chosen, how);
        group.startAll();
    }
    arena.count(open ? QStringLiteral("damages while open") : QStringLiteral("damages while closed"));
    arena.expectService(what);
    std::this_thread::sleep_for(SettleTime);
}

namespace {

int run(const QStringList &list)
{
    CampaignArguments arguments(QStringLiteral("corrupt"), QStringLiteral("damages"), QStringLiteral("How often a file is damaged."), 500,
                                {QStringLiteral("checksums"), QStringLiteral("identity"), QStringLiteral("log")});
    arguments.parser().addOptions({{QStringLiteral("file"), QStringLiteral("Damages that file only: database, log or coherence."), QStringLiteral("FILE")},
                                   {QStringLiteral("damage"), QStringLiteral("Only so: flips, truncation, zeros, foreign, deletion or replacement."), QStringLiteral("DAMAGE")},
                                   {QStringLiteral("state"), QStringLiteral("Only while open, or closed."), QStringLiteral("STATE")}});
    if (const auto status = arguments.parse(list))
        return *status;
    const QHash<QString, CorruptFault::File> files{{QStringLiteral("database"), CorruptFault::File::Database},
                                                   {QStringLiteral("log"), CorruptFault::File::Log},
                                                   {QStringLiteral("coherence"), CorruptFault::File::Coherence}};
    const QHash<QString, Damage> damages{{QStringLiteral("flips"), Damage::BitFlips}, {QStringLiteral("truncation"), Damage::Truncation},
                                         {QStringLiteral("zeros"), Damage::ZeroedPages}, {QStringLiteral("foreign"), Damage::ForeignBytes},
                                         {QStringLiteral("deletion"), Damage::Deletion}, {QStringLiteral("replacement"), Damage::Replacement}};
    const QHash<QString, bool> states{{QStringLiteral("open"), true}, {QStringLiteral("closed"), false}};
    CorruptFault fault;
    bool valid = true;
    const auto narrow = [&](const char *option, const auto &known, auto &choice) {
        const QString name = arguments.parser().value(QLatin1String(option));
        if (name.isEmpty())
            return;
        valid = valid && known.contains(name);
        choice = known.value(name);
    };
    narrow("file", files, fault.file);
    narrow("damage", damages, fault.damage);
    narrow("state", states, fault.isOpen);
    if (!valid)
        return InfraTest::refuseOptions(arguments.parser());
    ArenaOptions options;
    options.workload.keyCount = 64;
    options.workload.maximumPadding = 3000;
    options.workload.operationTimeout = std::chrono::milliseconds(2000);
    options.processes = 3;
    options.mayLose = true;
    options.mayRefuse = true;
    return runCampaign(arguments, options, QStringLiteral("corrupt: %1 damages under 3 processes").arg(arguments.count()), fault);
}

const InfraTest::Command corruptCommand("corrupt", "damages the files of a store, while open and while closed", &run);

} // namespace
} // namespace InfraTorture
