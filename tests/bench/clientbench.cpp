// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "curlpeer.h"
#include "figures.h"
#include "nginxfixture.h"
#include "peerprocess.h"

#include <infra/serviceclient.h>

#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <algorithm>
#include <cstdio>
#include <future>

// infra-bench client: ServiceClient against the QNetworkAccessManager it is built on, against libcurl and httpx, with
// nginx as the server; every round measures each of them in turn.
namespace {

using namespace Infra;
using InfraTest::Figures;
using InfraTest::Samples;

double medianOf(std::vector<double> values)
{
    return Samples{std::move(values)}.median();
}

// Sequential GETs, each begun when the last has ended; nanoseconds each, median.

double bareSequential(QNetworkAccessManager &network, const QUrl &url, int count)
{
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        QElapsedTimer timer;
        timer.start();
        QNetworkReply *reply = network.get(QNetworkRequest(url));
        QEventLoop loop;
        QObject::connect(reply, &QNetworkReply::finished, &loop, &QEventLoop::quit);
        loop.exec();
        if (reply->error() != QNetworkReply::NoError || reply->readAll().size() != 1024)
            qFatal("%s", qPrintable(reply->errorString()));
        times.push_back(static_cast<double>(timer.nsecsElapsed()));
        delete reply;
    }
    return medianOf(std::move(times));
}

double blockingSequential(ServiceClient &client, const QString &path, int count)
{
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        QElapsedTimer timer;
        timer.start();
        QFuture<ServiceResult> future = client.get(path);
        future.waitForFinished();
        const ServiceResult result = future.takeResult();
        if (!result || result->body.size() != 1024)
            qFatal("%s", result ? "wrong body" : qPrintable(result.error().message));
        times.push_back(static_cast<double>(timer.nsecsElapsed()));
    }
    return medianOf(std::move(times));
}

// Each call is made by the continuation of the one before it, as code written with callbacks does.
class Chain
{
public:
    Chain(ServiceClient &client, const QString &path, int count) : m_client(client), m_path(path), m_left(count) {}

    void start()
    {
        m_timer.start();
        m_client.get(m_path).then([this](const ServiceResult &result) {
            if (!result || result->body.size() != 1024)
                qFatal("%s", result ? "wrong body" : qPrintable(result.error().message));
            m_times.push_back(static_cast<double>(m_timer.nsecsElapsed()));
            if (--m_left > 0)
                start();
            else
                m_done.set_value();
        });
    }
    std::vector<double> wait()
    {
        m_done.get_future().wait();
        return m_times;
    }

private:
    ServiceClient &m_client;
    const QString m_path;
    int m_left;
    QElapsedTimer m_timer;
    std::vector<double> m_times;
    std::promise<void> m_done;
};

double chainedSequential(ServiceClient &client, const QString &path, int count)
{
    Chain chain(client, path, count);
    chain.start();
    return medianOf(chain.wait());
}

// Several GETs at any time; requests per second.

double bareParallel(QNetworkAccessManager &network, const QUrl &url, int count, int workers)
{
    QElapsedTimer timer;
    timer.start();
    QEventLoop loop;
    int started = 0;
    int finished = 0;
    std::function<void()> next = [&] {
        if (started >= count)
            return;
        ++started;
        QNetworkReply *reply = network.get(QNetworkRequest(url));
        QObject::connect(reply, &QNetworkReply::finished, &loop, [&, reply] {
            if (reply->readAll().size() != 1024)
                qFatal("wrong body");
            reply->deleteLater();
            if (++finished == count)
                loop.quit();
            else
                next();
        });
    };
    for (int i = 0; i < workers; ++i)
        next();
    loop.exec();
    return count / (static_cast<double>(timer.nsecsElapsed()) * 1e-9);
}

