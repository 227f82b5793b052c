// SPDX-License-Identifier: MIT
#include "command.h"
#include "core/random.h"
#include "figures.h"
#include "killhistory.h"
#include "store/sqlitestore.h"

#include <infra/cache.h>

#include <QCommandLineParser>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using InfraTorture::Operation;
using InfraTorture::OperationLog;

namespace {

constexpr int ProcessCount = 4;
constexpr std::uint32_t KeyCount = 8;
constexpr std::size_t LogCapacity = 16'000'000;
constexpr std::chrono::seconds StartPatience{60};

struct Plan
{
    QString path;
    std::uint64_t seed = 0;
    StoreFaults faults;
};

QByteArray keyOf(std::uint32_t key)
{
    return "key:" + QByteArray::number(key);
}

std::uint64_t numberIn(const Result<Cache::Value> &value)
{
    return value && *value ? (*value)->toULongLong() : 0;
}

// One process: random operations until it is killed.
class Victim
{
public:
    Victim(Cache &cache, OperationLog &log, std::uint32_t incarnation, std::uint64_t seed)
        : m_cache(cache), m_log(log), m_incarnation(incarnation), m_random(seed)
    {
    }

    // False when the log is full.
    bool step()
    {
        const auto key = static_cast<std::uint32_t>(m_random.below(KeyCount));
        const std::uint64_t dice = m_random.below(100);
        if (dice < 60)
            return get(key);
        if (dice < 75)
            return set(key);
        if (dice < 90)
            return load(key);
        return invalidate(key, m_random.below(8));
    }

private:
    std::uint64_t newValue() { return (std::uint64_t{m_incarnation} << 32U) | ++m_sequence; }

    static bool finish(Operation *operation, bool succeeded)
    {
        operation->failed = succeeded ? 0 : 1;
        operation->end = OperationLog::now();
        return true;
    }
    bool get(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Get, m_incarnation, key);
        if (!operation)
            return false;
        const auto value = m_cache.get(keyOf(key));
        operation->value = numberIn(value);
        return finish(operation, value.has_value());
    }
    bool set(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Set, m_incarnation, key);
        if (!operation)
            return false;
        operation->value = newValue();
        EntryOptions options;
        options.tags = {"tag:" + QByteArray::number(key)};
        return finish(operation, m_cache.set(keyOf(key), QByteArray::number(quint64(operation->value)), options).has_value());
    }
    bool load(std::uint32_t key)
    {
        Operation *operation = m_log.begin(Operation::Kind::Load, m_incarnation, key);
        if (!operation)
            return false;
        const auto value = m_cache.getOrCompute(keyOf(key), [&] {
            operation->factoryBegin = OperationLog::now();
            operation->made = newValue();
            std::this_thread::sleep_for(std::chrono::microseconds(m_random.below(300)));
            return QByteArray::number(quint64(operation->made));
        });
        operation->value = numberIn(value);
        return finish(operation, value.has_value());
    }
    bool invalidate(std::uint32_t key, std::uint64_t how)
    {
        const bool all = how == 0;
        Operation *operation = m_log.begin(Operation::Kind::Invalidate, m_incarnation, all ? Operation::AllKeys : key);
        if (!operation)
            return false;
        const Target target = all ? Target::region()
            : how == 1            ? Target::prefix(keyOf(key))
            : how == 2            ? Target::glob(keyOf(key))
                                  : Target::key(keyOf(key));
        return finish(operation, m_cache.invalidate(target).has_value());
    }

    Cache &m_cache;
    OperationLog &m_log;
    const std::uint32_t m_incarnation;
    Random m_random;
    std::uint32_t m_sequence = 0;
};

[[noreturn]] void live(const Plan &plan, OperationLog &log, int process, std::uint32_t incarnation)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + plan.path;
    options.housekeepingInterval = std::chrono::milliseconds(50);
    auto store = SqliteStore::open(options, plan.path, plan.faults);
    if (!store) {
        std::fprintf(stderr, "process %d: %s\n", process, qPrintable(toString(store.error())));
        ::_exit(3);
    }
    CacheOptions cacheOptions;
    cacheOptions.operationTimeout = std::chrono::seconds(10);
    auto cache = Cache::create(*store, QByteArrayLiteral("torture"), cacheOptions);
    if (!cache) {
        std::fprintf(stderr, "process %d: %s\n", process, qPrintable(toString(cache.error())));
        ::_exit(3);
    }
    Victim victim(**cache, log, incarnation, plan.seed ^ (std::uint64_t{incarnation} * 0x9e3779b97f4a7c15ULL));
    Random pause(incarnation);
    while (victim.step()) {
        log.progress(process).fetch_add(1);
        std::this_thread::sleep_for(std::chrono::microseconds(pause.below(60)));
    }
    while (true)
        ::pause();
}

class Campaign
{
public:
    Campaign(const Plan &plan, OperationLog &log) : m_plan(plan), m_log(log), m_random(plan.seed) {}

