// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include "endpoint/requesthead.h"

#include <QtTest>

using namespace Infra::Detail;

class RequestHeadTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void theHeadEndsAtAnEmptyLine_data();
    void theHeadEndsAtAnEmptyLine();
    void fieldsAreReadWhateverTheirCase();
    void everyLineIsAField_data();
    void everyLineIsAField();
    void aLengthIsDigitsAndGivenOnce_data();
    void aLengthIsDigitsAndGivenOnce();
    void theFirstVersionClosesUnlessItIsAskedNotTo();
    void namesOfThisMachineAreLocal_data();
    void namesOfThisMachineAreLocal();
};

void RequestHeadTest::theHeadEndsAtAnEmptyLine_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<qsizetype>("size");
    QTest::newRow("nothing") << QByteArray() << qsizetype(0);
    QTest::newRow("not yet") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n") << qsizetype(0);
    QTest::newRow("no field") << QByteArray("GET / HTTP/1.1\r\n\r\nrest") << qsizetype(18);
    QTest::newRow("line feeds") << QByteArray("GET / HTTP/1.1\nHost: a\n\n\r\n\r\n") << qsizetype(24);
    QTest::newRow("mixed") << QByteArray("GET / HTTP/1.1\nHost: a\n\r\n\n") << qsizetype(25);
}

void RequestHeadTest::theHeadEndsAtAnEmptyLine()
{
    QFETCH(const QByteArray, bytes);
    QFETCH(const qsizetype, size);
    QCOMPARE(RequestHead::sizeIn(bytes), size);
}

void RequestHeadTest::fieldsAreReadWhateverTheirCase()
{
    const RequestHead head = RequestHead::parse("POST / HTTP/1.1\r\nHOST:Example.org:80 \r\ncontent-length: 12\r\n"
                                                "Transfer-encoding: chunked\r\nupgrade: WebSocket\r\nConnection: Upgrade, CLOSE\r\nnone\r\n\r\n");
    QCOMPARE(head.hosts, QByteArrayList{"Example.org"});
    QCOMPARE(head.bodyBytes, 12);
    QVERIFY(head.isTransferCoded && head.isUpgrade && head.wantsClose);
    const RequestHead plain = RequestHead::parse("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n");
    QCOMPARE(plain.hosts, (QByteArrayList{"a", "b"}));
    QCOMPARE(plain.bodyBytes, 0);
    QVERIFY(!plain.isTransferCoded && !plain.isUpgrade && !plain.wantsClose);
}

void RequestHeadTest::everyLineIsAField_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<bool>("areFields");
    QTest::newRow("none") << QByteArray() << true;
    QTest::newRow("two") << QByteArray("Host: a\r\nX-Y_z.1: \r\n") << true;
    QTest::newRow("line feeds") << QByteArray("Host: a\nB: c\n") << true;
    QTest::newRow("no colon") << QByteArray("Host\r\n") << false;
    QTest::newRow("no name") << QByteArray(": a\r\n") << false;
    QTest::newRow("blank before the colon") << QByteArray("Host : a\r\n") << false;
    QTest::newRow("blank before the name") << QByteArray("Host: a\r\n b: c\r\n") << false;
    QTest::newRow("control") << QByteArray("Ho\vst: a\r\n") << false;
    QTest::newRow("carriage return alone") << QByteArray("Host: a\rB: c\r\n") << false;
}

void RequestHeadTest::everyLineIsAField()
{
    QFETCH(const QByteArray, fields);
    QFETCH(const bool, areFields);
    const QByteArray head = "GET / HTTP/1.1\r\n" + fields + "\r\n";
    QCOMPARE(RequestHead::parse(head).hasOnlyFields, areFields);
}

void RequestHeadTest::aLengthIsDigitsAndGivenOnce_data()
{
    QTest::addColumn<QByteArray>("fields");
    for (const char *fields : {"Content-Length: \r\n", "Content-Length: -1\r\n", "Content-Length: +1\r\n", "Content-Length: 1 1\r\n",
                               "Content-Length: 0x1\r\n", "Content-Length: 99999999999999999999\r\n",
                               "Content-Length: 1\r\nContent-Length: 1\r\n"})
        QTest::newRow(QByteArray(fields).simplified().constData()) << QByteArray(fields);
}

void RequestHeadTest::aLengthIsDigitsAndGivenOnce()
{
    QFETCH(const QByteArray, fields);
    const QByteArray head = "POST / HTTP/1.1\r\n" + fields + "\r\n";
    QVERIFY(!RequestHead::parse(head).bodyBytes);
}

void RequestHeadTest::theFirstVersionClosesUnlessItIsAskedNotTo()
{
    QVERIFY(RequestHead::parse("GET / HTTP/1.0\r\n\r\n").wantsClose);
    QVERIFY(!RequestHead::parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").wantsClose);
}

void RequestHeadTest::namesOfThisMachineAreLocal_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::addColumn<bool>("isLocal");
    QTest::newRow("name") << QByteArray("LocalHost:9100") << true;
    QTest::newRow("root") << QByteArray("localhost.") << true;
    QTest::newRow("version 4") << QByteArray("127.0.0.2:80") << true;
    QTest::newRow("version 6") << QByteArray("[::1]:80") << true;
    QTest::newRow("version 6, no port") << QByteArray("[::1]") << true;
    QTest::newRow("own name") << QByteArray("Service.example:80") << true;
    QTest::newRow("foreign") << QByteArray("evil.example") << false;
    QTest::newRow("prefix") << QByteArray("localhost.evil.example") << false;
    QTest::newRow("address in a name") << QByteArray("127.0.0.1.evil.example") << false;
    QTest::newRow("other address") << QByteArray("192.0.2.1") << false;
    QTest::newRow("empty") << QByteArray("") << false;
}

void RequestHeadTest::namesOfThisMachineAreLocal()
{
    QFETCH(const QByteArray, host);
    QFETCH(const bool, isLocal);
    const QByteArray bytes = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    const RequestHead head = RequestHead::parse(bytes);
    QCOMPARE(isLocalName(head.hosts.first(), {"service.example"}), isLocal);
}

QTEST_GUILESS_MAIN(RequestHeadTest)
#include "tst_requesthead.moc"
