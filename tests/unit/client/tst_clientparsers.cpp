// SPDX-License-Identifier: MIT
#include "client/gzipreader.h"
#include "client/retryafter.h"
#include "client/serviceurl.h"
#include "failonwarning.h"

#include <infra/attemptledger.h>
#include <infra/clientstatistics.h>
#include <infra/healthreport.h>
#include <infra/manualclock.h>
#include <infra/requestcontext.h>
#include <infra/services.h>

#include <QtEndian>
#include <QtTest>

#include <zlib.h>

using namespace Infra;
using namespace Infra::Detail;
using namespace std::chrono_literals;

namespace {

// What qCompress() makes, in gzip's frame instead of Qt's and zlib's.
QByteArray packed(const QByteArray &body)
{
    QByteArray frame = QByteArray::fromHex("1f8b08000000000000ff");
    const QByteArray deflated = qCompress(body);
    frame += deflated.mid(6, deflated.size() - 10);
    char trailer[8];
    const auto checksum = crc32(0, reinterpret_cast<const Bytef *>(body.constData()), static_cast<uInt>(body.size()));
    qToLittleEndian(static_cast<quint32>(checksum), trailer);
    qToLittleEndian(static_cast<quint32>(body.size()), trailer + 4);
    frame.append(trailer, sizeof(trailer));
    return frame;
}

QByteArray readAll(GzipReader &reader)
{
    QByteArray body;
    for (QByteArray piece = reader.read(); !piece.isEmpty(); piece = reader.read())
        body += piece;
    return body;
}

} // namespace

// What is read from headers, URLs and the environment.
class ClientParsersTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void retryAfterInSecondsAndDates();
    void retryAfterThatIsNeither_data();
    void retryAfterThatIsNeither();
    void httpDatesInAllThreeForms();
    void traceContexts();
    void traceContextsThatAreNone_data();
    void traceContextsThatAreNone();
    void childrenShareTheTrace();
    void contextOfARequest();
    void contextOfNonsense();
    void baseUrls();
    void joinedUrlsStayOnTheirOrigin();
    void preconfiguredServicesAndTheirOverrides();
    void statisticsOfForeignSnapshots();
    void gzipIsReadHoweverItIsCut();
    void gzipKnowsItsEnd();
    void gzipComesInPieces();
    void damagedGzipIsNoted();
};

void ClientParsersTest::retryAfterInSecondsAndDates()
{
    const SystemTime now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min;
    QCOMPARE(parseRetryAfter("0", now, 10s), 0ms);
    QCOMPARE(parseRetryAfter(" 7 ", now, 10s), 7000ms);
    QCOMPARE(parseRetryAfter("11", now, 10s), 10000ms);
    QCOMPARE(parseRetryAfter("99999999999999999999999999", now, 10s), 10000ms);
    QCOMPARE(parseRetryAfter("Sun, 06 Nov 1994 08:49:07 GMT", now, 10s), 7000ms);
    QCOMPARE(parseRetryAfter("Sun, 06 Nov 1994 09:49:07 GMT", now, 10s), 10000ms);
    QCOMPARE(parseRetryAfter("Sun, 06 Nov 1994 08:48:00 GMT", now, 10s), 0ms);
}

void ClientParsersTest::retryAfterThatIsNeither_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"", " ", "-1", "1.5", "1e3", "soon", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 PST", "Sun, 06 Nov 1994 08:49:37 GMT trailing", "1 2", "0x10"})
        QTest::newRow(text) << QByteArray(text);
    QTest::newRow("long") << QByteArray(100'000, '1');
}

void ClientParsersTest::retryAfterThatIsNeither()
{
    QFETCH(const QByteArray, text);
    QVERIFY(!parseRetryAfter(text, SystemTime{}, 10s));
}