double ourParallel(ServiceClient &client, const QString &path, int count, int workers)
{
    QElapsedTimer timer;
    timer.start();
    std::vector<std::unique_ptr<Chain>> chains;
    for (int i = 0; i < workers; ++i)
        chains.push_back(std::make_unique<Chain>(client, path, count / workers));
    for (const auto &chain : chains)
        chain->start();
    for (const auto &chain : chains)
        static_cast<void>(chain->wait());
    return (count / workers) * workers / (static_cast<double>(timer.nsecsElapsed()) * 1e-9);
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    const QCommandLineOption rounds(QStringLiteral("rounds"), QStringLiteral("How often everything is measured."), QStringLiteral("n"), QStringLiteral("11"));
    const QCommandLineOption count(QStringLiteral("count"), QStringLiteral("Requests of one measurement."), QStringLiteral("n"), QStringLiteral("600"));
    const QCommandLineOption json(QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("file"));
    parser.addOptions({rounds, count, json});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("client"), arguments))
        return *status;
    const int requests = parser.value(count).toInt();

    InfraTest::NginxFixture nginx;
    const QString body(1024, QLatin1Char('x'));
    if (const QString why = nginx.start(QStringLiteral("location /kib { default_type text/plain; return 200 '%1'; }").arg(body)); !why.isEmpty()) {
        std::fprintf(stderr, "%s\n", qPrintable(why));
        return 2;
    }
    QUrl url = nginx.url();
    const QString path = QStringLiteral("/kib");
    url.setPath(path);
    QNetworkAccessManager network;
    const auto client = ServiceClient::create(QStringLiteral("nginx"), nginx.url());
    if (!client)
        qFatal("%s", qPrintable(client.error().message));
    QString missing;
    const auto httpx = InfraTest::PeerProcess::start(QStringLiteral("/usr/bin/python3"), {QStringLiteral(INFRA_BENCH_PEERS "/http_client.py"), url.toString()},
                                                     QStringLiteral("sequential 10"), &missing);

    Figures figures(QStringLiteral("service client, GET of 1 KiB from nginx"));
    Samples bare, blocking, chained, python, curl;
    Samples bareMany, oursMany, pythonMany, curlMany;
    for (int round = 0; round < parser.value(rounds).toInt(); ++round) {
        bare.values.push_back(bareSequential(network, url, requests) / 1000);
        blocking.values.push_back(blockingSequential(**client, path, requests) / 1000);
        chained.values.push_back(chainedSequential(**client, path, requests) / 1000);
        bareMany.values.push_back(bareParallel(network, url, 2 * requests, 6));
        oursMany.values.push_back(ourParallel(**client, path, 2 * requests, 6));
        if (InfraTest::CurlPeer::isAvailable()) {
            curl.values.push_back(medianOf(InfraTest::CurlPeer::sequential(url.toEncoded(), requests, 1024)) / 1000);
            curlMany.values.push_back(InfraTest::CurlPeer::parallel(url.toEncoded(), 2 * requests, 6, 1024));
        }
        if (httpx) {
            const auto sequential = httpx->ask(QStringLiteral("sequential %1").arg(requests / 3));
            const auto parallel = httpx->ask(QStringLiteral("parallel %1 6").arg(requests));
            if (sequential.size() == 1 && parallel.size() == 1) {
                python.values.push_back(sequential[0] / 1000);
                pythonMany.values.push_back(parallel[0]);
            }
        }
    }
    const QString manager = QStringLiteral("QNAM");
    figures.add(QStringLiteral("GET, sequential, waiting for each future, p50"), blocking, QStringLiteral("us"), bare, manager, 1.10, Figures::Bound::AtMost);
    figures.add(QStringLiteral("GET, sequential, continuations, p50"), chained, QStringLiteral("us"), bare, manager, 1.10, Figures::Bound::AtMost);
    figures.add(QStringLiteral("GET throughput, six in parallel"), oursMany, QStringLiteral("1/s"), bareMany, manager, 0.95, Figures::Bound::AtLeast);
    if (!curl.values.empty()) {
        figures.add(QStringLiteral("GET, sequential, waiting for each future, p50"), blocking, QStringLiteral("us"), curl, QStringLiteral("libcurl"));
        figures.add(QStringLiteral("GET throughput, six in parallel"), oursMany, QStringLiteral("1/s"), curlMany, QStringLiteral("libcurl"));
    } else {
        figures.addMissing(QStringLiteral("libcurl"), QStringLiteral("built without it"));
    }
    if (!python.values.empty()) {
        figures.add(QStringLiteral("GET, sequential, waiting for each future, p50"), blocking, QStringLiteral("us"), python, QStringLiteral("httpx"));
        figures.add(QStringLiteral("GET throughput, six in parallel"), oursMany, QStringLiteral("1/s"), pythonMany, QStringLiteral("httpx"), 3, Figures::Bound::AtLeast);
    } else {
        figures.addMissing(QStringLiteral("httpx"), missing);
    }
    figures.print();
    return figures.writeJson(parser.value(json)) ? 0 : 2;
}

const InfraTest::Command clientCommand("client", "service client against QNetworkAccessManager, libcurl and httpx, with nginx", &run);

} // namespace
