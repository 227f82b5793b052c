// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"
#include "logcapture.h"

#include <infra/healthchecker.h>
#include <infra/openmetrics.h>
#include <infra/serviceclient.h>

#include <QtTest>

using InfraTest::echo;
using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

// Where redirects lead, and what does not go with them.
class ClientRedirectsTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void credentialsNeverFollowARedirectToAnotherOrigin();
    void credentialsAreInNoLogErrorOrTelemetry();
    void redirectsKeepCredentialsWithinTheOrigin();
    void postsAreRedirectedByGetOnly();
    void aPostThatOnlyItsKeyMakesRepeatableStaysAtItsOrigin_data();
    void aPostThatOnlyItsKeyMakesRepeatableStaysAtItsOrigin();
    void whatLeavesItsKeyBehindIsNotRepeatedForIt();
    void redirectLoopsEnd();
};

void ClientRedirectsTest::credentialsNeverFollowARedirectToAnotherOrigin()
{
    RawHttpServer other(&echo);
    RawHttpServer server([&](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(302, "", "Location: " + other.url().toEncoded() + "/target\r\n"));
    });
    ServiceClientOptions options;
    options.bearerToken = "secret-token";
    options.headers = {{"X-Api-Key", "secret-key"}, {"Cookie", "secret-cookie"}, {"Accept", "text/plain"}};
    const auto client = makeClient(server, options);
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.idempotencyKey = "secret-idempotency";
    request.headers = {{"Proxy-Authorization", "secret-proxy"}};
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY(result);
    QCOMPARE(result->body, "GET /target ");
    QCOMPARE(server.requests()[0].header("Authorization"), "Bearer secret-token");
    const auto arrived = other.requests();
    QCOMPARE(arrived.size(), 1U);
    QCOMPARE(arrived[0].header("Accept"), "text/plain");
    for (const auto &[name, value] : arrived[0].headers)
        QVERIFY2(!value.contains("secret"), name.constData());
    QVERIFY(!result->ledger.summary().contains(QStringLiteral("secret")));
    QCOMPARE(result->ledger.attempts[0].decision, RetryDecision::Redirected);
}

void ClientRedirectsTest::credentialsAreInNoLogErrorOrTelemetry()
{
    RawHttpServer other([](const auto &, auto &connection) { connection.close(); });
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target.startsWith("/redirect"))
            connection.write(RawHttpServer::response(302, "", "Location: " + other.url().toEncoded() + "/?token=secret-in-location\r\n"));
        else if (request.target.startsWith("/loop"))
            connection.write(RawHttpServer::response(302, "", "Location: /loop?token=secret-in-location\r\n"));
        else if (request.target.startsWith("/json"))
            connection.write(RawHttpServer::response(200, "secret-in-body", "Set-Cookie: secret-in-cookie\r\n"));
        else
            connection.reset();
    });
    QStringList said;
    {
        const InfraTest::LogCapture log;
        qDebug("the capture works");
        ServiceClientOptions options = quick();
        options.bearerToken = "secret-token";
        options.headers = {{"X-Api-Key", "secret-key"}, {"Cookie", "secret-cookie"}};
        const auto client = makeClient(server, options);
        for (const char *path : {"/redirect", "/loop", "/json", "/reset"}) {
            ServiceRequest request;
            request.path = QString::fromLatin1(path);
            request.query = {{QStringLiteral("password"), QStringLiteral("secret-in-query")}};
            request.expectJson = true;
            request.idempotencyKey = "secret-idempotency";
            const ServiceResult result = resultOf(client->request(request));
            QVERIFY(!result);
            said << toString(result.error()) << result.error().ledger.summary();
            for (const Attempt &attempt : result.error().ledger.attempts)
                said << attempt.url << attempt.failure;
        }
        said << QString::fromUtf8(renderMetrics({client->snapshot()}, MetricsFormat::PrometheusText));
        HealthCheckOptions check;
        check.bearerToken = "secret-token";
        const HealthResult health = HealthChecker::check(QStringLiteral("other"), other.url(), check).result();
        said << health.message << health.url.toString();
    }
    said << InfraTest::LogCapture::text();
    QVERIFY(said.last().contains(QStringLiteral("the capture works")));
    QCOMPARE(server.requests()[0].header("X-Api-Key"), "secret-key");
    for (const QString &text : std::as_const(said))
        QVERIFY2(!text.contains(QStringLiteral("secret")), qPrintable(text));
}

