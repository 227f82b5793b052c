// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "nginxfixture.h"

#include <infra/healthchecker.h>
#include <infra/serviceclient.h>

#include <QFile>
#include <QSslCertificate>
#include <QThread>
#include <QtTest>

#include <csignal>

using namespace Infra;
using namespace std::chrono_literals;

namespace {

ServiceResult resultOf(QFuture<ServiceResult> future)
{
    future.waitForFinished();
    ServiceResult result = future.takeResult();
    if (!result)
        qInfo("%s", qPrintable(toString(result.error())));
    return result;
}

} // namespace

// A real upstream: plain and TLS, with a certificate of its own making.
class ClientNginxTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void bodiesStatusesAndCompressionArrive();
    void putReachesIt();
    void untrustedCertificatesAreTlsErrors();
    void trustedCertificatesWorkAndTheirExpiryIsKnown();
    void aCertificateThatChangesBehindAKeptConnectionIsATlsError();
    void plainHttpToATlsPortIsAnAnswer();
    void tlsToAPlainPortIsATlsError();

private:
    InfraTest::NginxFixture m_nginx;
    InfraTest::NginxFixture m_tls;
};

void ClientNginxTest::initTestCase()
{
    const QString plain = m_nginx.start(QStringLiteral("location /kib { default_type text/plain; return 200 '%1'; }\n"
                                                       "location /health { default_type application/health+json; return 200 '{\"status\":\"pass\"}'; }\n"
                                                       "location /gzip { gzip on; gzip_min_length 1; gzip_types text/plain; alias %2/; default_type text/plain; }\n"
                                                       "location /teapot { return 418; }\n"
                                                       "location /old { return 301 /kib; }")
                                            .arg(QString(1024, QLatin1Char('x')), m_nginx.directory()));
    QVERIFY2(plain.isEmpty(), qPrintable(plain));
    QFile file(m_nginx.directory() + QStringLiteral("/large.txt"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(500'000, 'z'));
    const QString certificate = m_tls.createCertificate(30);
    QVERIFY2(certificate.isEmpty(), qPrintable(certificate));
    const QString secure = m_tls.start(QStringLiteral("ssl_certificate %1/server.pem; ssl_certificate_key %1/server.key;\n"
                                                      "location / { default_type application/health+json; return 200 '{\"status\":\"pass\"}'; }")
                                           .arg(m_tls.directory()),
                                       QStringLiteral("listen 127.0.0.1:PORT ssl;"));
    QVERIFY2(secure.isEmpty(), qPrintable(secure));
}

void ClientNginxTest::bodiesStatusesAndCompressionArrive()
{
    const auto client = ServiceClient::create(QStringLiteral("nginx"), m_nginx.url());
    QVERIFY(client);
    QCOMPARE(resultOf((*client)->get(QStringLiteral("/kib")))->body.size(), 1024);
    const ServiceResult teapot = resultOf((*client)->get(QStringLiteral("/teapot")));
    QVERIFY(teapot);
    QCOMPARE(teapot->status, 418);
    const ServiceResult redirected = resultOf((*client)->get(QStringLiteral("/old")));
    QVERIFY(redirected);
    QCOMPARE(redirected->body.size(), 1024);
    const ServiceResult unpacked = resultOf((*client)->get(QStringLiteral("/gzip/large.txt")));
    QVERIFY(unpacked);
    QCOMPARE(unpacked->body, QByteArray(500'000, 'z'));
    const auto health = HealthChecker::check(QStringLiteral("nginx"), m_nginx.url()).result();
    QCOMPARE(health.verdict, HealthVerdict::Up);
    QVERIFY(!health.certificateExpiry);
}

void ClientNginxTest::putReachesIt()
{
    const auto client = ServiceClient::create(QStringLiteral("nginx"), m_nginx.url());
    // Refused by nginx, with an answer.
    QCOMPARE(resultOf((*client)->put(QStringLiteral("/gzip/large.txt"), "x", "text/plain"))->status, 405);
}

void ClientNginxTest::untrustedCertificatesAreTlsErrors()
{
    QUrl url = m_tls.url();
    url.setScheme(QStringLiteral("https"));
    const auto client = ServiceClient::create(QStringLiteral("nginx"), url);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Tls);
    QVERIFY(result.error().message.contains(QStringLiteral("certificate"), Qt::CaseInsensitive));
    QCOMPARE(result.error().ledger.attempts.size(), 1U);
    QCOMPARE(result.error().ledger.sentCount(), 0);
    const auto health = HealthChecker::check(QStringLiteral("nginx"), url).result();
    QCOMPARE(health.verdict, HealthVerdict::Unreachable);
    QCOMPARE(health.reason, UnreachableReason::Tls);
}

void ClientNginxTest::trustedCertificatesWorkAndTheirExpiryIsKnown()
{
    QUrl url = m_tls.url();
    url.setScheme(QStringLiteral("https"));
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setCaCertificates(QSslCertificate::fromPath(m_tls.directory() + QStringLiteral("/server.pem")));
    ServiceClientOptions options;
    options.tls = tls;
    const auto client = ServiceClient::create(QStringLiteral("nginx"), url, options);
    for (int i = 0; i < 2; ++i) {
        const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
        QVERIFY(result);
        QCOMPARE(result->status, 200);
        QCOMPARE(result->ledger.attempts[0].connectionReused, i == 1);
    }
    HealthCheckOptions check;
    check.tls = tls;
    const auto health = HealthChecker::check(QStringLiteral("nginx"), url, check).result();
    QCOMPARE(health.verdict, HealthVerdict::Up);
    QVERIFY(health.certificateExpiry);
    const auto days = std::chrono::duration_cast<std::chrono::hours>(*health.certificateExpiry - Clock::system().systemNow()).count() / 24;
    QVERIFY(days >= 29 && days <= 30);
    // A client without that authority must not profit from the first one's connections.
    const auto stranger = ServiceClient::create(QStringLiteral("stranger"), url);
    QCOMPARE(resultOf((*stranger)->get(QStringLiteral("/"))).error().kind, Error::Kind::Tls);
}

void ClientNginxTest::aCertificateThatChangesBehindAKeptConnectionIsATlsError()
{
    InfraTest::NginxFixture server;
    QCOMPARE(server.createCertificate(30), QString());
    QCOMPARE(server.start(QStringLiteral("ssl_certificate %1/server.pem; ssl_certificate_key %1/server.key; location / { return 200 'x'; }")
                              .arg(server.directory()), QStringLiteral("listen 127.0.0.1:PORT ssl;")), QString());
    QUrl url = server.url();
    url.setScheme(QStringLiteral("https"));
    ServiceClientOptions options;
    options.tls = QSslConfiguration::defaultConfiguration();
    options.tls->setCaCertificates(QSslCertificate::fromPath(server.directory() + QStringLiteral("/server.pem")));
    const auto client = ServiceClient::create(QStringLiteral("nginx"), url, options);
    QVERIFY(resultOf((*client)->get(QStringLiteral("/"))));
    // It closes what is at rest when it reads its configuration again.
    QCOMPARE(server.createCertificate(30), QString());
    QFile pid(server.directory() + QStringLiteral("/pid"));
    QVERIFY(pid.open(QIODevice::ReadOnly));
    QCOMPARE(::kill(pid.readAll().trimmed().toInt(), SIGHUP), 0);
    QThread::msleep(500);
    const ServiceResult result = resultOf((*client)->post(QStringLiteral("/"), "x", "text/plain"));
    QVERIFY(!result);
    QVERIFY2(result.error().kind == Error::Kind::Tls, qPrintable(toString(result.error())));
    QVERIFY2(result.error().message.contains(QStringLiteral("certificate"), Qt::CaseInsensitive), qPrintable(toString(result.error())));
    QCOMPARE(result.error().ledger.sentCount(), 0);
    QCOMPARE(result.error().phase, RequestPhase::Connect);
}

void ClientNginxTest::plainHttpToATlsPortIsAnAnswer()
{
    const auto client = ServiceClient::create(QStringLiteral("nginx"), m_tls.url());
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(result);
    QCOMPARE(result->status, 400);
}

void ClientNginxTest::tlsToAPlainPortIsATlsError()
{
    QUrl url = m_nginx.url();
    url.setScheme(QStringLiteral("https"));
    const auto client = ServiceClient::create(QStringLiteral("nginx"), url);
    const ServiceResult result = resultOf((*client)->get(QStringLiteral("/")));
    QVERIFY(!result);
    QCOMPARE(result.error().kind, Error::Kind::Tls);
}

QTEST_GUILESS_MAIN(ClientNginxTest)
#include "tst_clientnginx.moc"
