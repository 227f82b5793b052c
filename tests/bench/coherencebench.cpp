// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "figures.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCommandLineParser>
#include <QTemporaryDir>

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <new>
#include <vector>

using namespace Infra;

namespace {

// What the two processes tell each other. Times are CLOCK_MONOTONIC nanoseconds.
struct Shared
{
    std::atomic<int> round{0};              // Set by the writer: this round's value is in the store.
    std::atomic<int> seen{0};               // Set by the reader: it hits this round's value.
    std::atomic<std::uint64_t> returned{0}; // When this round's invalidate() had returned; 0: not yet.
    std::atomic<std::uint64_t> missed{0};   // When the reader's first miss had returned; 0: not yet.
    std::atomic<std::uint64_t> stale{0};    // Hits in calls that began after invalidate() had returned.
    std::atomic<bool> stop{false};
};

std::uint64_t now()
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

struct Process
{
    std::shared_ptr<CacheStore> store;
    std::unique_ptr<Cache> cache;

    explicit Process(const QString &path)
    {
        StoreOptions options;
        options.url = QStringLiteral("sqlite://") + path;
        if (auto opened = CacheStore::open(options))
            store = *opened;
        if (store) {
            if (auto created = Cache::create(*store, QByteArrayLiteral("coherence")))
                cache = *std::move(created);
        }
    }
};

// Hammers the key.
int hammer(const QString &path, Shared &shared)
{
    const Process process(path);
    if (!process.cache)
        return 3;
    int current = 0;
    bool missed = true;
    while (!shared.stop.load(std::memory_order_relaxed)) {
        const std::uint64_t begin = now();
        const auto value = process.cache->get("key");
        if (!value)
            return 4;
        if (*value) {
            const int round = (*value)->toInt();
            if (round != current) {
                current = round;
                missed = false;
                shared.seen.store(round);
                continue;
            }
            const std::uint64_t returned = shared.returned.load();
            if (returned != 0 && begin > returned && shared.round.load() == current)
                shared.stale.fetch_add(1);
        } else if (!missed && current == shared.round.load()) {
            missed = true;
            shared.missed.store(now());
        }
    }
    return 0;
}

// The quantile of each fifth of the rounds, so that it is seen how far it varies.
InfraTest::Samples quantiles(const std::vector<double> &samples, double q)
{
    InfraTest::Samples result;
    constexpr std::size_t Parts = 5;
    for (std::size_t part = 0; part < Parts; ++part) {
        std::vector<double> some(samples.begin() + static_cast<std::ptrdiff_t>(samples.size() * part / Parts),
                                 samples.begin() + static_cast<std::ptrdiff_t>(samples.size() * (part + 1) / Parts));
        if (some.empty())
            continue;
        std::sort(some.begin(), some.end());
        result.values.push_back(some[std::min(some.size() - 1, static_cast<std::size_t>(q * static_cast<double>(some.size())))]);
    }
    return result;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("rounds"), QStringLiteral("Invalidations."), QStringLiteral("N"), QStringLiteral("5000")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("coherence"), arguments))
        return *status;
    const int rounds = parser.value(QStringLiteral("rounds")).toInt();
    if (rounds < 1)
        return InfraTest::refuseOptions(parser);
    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("cache.db"));
    void *memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return 2;
    Shared &shared = *new (memory) Shared;
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(hammer(path, shared));

    int status = 0;
    std::vector<double> fromCall;
    std::vector<double> fromReturn;
    bool sound = true;
    {
        const Process process(path);
        const auto waitFor = [&](auto condition) {
            const std::uint64_t deadline = now() + 20'000'000'000U;
            while (sound && !condition())
                sound = now() < deadline && ::waitpid(child, &status, WNOHANG) == 0;
        };
        sound = process.cache != nullptr;
        for (int round = 1; round <= rounds && sound; ++round) {
            shared.returned.store(0);
            shared.missed.store(0);
            shared.round.store(round);
            sound = process.cache->set("key", QByteArray::number(round)).has_value();
            waitFor([&] { return shared.seen.load() == round; });
            const std::uint64_t begin = now();
            sound = sound && process.cache->invalidate(Target::key("key")).has_value();
            const std::uint64_t returned = now();
            shared.returned.store(returned);
            waitFor([&] { return shared.missed.load() != 0; });
            const std::uint64_t missed = shared.missed.load();
            fromCall.push_back(static_cast<double>(missed - begin) / 1000);
            fromReturn.push_back(missed > returned ? static_cast<double>(missed - returned) / 1000 : 0);
        }
    }
    shared.stop.store(true);
    ::waitpid(child, &status, 0);
    const std::uint64_t stale = shared.stale.load();
    InfraTest::Figures figures(QStringLiteral("coherence: %1 invalidations while another process hammers the key").arg(rounds));
    using Bound = InfraTest::Figures::Bound;
    figures.addAbsolute(QStringLiteral("invalidate: call to first miss elsewhere, p50"), quantiles(fromCall, 0.5), QStringLiteral("us"), 100, Bound::AtMost);
    figures.addAbsolute(QStringLiteral("invalidate: call to first miss elsewhere, p99"), quantiles(fromCall, 0.99), QStringLiteral("us"), 1000, Bound::AtMost);
    figures.addAbsolute(QStringLiteral("invalidate: return to first miss elsewhere, p50"), quantiles(fromReturn, 0.5), QStringLiteral("us"));
    figures.addAbsolute(QStringLiteral("invalidate: return to first miss elsewhere, p99"), quantiles(fromReturn, 0.99), QStringLiteral("us"));
    figures.addAbsolute(QStringLiteral("stale reads"), {{static_cast<double>(stale)}}, QStringLiteral("count"), 0, Bound::AtMost);
    if (!sound)
        figures.note(QStringLiteral("ended early: a process failed or did not answer"));
    figures.print();
    ::munmap(memory, sizeof(Shared));
    if (!figures.writeJson(parser.value(QStringLiteral("json"))))
        return 2;
    return sound && stale == 0 ? 0 : 1;
}

const InfraTest::Command coherenceCommand("coherence", "invalidate in one process to the first miss in another", &run);

} // namespace
