// SPDX-License-Identifier: MIT
#include "clientcalls.h"
#include "failonwarning.h"

#include <infra/serviceclient.h>

#include <QThread>
#include <QtTest>

using InfraTest::explain;
using InfraTest::makeClient;
using InfraTest::quick;
using InfraTest::RawHttpServer;
using InfraTest::resultOf;
using namespace Infra;
using namespace std::chrono_literals;

// Servers that send more than an answer. Qt closes a connection on which more came with the answer itself; these send it
// when the answer has been read.
class ClientSurplusTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void whatComesBehindAnAnswerIsNotTheNextCalls_data();
    void whatComesBehindAnAnswerIsNotTheNextCalls();
    void whatComesBehindSeveralAnswersIsNotTheNextCalls();
    void aConnectionWithoutSurplusIsUsedAgain();
    void anAnswerToHeadThatBreaksOffInItsFirstLineIsNotContinuedByAnother();
};

void ClientSurplusTest::whatComesBehindAnAnswerIsNotTheNextCalls_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("204") << QByteArray("GET") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n");
    QTest::newRow("304") << QByteArray("GET") << QByteArray("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    QTest::newRow("HEAD") << QByteArray("HEAD") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    QTest::newRow("body") << QByteArray("POST") << RawHttpServer::response(200, "first");
    QTest::newRow("chunks") << QByteArray("GET") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n");
}

void ClientSurplusTest::whatComesBehindAnAnswerIsNotTheNextCalls()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, answer);
    std::atomic<bool> isRead{false};
    std::atomic<bool> isSurplusWritten{false};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target != "/first") {
            connection.write(RawHttpServer::response(200, request.target));
            return;
        }
        connection.write(answer);
        while (!isRead)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, "surplus"));
        isSurplusWritten = true;
    });
    const auto release = qScopeGuard([&] { isRead = true; });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.method = method;
    request.path = QStringLiteral("/first");
    const ServiceResult first = resultOf(client->request(request));
    QVERIFY2(first, explain(first).constData());
    isRead = true;
    QTRY_VERIFY(isSurplusWritten);
    // That Qt has read it nobody says.
    QThread::msleep(50);
    request.path = QStringLiteral("/second");
    request.method = QByteArrayLiteral("POST");
    const ServiceResult second = resultOf(client->request(request));
    QVERIFY2(second, explain(second).constData());
    QCOMPARE(second->body, "/second");
    QCOMPARE(second->ledger.attempts.size(), 1U);
    QVERIFY(!second->ledger.attempts[0].connectionReused);
    QCOMPARE(server.connectionCount(), 2);
}

void ClientSurplusTest::whatComesBehindSeveralAnswersIsNotTheNextCalls()
{
    constexpr int Count = 5;
    std::atomic<int> waiting{0};
    std::atomic<bool> isRead{false};
    std::atomic<int> written{0};
    RawHttpServer server([&](const auto &request, auto &connection) {
        if (request.target != "/first") {
            connection.write(RawHttpServer::response(200, request.target));
            return;
        }
        // Each on a connection of its own.
        ++waiting;
        while (waiting < Count)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(204, ""));
        while (!isRead)
            connection.delay(1ms);
        connection.write(RawHttpServer::response(200, "surplus"));
        ++written;
    });
    const auto release = qScopeGuard([&] {
        waiting = Count;
        isRead = true;
    });
    const auto client = makeClient(server, quick());
    std::vector<QFuture<ServiceResult>> calls;
    for (int i = 0; i < Count; ++i)
        calls.push_back(client->get(QStringLiteral("/first")));
    for (auto &call : calls) {
        const ServiceResult result = resultOf(call);
        QVERIFY2(result, explain(result).constData());
    }
    isRead = true;
    QTRY_COMPARE(written, Count);
    QThread::msleep(50);
    for (int i = 0; i < Count + 1; ++i) {
        const ServiceResult result = resultOf(client->get(QStringLiteral("/second")));
        QVERIFY2(result, explain(result).constData());
        QCOMPARE(result->body, "/second");
    }
}

void ClientSurplusTest::aConnectionWithoutSurplusIsUsedAgain()
{
    RawHttpServer server([](const auto &request, auto &connection) {
        connection.write(RawHttpServer::response(request.target == "/empty" ? 204 : 200, ""));
    });
    const auto client = makeClient(server);
    QVERIFY(resultOf(client->get(QStringLiteral("/empty"))));
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    QVERIFY(resultOf(client->get(QStringLiteral("/"))));
    QCOMPARE(server.connectionCount(), 1);
}

void ClientSurplusTest::anAnswerToHeadThatBreaksOffInItsFirstLineIsNotContinuedByAnother()
{
    // Qt asks again by itself, and its status is the one of the line that broke off then.
    std::atomic<int> count{0};
    RawHttpServer server([&](const auto &, auto &connection) {
        switch (++count) {
        case 1:
            connection.write("HTTP/1.1 200 OK\r");
            connection.close();
            break;
        case 2:
            connection.write("HTTP/1.1 100 Continue\r\nX-Interim: yes\r\n\r\n");
            [[fallthrough]];
        default:
            connection.write("HTTP/1.1 404 Not Found\r\nX-Final: yes\r\nContent-Length: 5\r\n\r\n");
        }
    });
    const auto client = makeClient(server, quick());
    ServiceRequest request;
    request.method = QByteArrayLiteral("HEAD");
    request.path = QStringLiteral("/");
    const ServiceResult result = resultOf(client->request(request));
    QVERIFY2(result, explain(result).constData());
    QCOMPARE(result->status, 404);
    QCOMPARE(result->header("X-Final"), "yes");
    QCOMPARE(result->header("X-Interim"), "");
}

QTEST_GUILESS_MAIN(ClientSurplusTest)
#include "tst_clientsurplus.moc"
