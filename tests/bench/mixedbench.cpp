// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "core/random.h"
#include "figures.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCommandLineParser>
#include <QFile>
#include <QHash>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

using namespace Infra;
using Steady = std::chrono::steady_clock;

namespace {

// The shape of diskcache's published benchmark: few keys, all processes on all of them.
constexpr int Keys = 100;
constexpr int Gets = 100;
constexpr int Sets = 10;
constexpr int Deletes = 1;
constexpr int MostLost = 255; // What an exit status can say.

struct Shape
{
    int processes = 8;
    int operations = 100'000;
    double rate = 0; // Operations a second and process; 0: as fast as it goes.
};

struct Latencies
{
    std::vector<double> sets; // Microseconds.
    std::vector<double> gets;
    std::uint64_t errors = 0;
    std::uint64_t lost = 0;

    [[nodiscard]] static double quantile(std::vector<double> &samples, double q)
    {
        if (samples.empty())
            return 0;
        const auto index = std::min(samples.size() - 1, static_cast<std::size_t>(static_cast<double>(samples.size()) * q));
        std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(index), samples.end());
        return samples[index];
    }
};

double microseconds(Steady::time_point begin)
{
    return std::chrono::duration<double, std::micro>(Steady::now() - begin).count();
}

Result<std::shared_ptr<CacheStore>> openStore(const QString &path)
{
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + path;
    return CacheStore::open(options);
}

// What a process does, one step after the other: the same again for the same process.
class Script
{
public:
    enum class Kind { Get, Set, Delete };
    struct Step
    {
        Kind kind = Kind::Get;
        QByteArray key;
        QByteArray value;
    };

    explicit Script(int process) : m_process(process), m_random(static_cast<std::uint64_t>(process) + 1) {}

    [[nodiscard]] Step next()
    {
        Step step;
        step.key = "key:" + QByteArray::number(qulonglong(m_random.below(Keys)));
        const std::uint64_t dice = m_random.below(Gets + Sets + Deletes);
        step.value = QByteArray::number(m_number++).repeated(static_cast<qsizetype>(1 + m_random.below(19)));
        step.kind = dice < Gets ? Kind::Get : dice < Gets + Sets ? Kind::Set : Kind::Delete;
        // Every tenth is of a key that nobody else touches: what was set last must be there when all have ended.
        if (step.kind == Kind::Set && ++m_sets % 10 == 0)
            step.key = "own:" + QByteArray::number(m_process) + ':' + QByteArray::number(m_sets % 160);
        return step;
    }
    [[nodiscard]] static bool isOwn(const QByteArray &key) { return key.startsWith("own:"); }

private:
    const int m_process;
    Detail::Random m_random;
    int m_number = 0;
    int m_sets = 0;
};

// Keys of its own that do not hold what the process set last.
std::uint64_t lostSets(Cache &cache, const Shape &shape, int process)
{
    QHash<QByteArray, QByteArray> last;
    Script script(process);
    for (int i = 0; i < shape.operations; ++i) {
        const Script::Step step = script.next();
        if (step.kind == Script::Kind::Set && Script::isOwn(step.key))
            last[step.key] = step.value;
    }
    std::uint64_t lost = 0;
    for (auto it = last.cbegin(); it != last.cend(); ++it) {
        const Result<Cache::Value> value = cache.get(it.key());
        lost += value && *value && **value == it.value() ? 0 : 1;
    }
    return lost;
}

// One process; its samples go into a file.
int work(const QString &path, const QString &output, const Shape &shape, int process)
{
    const auto store = openStore(path);
    if (!store)
        return 3;
    CacheOptions options;
    options.operationTimeout = std::chrono::seconds(30);
    const auto cache = Cache::create(**store, QByteArrayLiteral("mixed"), options);
    if (!cache)
        return 3;
    Script script(process);
    Latencies latencies;
    const auto start = Steady::now();
    for (int i = 0; i < shape.operations; ++i) {
        if (shape.rate > 0)
            std::this_thread::sleep_until(start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(i / shape.rate)));
        const Script::Step step = script.next();
        const auto begin = Steady::now();
        switch (step.kind) {
        case Script::Kind::Get:
            latencies.errors += (*cache)->get(step.key) ? 0 : 1;
            latencies.gets.push_back(microseconds(begin));
            break;
        case Script::Kind::Set:
            latencies.errors += (*cache)->set(step.key, step.value) ? 0 : 1;
            latencies.sets.push_back(microseconds(begin));
            break;
        case Script::Kind::Delete: latencies.errors += (*cache)->invalidate(Target::key(step.key)) ? 0 : 1; break;
        }
    }
    QFile file(output);
    if (!file.open(QIODevice::WriteOnly))
        return 3;
    const auto write = [&file](const std::vector<double> &samples) {
        const quint64 count = samples.size();
        file.write(reinterpret_cast<const char *>(&count), sizeof count);
        file.write(reinterpret_cast<const char *>(samples.data()), static_cast<qint64>(count * sizeof(double)));
    };
    write(latencies.sets);
    write(latencies.gets);
    file.write(reinterpret_cast<const char *>(&latencies.errors), sizeof latencies.errors);
    return 0;
}