void ClientParsersTest::httpDatesInAllThreeForms()
{
    const SystemTime expected = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
    QCOMPARE(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
    QCOMPARE(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
    QCOMPARE(parseHttpDate("Sun Nov  6 08:49:37 1994"), expected);
    QCOMPARE(parseHttpDate("Sun Nov 16 08:49:37 1994"), expected + std::chrono::days(10));
    QVERIFY(parseHttpDate("Mon, 01-Jan-24 00:00:00 GMT") == std::nullopt);
    QCOMPARE(parseHttpDate("Monday, 01-Jan-24 00:00:00 GMT"), SystemTime(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1)));
}

void ClientParsersTest::traceContexts()
{
    const QByteArray header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto context = TraceContext::parse(header);
    QVERIFY(context);
    QCOMPARE(context->toHeader(), header);
    QCOMPARE(context->traceId[0], 0x4b);
    QCOMPARE(context->spanId[7], 0xb7);
    // A later version may go on behind the fourth field, and unknown flags are not passed on.
    const auto later = TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-what");
    QVERIFY(later);
    QCOMPARE(later->toHeader(), header);
}

void ClientParsersTest::traceContextsThatAreNone_data()
{
    QTest::addColumn<QByteArray>("text");
    for (const char *text : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
                             "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x", "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
        QTest::newRow(text) << QByteArray(text);
}

void ClientParsersTest::traceContextsThatAreNone()
{
    QFETCH(const QByteArray, text);
    QVERIFY(!TraceContext::parse(text));
}

void ClientParsersTest::childrenShareTheTrace()
{
    const TraceContext parent = TraceContext::create();
    const TraceContext child = parent.child();
    QVERIFY(parent.traceId == child.traceId);
    QVERIFY(parent.spanId != child.spanId);
    QVERIFY(TraceContext::create().traceId != parent.traceId);
    QCOMPARE(TraceContext::parse(child.toHeader()), child);
}

void ClientParsersTest::contextOfARequest()
{
    ManualClock clock;
    const auto context = RequestContext::fromHeaders({{"TRACEPARENT", " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 "},
                                                      {"TraceState", "vendor=1"},
                                                      {"infra-deadline-ms", "1200"},
                                                      {"Infra-Attempt", "2/3"}},
                                                     clock);
    QVERIFY(context.trace);
    QCOMPARE(context.traceState, "vendor=1");
    QCOMPARE(context.remaining(clock), 1200ms);
    QCOMPARE(context.attempt, 2);
    QVERIFY(context.callerRetries());
    clock.advance(1s);
    QCOMPARE(context.remaining(clock), 200ms);
    clock.advance(1s);
    QCOMPARE(context.remaining(clock), 0ms);
}

void ClientParsersTest::contextOfNonsense()
{
    ManualClock clock;
    const auto empty = RequestContext::fromHeaders({}, clock);
    QVERIFY(!empty.trace && !empty.deadline && !empty.callerRetries() && !empty.remaining(clock));
    // A state without its trace is none, wherever it stands.
    const QByteArray parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    QCOMPARE(RequestContext::fromHeaders({{"tracestate", "vendor=1"}, {"traceparent", parent}}, clock).traceState, "vendor=1");
    QCOMPARE(RequestContext::fromHeaders({{"tracestate", "vendor=1"}}, clock).traceState, "");
    QCOMPARE(RequestContext::fromHeaders({{"traceparent", parent.left(54)}, {"tracestate", "vendor=1"}}, clock).traceState, "");
    const auto nonsense = RequestContext::fromHeaders({{"traceparent", "x"}, {"tracestate", "a\r\nb: c"}, {"Infra-Deadline-Ms", "-5"}, {"Infra-Attempt", "3/2"}}, clock);
    QVERIFY(!nonsense.trace && !nonsense.deadline && !nonsense.callerRetries() && nonsense.traceState.isEmpty());
    for (const char *attempt : {"", "/", "0/3", "1", "a/b", "-1/3", "1/99999999999999999999x"})
        QVERIFY(!RequestContext::fromHeaders({{"Infra-Attempt", attempt}}, clock).callerRetries());
    QCOMPARE(RequestContext::fromHeaders({{"Infra-Deadline-Ms", "999999999999999999999"}}, clock).remaining(clock), 24h);
}

void ClientParsersTest::baseUrls()
{
    QCOMPARE(checkBaseUrl(QUrl(QStringLiteral("http://Data-Api:8006/"))).value().toString(), QStringLiteral("http://data-api:8006"));
    QCOMPARE(checkBaseUrl(QUrl(QStringLiteral("https://host/a/b//"))).value().toString(), QStringLiteral("https://host/a/b"));
    QCOMPARE(checkBaseUrl(QUrl(QStringLiteral("http://[::1]:80"))).value().host(), QStringLiteral("::1"));
    QCOMPARE(originOf(QUrl(QStringLiteral("HTTP://A/x"))), QByteArray("http://a:80"));
    QCOMPARE(originOf(QUrl(QStringLiteral("https://a/x"))), QByteArray("https://a:443"));
    QCOMPARE(displayUrl(QUrl(QStringLiteral("http://u:p@a/x?token=1#f"))), QStringLiteral("http://a/x"));
}

void ClientParsersTest::joinedUrlsStayOnTheirOrigin()
{
    const QUrl base = *checkBaseUrl(QUrl(QStringLiteral("http://a/p")));
    QCOMPARE(joinUrl(base, QString(), {})->toString(), QStringLiteral("http://a/p"));
    QCOMPARE(joinUrl(base, QStringLiteral("x:y"), {}).error().kind, Error::Kind::InvalidArgument);
    QCOMPARE(joinUrl(base, QStringLiteral("/x:y"), {})->toString(), QStringLiteral("http://a/p/x:y"));
    QCOMPARE(joinUrl(base, QStringLiteral("/@b/"), {})->host(), QStringLiteral("a"));
    QCOMPARE(joinUrl(base, QStringLiteral("/x"), {{QStringLiteral("a"), QString(10'000, QLatin1Char('x'))}}).error().kind, Error::Kind::LimitExceeded);
    const QUrl root = *checkBaseUrl(QUrl(QStringLiteral("http://a")));
    QCOMPARE(joinUrl(root, QString(), {})->toString(), QStringLiteral("http://a/"));
}

void ClientParsersTest::preconfiguredServicesAndTheirOverrides()
{
    QProcessEnvironment environment;
    const auto services = preconfiguredServices(environment);
    QVERIFY(services);
    QCOMPARE(services->size(), 5U);
    QCOMPARE((*services)[0], (ServiceEndpoint{QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006"))}));
    QCOMPARE((*services)[1].baseUrl.port(), 8018);
    QCOMPARE((*services)[2].baseUrl.port(), 8021);
    QCOMPARE((*services)[3].baseUrl.port(), 8015);
    QCOMPARE((*services)[4].baseUrl.port(), 8016);
    environment.insert(QStringLiteral("DATA_API_URL"), QStringLiteral("https://elsewhere:9/base/"));
    environment.insert(QStringLiteral("AI_QUERY_SERVICE_URL"), QString());
    const auto overridden = preconfiguredServices(environment);
    QCOMPARE((*overridden)[0].baseUrl, QUrl(QStringLiteral("https://elsewhere:9/base")));
    QCOMPARE((*overridden)[1], (*services)[1]);
    environment.insert(QStringLiteral("AI_PATTERN_SERVICE_URL"), QStringLiteral("not a url"));
    const auto refused = preconfiguredServices(environment);
    QCOMPARE(refused.error().kind, Error::Kind::InvalidArgument);
    QVERIFY(refused.error().message.contains(QStringLiteral("AI_PATTERN_SERVICE_URL")));
}

void ClientParsersTest::statisticsOfForeignSnapshots()
{
    QVERIFY(!ClientStatistics::fromSnapshot({ComponentSnapshot::Kind::Pool, "x", {}}));
    ComponentSnapshot snapshot{ComponentSnapshot::Kind::Client, "x", {}};
    QCOMPARE(ClientStatistics::fromSnapshot(snapshot), ClientStatistics());
    // Right names, wrong types and values.
    snapshot.metrics = {{"http.client.attempts", "{attempt}", {}, 1.5},
                        {"http.client.active_requests", "{request}", {}, -1e300},
                        {"http.client.breaker.state", "1", {}, std::nan("")},
                        {"http.client.requests", "{request}", {{"outcome", "unheard of"}}, std::uint64_t{7}}};
    QCOMPARE(ClientStatistics::fromSnapshot(snapshot), ClientStatistics());
    ClientStatistics statistics;
    statistics.calls[2] = 5;
    statistics.breakerState = BreakerState::HalfOpen;
    statistics.budgetBalance = 3.2;
    statistics.inFlight = 4;
    snapshot.metrics = statistics.toMetrics();
    QCOMPARE(ClientStatistics::fromSnapshot(snapshot), statistics);
}

void ClientParsersTest::gzipIsReadHoweverItIsCut()
{
    QByteArray body;
    for (int i = 0; i < 2000; ++i)
        body += QByteArray::number(i * i);
    const QByteArray frame = packed(body);
    for (const qsizetype step : {qsizetype(1), qsizetype(7), frame.size()}) {
        GzipReader reader;
        QByteArray read;
        for (qsizetype at = 0; at < frame.size(); at += step) {
            QVERIFY(!reader.isComplete());
            reader.feed(frame.mid(at, step));
            read += readAll(reader);
        }
        QCOMPARE(read, body);
        QVERIFY(reader.isComplete());
        QVERIFY(!reader.isDamaged());
    }
}

void ClientParsersTest::gzipKnowsItsEnd()
{
    const QByteArray frame = packed("hello");
    for (qsizetype length = 0; length < frame.size(); ++length) {
        GzipReader reader;
        reader.feed(frame.left(length));
        QVERIFY(QByteArray("hello").startsWith(readAll(reader)));
        QVERIFY(!reader.isComplete());
        QVERIFY(!reader.isDamaged());
    }
    // Several members are one body, and the last one must be whole.
    GzipReader reader;
    const QByteArray next = packed(" world");
    reader.feed(frame + next.left(12));
    QVERIFY(readAll(reader).startsWith("hello"));
    QVERIFY(!reader.isComplete());
    reader.feed(next.mid(12));
    QVERIFY(readAll(reader).endsWith("world"));
    QVERIFY(reader.isComplete());
}

void ClientParsersTest::gzipComesInPieces()
{
    const QByteArray body(10'000'000, 'x');
    const QByteArray frame = packed(body);
    QVERIFY(frame.size() < body.size() / 100);
    GzipReader reader;
    reader.feed(frame);
    qsizetype total = 0;
    for (QByteArray piece = reader.read(); !piece.isEmpty(); piece = reader.read()) {
        QVERIFY(piece.size() <= static_cast<qsizetype>(GzipReader::PieceBytes));
        total += piece.size();
    }
    QCOMPARE(total, body.size());
    QVERIFY(reader.isComplete());
}

void ClientParsersTest::damagedGzipIsNoted()
{
    const QByteArray frame = packed("hello");
    QByteArray wrongSum = frame;
    wrongSum[frame.size() - 8] = static_cast<char>(wrongSum[frame.size() - 8] ^ 1);
    for (const QByteArray &bytes : {QByteArray("this is no gzip"), wrongSum, QByteArray(frame + "trailing")}) {
        GzipReader reader;
        reader.feed(bytes);
        readAll(reader);
        QVERIFY(reader.isDamaged());
        QVERIFY(!reader.isComplete());
        QVERIFY(reader.read().isEmpty());
    }
}

QTEST_GUILESS_MAIN(ClientParsersTest)
#include "tst_clientparsers.moc"
