// SPDX-License-Identifier: MIT
#include "growth.h"

#include "core/random.h"
#include "rawdatabase.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QTemporaryDir>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <thread>

// Processes that set keys of one store as fast as it goes, each with a connection of its own; beside it processes that
// write transactions of one row into a plain table, which wait for each other as SQLite does it.

namespace InfraTest {

namespace {

using namespace Infra;
using std::chrono::steady_clock;

constexpr int MostProcesses = 16;
constexpr int Keys = 10'000;
constexpr std::chrono::seconds Patience{30};

// What the processes tell the one that started them.
struct Shared
{
    std::atomic<int> ready{0};
    std::atomic<bool> go{false};
    std::atomic<bool> stop{false};
    std::array<std::atomic<std::uint64_t>, MostProcesses> sets{};
    std::array<std::atomic<std::uint64_t>, MostProcesses> switches{}; // Voluntary: it waited.
    std::array<std::atomic<double>, MostProcesses> p99{}; // Microseconds.
};

using Set = std::function<bool(const QByteArray &key, const QByteArray &value)>;

std::uint64_t voluntarySwitches()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

// The loop of one process.
int work(Shared &shared, std::size_t process, const Set &set)
{
    Detail::Random random(process + 1);
    QByteArray value(100, 'v');
    std::vector<double> latencies;
    latencies.reserve(1'000'000);
    shared.ready.fetch_add(1);
    while (!shared.go.load() && !shared.stop.load())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::uint64_t before = voluntarySwitches();
    for (std::uint64_t count = 1; !shared.stop.load(std::memory_order_relaxed); ++count) {
        const std::uint64_t unlike =
            count * MostProcesses + process; // SQLite does not write a row again that is what it was.
        std::memcpy(value.data(), &unlike, sizeof unlike);
        const QByteArray key = "key:" + QByteArray::number(static_cast<qulonglong>(random.below(Keys)));
        const auto begun = steady_clock::now();
        if (!set(key, value))
            return 4;
        latencies.push_back(std::chrono::duration<double, std::micro>(steady_clock::now() - begun).count());
    }
    if (latencies.empty())
        return 0;
    const auto place = static_cast<std::ptrdiff_t>(latencies.size() * 99 / 100);
    std::nth_element(latencies.begin(), latencies.begin() + place, latencies.end());
    shared.p99[process] = latencies[static_cast<std::size_t>(place)];
    shared.switches[process] = voluntarySwitches() - before;
    shared.sets[process] = latencies.size();
    return 0;
}

int workOnStore(Shared &shared, std::size_t process, const QString &path)
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    const auto store = CacheStore::open(options);
    if (!store)
        return 3;
    CacheOptions cacheOptions;
    cacheOptions.operationTimeout = Patience;
    const auto cache = Cache::create(**store, QByteArrayLiteral("processes"), cacheOptions);
    if (!cache)
        return 3;
    return work(shared, process,
                [&](const QByteArray &key, const QByteArray &value) { return (*cache)->set(key, value).has_value(); });
}

int workOnRaw(Shared &shared, std::size_t process, const QString &path)
{
    RawDatabase raw(path, "NORMAL");
    return work(shared, process, [&](const QByteArray &key, const QByteArray &value) {
        raw.commitPut(key, value);
        return true;
    });
}

// All end, killed when they do not by themselves; whether all had succeeded.
bool awaitEnd(const std::vector<pid_t> &children)
{
    const auto deadline = steady_clock::now() + 2 * Patience;
    bool succeeded = true;
    for (const pid_t child : children) {
        int status = 0;
        while (::waitpid(child, &status, WNOHANG) == 0) {
            if (steady_clock::now() > deadline)
                ::kill(child, SIGKILL);
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        succeeded = succeeded && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return succeeded;
}

struct Round
{
    double perSecond = 0;
    double p99 = 0; // Microseconds; of the process that fared worst.
    double switchesPerSet = 0;
};

// Nothing when a process failed.
template<typename Work>
std::optional<Round> measure(int processes, std::chrono::milliseconds time, Work work)
{
    void *const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return {};
    Shared &shared = *new (memory) Shared;
    std::vector<pid_t> children;
    for (int process = 0; process < processes; ++process) {
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(work(shared, static_cast<std::size_t>(process)));
        children.push_back(child);
    }
    const auto deadline = steady_clock::now() + Patience;
    while (shared.ready.load() < processes && steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const bool allReady = shared.ready.load() == processes;
    const auto begun = steady_clock::now();
    shared.go = true;
    if (allReady)
        std::this_thread::sleep_for(time);
    shared.stop = true;
    const double seconds = std::chrono::duration<double>(steady_clock::now() - begun).count();
    const bool succeeded = awaitEnd(children) && allReady;
    Round round;
    double sets = 0;
    double switches = 0;
    for (std::size_t process = 0; process < static_cast<std::size_t>(processes); ++process) {
        sets += static_cast<double>(shared.sets[process].load());
        switches += static_cast<double>(shared.switches[process].load());
        round.p99 = std::max(round.p99, shared.p99[process].load());
    }
    round.perSecond = sets / seconds;
    round.switchesPerSet = sets > 0 ? switches / sets : 0;
    ::munmap(memory, sizeof(Shared));
    return succeeded ? std::optional(round) : std::nullopt;
}

} // namespace

GrowthCurve measureProcessGrowth(const GrowthOptions &options, QString *broken)
{
    LineChart chart;
    chart.title = QStringLiteral("Sets of all processes together, by number of processes");
    chart.xLabel = QStringLiteral("processes");
    chart.yLabel = QStringLiteral("sets a second");
    GrowthCurve curve(chart, QStringLiteral("1/s"));
    const std::chrono::milliseconds time(options.isQuick ? 200 : 1000);
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("cache.db"));
    {
        const RawDatabase raw(path + QStringLiteral(".raw"), "NORMAL");
    } // Its table is there before anybody looks for it.
    for (const int processes : options.sizes({1, 2, 4, 8, 16}, 4)) {
        std::array<Samples, 2> rates;
        std::array<Samples, 2> p99;
        std::array<Samples, 2> switches;
        const auto keep = [&](std::size_t whose, const std::optional<Round> &round) {
            if (!round) {
                *broken = QStringLiteral("one of %1 processes failed").arg(processes);
                return;
            }
            rates[whose].values.push_back(round->perSecond);
            p99[whose].values.push_back(round->p99);
            switches[whose].values.push_back(round->switchesPerSet);
        };
        for (int round = 0; round < options.rounds(5); ++round) {
            keep(0, measure(processes, time, [&](Shared &shared, std::size_t process) {
                     return workOnStore(shared, process, path);
                 }));
            keep(1, measure(processes, time, [&](Shared &shared, std::size_t process) {
                     return workOnRaw(shared, process, path + QStringLiteral(".raw"));
                 }));
        }
        const std::array<QString, 2> names{QStringLiteral("store"), QStringLiteral("raw transactions")};
        for (std::size_t whose = 0; whose < names.size(); ++whose) {
            curve.add(names[whose], processes, rates[whose]);
            curve.addCounter(QStringLiteral("p99 of a set, ") + names[whose], processes, p99[whose],
                             QStringLiteral("us"));
            curve.addCounter(QStringLiteral("voluntary switches a set, ") + names[whose], processes, switches[whose],
                             QStringLiteral("count"));
        }
    }
    return curve;
}

} // namespace InfraTest