bool readSamples(QFile &file, std::vector<double> &samples)
{
    quint64 count = 0;
    if (file.read(reinterpret_cast<char *>(&count), sizeof count) != qint64(sizeof count))
        return false;
    const std::size_t before = samples.size();
    samples.resize(before + count);
    const auto bytes = static_cast<qint64>(count * sizeof(double));
    return file.read(reinterpret_cast<char *>(samples.data() + before), bytes) == bytes;
}

// All processes; false when one of them failed.
bool runOurs(const Shape &shape, Latencies *all)
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("cache.db"));
    const auto output = [&](int process) { return directory.filePath(QString::number(process)); };
    std::vector<pid_t> children;
    for (int process = 0; process < shape.processes; ++process) {
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(work(path, output(process), shape, process));
        children.push_back(child);
    }
    bool succeeded = true;
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        succeeded = succeeded && status == 0;
    }
    for (int process = 0; succeeded && process < shape.processes; ++process) {
        QFile file(output(process));
        std::uint64_t errors = 0;
        succeeded = file.open(QIODevice::ReadOnly) && readSamples(file, all->sets) && readSamples(file, all->gets)
            && file.read(reinterpret_cast<char *>(&errors), sizeof errors) == qint64(sizeof errors);
        all->errors += errors;
    }
    if (!succeeded)
        return false;
    const pid_t child = ::fork(); // A store that a parent has open must not be seen by its later children.
    if (child == 0) {
        const auto store = openStore(path);
        if (!store)
            ::_exit(MostLost);
        const auto cache = Cache::create(**store, QByteArrayLiteral("mixed"));
        if (!cache)
            ::_exit(MostLost);
        std::uint64_t lost = 0;
        for (int process = 0; process < shape.processes; ++process)
            lost += lostSets(**cache, shape, process);
        ::_exit(static_cast<int>(std::min<std::uint64_t>(lost, MostLost)));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    all->lost = static_cast<std::uint64_t>(WEXITSTATUS(status));
    return WIFEXITED(status);
}