void ClientRedirectsTest::redirectsKeepCredentialsWithinTheOrigin()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/")
            connection.write(RawHttpServer::response(308, "", "Location: next?a=1\r\n"));
        else
            connection.write(RawHttpServer::response(200, request.target));
    });
    ServiceClientOptions options;
    options.bearerToken = "token";
    const auto client = makeClient(server, options);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->body, "/next?a=1");
    QCOMPARE(server.requests()[1].header("Authorization"), "Bearer token");
}

void ClientRedirectsTest::postsAreRedirectedByGetOnly()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        if (request.target == "/see-other")
            connection.write(RawHttpServer::response(303, "", "Location: /result\r\n"));
        else if (request.target == "/result")
            connection.write(RawHttpServer::response(200, request.method + request.body));
        else
            connection.write(RawHttpServer::response(request.target.mid(1).toInt(), "", "Location: /result\r\n"));
    });
    const auto client = makeClient(server);
    QCOMPARE(resultOf(client->post(QStringLiteral("/see-other"), "x", "text/plain"))->body, "GET");
    for (const int status : {301, 302, 307, 308}) {
        const ServiceResult result = resultOf(client->post(QStringLiteral("/%1").arg(status), "x", "text/plain"));
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->status, status);
    }
    QCOMPARE(resultOf(client->put(QStringLiteral("/307"), "x", "text/plain"))->body, "PUTx");
}

void ClientRedirectsTest::aPostThatOnlyItsKeyMakesRepeatableStaysAtItsOrigin_data()
{
    QTest::addColumn<int>("status");
    QTest::newRow("307") << 307;
    QTest::newRow("308") << 308;
}

void ClientRedirectsTest::aPostThatOnlyItsKeyMakesRepeatableStaysAtItsOrigin()
{
    QFETCH(const int, status);
    RawHttpServer other([](const auto &, auto &connection) { connection.write(RawHttpServer::response(503, "")); });
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target == "/within")
            connection.write(RawHttpServer::response(status, "", "Location: /result\r\n"));
        else if (request.target == "/result")
            connection.write(RawHttpServer::response(200, request.method + request.header("Idempotency-Key")));
        else
            connection.write(RawHttpServer::response(status, "", "Location: " + other.url().toEncoded() + "/\r\n"));
    });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.method = "POST";
    request.path = QStringLiteral("/");
    request.body = "x";
    request.idempotencyKey = "key";
    const ServiceResult kept = resultOf(client->request(request));
    QVERIFY2(kept, explain(kept).constData());
    QCOMPARE(kept->status, status);
    QCOMPARE(other.requestCount(), 0);
    QCOMPARE(server.requestCount(), 1);
    request.path = QStringLiteral("/within");
    const ServiceResult within = resultOf(client->request(request));
    QVERIFY2(within, explain(within).constData());
    QCOMPARE(within->body, "POSTkey");
    // What may be repeated for a reason of its own goes on.
    request.path = QStringLiteral("/");
    request.idempotent = true;
    request.maxAttempts = 1;
    const ServiceResult gone = resultOf(client->request(request));
    QVERIFY2(gone, explain(gone).constData());
    QCOMPARE(gone->status, 503);
    QCOMPARE(other.requestCount(), 1);
    QCOMPARE(other.requests()[0].header("Idempotency-Key"), "");
}

void ClientRedirectsTest::whatLeavesItsKeyBehindIsNotRepeatedForIt()
{
    RawHttpServer other([](const auto &, auto &connection) { connection.write(RawHttpServer::response(503, "")); });
    RawHttpServer server([&](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(302, "", "Location: " + other.url().toEncoded() + "/\r\n"));
    });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.path = QStringLiteral("/");
    request.idempotent = false; // A GET that counts something.
    request.idempotencyKey = "key";
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->status, 503);
    QCOMPARE(other.requestCount(), 1);
    QCOMPARE(result->ledger.attempts.back().decision, RetryDecision::NotIdempotent);
}

void ClientRedirectsTest::redirectLoopsEnd()
{
    RawHttpServer server([](const auto &, auto &connection) {
        connection.write(RawHttpServer::response(302, "", "Location: /\r\n"));
    });
    const auto client = makeClient(server);
    const ServiceResult result = resultOf(client->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Protocol);
    QCOMPARE(server.requestCount(), 6);
}

QTEST_GUILESS_MAIN(ClientRedirectsTest)
#include "tst_clientredirects.moc"
