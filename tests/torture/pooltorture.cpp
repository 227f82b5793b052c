// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "figures.h"
#include "postgresfixture.h"
#include "serverwatch.h"
#include "silentlistener.h"

#include <infra/connectionpool.h>

#include <QCommandLineParser>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;
using namespace Infra;
using InfraTest::Figures;
using InfraTest::PostgresFixture;
using InfraTest::Samples;
using InfraTest::ServerWatch;
using InfraTest::SilentListener;

// `infra-torture pool`: a real server that is stopped, killed, restarted, silent or gone, and what callers of the
// pool notice of it.

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;
using SteadyClock = std::chrono::steady_clock;

const QString Application = u"torture"_s;
constexpr double LatenessBar = 50;
constexpr double RecoveryBar = 2000;

PoolOptions options()
{
    PoolOptions result;
    result.poolSize = 4;
    result.maxOverflow = 2;
    result.minimumIdle = 2;
    result.validateAfterIdle = 0ms;
    result.pingTimeout = 100ms;
    result.connectTimeout = 2s;
    result.overflowIdleTimeout = 200ms;
    return result;
}

int limitOf(const ConnectionPool &pool)
{
    return pool.options().poolSize + pool.options().maxOverflow;
}

std::unique_ptr<ConnectionPool> makePool(const QString &text)
{
    auto pool = ConnectionPool::create(*DatabaseUrl::parse(text), options());
    if (!pool)
        qFatal("%s", qPrintable(pool.error().message));
    return std::move(*pool);
}

Result<void> selectOne(PooledConnection &connection)
{
    return connection.execute(u"SELECT 1"_s);
}

// What one scenario measured.
struct Campaign
{
    QString name;
    int rounds = 0;
    Samples lateness{}; // The latest call of each round, in milliseconds after its deadline.
    Samples control{}; // The same of a thread that only sleeps until then: what the machine itself adds.
    Samples recovery{};
    int highestSessions = 0;
    int highestConnecting = 0;
    int limit = 0;
    int connectCap = 0;
    int failures = 0; // Rounds after which the pool did not serve again.
};

// Two runs and two acquires at once; notes by how much the latest of them missed the deadline.
void fire(ConnectionPool &pool, std::chrono::milliseconds deadline, Campaign &campaign)
{
    std::mutex mutex;
    double latest = -1e9;
    const auto note = [&](SteadyClock::time_point started) {
        const double late = Milliseconds(SteadyClock::now() - started - deadline).count();
        const std::lock_guard guard(mutex);
        latest = std::max(latest, late);
    };
    std::vector<std::thread> callers;
    for (int i = 0; i < 2; ++i) {
        callers.emplace_back([&] {
            const auto started = SteadyClock::now();
            pool.run(&selectOne, deadline).waitForFinished();
            note(started);
        });
        callers.emplace_back([&] {
            const auto started = SteadyClock::now();
            const auto lease = pool.acquire(deadline);
            note(started);
        });
    }
    const auto started = SteadyClock::now();
    std::this_thread::sleep_until(started + deadline);
    campaign.control.values.push_back(Milliseconds(SteadyClock::now() - started - deadline).count());
    for (std::thread &caller : callers)
        caller.join();
    campaign.lateness.values.push_back(latest);
}

// Milliseconds until as many runs at once as the pool has places have all succeeded; negative after `patience`.
double timeToFullService(ConnectionPool &pool, std::chrono::milliseconds patience)
{
    const auto started = SteadyClock::now();
    while (SteadyClock::now() - started < patience) {
        std::vector<QFuture<Result<void>>> runs;
        for (int i = 0; i < limitOf(pool); ++i)
            runs.push_back(pool.run(&selectOne, 1s));
        int served = 0;
        for (QFuture<Result<void>> &run : runs)
            served += run.result().has_value() ? 1 : 0;
        if (served == limitOf(pool))
            return Milliseconds(SteadyClock::now() - started).count();
    }
    return -1;
}

Campaign campaign(const QString &name, int rounds, PostgresFixture &server, const std::function<void(ConnectionPool &)> &strike,
                  const std::function<void()> &relent, std::chrono::milliseconds deadline)
{
    const auto pool = makePool(server.url(Application));
    ServerWatch watch(server.port(), Application, *pool);
    Campaign result{.name = name, .rounds = rounds, .limit = limitOf(*pool), .connectCap = pool->options().concurrentConnects};
    for (int round = 0; round < rounds; ++round) {
        if (timeToFullService(*pool, 10s) < 0) {
            ++result.failures;
            break;
        }
        strike(*pool);
        fire(*pool, deadline, result);
        relent();
        const double recovery = timeToFullService(*pool, 10s);
        if (recovery < 0)
            ++result.failures;
        else
            result.recovery.values.push_back(recovery);
    }
    watch.stop();
    result.highestSessions = watch.highestSessions();
    result.highestConnecting = watch.highestConnecting();
    return result;
}

// A database that never answers: only deadlines can be measured.
Campaign unreachable(const QString &name, int rounds, int port)
{
    const auto pool = makePool(u"postgresql://infra@127.0.0.1:%1/infra?application_name=%2"_s.arg(port).arg(Application));
    Campaign result{.name = name, .rounds = rounds};
    for (int round = 0; round < rounds; ++round)
        fire(*pool, 20ms, result);
    return result;
}