// p50, p99 and longest of sets, then of gets; empty when there is no diskcache.
std::vector<double> runPeer(const Shape &shape, QString *missing)
{
    // The distribution's interpreter first: its packages belong to it.
    const QString system = QStringLiteral("/usr/bin/python3");
    const QString python = QFile::exists(system) ? system : QStandardPaths::findExecutable(QStringLiteral("python3"));
    const QTemporaryDir directory;
    QProcess process;
    process.start(python, {QStringLiteral(INFRA_BENCH_PEERS "/diskcache_mixed.py"), directory.path(),
                           QString::number(shape.processes), QString::number(shape.operations),
                           QString::number(shape.rate)});
    if (!process.waitForFinished(600'000) || process.exitCode() != 0) {
        *missing = QStringLiteral("diskcache: ") + QString::fromUtf8(process.readAllStandardError()).trimmed().section(u'\n', -1);
        return {};
    }
    std::vector<double> numbers;
    for (const QByteArray &number : process.readAllStandardOutput().trimmed().split(' '))
        numbers.push_back(number.toDouble());
    return numbers.size() == 6 ? numbers : std::vector<double>();
}

enum Quantity { SetMedian, SetP99, SetLongest, GetMedian, GetP99, Quantities };

// What all rounds came to.
struct Outcome
{
    std::array<InfraTest::Samples, Quantities> ours;
    std::array<InfraTest::Samples, Quantities> peer;
    std::uint64_t errors = 0;
    std::uint64_t lost = 0;
    QString missing;
};

// One round; false when one of our processes failed.
bool measure(const Shape &shape, Outcome *outcome)
{
    Latencies ours;
    if (!runOurs(shape, &ours))
        return false;
    const double quantiles[Quantities] = {Latencies::quantile(ours.sets, 0.5), Latencies::quantile(ours.sets, 0.99),
                                          Latencies::quantile(ours.sets, 1), Latencies::quantile(ours.gets, 0.5),
                                          Latencies::quantile(ours.gets, 0.99)};
    for (std::size_t i = 0; i < Quantities; ++i)
        outcome->ours[i].values.push_back(quantiles[i]);
    outcome->errors += ours.errors;
    outcome->lost += ours.lost;
    if (!outcome->missing.isEmpty())
        return true;
    const std::vector<double> peer = runPeer(shape, &outcome->missing);
    for (std::size_t i = 0; i < Quantities && i < peer.size(); ++i)
        outcome->peer[i].values.push_back(peer[i]);
    return true;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("operations"), QStringLiteral("Operations a process (100000; paced: 5000)."), QStringLiteral("N")},
                       {QStringLiteral("processes"), QStringLiteral("Processes."), QStringLiteral("N"), QStringLiteral("8")},
                       {QStringLiteral("rounds"), QStringLiteral("How often everything is measured."), QStringLiteral("N"), QStringLiteral("3")},
                       {QStringLiteral("paced"), QStringLiteral("500 operations a second in each process instead of all that go.")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("mixed"), arguments))
        return *status;
    Shape shape;
    const bool paced = parser.isSet(QStringLiteral("paced"));
    shape.processes = parser.value(QStringLiteral("processes")).toInt();
    shape.operations = paced ? 5000 : 100'000;
    if (parser.isSet(QStringLiteral("operations")))
        shape.operations = parser.value(QStringLiteral("operations")).toInt();
    shape.rate = paced ? 500 : 0;
    const int rounds = parser.value(QStringLiteral("rounds")).toInt();
    if (shape.processes < 1 || shape.operations < 1 || rounds < 1)
        return InfraTest::refuseOptions(parser);
    Outcome outcome;
    for (int round = 0; round < rounds; ++round) {
        if (!measure(shape, &outcome)) {
            std::fprintf(stderr, "a process failed\n");
            return 1;
        }
    }
    InfraTest::Figures figures(QStringLiteral("mixed: %1 processes, get : set : delete = 100 : 10 : 1, %2 operations each%3")
                                   .arg(shape.processes).arg(shape.operations)
                                   .arg(paced ? QStringLiteral(", 500 a second") : QString()));
    using Bound = InfraTest::Figures::Bound;
    const auto row = [&](const char *name, Quantity quantity, double bar, Bound bound) {
        figures.add(QLatin1String(name), outcome.ours[quantity], QStringLiteral("us"), outcome.peer[quantity], QStringLiteral("diskcache"), bar, bound);
    };
    row("set p50", SetMedian, 0, Bound::None);
    if (paced)
        figures.addAbsolute(QStringLiteral("set p99"), outcome.ours[SetP99], QStringLiteral("us"), 1000, Bound::AtMost);
    else
        row("set p99", SetP99, 1.0 / 3, Bound::AtMost);
    row("longest set", SetLongest, paced ? 0 : 0.2, paced ? Bound::None : Bound::AtMost);
    row("get p50", GetMedian, 0, Bound::None);
    row("get p99", GetP99, 0, Bound::None);
    figures.addAbsolute(QStringLiteral("errors seen by callers"), {{static_cast<double>(outcome.errors)}}, QStringLiteral("count"), 0, Bound::AtMost);
    figures.addAbsolute(QStringLiteral("sets lost"), {{static_cast<double>(outcome.lost)}}, QStringLiteral("count"), 0, Bound::AtMost);
    if (!outcome.missing.isEmpty())
        figures.addMissing(QStringLiteral("diskcache"), outcome.missing);
    figures.print();
    if (!figures.writeJson(parser.value(QStringLiteral("json"))))
        return 2;
    return outcome.errors == 0 && outcome.lost == 0 ? 0 : 1;
}

const InfraTest::Command mixedCommand("mixed", "eight processes on one store, beside python3-diskcache", &run);

} // namespace
