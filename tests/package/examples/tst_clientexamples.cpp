// SPDX-License-Identifier: MIT
#include "exampletest.h"

#include <infra/healthchecker.h>
#include <infra/healthmonitor.h>
#include <infra/healthreport.h>
#include <infra/requestcontext.h>
#include <infra/serviceclient.h>

#include <QFutureWatcher>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

namespace {

class Page : public QObject
{
public:
    void showHealth(const Infra::ServiceHealth &health) { shown = health.service; }

    QString shown;
};

void show(const QByteArray &)
{
}

struct Reply
{
    int status = 0;
    QByteArray contentType;
    QByteArray body;
};

Reply sent;

void reply(int status, const QByteArray &contentType, const QByteArray &body)
{
    sent = {status, contentType, body};
}

Infra::Result<void> callOnce(QObject *page)
{
    auto client = Infra::ServiceClient::create(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006")));
    if (!client)
        return Infra::failure(client.error());
    auto *watcher = new QFutureWatcher<Infra::ServiceResult>(page);
    QObject::connect(watcher, &QFutureWatcherBase::finished, page, [watcher] {
        watcher->deleteLater();
        if (!watcher->isCanceled() && watcher->result() && watcher->result()->isSuccess())
            show(watcher->result()->body);
    });
    watcher->setFuture((*client)->get(QStringLiteral("/items/7")));
    return {};
}

Infra::Result<void> monitorOne(Page &page)
{
    auto monitor = Infra::HealthMonitor::create();
    if (!monitor)
        return Infra::failure(monitor.error());
    QObject::connect(monitor->get(), &Infra::HealthMonitor::verdictChanged, &page, &Page::showHealth);
    if (auto added = (*monitor)->add(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006"))); !added)
        return Infra::failure(added.error());
    return {};
}

} // namespace

class ClientExamplesTest : public InfraTest::ExampleTest
{
    Q_OBJECT

private Q_SLOTS:
    void aCallAndItsResult()
    {
        QObject page; // Goes while the call is under way.
        QVERIFY(callOnce(&page));
    }

    void aPostThatMayBeRetried()
    {
        const QJsonDocument document(QJsonObject{{QStringLiteral("item"), 7}});
        Infra::ServiceRequest request;
        request.method = QByteArrayLiteral("POST");
        request.path = QStringLiteral("/orders");
        request.setJson(document);
        request.idempotencyKey = QByteArrayLiteral("order-4711"); // makes the POST retryable
        QCOMPARE(request.body, QByteArray("{\"item\":7}"));
    }

    void aCallInTheContextOfARequest()
    {
        const Infra::RequestContext::Headers incomingHeaders{{"Infra-Attempt", "2/3"}};
        Infra::ServiceRequest request;
        request.context = Infra::RequestContext::fromHeaders(incomingHeaders); // In a request handler.
        QVERIFY(request.context->callerRetries());
    }

    void healthOfOthers()
    {
        Page page;
        QVERIFY(monitorOne(page));
        auto future = Infra::HealthChecker::check(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006")));
        future.waitForFinished();
        QCOMPARE(future.result().verdict, Infra::HealthVerdict::Unreachable);
    }

    void healthOfOneself()
    {
        Infra::HealthReportBuilder report(QStringLiteral("data-api"), QStringLiteral("1.4.2"));
        report.setStatus(Infra::HealthVerdict::Up);
        report.addDependency(QStringLiteral("database"), Infra::HealthVerdict::Up,
                             Infra::HealthReportBuilder::Importance::Required);
        reply(report.httpStatus(), QByteArray(Infra::HealthReportBuilder::ContentType), report.build());
        QCOMPARE(sent.status, 200);
        QVERIFY(sent.body.contains("\"pass\""));
    }
};

QTEST_GUILESS_MAIN(ClientExamplesTest)
#include "tst_clientexamples.moc"
