// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/databaseurl.h>

#include <QDir>
#include <QtTest>

using namespace Qt::StringLiterals;
using Infra::DatabaseUrl;

class DatabaseUrlTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void sqlitePaths_data();
    void sqlitePaths();
    void postgresPartsArePercentDecoded();
    void malformedUrlsAreRefusedWithTheReason_data();
    void malformedUrlsAreRefusedWithTheReason();
    void secretsAreNeverShown();
    void errorsNeverHoldThePassword();
    void canonicalRoundTrips_data();
    void canonicalRoundTrips();
};

void DatabaseUrlTest::sqlitePaths_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("database");
    QTest::newRow("absolute") << u"sqlite:///var/lib/a.db"_s << u"/var/lib/a.db"_s;
    QTest::newRow("four slashes") << u"sqlite:////var/lib/a.db"_s << u"/var/lib/a.db"_s;
    QTest::newRow("unclean") << u"sqlite:///var/x/../lib//a.db"_s << u"/var/lib/a.db"_s;
    QTest::newRow("escapes") << u"sqlite:///tmp/a%20b%3Fc%23d%25.db"_s << u"/tmp/a b?c#d%.db"_s;
    QTest::newRow("relative") << u"sqlite:a.db"_s << QDir::current().absoluteFilePath(u"a.db"_s);
    QTest::newRow("memory") << u"sqlite::memory:"_s << u":memory:"_s;
    QTest::newRow("memory with slashes") << u"sqlite:///:memory:"_s << u":memory:"_s;
    QTest::newRow("upper case scheme") << u"SQLite:///a.db"_s << u"/a.db"_s;
}

void DatabaseUrlTest::sqlitePaths()
{
    QFETCH(QString, text);
    QFETCH(QString, database);
    const auto url = DatabaseUrl::parse(text);
    QVERIFY2(url, url ? "" : qPrintable(url.error().message));
    QCOMPARE(url->driver(), DatabaseUrl::Driver::Sqlite);
    QCOMPARE(url->database(), database);
    QCOMPARE(url->isInMemory(), database == u":memory:"_s);
}

void DatabaseUrlTest::postgresPartsArePercentDecoded()
{
    const auto url = DatabaseUrl::parse(
        u"postgresql://us%40er:p%3A%2Fw%C3%A4@db.example:5433/na%2Fme?sslmode=require&options=-c%20statement_timeout%3D5s"_s);
    QVERIFY(url);
    QCOMPARE(url->driver(), DatabaseUrl::Driver::PostgreSql);
    QCOMPARE(url->user(), u"us@er"_s);
    QCOMPARE(url->password(), u"p:/w\u00e4"_s);
    QCOMPARE(url->host(), u"db.example"_s);
    QCOMPARE(url->port(), 5433);
    QCOMPARE(url->database(), u"na/me"_s);
    QCOMPARE(url->options().value(u"sslmode"_s), u"require"_s);
    QCOMPARE(url->options().value(u"options"_s), u"-c statement_timeout=5s"_s);

    const auto address = DatabaseUrl::parse(u"postgres://[::1]:5432/db"_s);
    QVERIFY(address);
    QCOMPARE(address->host(), u"::1"_s);
    QCOMPARE(address->port(), 5432);

    const auto socket = DatabaseUrl::parse(u"postgresql:///db?host=/run/postgresql"_s);
    QVERIFY(socket);
    QCOMPARE(socket->host(), QString());
    QCOMPARE(socket->options().value(u"host"_s), u"/run/postgresql"_s);
}

