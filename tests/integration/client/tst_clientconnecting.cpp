// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/serviceclient.h>

#include <QtTest>

using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;

// Connections that took long, failed or went through somebody else.
class ClientConnectingTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aProxyForHttpsIsAskedForConnectionsToo();
};

void ClientConnectingTest::aProxyForHttpsIsAskedForConnectionsToo()
{
    RawHttpServer proxy([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(502, ""));
        connection.close();
    });
    qputenv("https_proxy", proxy.url().toEncoded());
    qunsetenv("http_proxy");
    qunsetenv("no_proxy");
    const auto restore = qScopeGuard([] { qunsetenv("https_proxy"); });
    ServiceClientOptions options = quick();
    options.proxy = ServiceClientOptions::Proxy::System;
    options.retry.maxAttempts = 1;
    const auto client = ServiceClient::create(QStringLiteral("service"), QUrl(QStringLiteral("https://service.invalid")), options);
    QVERIFY(!resultOf((*client)->get(QStringLiteral("/"))));
    QCOMPARE(proxy.requestCount(), 1);
    QCOMPARE(proxy.requests()[0].method, "CONNECT");
}

QTEST_GUILESS_MAIN(ClientConnectingTest)
#include "tst_clientconnecting.moc"