bool judge(const Campaign &campaign, Figures &figures)
{
    bool holds = true;
    const auto require = [&](bool condition, const QString &broken) {
        if (condition)
            return;
        holds = false;
        figures.note(u"BROKEN: "_s + campaign.name + u": "_s + broken);
    };
    const QString rounds = u", %1 rounds"_s.arg(campaign.rounds);
    Samples latest{{campaign.lateness.maximum()}};
    figures.addAbsolute(campaign.name + rounds + u": latest call"_s, latest, u"ms late"_s, LatenessBar, Figures::Bound::AtMost);
    figures.addAbsolute(campaign.name + u": latest of a thread that sleeps"_s, {{campaign.control.maximum()}}, u"ms late"_s);
    const auto late = std::count_if(campaign.lateness.values.begin(), campaign.lateness.values.end(),
                                    [](double value) { return value > LatenessBar; });
    figures.note(u"%1: %2 of %3 rounds had a call later than the bar"_s.arg(campaign.name).arg(late).arg(campaign.rounds));
    require(static_cast<int>(campaign.lateness.values.size()) == campaign.rounds, u"not every round ran"_s);
    require(latest.maximum() <= LatenessBar, u"a call returned %1 ms after its deadline"_s.arg(latest.maximum()));
    require(campaign.failures == 0, u"the pool did not serve again"_s);
    if (campaign.limit > 0) {
        figures.addAbsolute(campaign.name + u": sessions on the server"_s, {{double(campaign.highestSessions)}}, u""_s,
                            campaign.limit, Figures::Bound::AtMost);
        figures.addAbsolute(campaign.name + u": connects at once"_s, {{double(campaign.highestConnecting)}}, u""_s,
                            campaign.connectCap, Figures::Bound::AtMost);
        figures.addAbsolute(campaign.name + u": full service after"_s, {{campaign.recovery.maximum()}}, u"ms"_s, RecoveryBar,
                            Figures::Bound::AtMost);
        require(campaign.highestSessions <= campaign.limit, u"%1 sessions on the server"_s.arg(campaign.highestSessions));
        require(campaign.highestConnecting <= campaign.connectCap, u"%1 connects at once"_s.arg(campaign.highestConnecting));
        require(campaign.recovery.maximum() <= RecoveryBar, u"full service after %1 ms"_s.arg(campaign.recovery.maximum()));
    }
    return holds;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    const QCommandLineOption roundsOption(u"rounds"_s, u"Rounds of each campaign; a tenth for restarts."_s, u"count"_s, u"20"_s);
    const QCommandLineOption onlyOption(u"only"_s, u"One campaign: frozen, terminated, restart, silent, refused."_s, u"name"_s);
    const QCommandLineOption jsonOption(u"json"_s, u"Write the figures to a file."_s, u"file"_s);
    parser.addOptions({roundsOption, onlyOption, jsonOption});
    if (const auto status = InfraTest::parseOptions(parser, u"pool"_s, arguments))
        return *status;
    const int rounds = parser.value(roundsOption).toInt();
    const QString only = parser.value(onlyOption);
    const QStringList known{u"frozen"_s, u"terminated"_s, u"restart"_s, u"silent"_s, u"refused"_s};
    if (rounds < 1 || (!only.isEmpty() && !known.contains(only)))
        return InfraTest::refuseOptions(parser);
    auto started = PostgresFixture::create();
    if (!started) {
        std::fprintf(stderr, "%s\n", qPrintable(started.error().message));
        return 2;
    }
    PostgresFixture &server = **started;
    Figures figures(u"Connection pool under faults"_s);
    bool holds = true;
    const auto isWanted = [&](const QString &name) { return only.isEmpty() || only == name; };

    if (isWanted(u"frozen"_s)) {
        std::vector<qint64> frozen;
        holds = judge(campaign(u"backends stopped"_s, rounds, server, [&](ConnectionPool &) {
            frozen = server.backends(Application);
            PostgresFixture::freeze(frozen);
        }, [&] { PostgresFixture::thaw(frozen); }, 60ms), figures) && holds;
    }
    if (isWanted(u"terminated"_s)) {
        holds = judge(campaign(u"backends terminated"_s, rounds, server, [&](ConnectionPool &) {
            static_cast<void>(server.scalar(u"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                            "WHERE application_name = '%1'"_s.arg(Application)));
        }, [] {}, 60ms), figures) && holds;
    }
    if (isWanted(u"restart"_s)) {
        int count = 0;
        holds = judge(campaign(u"server restarted"_s, std::max(1, rounds / 10), server, [&](ConnectionPool &) {
            const auto how = ++count % 2 ? PostgresFixture::Stop::Fast : PostgresFixture::Stop::Immediate;
            if (const auto done = server.stop(how); !done)
                qFatal("%s", qPrintable(done.error().message));
        }, [&] {
            if (const auto done = server.start(); !done)
                qFatal("%s", qPrintable(done.error().message));
        }, 100ms), figures) && holds;
    }
    if (isWanted(u"silent"_s)) {
        const SilentListener listener;
        holds = judge(unreachable(u"listener stays silent"_s, rounds, listener.port()), figures) && holds;
    }
    if (isWanted(u"refused"_s)) {
        int port = 0;
        {
            const SilentListener listener;
            port = listener.port();
        }
        holds = judge(unreachable(u"host refuses"_s, rounds, port), figures) && holds;
    }
    figures.print();
    if (!figures.writeJson(parser.value(jsonOption)))
        return 2;
    return holds ? 0 : 1;
}

const InfraTest::Command command("pool", "connection pool against a server that stops, dies, restarts or is silent", &run);

} // namespace
