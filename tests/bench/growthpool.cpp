// SPDX-License-Identifier: MIT
#include "growth.h"

#include "stubpool.h"

#include <chrono>

// Threads that acquire and release without working in between, on 16 connections.

namespace InfraTest {

GrowthCurve measurePoolGrowth(const GrowthOptions &options, QString *)
{
    LineChart chart;
    chart.title = QStringLiteral("Acquire and release on 16 connections, by number of threads");
    chart.xLabel = QStringLiteral("threads");
    chart.yLabel = QStringLiteral("million cycles a second, all threads");
    GrowthCurve curve(chart, QStringLiteral("M/s"));
    constexpr int Connections = 16;
    const std::chrono::milliseconds time(options.isQuick ? 100 : 500);
    const auto hikari = StubPool::startHikari(curve.figures());
    for (const int threads : options.sizes({1, 2, 4, 8, 16, 32, 64}, 32)) {
        Samples ours;
        Samples peer;
        for (int round = 0; round < options.rounds(7); ++round) {
            ours.values.push_back(StubPool::contend(threads, Connections, time) / 1e6);
            if (!hikari)
                continue;
            const auto answer =
                hikari->ask(QStringLiteral("contend %1 %2 %3").arg(threads).arg(Connections).arg(time.count()));
            if (answer.size() == 1)
                peer.values.push_back(answer.front() / 1e6);
        }
        curve.add(QStringLiteral("our pool"), threads, ours);
        curve.add(QStringLiteral("HikariCP"), threads, peer);
    }
    return curve;
}

} // namespace InfraTest