void DatabaseUrlTest::malformedUrlsAreRefusedWithTheReason_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("named");
    QTest::newRow("empty") << QString() << u"no scheme"_s;
    QTest::newRow("no scheme") << u"/tmp/a.db"_s << u"no scheme"_s;
    QTest::newRow("unknown scheme") << u"mysql://h/d"_s << u"mysql"_s;
    QTest::newRow("no file") << u"sqlite:///"_s << u"path of a file"_s;
    QTest::newRow("sqlite host") << u"sqlite://host/a.db"_s << u"no host"_s;
    QTest::newRow("no slashes") << u"postgresql:db"_s << u"'//'"_s;
    QTest::newRow("port too large") << u"postgresql://h:65536/d"_s << u"port"_s;
    QTest::newRow("port not a number") << u"postgresql://h:5x/d"_s << u"port"_s;
    QTest::newRow("empty port") << u"postgresql://h:/d"_s << u"port"_s;
    QTest::newRow("open bracket") << u"postgresql://[::1/d"_s << u"IPv6"_s;
    QTest::newRow("not an address") << u"postgresql://[ab cd]/d"_s << u"IPv6"_s;
    QTest::newRow("colon in a host") << u"postgresql://a%3Ab/d"_s << u"IPv6"_s;
    QTest::newRow("broken escape") << u"sqlite:///a%2"_s << u"percent"_s;
    QTest::newRow("not UTF-8") << u"sqlite:///a%FF"_s << u"percent"_s;
    QTest::newRow("NUL") << u"sqlite:///a%00b"_s << u"percent"_s;
    QTest::newRow("fragment") << u"sqlite:///a#b"_s << u"%23"_s;
    QTest::newRow("unknown option") << u"postgresql://h/d?colour=red"_s << u"colour"_s;
    QTest::newRow("option without value") << u"postgresql://h/d?sslmode"_s << u"no value"_s;
    QTest::newRow("option twice") << u"postgresql://h/d?sslmode=a&sslmode=b"_s << u"sslmode"_s;
    QTest::newRow("semicolon") << u"postgresql://h/d?application_name=a;b"_s << u"application_name"_s;
    QTest::newRow("host twice") << u"postgresql://h/d?host=x"_s << u"host"_s;
    QTest::newRow("mode") << u"sqlite:///a?mode=write"_s << u"mode"_s;
    QTest::newRow("pragma injection") << u"sqlite:///a?journal_mode=WAL%3BDROP"_s << u"journal_mode"_s;
    QTest::newRow("busy timeout") << u"sqlite:///a?busy_timeout=-1"_s << u"busy_timeout"_s;
    QTest::newRow("too long") << u"sqlite:///"_s + QString(5000, u'a') << u"4096"_s;
}

void DatabaseUrlTest::malformedUrlsAreRefusedWithTheReason()
{
    QFETCH(QString, text);
    QFETCH(QString, named);
    const auto url = DatabaseUrl::parse(text);
    QVERIFY(!url);
    QCOMPARE(url.error().kind, Infra::Error::Kind::InvalidArgument);
    QVERIFY2(url.error().message.contains(named), qPrintable(url.error().message));
}

void DatabaseUrlTest::secretsAreNeverShown()
{
    const auto url = DatabaseUrl::parse(u"postgresql://app:s%25cret@db/orders?sslpassword=k%20ey&sslmode=require"_s);
    QVERIFY(url);
    QCOMPARE(url->redacted(), u"postgresql://app:***@db/orders?sslmode=require&sslpassword=***"_s);
    QCOMPARE(url->scrub(u"password \"s%cret\" or s%25cret or k ey"_s), u"password \"***\" or *** or ***"_s);
    QVERIFY(url->canonical().contains(u"s%25cret"_s));
}

void DatabaseUrlTest::errorsNeverHoldThePassword()
{
    for (const QString &text : {u"postgresql://app:hunter2@h:port/d"_s, u"postgresql://app:hunter2%@h/d"_s,
                                u"postgresql://app:hunter2@h/d?password=hunter2"_s, u"app:hunter2@h/d"_s,
                                u"postgresql://h/d?Hunter2"_s, u"hunter2!:x"_s, u"postgresql://h/d?pw!hunter2=x"_s}) {
        const auto url = DatabaseUrl::parse(text);
        QVERIFY(!url);
        QVERIFY2(!url.error().message.contains(u"hunter2"_s, Qt::CaseInsensitive), qPrintable(url.error().message));
    }
}

void DatabaseUrlTest::canonicalRoundTrips_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("file") << u"sqlite:////tmp/x%20y.db?mode=ro"_s;
    QTest::newRow("memory") << u"sqlite:///:memory:"_s;
    QTest::newRow("postgres") << u"postgres://u%3A:p%40w@[fe80::1]:1/d%2Fb?options=-c%20a%3Db"_s;
    QTest::newRow("empty parts") << u"postgresql://"_s;
    QTest::newRow("password only") << u"postgresql://:pw@h/"_s;
}

void DatabaseUrlTest::canonicalRoundTrips()
{
    QFETCH(QString, text);
    const auto url = DatabaseUrl::parse(text);
    QVERIFY(url);
    const auto again = DatabaseUrl::parse(url->canonical());
    QVERIFY2(again, qPrintable(url->canonical()));
    QCOMPARE(*again, *url);
    QCOMPARE(again->canonical(), url->canonical());
}

QTEST_GUILESS_MAIN(DatabaseUrlTest)
#include "tst_databaseurl.moc"
