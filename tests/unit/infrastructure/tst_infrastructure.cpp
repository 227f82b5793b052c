// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/infrastructure.h>
#include <infra/journal.h>

#include <QTemporaryDir>
#include <QtTest>

using namespace Infra;

namespace {

// With a store in memory; DATA_API_URL is `dataApi`.
std::unique_ptr<Infrastructure> infrastructureWith(const QString &dataApi = {})
{
    InfrastructureOptions options;
    options.service = QStringLiteral("orders");
    options.environment = QProcessEnvironment();
    options.environment.insert(QStringLiteral("DATA_API_URL"), dataApi);
    auto created = Infrastructure::create(options);
    return created ? std::move(*created) : nullptr;
}

} // namespace

class InfrastructureTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void slashesAtTheEndMakeNoOtherUrl_data()
    {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        const QString root = QStringLiteral("http://shop:8080");
        const QString rootWithSlash = QStringLiteral("http://shop:8080/");
        const QString path = QStringLiteral("http://shop:8080/v1");
        const QString pathWithSlashes = QStringLiteral("http://shop:8080/v1//");
        QTest::newRow("second") << root << rootWithSlash;
        QTest::newRow("first") << rootWithSlash << root;
        QTest::newRow("both times") << rootWithSlash << rootWithSlash;
        QTest::newRow("behind a path, second") << path << pathWithSlashes;
        QTest::newRow("behind a path, first") << pathWithSlashes << path;
    }

    void slashesAtTheEndMakeNoOtherUrl()
    {
        QFETCH(QString, first);
        QFETCH(QString, second);
        const auto infrastructure = infrastructureWith();
        QVERIFY(infrastructure);
        const auto created = infrastructure->serviceClient(QStringLiteral("shop"), QUrl(first));
        QVERIFY(created);
        const auto again = infrastructure->serviceClient(QStringLiteral("shop"), QUrl(second));
        QVERIFY2(again, again ? "" : qPrintable(again.error().message));
        QCOMPARE(*again, *created);
    }

    void aPreconfiguredServiceIsTheOneOfItsOwnUrl()
    {
        const QUrl url(QStringLiteral("http://data:9000/"));
        const auto infrastructure = infrastructureWith(url.toString());
        QVERIFY(infrastructure);
        const auto created = infrastructure->serviceClient(QStringLiteral("data-api"));
        QVERIFY(created);
        const auto again = infrastructure->serviceClient(QStringLiteral("data-api"), url);
        QVERIFY2(again, again ? "" : qPrintable(again.error().message));
        QCOMPARE(*again, *created);
    }

    void anotherUrlOrOtherOptionsAreAConflict()
    {
        const auto infrastructure = infrastructureWith();
        QVERIFY(infrastructure);
        const QString name = QStringLiteral("shop");
        const QUrl url(QStringLiteral("http://shop:8080/v1/"));
        QVERIFY(infrastructure->serviceClient(name, url));

        const auto otherUrl = infrastructure->serviceClient(name, QUrl(QStringLiteral("http://shop:8080/v2/")));
        QVERIFY(!otherUrl);
        QCOMPARE(otherUrl.error().kind, Error::Kind::Conflict);
        QVERIFY(otherUrl.error().message.contains(QStringLiteral("the URL http://shop:8080/v1")));

        ServiceClientOptions options;
        options.attemptTimeout *= 2;
        const auto otherOptions = infrastructure->serviceClient(name, url, options);
        QVERIFY(!otherOptions);
        QCOMPARE(otherOptions.error().kind, Error::Kind::Conflict);
        QVERIFY(otherOptions.error().message.contains(QStringLiteral("other options")));
    }

    void correlationsAreInvalidatedInTheNameOfTheService()
    {
        const QTemporaryDir home;
        InfrastructureOptions options;
        options.service = QStringLiteral("orders");
        options.store.url = QStringLiteral("sqlite://") + home.filePath(QStringLiteral("cache.db"));
        auto created = Infrastructure::create(options);
        QVERIFY(created);
        Infrastructure &infrastructure = **created;
        QVERIFY(infrastructure.correlationCache().set(u"sensor.hall", u"light.hall", 0.93));
        QVERIFY(infrastructure.correlationCache().invalidateEntity(u"sensor.hall"));
        const auto page = Journal(infrastructure.store().telemetryChannel()).read(0, 100, std::chrono::seconds(5));
        QVERIFY(page);
        QStringList actors;
        for (const JournalEvent &event : page->events) {
            if (const auto *const invalidation = std::get_if<InvalidationEvent>(&event.body))
                actors << invalidation->actor;
        }
        QCOMPARE(actors, QStringList{options.service});
    }

    void whatIsNoBaseUrlIsInvalidAlsoForANameInUse()
    {
        const auto infrastructure = infrastructureWith();
        QVERIFY(infrastructure);
        QVERIFY(infrastructure->serviceClient(QStringLiteral("shop"), QUrl(QStringLiteral("http://shop:8080"))));
        const QUrl unusable(QStringLiteral("ftp://shop"));
        for (const char *name : {"shop", "another"}) {
            const auto refused = infrastructure->serviceClient(QString::fromLatin1(name), unusable);
            QVERIFY(!refused);
            QCOMPARE(refused.error().kind, Error::Kind::InvalidArgument);
        }
    }
};

QTEST_GUILESS_MAIN(InfrastructureTest)
#include "tst_infrastructure.moc"