    // False when a process could not be kept alive.
    bool run(int kills)
    {
        for (int process = 0; process < ProcessCount; ++process)
            start(process);
        bool sound = true;
        for (int kill = 0; kill < kills && sound; ++kill) {
            const int process = static_cast<int>(m_random.below(ProcessCount));
            sound = waitForProgress(process, 1 + m_random.below(150));
            std::this_thread::sleep_for(std::chrono::microseconds(m_random.below(1500)));
            end(process);
            start(process);
        }
        for (int process = 0; process < ProcessCount; ++process)
            end(process);
        return sound;
    }

private:
    void start(int process)
    {
        m_log.progress(process).store(0);
        const std::uint32_t incarnation = ++m_incarnation;
        const pid_t child = ::fork();
        if (child == 0)
            live(m_plan, m_log, process, incarnation);
        m_children[static_cast<std::size_t>(process)] = {child, incarnation};
    }
    bool waitForProgress(int process, std::uint64_t operations)
    {
        const auto deadline = std::chrono::steady_clock::now() + StartPatience;
        while (m_log.progress(process).load() < operations) {
            int status = 0;
            if (::waitpid(m_children[static_cast<std::size_t>(process)].pid, &status, WNOHANG) > 0) {
                std::fprintf(stderr, "process %d ended by itself with status %d\n", process, status);
                m_children[static_cast<std::size_t>(process)].pid = -1;
                return false;
            }
            if (std::chrono::steady_clock::now() > deadline) {
                std::fprintf(stderr, "process %d makes no progress\n", process);
                return false;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        return true;
    }
    void end(int process)
    {
        const auto [child, incarnation] = m_children[static_cast<std::size_t>(process)];
        if (child > 0) {
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
        if (Operation *death = m_log.begin(Operation::Kind::Death, incarnation, 0))
            death->end = OperationLog::now();
    }

    struct Child
    {
        pid_t pid = -1;
        std::uint32_t incarnation = 0;
    };
    const Plan &m_plan;
    OperationLog &m_log;
    Random m_random;
    std::uint32_t m_incarnation = 0;
    std::array<Child, ProcessCount> m_children{};
};

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("kills"), QStringLiteral("How often a random process is killed."), QStringLiteral("N"), QStringLiteral("1000")},
                       {QStringLiteral("seed"), QStringLiteral("Replays the choices of a run."), QStringLiteral("N")},
                       {QStringLiteral("break"), QStringLiteral("Switches a mechanism off: marks, generations or snapshots."), QStringLiteral("MECHANISM")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (!parser.parse(QStringList{QStringLiteral("kill")} + arguments) || !parser.positionalArguments().isEmpty()) {
        std::fprintf(stderr, "%s\n%s", qPrintable(parser.errorText()), qPrintable(parser.helpText()));
        return 2;
    }
    bool valid = true;
    const int kills = parser.value(QStringLiteral("kills")).toInt(&valid);
    Plan plan;
    plan.seed = parser.isSet(QStringLiteral("seed")) ? parser.value(QStringLiteral("seed")).toULongLong()
                                                     : QRandomGenerator::system()->generate();
    const QString broken = parser.value(QStringLiteral("break"));
    plan.faults.skipMarks = broken == u"marks";
    plan.faults.skipLoadGenerations = broken == u"generations";
    plan.faults.keepSnapshots = broken == u"snapshots";
    const QStringList mechanisms{QString(), QStringLiteral("marks"), QStringLiteral("generations"),
                                 QStringLiteral("snapshots")};
    if (!valid || kills < 1 || !mechanisms.contains(broken)) {
        std::fprintf(stderr, "%s", qPrintable(parser.helpText()));
        return 2;
    }

    const QTemporaryDir directory;
    plan.path = directory.filePath(QStringLiteral("cache.db"));
    const auto log = OperationLog::create(LogCapacity);
    if (!directory.isValid() || !log) {
        std::fprintf(stderr, "cannot prepare: %s\n", qPrintable(directory.errorString()));
        return 2;
    }
    std::printf("seed %llu\n", static_cast<unsigned long long>(plan.seed));
    std::fflush(stdout);
    const auto begin = std::chrono::steady_clock::now();
    const bool sound = Campaign(plan, *log).run(kills);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const InfraTorture::Verdict verdict = InfraTorture::judge(log->operations(), KeyCount);

    InfraTest::Figures figures(QStringLiteral("kill: %1 SIGKILLs among %2 processes, seed %3%4")
                                   .arg(kills).arg(ProcessCount).arg(plan.seed)
                                   .arg(broken.isEmpty() ? QString() : QStringLiteral(", without ") + broken));
    const auto row = [&](const char *name, std::uint64_t value) {
        figures.addAbsolute(QLatin1String(name), {{static_cast<double>(value)}}, QStringLiteral("count"), 0,
                            InfraTest::Figures::Bound::AtMost);
    };
    figures.addAbsolute(QStringLiteral("operations checked"), {{static_cast<double>(verdict.operations)}}, QStringLiteral("count"));
    figures.addAbsolute(QStringLiteral("duration"), {{seconds}}, QStringLiteral("s"));
    row("stale reads", verdict.staleReads);
    row("resurrections", verdict.resurrections);
    row("lost acknowledged writes", verdict.lostWrites);
    row("values that nobody wrote", verdict.unknownValues);
    row("processes that ended by themselves", sound ? 0 : 1);
    if (!verdict.first.isEmpty())
        figures.note(verdict.first);
    figures.print();
    std::printf("violations: %llu\n", static_cast<unsigned long long>(verdict.violations()));
    if (!figures.writeJson(parser.value(QStringLiteral("json"))))
        return 2;
    return verdict.violations() == 0 && sound ? 0 : 1;
}

const InfraTest::Command killCommand("kill", "SIGKILLs random processes on one store and checks the history", &run);

} // namespace
