// SPDX-License-Identifier: MIT
#include "client/healthbody.h"
#include "failonwarning.h"

#include <infra/healthchecker.h>
#include <infra/healthreport.h>

#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace std::chrono_literals;

Q_DECLARE_METATYPE(Infra::HealthVerdict)

// What a health answer says, in every shape that is understood.
class HealthBodyTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void answers_data();
    void answers();
    void healthJsonWithMeasurements();
    void actuatorWithComponents();
    void dependenciesAsAMapOfWords();
    void dependenciesAsAList();
    void nestedWithoutEnd();
    void countless();
    void reportsOfAllVerdicts_data();
    void reportsOfAllVerdicts();
};

void HealthBodyTest::answers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<HealthVerdict>("verdict");
    QTest::newRow("plain 200") << 200 << QByteArray() << HealthVerdict::Up;
    QTest::newRow("plain 204") << 204 << QByteArray() << HealthVerdict::Up;
    QTest::newRow("a word") << 200 << QByteArray("OK\n") << HealthVerdict::Up;
    QTest::newRow("a bad word") << 200 << QByteArray("DOWN") << HealthVerdict::Down;
    QTest::newRow("some text") << 200 << QByteArray("I am fine, thank you very much indeed") << HealthVerdict::Up;
    QTest::newRow("pass") << 200 << QByteArray(R"({"status":"pass"})") << HealthVerdict::Up;
    QTest::newRow("warn") << 200 << QByteArray(R"({"status":"warn"})") << HealthVerdict::Degraded;
    QTest::newRow("fail") << 200 << QByteArray(R"({"status":"fail"})") << HealthVerdict::Down;
    QTest::newRow("fail 503") << 503 << QByteArray(R"({"status":"fail"})") << HealthVerdict::Down;
    QTest::newRow("warn 503") << 503 << QByteArray(R"({"status":"warn"})") << HealthVerdict::Degraded;
    QTest::newRow("pass 500") << 500 << QByteArray(R"({"status":"pass"})") << HealthVerdict::Down;
    QTest::newRow("UP") << 200 << QByteArray(R"({"status":"UP"})") << HealthVerdict::Up;
    QTest::newRow("OUT_OF_SERVICE") << 503 << QByteArray(R"({"status":"OUT_OF_SERVICE"})") << HealthVerdict::Down;
    QTest::newRow("UNKNOWN") << 200 << QByteArray(R"({"status":"UNKNOWN"})") << HealthVerdict::Up;
    QTest::newRow("healthy") << 200 << QByteArray(R"({"status":"healthy"})") << HealthVerdict::Up;
    QTest::newRow("degraded") << 200 << QByteArray(R"({"status":"degraded"})") << HealthVerdict::Degraded;
    QTest::newRow("unhealthy") << 200 << QByteArray(R"({"status":"Unhealthy"})") << HealthVerdict::Down;
    QTest::newRow("a truth value") << 200 << QByteArray(R"({"healthy":false})") << HealthVerdict::Down;
    QTest::newRow("bad parts only") << 200 << QByteArray(R"({"checks":{"db":"down"}})") << HealthVerdict::Degraded;
    QTest::newRow("not found") << 404 << QByteArray() << HealthVerdict::Down;
    QTest::newRow("redirect") << 302 << QByteArray() << HealthVerdict::Down;
    QTest::newRow("an array") << 200 << QByteArray("[1]") << HealthVerdict::Up;
    QTest::newRow("broken JSON") << 200 << QByteArray(R"({"status":"fail")") << HealthVerdict::Up;
    QTest::newRow("status is an object") << 200 << QByteArray(R"({"status":{"a":1}})") << HealthVerdict::Up;
}

void HealthBodyTest::answers()
{
    QFETCH(const int, status);
    QFETCH(const QByteArray, body);
    QFETCH(const HealthVerdict, verdict);
    const HealthResult result = HealthChecker::interpret(status, "application/json", body);
    QCOMPARE(result.verdict, verdict);
    QCOMPARE(result.httpStatus, status);
    QCOMPARE(result.body, body);
    QCOMPARE(result.message.isEmpty(), verdict == HealthVerdict::Up);
}

void HealthBodyTest::healthJsonWithMeasurements()
{
    const auto body = parseHealthBody(R"({"status":"warn","releaseId":"1.2","output":"slow","checks":{
        "cassandra:responseTime":[{"componentId":"a","status":"pass","observedValue":250,"observedUnit":"ms"},
                                  {"componentId":"b","status":"fail","output":"gone"}],
        "uptime":[{"status":"pass"}]}})");
    QVERIFY(body);
    QCOMPARE(body->verdict, HealthVerdict::Degraded);
    QCOMPARE(body->version, QStringLiteral("1.2"));
    QCOMPARE(body->message, QStringLiteral("slow"));
    QCOMPARE(body->dependencies.size(), 3U);
    QCOMPARE(body->dependencies[0].name, QStringLiteral("cassandra:responseTime/a"));
    QCOMPARE(body->dependencies[0].detail, QStringLiteral("250 ms"));
    QCOMPARE(body->dependencies[1].verdict, HealthVerdict::Down);
    QCOMPARE(body->dependencies[1].detail, QStringLiteral("gone"));
    QCOMPARE(body->dependencies[2].name, QStringLiteral("uptime"));
}

