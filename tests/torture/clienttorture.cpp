// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "core/random.h"
#include "figures.h"
#include "nginxfixture.h"
#include "rawhttpserver.h"
#include "tcpgate.h"
#include "wiretorture.h"

#include <infra/healthmonitor.h>
#include <infra/serviceclient.h>

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QHash>
#include <QThread>
#include <QTimer>

#include <sys/resource.h>

#include <cstdio>

// infra-torture client: the campaigns that try to break what ServiceClient and HealthMonitor promise.
namespace {

using namespace Infra;
using namespace std::chrono_literals;
using InfraTest::Figures;
using InfraTest::RawHttpServer;
using InfraTest::Samples;
using InfraTest::TcpGate;
using InfraTest::Toxics;

std::unique_ptr<ServiceClient> makeClient(quint16 port, const ServiceClientOptions &options)
{
    auto client = ServiceClient::create(QStringLiteral("victim"), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)), options);
    if (!client)
        qFatal("%s", qPrintable(client.error().message));
    return std::move(*client);
}

// Every POST and PATCH carries an identity; connections are reset at a random byte of either direction, so that
// it hits before, within and after the request, on the first or a later one of a connection.
bool atMostOnce(Figures &figures, int count, std::uint64_t seed)
{
    Detail::Random random(seed);
    RawHttpServer server([](const auto &, auto &connection) { connection.write(RawHttpServer::response(200, "accepted")); });
    TcpGate gate(server.port(), seed);
    ServiceClientOptions options;
    options.breaker.enabled = false;
    options.attemptTimeout = 2s;
    const auto client = makeClient(gate.port(), options);
    int answered = 0;
    int reused = 0;
    for (int i = 0; i < count; ++i) {
        const QByteArray body(static_cast<qsizetype>(random.below(3) == 0 ? random.below(100'000) : random.below(400)), 'b');
        const qint64 requestSize = 300 + body.size();
        Toxics requests;
        Toxics answers;
        switch (random.below(5)) {
        case 0: requests.resetAfter = static_cast<qint64>(random.below(300)); break;
        case 1: requests.resetAfter = static_cast<qint64>(random.below(static_cast<std::uint64_t>(3 * requestSize))); break;
        case 2: answers.resetAfter = static_cast<qint64>(random.below(200)); break;
        case 3: answers.closeAfter = static_cast<qint64>(random.below(200)); break;
        default: requests.closeAfter = static_cast<qint64>(random.below(static_cast<std::uint64_t>(2 * requestSize))); break;
        }
        if (random.below(4) == 0)
            requests.sliceBytes = 64;
        gate.setToxics(requests, answers);
        ServiceRequest request;
        request.method = random.below(2) == 0 ? "POST" : "PATCH";
        request.path = QStringLiteral("/");
        request.body = body;
        request.headers.emplace_back("X-Identity", QByteArray::number(i));
        QFuture<ServiceResult> future = client->request(request);
        future.waitForFinished();
        const ServiceResult result = future.takeResult();
        answered += result.has_value();
        const AttemptLedger &ledger = result ? result->ledger : result.error().ledger;
        reused += ledger.attempts.front().connectionReused;
    }
    QHash<QByteArray, int> seen;
    int twice = 0;
    for (const auto &request : server.requests()) {
        if (++seen[request.header("X-Identity")] == 2)
            ++twice;
    }
    std::printf("  at most once: %d requests, %d answered, %d on a kept connection, %d identities seen, %d seen twice\n", count,
                answered, reused, static_cast<int>(seen.size()), twice);
    figures.addAbsolute(QStringLiteral("identities seen twice, of %1").arg(count), {{static_cast<double>(twice)}}, QStringLiteral(""), 0,
                        Figures::Bound::AtMost);
    return twice == 0 && answered > 0 && answered < count && reused > 0;
}

Toxics randomToxics(Detail::Random &random)
{
    Toxics toxics;
    const auto milliseconds = [&random](std::uint64_t below) { return std::chrono::milliseconds(random.below(below)); };
    switch (random.below(10)) {
    case 0: toxics.latency = milliseconds(300); break;
    case 1: toxics.jitter = milliseconds(300); break;
    case 2: toxics.bytesPerSecond = static_cast<qint64>(1000 + random.below(50'000)); break;
    case 3:
        toxics.sliceBytes = 20;
        toxics.sliceDelay = milliseconds(30);
        break;
    case 4: toxics.resetAfter = static_cast<qint64>(random.below(2000)); break;
    case 5: toxics.stalls = true; break;
    case 6: toxics.slowClose = milliseconds(500); break;
    case 7: toxics.closeAfter = static_cast<qint64>(random.below(2000)); break;
    case 8: toxics.halfOpen = true; break;
    default: break;
    }
    return toxics;
}

// Many calls at once, more than there are connections, each with a deadline of its own.
bool deadlines(Figures &figures, int count, std::uint64_t seed)
{
    Detail::Random random(seed);
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(200, QByteArray(1000, 'x')));
        if (request.target == "/close")
            connection.close();
    });
    TcpGate gate(server.port(), seed);
    ServiceClientOptions options;
    options.breaker.enabled = false;
    options.maxQueued = 1000;
    options.attemptTimeout = 250ms;
    options.retry.initialBackoff = 20ms;
    options.retry.budgetReserve = 1000;
    const auto client = makeClient(gate.port(), options);

    struct Call
    {
        SteadyTime started;
        std::chrono::milliseconds allowed;
        std::atomic<std::int64_t> ended{0};
        QFuture<ServiceResult> future;
    };
    const Clock &clock = Clock::system();
    std::vector<std::unique_ptr<Call>> calls;
    constexpr int Parallel = 16;
    for (int i = 0; i < count; ++i) {
        gate.setToxics(randomToxics(random), randomToxics(random));
        auto call = std::make_unique<Call>();
        call->allowed = std::chrono::milliseconds(30 + random.below(300));
        ServiceRequest request;
        request.path = random.below(4) == 0 ? QStringLiteral("/close") : QStringLiteral("/");
        request.deadline = Deadline(call->allowed);
        request.body = QByteArray(static_cast<qsizetype>(random.below(2000)), 'b');
        call->started = clock.steadyNow();
        call->future = client->request(request);
        // Runs where the result is made, so that a waiting test thread is not part of the measurement.
        call->future.then([data = call.get(), &clock](const QFuture<ServiceResult> &) { data->ended = clock.steadyNow().time_since_epoch().count(); });
        calls.push_back(std::move(call));
        if (i >= Parallel)
            calls[static_cast<std::size_t>(i - Parallel)]->future.waitForFinished();
    }
    Samples overshoot;
    int timeouts = 0;
    int unexplained = 0;
    std::array<int, 6> phases{};
    for (const auto &call : calls) {
        call->future.waitForFinished();
        const ServiceResult result = call->future.result();
        while (call->ended == 0)
            QThread::yieldCurrentThread();
        const auto took = SteadyTime(SteadyTime::duration(call->ended.load())) - call->started;
        overshoot.values.push_back(std::chrono::duration<double, std::milli>(took - call->allowed).count());
        if (!result && result.error().kind == Error::Kind::Timeout) {
            ++timeouts;
            ++phases[static_cast<std::size_t>(result.error().phase)];
            unexplained += !result.error().message.contains(QLatin1String(requestPhaseName(result.error().phase)));
        }
    }
    std::printf("  deadlines: %d calls, %d timed out (queue %d, connect %d, send %d, wait %d, receive %d, backoff %d), worst overshoot %.1f ms\n",
                count, timeouts, phases[0], phases[1], phases[2], phases[3], phases[4], phases[5], overshoot.maximum());
    figures.addAbsolute(QStringLiteral("worst overshoot of %1 deadlines").arg(count), {{overshoot.maximum()}}, QStringLiteral("ms"), 50,
                        Figures::Bound::AtMost);
    return overshoot.maximum() <= 50 && unexplained == 0 && timeouts > 0;
}

// 200 calls a second on a service that has failed altogether, in four ways, with its breaker and without.
bool outage(Figures &figures, int seconds)
{
    bool good = true;
    for (const bool breaker : {true, false}) {
        for (const char *kind : {"closes", "resets", "503", "stalls"}) {
            const QByteArray how(kind);
            RawHttpServer server([&](const auto &, auto &connection) {
                if (how == "503")
                    connection.write(RawHttpServer::response(503, ""));
                else if (how == "stalls")
                    connection.delay(60s);
                else if (how == "resets")
                    connection.reset();
                else
                    connection.close();
            });
            ServiceClientOptions options;
            options.breaker.enabled = breaker;
            options.attemptTimeout = 100ms;
            options.maxQueued = 10'000;
            const auto client = makeClient(server.port(), options);
            std::vector<QFuture<ServiceResult>> calls;
            QElapsedTimer timer;
            timer.start();
            for (int i = 0; i < 200 * seconds; ++i) {
                while (timer.nsecsElapsed() < i * 5'000'000LL)
                    QThread::usleep(500);
                calls.push_back(client->get(QStringLiteral("/")));
            }
            for (auto &call : calls)
                call.waitForFinished();
            const double amplification = static_cast<double>(server.requestCount()) / static_cast<double>(calls.size());
            figures.addAbsolute(QStringLiteral("requests per call, outage \"%1\", breaker %2").arg(QLatin1String(kind), breaker ? QLatin1String("on") : QLatin1String("off")),
                                {{amplification}}, QStringLiteral(""), 1.2, Figures::Bound::AtMost);
            good = good && amplification <= 1.2;
        }
    }
    return good;
}

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// So many services, each with an address of its own, served by nginx in another process.
bool monitoring(Figures &figures, int services, int seconds)
{
    InfraTest::NginxFixture nginx;
    QString listens = QStringLiteral("listen 127.0.0.1:PORT;");
    for (int i = 0; i < services; ++i)
        listens += QStringLiteral("listen 127.%1.%2.1:PORT;\n").arg(1 + i / 250).arg(1 + i % 250);
    if (const QString why = nginx.start(QStringLiteral("location /health { default_type application/health+json; return 200 '{\"status\":\"pass\",\"checks\":{\"db\":[{\"status\":\"pass\"}]}}'; }"), listens); !why.isEmpty()) {
        std::printf("  monitoring: %s\n", qPrintable(why));
        return false;
    }
    HealthMonitorOptions options;
    options.spreadFirst = true;
    auto monitor = HealthMonitor::create(options);
    std::chrono::nanoseconds worst{};
    int checks = 0;
    int bad = 0;
    QObject::connect(monitor->get(), &HealthMonitor::checked, [&](const ServiceHealth &health) {
        ++checks;
        bad += health.last.verdict != HealthVerdict::Up;
        worst = std::max(worst, health.lateness);
    });
    for (int i = 0; i < services; ++i) {
        const QUrl url(QStringLiteral("http://127.%1.%2.1:%3").arg(1 + i / 250).arg(1 + i % 250).arg(nginx.port()));
        if (const auto added = (*monitor)->add(QStringLiteral("service-%1").arg(i), url); !added)
            qFatal("%s", qPrintable(added.error().message));
    }
    // One round for every service to be known, then the measured time.
    const auto run = [](int time) {
        QEventLoop loop;
        QTimer::singleShot(time * 1000, &loop, &QEventLoop::quit);
        loop.exec();
    };
    run(12);
    checks = 0;
    bad = 0;
    worst = {};
    const double before = cpuSeconds();
    QElapsedTimer timer;
    timer.start();
    run(seconds);
    const double share = 100 * (cpuSeconds() - before) / (static_cast<double>(timer.nsecsElapsed()) * 1e-9);
    const double late = std::chrono::duration<double, std::milli>(worst).count();
    std::printf("  monitoring: %d services, %d checks in %d s, %d not up, %.2f %% of a core, latest probe %.1f ms late\n", services, checks,
                seconds, bad, share, late);
    figures.addAbsolute(QStringLiteral("%1 services every 10 s, share of a core").arg(services), {{share}}, QStringLiteral("%"), 10, Figures::Bound::AtMost);
    figures.addAbsolute(QStringLiteral("latest probe"), {{late}}, QStringLiteral("ms"), 1000, Figures::Bound::AtMost);
    return late <= 1000 && bad == 0 && checks > services;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    const QCommandLineOption only(QStringLiteral("only"), QStringLiteral("One campaign: once, wire, deadlines, outage or monitor."), QStringLiteral("campaign"));
    const QCommandLineOption count(QStringLiteral("count"), QStringLiteral("Requests of the first three campaigns."), QStringLiteral("n"), QStringLiteral("2000"));
    const QCommandLineOption seconds(QStringLiteral("seconds"), QStringLiteral("Length of each outage and of the monitoring."), QStringLiteral("n"), QStringLiteral("5"));
    const QCommandLineOption seed(QStringLiteral("seed"), QStringLiteral("Replays a run."), QStringLiteral("n"), QStringLiteral("1"));
    const QCommandLineOption broken(QStringLiteral("break"), QStringLiteral("Switches a mechanism off that the campaign \"wire\" must miss: %1.").arg(InfraTorture::wireMechanisms().join(QStringLiteral(", "))), QStringLiteral("mechanism"));
    const QCommandLineOption json(QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("file"));
    parser.addOptions({only, count, seconds, seed, broken, json});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("client"), arguments))
        return *status;
    const QString which = parser.value(only);
    if (parser.isSet(broken) && !InfraTorture::wireMechanisms().contains(parser.value(broken)))
        return InfraTest::refuseOptions(parser);
    const auto wanted = [&which](const char *name) { return which.isEmpty() || which == QLatin1String(name); };
    Figures figures(QStringLiteral("service client under attack"));
    bool good = true;
    if (wanted("once"))
        good = atMostOnce(figures, parser.value(count).toInt(), parser.value(seed).toULongLong()) && good;
    if (wanted("wire"))
        good = InfraTorture::wire(figures, parser.value(count).toInt(), parser.value(seed).toULongLong(), parser.value(broken)) && good;
    if (wanted("deadlines"))
        good = deadlines(figures, parser.value(count).toInt(), parser.value(seed).toULongLong()) && good;
    if (wanted("outage"))
        good = outage(figures, parser.value(seconds).toInt()) && good;
    if (wanted("monitor"))
        good = monitoring(figures, 1000, std::max(20, parser.value(seconds).toInt())) && good;
    figures.print();
    return !figures.writeJson(parser.value(json)) ? 2 : good ? 0 : 1;
}

const InfraTest::Command clientCommand("client", "service client: POST at most once, broken HTTP, deadlines, outages, 1000 services", &run);

} // namespace
