// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/healthchecker.h>
#include <infra/healthmonitor.h>
#include <infra/healthreport.h>
#include <infra/requestcontext.h>
#include <infra/serviceclient.h>
#include <infra/services.h>

#include <QJsonObject>
#include <QtTest>

// The examples in the public headers of the client, word for word where they stand alone.
class ClientHeadersTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void serviceClient();
    void serviceRequest();
    void requestContext();
    void healthChecker();
    void healthMonitor();
    void healthReport();

private:
    void show(const QByteArray &body) { m_shown = body; }
    void showHealth(const Infra::ServiceHealth &health) { m_shown = health.service.toUtf8(); }
    void reply(int status, const char *type, const QByteArray &body) { m_shown = QByteArray::number(status) + type + body; }

    QByteArray m_shown;
};

void ClientHeadersTest::serviceClient()
{
    QObject *context = this;
    const auto example = [&]() -> tl::expected<void, Infra::Error> {
        auto client = Infra::ServiceClient::create(QStringLiteral("data-api"), QUrl(QStringLiteral("http://127.0.0.1:1")));
        if (!client)
            return Infra::failure(client.error());
        (*client)->get(QStringLiteral("/items/7")).then(context, [this](const Infra::ServiceResult &result) {
            if (result && result->isSuccess())
                show(result->body);
        });
        return {};
    };
    QVERIFY(example());
    // A ServiceResult is a Result too.
    const Infra::ServiceResult failed = tl::unexpected(Infra::ServiceError{{Infra::Error::Kind::Timeout, QStringLiteral("late"), {}}, {}, {}});
    const Infra::Result<Infra::ServiceResponse> plain = failed;
    QCOMPARE(plain.error().kind, Infra::Error::Kind::Timeout);
    QCOMPARE(plain.error().message, QStringLiteral("late"));
}

void ClientHeadersTest::serviceRequest()
{
    const QJsonDocument document(QJsonObject{{QStringLiteral("item"), 1}});
    Infra::ServiceRequest request;
    request.method = QByteArrayLiteral("POST");
    request.path = QStringLiteral("/orders");
    request.setJson(document);
    request.idempotencyKey = QByteArrayLiteral("order-4711"); // makes the POST retryable
    QCOMPARE(request.body, "{\"item\":1}");
    QCOMPARE(request.contentType, "application/json");
}

void ClientHeadersTest::requestContext()
{
    const Infra::RequestContext::Headers incomingHeaders{{"Infra-Deadline-Ms", "100"}};
    const auto context = Infra::RequestContext::fromHeaders(incomingHeaders);
    Infra::ServiceRequest request;
    request.context = context;
    QVERIFY(request.context->deadline);
}

void ClientHeadersTest::healthChecker()
{
    auto future = Infra::HealthChecker::check(QStringLiteral("data-api"), QUrl(QStringLiteral("http://127.0.0.1:1")));
    future.waitForFinished();
    QCOMPARE(future.result().verdict, Infra::HealthVerdict::Unreachable);
}

void ClientHeadersTest::healthMonitor()
{
    const auto example = [this]() -> tl::expected<void, Infra::Error> {
        auto monitor = Infra::HealthMonitor::create();
        if (!monitor)
            return Infra::failure(monitor.error());
        QObject::connect(monitor->get(), &Infra::HealthMonitor::verdictChanged, this, &ClientHeadersTest::showHealth);
        if (auto added = (*monitor)->add(QStringLiteral("data-api"), QUrl(QStringLiteral("http://127.0.0.1:1"))); !added)
            return Infra::failure(added.error());
        [&] { QTRY_COMPARE(m_shown, "data-api"); }();
        return {};
    };
    QVERIFY(example());
}

void ClientHeadersTest::healthReport()
{
    Infra::HealthReportBuilder report(QStringLiteral("data-api"), QStringLiteral("1.4.2"));
    report.setStatus(Infra::HealthVerdict::Up);
    report.addDependency(QStringLiteral("database"), Infra::HealthVerdict::Up,
                         Infra::HealthReportBuilder::Importance::Required);
    reply(report.httpStatus(), Infra::HealthReportBuilder::ContentType, report.build());
    QVERIFY(m_shown.startsWith("200application/health+json{"));
}

QTEST_GUILESS_MAIN(ClientHeadersTest)
#include "tst_clientheaders.moc"