void HealthBodyTest::actuatorWithComponents()
{
    const auto body = parseHealthBody(R"json({"status":"DOWN","components":{
        "db":{"status":"UP","details":{"database":"PostgreSQL","validationQuery":"isValid()"}},
        "broker":{"status":"DOWN","details":{"error":"refused"},"components":{"queue":{"status":"OUT_OF_SERVICE"}}}}})json");
    QVERIFY(body);
    QCOMPARE(body->verdict, HealthVerdict::Down);
    QCOMPARE(body->dependencies.size(), 2U);
    QCOMPARE(body->dependencies[0].name, QStringLiteral("broker"));
    QCOMPARE(body->dependencies[0].dependencies.size(), 1U);
    QCOMPARE(body->dependencies[0].dependencies[0].verdict, HealthVerdict::Down);
    QCOMPARE(body->dependencies[1].verdict, HealthVerdict::Up);
    QVERIFY(body->dependencies[1].dependencies.empty());
}

void HealthBodyTest::dependenciesAsAMapOfWords()
{
    const auto body = parseHealthBody(R"({"status":"ok","dependencies":{"redis":"ok","kafka":"down","note":"hello"}})");
    QVERIFY(body);
    QCOMPARE(body->dependencies.size(), 2U);
    QCOMPARE(body->dependencies[0].name, QStringLiteral("kafka"));
    QCOMPARE(body->dependencies[0].verdict, HealthVerdict::Down);
}

void HealthBodyTest::dependenciesAsAList()
{
    const auto body = parseHealthBody(R"({"status":"ok","services":[{"name":"redis","status":"ok"},{"name":"odd","status":"purple"},7,null]})");
    QVERIFY(body);
    QCOMPARE(body->dependencies.size(), 2U);
    QCOMPARE(body->dependencies[1].verdict, HealthVerdict::NeverChecked);
    QCOMPARE(body->dependencies[1].status, QStringLiteral("purple"));
}

void HealthBodyTest::nestedWithoutEnd()
{
    QByteArray text;
    for (int i = 0; i < 200; ++i)
        text += R"({"status":"ok","components":{"x":)";
    text += R"({"status":"down"})";
    for (int i = 0; i < 200; ++i)
        text += "}}";
    const auto body = parseHealthBody(text);
    QVERIFY(body);
    int depth = 0;
    const std::vector<HealthDependency> *level = &body->dependencies;
    while (!level->empty()) {
        ++depth;
        level = &level->front().dependencies;
    }
    QCOMPARE(depth, 8);
}

void HealthBodyTest::countless()
{
    QByteArray text = R"({"status":"ok","checks":{)";
    for (int i = 0; i < 5000; ++i)
        text += '"' + QByteArray::number(i) + R"(":{"status":"ok"},)";
    text += R"("last":"ok"}})";
    const auto body = parseHealthBody(text);
    QVERIFY(body);
    QCOMPARE(body->dependencies.size(), 1000U);
}

void HealthBodyTest::reportsOfAllVerdicts_data()
{
    QTest::addColumn<HealthVerdict>("own");
    QTest::addColumn<HealthVerdict>("dependency");
    QTest::addColumn<bool>("required");
    QTest::addColumn<HealthVerdict>("whole");
    QTest::newRow("all up") << HealthVerdict::Up << HealthVerdict::Up << true << HealthVerdict::Up;
    QTest::newRow("required down") << HealthVerdict::Up << HealthVerdict::Down << true << HealthVerdict::Down;
    QTest::newRow("required unreachable") << HealthVerdict::Up << HealthVerdict::Unreachable << true << HealthVerdict::Down;
    QTest::newRow("optional down") << HealthVerdict::Up << HealthVerdict::Down << false << HealthVerdict::Degraded;
    QTest::newRow("required degraded") << HealthVerdict::Up << HealthVerdict::Degraded << true << HealthVerdict::Degraded;
    QTest::newRow("unknown does not count") << HealthVerdict::Up << HealthVerdict::NeverChecked << true << HealthVerdict::Up;
    QTest::newRow("paused does not count") << HealthVerdict::Up << HealthVerdict::Paused << true << HealthVerdict::Up;
    QTest::newRow("own down") << HealthVerdict::Down << HealthVerdict::Up << true << HealthVerdict::Down;
    QTest::newRow("own degraded, optional down") << HealthVerdict::Degraded << HealthVerdict::Down << false << HealthVerdict::Degraded;
}

void HealthBodyTest::reportsOfAllVerdicts()
{
    QFETCH(const HealthVerdict, own);
    QFETCH(const HealthVerdict, dependency);
    QFETCH(const bool, required);
    QFETCH(const HealthVerdict, whole);
    HealthReportBuilder report(QStringLiteral("s"), QStringLiteral("1"));
    report.setStatus(own);
    report.addDependency(QStringLiteral("d"), dependency, required ? HealthReportBuilder::Importance::Required : HealthReportBuilder::Importance::Optional,
                         QStringLiteral("why"), 5ms, SystemTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)));
    QCOMPARE(report.verdict(), whole);
    QCOMPARE(report.httpStatus(), whole == HealthVerdict::Down ? 503 : 200);
    const HealthResult read = HealthChecker::interpret(report.httpStatus(), HealthReportBuilder::ContentType, report.build());
    QCOMPARE(read.verdict, whole);
    QCOMPARE(read.dependencies.size(), 1U);
    const QJsonObject check = QJsonDocument::fromJson(report.build()).object()[QStringLiteral("checks")][QStringLiteral("d")][0].toObject();
    QCOMPARE(check[QStringLiteral("time")].toString(), QStringLiteral("2026-01-02T00:00:00.000Z"));
}

QTEST_GUILESS_MAIN(HealthBodyTest)
#include "tst_healthbody.moc"
