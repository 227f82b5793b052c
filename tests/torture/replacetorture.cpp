// SPDX-License-Identifier: MIT
#include "campaign.h"
#include "command.h"
#include "commandoptions.h"
#include "faults.h"
#include "store/sqliteconnection.h"

#include <QFile>
#include <QVariant>

#include <array>
#include <cstdio>
#include <thread>

using namespace Infra::Detail;

namespace InfraTorture {

namespace {

// Every process looks at its files within a second and a half (SessionKeeper); the rest is for a busy machine.
constexpr std::uint64_t NoticeTime = 3'000'000'000;

enum class Way { OtherStore, OtherStoreAfterGap, OlderCopy, DeletedDatabase, DeletedWithLog, DeletedAltogether };
constexpr std::array<const char *, 6> Names{"other store put in place", "deleted, then other store put in place", "older copy put in place",
                                            "database deleted", "database and log deleted", "all files deleted"};

bool rename(const QString &from, const QString &to)
{
    return std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) == 0;
}

void remove(Arena &arena, std::initializer_list<const char *> suffixes)
{
    for (const char *suffix : suffixes)
        QFile::remove(arena.file(suffix));
}

// Exit statuses of restoreCopy().
constexpr int Restored = 0;
constexpr int NotPossible = 1;
constexpr int DamagedElsewhere = 2; // In a part of the database that nobody has read since, or it had been rebuilt.

// Makes the copy, notes what is in it, and puts it in place. In a process of its own.
int restoreCopy(Arena &arena, const QString &copy)
{
    // In a soak the store may be being rebuilt, or the disk be full, at the moment.
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    const auto copied = [&]() -> tl::expected<void, SqliteError> {
        const auto store = SqliteConnection::open(arena.path(), SqliteConnection::Mode::ReadWrite, std::chrono::seconds(10));
        return store ? (*store)->execute(QStringLiteral("VACUUM INTO '%1'").arg(copy)) : tl::unexpected(store.error());
    };
    for (auto done = copied(); !done; done = copied()) {
        if (std::chrono::steady_clock::now() >= last)
            return done.error().fault == SqliteFault::Damage ? DamagedElsewhere : NotPossible;
        QFile::remove(copy);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::vector<std::pair<std::uint32_t, std::uint64_t>> content;
    {
        const auto opened = SqliteConnection::open(copy, SqliteConnection::Mode::ReadWrite, std::chrono::seconds(10));
        if (!opened)
            return NotPossible;
        QSqlQuery query = (*opened)->prepare(QStringLiteral("SELECT key, value FROM entries"));
        if (!query.exec())
            return NotPossible;
        while (query.next())
            content.emplace_back(query.value(0).toByteArray().mid(4).toUInt(), arena.workload().numberIn(query.value(1).toByteArray()));
    }
    const std::uint64_t begin = OperationLog::now();
    if (!rename(copy, arena.path()))
        return NotPossible;
    for (const auto &[key, value] : content)
        arena.logForeignValue(key, value, begin, OperationLog::now() + NoticeTime);
    return Restored;
}

} // namespace

void ReplaceFault::inflict(Arena &arena)
{
    ProcessGroup &group = arena.group();
    Random &random = arena.random();
    const auto drawn = static_cast<int>(random.below(Names.size()));
    const auto way = static_cast<Way>(onlyWay.value_or(drawn));
    const QString what = QLatin1String(Names[static_cast<std::size_t>(way)]);
    const QString other = arena.directory() + QStringLiteral("/other-%1.db").arg(++m_sequence);
    const std::uint64_t first = (std::uint64_t{group.newIncarnation()} << 32U) + 1;
    bool prepared = true;
    if (way == Way::OtherStore || way == Way::OtherStoreAfterGap) {
        prepared = ProcessGroup::runApart([&] { return arena.workload().fill(other, first, Workload::AtEnd::Close); }) == 0;
        for (const char *suffix : {"-wal", "-shm", ".coherence", ".loads", ".telemetry"})
            QFile::remove(other + QLatin1String(suffix));
    }
    if (!group.waitForProgress(static_cast<int>(random.below(static_cast<std::uint64_t>(group.count()))), 1 + random.below(200)))
        arena.violation(QStringLiteral("did not recover"), QStringLiteral("no progress before: ") + what);
    arena.event(what);
    const std::uint64_t begin = OperationLog::now();
    switch (way) {
    case Way::OtherStoreAfterGap:
        remove(arena, {""});
        std::this_thread::sleep_for(std::chrono::milliseconds(random.below(1000)));
        [[fallthrough]];
    case Way::OtherStore:
        prepared = prepared && rename(other, arena.path());
        break;
    case Way::OlderCopy: {
        const int status = ProcessGroup::runApart([&] { return restoreCopy(arena, other); });
        if (status == DamagedElsewhere && arena.options().mayLose) {
            arena.count(QStringLiteral("no older copy: damaged where nobody looked"));
            return;
        }
        prepared = status == Restored;
        break;
    }
    case Way::DeletedDatabase:
        remove(arena, {""});
        break;
    case Way::DeletedWithLog:
        remove(arena, {"", "-wal", "-shm"});
        break;
    case Way::DeletedAltogether:
        remove(arena, {"", "-wal", "-shm", ".coherence", ".loads", ".telemetry"});
        break;
    }
    const std::uint64_t end = OperationLog::now() + NoticeTime;
    if (way == Way::OtherStore || way == Way::OtherStoreAfterGap) {
        for (std::uint32_t key = 0; key < arena.workload().keyCount; ++key)
            arena.logForeignValue(key, first + key, begin, end);
    }
    arena.logReplacement(begin, end);
    if (!prepared)
        arena.violation(QStringLiteral("could not be tormented"), QStringLiteral("it was not possible: ") + what);
    arena.count(what);
    arena.expectService(what);
    while (OperationLog::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (!QFile::exists(arena.path()))
        arena.violation(QStringLiteral("went unnoticed"), QStringLiteral("nobody missed the database"));
    arena.expectService(what);
}

namespace {

int run(const QStringList &list)
{
    CampaignArguments arguments(QStringLiteral("replace"), QStringLiteral("times"), QStringLiteral("How often the database is replaced."), 50,
                                {QStringLiteral("identity")});
    arguments.parser().addOption({QStringLiteral("way"), QStringLiteral("Always this way, 0 to %1.").arg(Names.size() - 1), QStringLiteral("N")});
    if (const auto status = arguments.parse(list))
        return *status;
    ArenaOptions options;
    options.workload.operationTimeout = std::chrono::milliseconds(2000);
    options.workload.firstReadOnly = 3;
    options.mayRefuse = true;
    ReplaceFault fault;
    if (arguments.parser().isSet(QStringLiteral("way"))) {
        bool valid = false;
        fault.onlyWay = arguments.parser().value(QStringLiteral("way")).toInt(&valid);
        if (!valid || *fault.onlyWay < 0 || *fault.onlyWay >= static_cast<int>(Names.size()))
            return InfraTest::refuseOptions(arguments.parser());
    }
    return runCampaign(arguments, options, QStringLiteral("replace: the database %1 times, under 3 processes and a read-only one")
                                               .arg(arguments.count()), fault);
}

const InfraTest::Command replaceCommand("replace", "deletes the database or puts another in its place, under running processes", &run);

} // namespace
} // namespace InfraTorture
