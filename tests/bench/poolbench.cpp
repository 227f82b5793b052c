// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "figures.h"
#include "stubpool.h"

#include <QCommandLineParser>
#include <QSqlDriver>
#include <QThread>

#include <algorithm>
#include <cstdio>
#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::Figures;
using InfraTest::PeerProcess;
using InfraTest::Samples;
using InfraTest::StubConnector;
namespace StubPool = InfraTest::StubPool;

// `infra-bench pool`: our pool, HikariCP and SQLAlchemy over drivers that do nothing, in turns.

namespace {

using Nanoseconds = std::chrono::duration<double, std::nano>;

// Nanoseconds for one acquire and release; `touching` also takes the handle, which brings Qt's hand-over.
double cycle(ConnectionPool &pool, int count, bool touching)
{
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        auto lease = pool.acquire(30s);
        if (!lease)
            qFatal("%s", qPrintable(lease.error().message));
        if (touching && !lease->database().isValid())
            qFatal("no database");
    }
    return Nanoseconds(std::chrono::steady_clock::now() - start).count() / count;
}

double handOver(int count)
{
    QObject object;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        object.moveToThread(nullptr);
        object.moveToThread(QThread::currentThread());
    }
    return Nanoseconds(std::chrono::steady_clock::now() - start).count() / count;
}

struct Waits
{
    double median = 0;
    double longest = 0;
};

Waits work(int threads, int connections, std::chrono::microseconds workTime, std::chrono::milliseconds time)
{
    const auto pool = StubPool::make(std::make_shared<StubConnector>(), connections, connections);
    std::vector<double> all;
    std::mutex mutex;
    const auto end = std::chrono::steady_clock::now() + time;
    StubPool::onThreads(threads, [&] {
        std::vector<double> waits;
        while (std::chrono::steady_clock::now() < end) {
            const auto before = std::chrono::steady_clock::now();
            const auto lease = pool->acquire(30s);
            if (!lease)
                qFatal("no connection");
            waits.push_back(Nanoseconds(std::chrono::steady_clock::now() - before).count());
            // As who works with it does: one that nobody uses is pinged in between.
            static_cast<void>(lease->database());
            std::this_thread::sleep_for(workTime);
        }
        const std::lock_guard guard(mutex);
        all.insert(all.end(), waits.begin(), waits.end());
    });
    std::sort(all.begin(), all.end());
    return {all[all.size() / 2], all.back()};
}

struct Spike
{
    double connections = 0;
    double nanoseconds = 0;
};

// HikariCP's "spike demand" shape.
Spike spike(int minimum, int maximum, std::chrono::milliseconds connect, std::chrono::milliseconds query, int threads)
{
    const auto connector = std::make_shared<StubConnector>();
    const auto pool = StubPool::make(connector, minimum, maximum);
    connector->setBehaviour(StubConnector::Call::Open, [connect]() -> Result<void> {
        std::this_thread::sleep_for(connect);
        return {};
    });
    const auto start = std::chrono::steady_clock::now();
    StubPool::onThreads(threads, [&] {
        const auto lease = pool->acquire(30s);
        if (!lease)
            qFatal("no connection");
        std::this_thread::sleep_for(query);
    });
    const double taken = Nanoseconds(std::chrono::steady_clock::now() - start).count();
    std::this_thread::sleep_for(3 * connect);
    const PoolStatistics statistics = pool->statistics();
    return {static_cast<double>(statistics.count + statistics.connecting), taken};
}

std::unique_ptr<PeerProcess> startSqlAlchemy(Figures &figures)
{
    QString missing;
    auto peer = PeerProcess::start(u"/usr/bin/python3"_s, {QStringLiteral(INFRA_BENCH_PEERS "/sqlalchemypeer.py")},
                                   u"cycle 20000"_s, &missing);
    if (!peer)
        figures.addMissing(u"SQLAlchemy"_s, missing);
    return peer;
}

