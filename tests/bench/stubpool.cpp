// SPDX-License-Identifier: MIT
#include "stubpool.h"

#include <QFile>
#include <QThread>

#include <atomic>
#include <thread>

namespace InfraTest::StubPool {

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;

namespace {

DatabaseUrl anyUrl()
{
    return *DatabaseUrl::parse(u"postgresql://bench/stub"_s);
}

} // namespace

std::unique_ptr<ConnectionPool> make(const std::shared_ptr<StubConnector> &connector, int minimum, int maximum)
{
    PoolOptions options;
    options.poolSize = maximum;
    options.maxOverflow = 0;
    options.minimumIdle = minimum;
    options.concurrentConnects = 2;
    ConnectionPool::Environment environment;
    environment.connector = connector;
    auto pool = ConnectionPool::create(anyUrl(), options, environment);
    if (!pool)
        qFatal("%s", qPrintable(pool.error().message));
    while ((*pool)->statistics().idle < minimum)
        QThread::usleep(200);
    return std::move(*pool);
}

void onThreads(int threads, const std::function<void()> &body)
{
    std::vector<std::thread> started;
    for (int i = 0; i < threads; ++i)
        started.emplace_back(body);
    for (std::thread &thread : started)
        thread.join();
}

double contend(int threads, int connections, std::chrono::milliseconds time)
{
    const auto pool = make(std::make_shared<StubConnector>(), connections, connections);
    std::atomic<long> cycles{0};
    const auto start = std::chrono::steady_clock::now();
    const auto end = start + time;
    onThreads(threads, [&] {
        long mine = 0;
        while (std::chrono::steady_clock::now() < end) {
            for (int i = 0; i < 16; ++i, ++mine) {
                if (!pool->acquire(30s))
                    qFatal("no connection");
            }
        }
        cycles += mine;
    });
    return static_cast<double>(cycles)
        / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::unique_ptr<PeerProcess> startHikari(Figures &figures)
{
    const QString folder = QStringLiteral("/usr/share/java/");
    const QString source = QStringLiteral(INFRA_BENCH_PEERS "/HikariPeer.java");
    QString missing = QStringLiteral("libhikaricp-java is not installed");
    std::unique_ptr<PeerProcess> peer;
    if (QFile::exists(folder + u"HikariCP.jar"_s)) {
        peer =
            PeerProcess::start(u"java"_s, {u"-cp"_s, folder + u"HikariCP.jar:"_s + folder + u"slf4j-api.jar"_s, source},
                               u"cycle 2000000"_s, &missing);
    }
    if (!peer)
        figures.addMissing(u"HikariCP"_s, missing);
    return peer;
}

} // namespace InfraTest::StubPool
