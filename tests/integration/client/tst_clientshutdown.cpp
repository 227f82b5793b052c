// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/healthchecker.h>
#include <infra/serviceclient.h>

#include <QCoreApplication>
#include <QProcess>
#include <QtTest>

#include <atomic>
#include <functional>
#include <memory>

using InfraTest::RawHttpServer;
using namespace Infra;
using namespace std::chrono_literals;

namespace {

// A process whose continuations do nothing but begin again, until its main() returns and beyond.
class Poller
{
public:
    static int run(QCoreApplication &application, const QString &mode, const QUrl &url)
    {
        s_url = url;
        if (mode == QLatin1String("checks")) {
            check();
        } else {
            auto client = ServiceClient::create(QStringLiteral("service"), url);
            if (!client)
                return 2;
            s_client = std::move(*client);
            s_launch = mode == QLatin1String("pool") ? QtFuture::Launch::Async : QtFuture::Launch::Sync;
            call();
        }
        return application.exec();
    }

private:
    static void count()
    {
        if (++s_count == 10)
            QCoreApplication::quit();
    }
    static void call()
    {
        s_client->get(QStringLiteral("/")).then(s_launch, [](const ServiceResult &) {
            count();
            call();
        });
    }
    static void check()
    {
        HealthChecker::check(QStringLiteral("service"), s_url).then([](const HealthResult &) {
            count();
            check();
        });
    }

    static inline QUrl s_url;
    static inline std::unique_ptr<ServiceClient> s_client; // Outlives the application.
    static inline QtFuture::Launch s_launch = QtFuture::Launch::Sync;
    static inline std::atomic<int> s_count{0};
};

} // namespace

// How processes end that are in the middle of calls.
class ClientShutdownTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void continuationsThatBeginAgainDoNotHoldUpTheEnd_data();
    void continuationsThatBeginAgainDoNotHoldUpTheEnd();
};

void ClientShutdownTest::continuationsThatBeginAgainDoNotHoldUpTheEnd_data()
{
    QTest::addColumn<QString>("mode");
    for (const char *mode : {"calls", "pool", "checks"})
        QTest::newRow(mode) << QString::fromLatin1(mode);
}

void ClientShutdownTest::continuationsThatBeginAgainDoNotHoldUpTheEnd()
{
    QFETCH(const QString, mode);
    RawHttpServer server(&InfraTest::echo);
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), {QStringLiteral("poll"), mode, server.url().toString()});
    QVERIFY(process.waitForStarted());
    const bool ended = process.waitForFinished(5000);
    if (!ended) {
        process.kill();
        process.waitForFinished();
    }
    QVERIFY(ended);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(server.requestCount() >= 10);
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.value(1) == QLatin1String("poll"))
        return Poller::run(application, arguments.value(2), QUrl(arguments.value(3)));
    ClientShutdownTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_clientshutdown.moc"