void askInto(Samples &samples, PeerProcess *peer, const QString &line)
{
    if (!peer)
        return;
    if (const std::vector<double> answer = peer->ask(line); !answer.empty())
        samples.values.push_back(answer[0]);
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    const QCommandLineOption roundsOption(u"rounds"_s, u"Interleaved rounds."_s, u"count"_s, u"5"_s);
    const QCommandLineOption onlyOption(u"only"_s, u"One part: cycle, contend, work, spike."_s, u"part"_s);
    const QCommandLineOption jsonOption(u"json"_s, u"Write the figures to a file."_s, u"file"_s);
    parser.addOptions({roundsOption, onlyOption, jsonOption});
    if (const auto status = InfraTest::parseOptions(parser, u"pool"_s, arguments))
        return *status;
    const int rounds = parser.value(roundsOption).toInt();
    const QString only = parser.value(onlyOption);
    const QStringList parts{u"cycle"_s, u"contend"_s, u"work"_s, u"spike"_s};
    if (rounds < 1 || (!only.isEmpty() && !parts.contains(only)))
        return InfraTest::refuseOptions(parser);
    const auto isWanted = [&only](const QString &part) { return only.isEmpty() || only == part; };
    Figures figures(u"Connection pool, stub drivers"_s);
    const auto hikari = StubPool::startHikari(figures);
    const auto sqlAlchemy = startSqlAlchemy(figures);

    constexpr int cycles = 500'000;
    Samples plain, touching, moved, hikariCycle, sqlAlchemyCycle;
    Samples throughput, hikariThroughput, unfairness, hikariUnfairness, median, longest;
    Samples connections, hikariConnections, burst, hikariBurst;
    if (isWanted(u"cycle"_s)) {
        const auto pool = StubPool::make(std::make_shared<StubConnector>(), 10, 10);
        cycle(*pool, cycles, true);
        for (int i = 0; i < rounds; ++i) {
            touching.values.push_back(cycle(*pool, cycles, true));
            askInto(hikariCycle, hikari.get(), u"cycle 1000000"_s);
            plain.values.push_back(cycle(*pool, cycles, false));
            askInto(sqlAlchemyCycle, sqlAlchemy.get(), u"cycle 40000"_s);
            moved.values.push_back(handOver(cycles));
        }
        figures.add(u"acquire and release, 1 thread, handle taken"_s, touching, u"ns"_s, hikariCycle, u"HikariCP"_s, 2.5, Figures::Bound::AtMost);
        figures.add(u"acquire and release, 1 thread, handle not taken"_s, plain, u"ns"_s, hikariCycle, u"HikariCP"_s);
        figures.addAbsolute(u"acquire and release, of that Qt's hand-over alone"_s, moved, u"ns"_s);
        figures.add(u"acquire and release, 1 thread, handle taken"_s, touching, u"ns"_s, sqlAlchemyCycle, u"SQLAlchemy"_s, 0.05, Figures::Bound::AtMost);
    }
    if (isWanted(u"contend"_s)) {
        for (int i = 0; i < rounds; ++i) {
            throughput.values.push_back(StubPool::contend(32, 16, 1000ms));
            askInto(hikariThroughput, hikari.get(), u"contend 32 16 1000"_s);
        }
        figures.add(u"pool throughput, 32 threads on 16"_s, throughput, u"1/s"_s, hikariThroughput, u"HikariCP"_s, 0.5, Figures::Bound::AtLeast);
    }
    if (isWanted(u"work"_s)) {
        for (int i = 0; i < rounds; ++i) {
            const Waits waits = work(32, 16, 1000us, 1000ms);
            median.values.push_back(waits.median / 1e3);
            longest.values.push_back(waits.longest / 1e3);
            unfairness.values.push_back(waits.longest / waits.median);
            if (!hikari)
                continue;
            if (const auto answer = hikari->ask(u"work 32 16 1000 1000"_s); answer.size() == 2)
                hikariUnfairness.values.push_back(answer[1] / answer[0]);
        }
        figures.addAbsolute(u"1 ms of work: median wait"_s, median, u"us"_s);
        figures.addAbsolute(u"1 ms of work: longest wait"_s, longest, u"us"_s);
        figures.addAbsolute(u"1 ms of work: longest / median"_s, unfairness, u"x"_s, 3, Figures::Bound::AtMost);
        if (!hikariUnfairness.values.empty())
            figures.addAbsolute(u"1 ms of work: longest / median, HikariCP"_s, hikariUnfairness, u"x"_s);
    }
    if (isWanted(u"spike"_s)) {
        for (int i = 0; i < rounds; ++i) {
            const Spike ours = spike(5, 50, 150ms, 2ms, 50);
            connections.values.push_back(ours.connections);
            burst.values.push_back(ours.nanoseconds / 1e6);
            if (!hikari)
                continue;
            if (const auto answer = hikari->ask(u"spike 5 50 150 2 50"_s); answer.size() == 2) {
                hikariConnections.values.push_back(answer[0]);
                hikariBurst.values.push_back(answer[1] / 1e6);
            }
        }
        figures.add(u"spike: connections afterwards"_s, connections, u""_s, hikariConnections, u"HikariCP"_s);
        figures.addAbsolute(u"spike: connections afterwards"_s, connections, u""_s, 8, Figures::Bound::AtMost);
        figures.add(u"spike: time of the burst"_s, burst, u"ms"_s, hikariBurst, u"HikariCP"_s);
    }
    figures.print();
    return figures.writeJson(parser.value(jsonOption)) ? 0 : 2;
}

const InfraTest::Command command("pool", "connection pool against HikariCP and SQLAlchemy", &run);

} // namespace
