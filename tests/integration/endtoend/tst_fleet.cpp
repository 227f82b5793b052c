// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <demo/demofleet.h>

#include <infra/cachestore.h>
#include <infra/correlationcache.h>
#include <infra/healthchecker.h>
#include <infra/journal.h>
#include <infra/metriccatalogue.h>
#include <infra/serviceclient.h>
#include <infra/telemetryreader.h>

#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTextStream>
#include <QtTest>

#include <csignal>
#include <map>

using namespace Infra;
using namespace std::chrono_literals;
using InfraConsole::DemoFleet;
using InfraConsole::DemoFleetOptions;

namespace {

constexpr int StartMilliseconds = 60'000;

DemoFleetOptions fleetOptions(double load)
{
    DemoFleetOptions options;
    options.executable = QStringLiteral(INFRA_DEMO_SERVICE);
    options.load = load;
    options.startTimeout = std::chrono::milliseconds(StartMilliseconds);
    return options;
}

// Neither running nor waiting to be reaped by an init that may not do it.
bool isRunning(std::int64_t processId)
{
    QFile status(QStringLiteral("/proc/%1/stat").arg(processId));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = status.readAll();
    return text.mid(text.lastIndexOf(')') + 2, 1) != "Z";
}

// A fleet that is up, and an operator's view of its store.
struct Scene
{
    explicit Scene(double load) : fleet(fleetOptions(load)) {}

    // An empty text when all went well.
    [[nodiscard]] QString open()
    {
        QSignalSpy failed(&fleet, &DemoFleet::failed);
        fleet.start();
        if (!QTest::qWaitFor([&] { return fleet.isReady() || !failed.isEmpty(); }, StartMilliseconds))
            return QStringLiteral("the fleet did not start");
        if (!failed.isEmpty())
            return failed.first().first().toString();
        StoreOptions options;
        options.url = fleet.storeUrl();
        options.accessMode = StoreOptions::AccessMode::Existing;
        auto opened = CacheStore::open(options);
        if (!opened)
            return toString(opened.error());
        store = std::move(*opened);
        reader = std::make_unique<TelemetryReader>(store->telemetryChannel());
        return {};
    }
    // Polls until `reached` holds.
    template<class Condition>
    [[nodiscard]] bool waitFor(const Condition &reached, int milliseconds = 30'000)
    {
        return QTest::qWaitFor(
            [&] {
                (void)reader->poll(2s);
                return reached();
            },
            milliseconds);
    }
    [[nodiscard]] DemoFleet::Service service(const QString &name) const
    {
        for (const DemoFleet::Service &each : fleet.services()) {
            if (each.name == name)
                return each;
        }
        return {};
    }
    // Cache gets since each service began.
    [[nodiscard]] std::map<QString, std::uint64_t> gets() const
    {
        std::map<QString, std::uint64_t> result;
        reader->visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading) {
            if (!reading.instance().stale)
                result[reading.instance().service] += reading.total(MetricName::CacheGets).value_or(0);
        });
        return result;
    }

    DemoFleet fleet;
    std::shared_ptr<CacheStore> store;
    std::unique_ptr<TelemetryReader> reader;
};

QByteArray fetch(const QUrl &base, const QString &path)
{
    auto client = ServiceClient::create(QStringLiteral("test"), base);
    QFuture<ServiceResult> answer = (*client)->get(path);
    if (!QTest::qWaitFor([&] { return answer.isFinished(); }, 20'000))
        return {};
    const ServiceResult result = answer.result();
    return result && result->isSuccess() ? result->body : QByteArray();
}

HealthResult check(const DemoFleet::Service &service)
{
    QFuture<HealthResult> answer = HealthChecker::check(service.name, service.url);
    return QTest::qWaitFor([&] { return answer.isFinished(); }, 20'000) ? answer.result() : HealthResult{};
}

// One sample of a /metrics text; -1 when there is none.
double sample(const QByteArray &text, const QByteArray &family, const QList<QByteArray> &labels)
{
    double sum = -1;
    for (const QByteArray &line : text.split('\n')) {
        const bool matches = line.startsWith(QByteArray(family + '{'))
            && std::all_of(labels.begin(), labels.end(), [&](const QByteArray &label) { return line.contains(label); });
        if (matches)
            sum = std::max(sum, 0.0) + line.mid(line.lastIndexOf(' ') + 1).toDouble();
    }
    return sum;
}

} // namespace

class FleetTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void fiveServicesPublishAndTheirCountersRise();
    void healthChecksYieldVerdictAndLatency();
    void anInvalidationHereIsAMissThere();
    void aKilledServiceIsUnreachableAndStale();
    void aFleetEndsWithItsOwnerHoweverThatEnds();
    void stopEndsEveryService();
    void aMissingProgramIsOneClearSentence();
    void badArgumentsAreExitStatusTwo();
};

void FleetTest::fiveServicesPublishAndTheirCountersRise()
{
    Scene scene(1);
    QCOMPARE(scene.open(), QString());
    QVERIFY(scene.waitFor([&] { return scene.reader->instances().size() == 5; }));
    for (const InstanceInfo &instance : scene.reader->instances()) {
        QVERIFY(!instance.stale);
        QCOMPARE(instance.processId, scene.service(instance.service).processId);
    }
    QVERIFY(scene.waitFor([&] { return scene.gets().size() == 5; }));
    const auto before = scene.gets();
    QVERIFY(scene.waitFor([&] {
        const auto now = scene.gets();
        return std::all_of(before.begin(), before.end(), [&](const auto &entry) {
            const auto found = now.find(entry.first);
            return found != now.end() && found->second > entry.second + 20;
        });
    }));
    // Every layer works: databases behind pools, peers behind clients, correlations that are computed.
    QVERIFY(scene.waitFor([&] {
        std::uint64_t used = 0;
        std::uint64_t calls = 0;
        std::uint64_t loads = 0;
        scene.reader->visit(ComponentSnapshot::Kind::Pool, [&](const ComponentReading &reading) {
            used += reading.total(MetricName::PoolUseTime).value_or(0);
        });
        scene.reader->visit(ComponentSnapshot::Kind::Client, [&](const ComponentReading &reading) {
            calls += reading.total(MetricName::ClientRequestDuration).value_or(0);
        });
        scene.reader->visit(ComponentSnapshot::Kind::Cache, [&](const ComponentReading &reading) {
            if (reading.component().name == CorrelationCache::Region)
                loads += reading.total(MetricName::CacheLoads, {{"result", "success"}}).value_or(0);
        });
        return used > 50 && calls > 5 && loads > 50;
    }));
    const auto entries = scene.store->entries(CorrelationCache::Region, {}, {}, 10, 5s);
    QVERIFY(entries.has_value());
    QVERIFY(!entries->empty());
    Journal journal(scene.store->telemetryChannel());
    const auto page = journal.read(0, 1000, 5s);
    QVERIFY(page.has_value());
    QCOMPARE(std::count_if(page->events.begin(), page->events.end(), [](const JournalEvent &event) {
                 const auto *change = std::get_if<InstanceEvent>(&event.body);
                 return change != nullptr && change->change == InstanceEvent::Change::Started;
             }),
             5);
    QCOMPARE(scene.reader->statistics().unreadable, 0U);
}

void FleetTest::healthChecksYieldVerdictAndLatency()
{
    Scene scene(0);
    QCOMPARE(scene.open(), QString());
    for (const DemoFleet::Service &service : scene.fleet.services()) {
        const HealthResult result = check(service);
        QVERIFY2(result.verdict == HealthVerdict::Up, qPrintable(service.name + QStringLiteral(": ") + result.message));
        QVERIFY(result.total > 0ns);
        QVERIFY(!result.dependencies.empty());
    }
}

void FleetTest::anInvalidationHereIsAMissThere()
{
    Scene scene(0); // Nobody but this test asks for anything.
    QCOMPARE(scene.open(), QString());
    const DemoFleet::Service service = scene.service(QStringLiteral("data-api"));
    const auto counter = [&](const QByteArray &family, const QList<QByteArray> &labels) {
        return sample(fetch(service.url, QStringLiteral("/metrics")), family, labels);
    };
    const auto diskMisses = [&] {
        return counter("cache_tier_gets_total", {"region=\"descriptions\"", "tier=\"disk\"", "result=\"miss\""});
    };
    const auto loads = [&] { return counter("cache_loads_total", {"region=\"descriptions\"", "result=\"success\""}); };
    const QByteArray item = fetch(service.url, QStringLiteral("/items/7"));
    QVERIFY(item.contains("sensor.07"));
    QCOMPARE(fetch(service.url, QStringLiteral("/items/7")), item);
    const double missesBefore = diskMisses();
    const double loadsBefore = loads();
    QCOMPARE(loadsBefore, 1.0);

    const auto preview = scene.store->preview("descriptions", Target::region(), 5s);
    QVERIFY(preview.has_value());
    QCOMPARE(preview->entries, 1U);
    const auto report = scene.store->invalidate("descriptions", Target::region(), "the test", 5s);
    QVERIFY(report.has_value());
    QCOMPARE(report->entries, 1U);

    QCOMPARE(fetch(service.url, QStringLiteral("/items/7")), item);
    QVERIFY(diskMisses() > missesBefore);
    QCOMPARE(loads(), loadsBefore + 1);
    // And once more, it is a hit again.
    QCOMPARE(fetch(service.url, QStringLiteral("/items/7")), item);
    QCOMPARE(loads(), loadsBefore + 1);
}

void FleetTest::aKilledServiceIsUnreachableAndStale()
{
    Scene scene(0.2);
    QCOMPARE(scene.open(), QString());
    QVERIFY(scene.waitFor([&] { return scene.reader->instances().size() == 5; }));
    const QString name = QStringLiteral("ai-query-service");
    const DemoFleet::Service victim = scene.service(name);
    QSignalSpy ended(&scene.fleet, &DemoFleet::serviceEnded);
    scene.fleet.kill(name);
    QVERIFY(QTest::qWaitFor([&] { return !ended.isEmpty(); }, 10'000));
    QCOMPARE(ended.first().first().toString(), name);
    const HealthResult result = check(victim);
    QCOMPARE(result.verdict, HealthVerdict::Unreachable);
    QCOMPARE(result.reason, UnreachableReason::Refused);
    QVERIFY(!result.message.isEmpty());
    const auto isStale = [&](const QByteArray &id) {
        for (const InstanceInfo &instance : scene.reader->instances()) {
            if (instance.id == id || (id.isEmpty() && instance.service == name))
                return instance.stale;
        }
        return false;
    };
    QVERIFY(scene.waitFor([&] { return isStale({}); }, 15'000));
    QCOMPARE(std::ranges::count_if(scene.reader->instances(), &InstanceInfo::stale), 1);
    // Started again it is another instance, on the same port.
    scene.fleet.restart(name);
    QVERIFY(scene.waitFor([&] { return scene.reader->instances().size() == 6; }));
    QVERIFY(QTest::qWaitFor([&] { return check(victim).verdict == HealthVerdict::Up; }, 15'000));
}

void FleetTest::aFleetEndsWithItsOwnerHoweverThatEnds()
{
    for (const int signal : {SIGTERM, SIGKILL}) {
        QProcess owner;
        owner.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        owner.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--hold-fleet")});
        QVERIFY(QTest::qWaitFor([&] { return owner.canReadLine(); }, StartMilliseconds));
        const QList<QByteArray> words = owner.readLine().trimmed().split(' ');
        QCOMPARE(words.size(), 5);
        for (const QByteArray &processId : words)
            QVERIFY(isRunning(processId.toLongLong()));
        ::kill(static_cast<pid_t>(owner.processId()), signal);
        QVERIFY(owner.waitForFinished(10'000));
        QVERIFY(QTest::qWaitFor(
            [&] { return std::none_of(words.begin(), words.end(), [](const QByteArray &id) { return isRunning(id.toLongLong()); }); },
            10'000));
    }
}

void FleetTest::stopEndsEveryService()
{
    Scene scene(1);
    QCOMPARE(scene.open(), QString());
    const auto services = scene.fleet.services();
    QSignalSpy stopped(&scene.fleet, &DemoFleet::stopped);
    scene.fleet.stop();
    QVERIFY(QTest::qWaitFor([&] { return !stopped.isEmpty(); }, 10'000));
    QVERIFY(std::none_of(services.begin(), services.end(), [](const auto &service) { return isRunning(service.processId); }));
}

void FleetTest::aMissingProgramIsOneClearSentence()
{
    DemoFleetOptions options;
    options.executable = QStringLiteral("/nonexistent/infra-demo-service");
    DemoFleet fleet(options);
    QSignalSpy failed(&fleet, &DemoFleet::failed);
    fleet.start();
    QVERIFY(QTest::qWaitFor([&] { return !failed.isEmpty(); }, 10'000));
    QCOMPARE(failed.size(), 1);
    QVERIFY(failed.first().first().toString().endsWith(QLatin1Char('.')));
}

void FleetTest::badArgumentsAreExitStatusTwo()
{
    const QString program = QStringLiteral(INFRA_DEMO_SERVICE);
    const QStringList good{QStringLiteral("--name"), QStringLiteral("x"), QStringLiteral("--store")};
    const auto run = [&](const QStringList &arguments) -> QByteArray {
        QProcess process;
        process.start(program, arguments);
        if (!process.waitForFinished(20'000))
            return "still running";
        return QByteArray::number(process.exitCode()) + ' ' + process.readAllStandardError().trimmed();
    };
    QVERIFY(run({}).startsWith("2 infra-demo-service: "));
    QVERIFY(run({QStringLiteral("--nonsense")}).startsWith("2 "));
    QVERIFY(run(good + QStringList{QStringLiteral("http://x/")}).startsWith("2 "));
    QVERIFY(run(good + QStringList{QStringLiteral("sqlite:///nonexistent/directory/x.db")}).startsWith("2 "));
    QVERIFY(run(good + QStringList{QStringLiteral("sqlite:///tmp/x.db"), QStringLiteral("--load"), QStringLiteral("-1")}).startsWith("2 "));
    QVERIFY(run(good + QStringList{QStringLiteral("sqlite:///tmp/x.db"), QStringLiteral("--peer"), QStringLiteral("x")}).startsWith("2 "));
    QVERIFY(run(good + QStringList{QStringLiteral("sqlite:///tmp/x.db"), QStringLiteral("--port"), QStringLiteral("70000")}).startsWith("2 "));
}

// What aFleetEndsWithItsOwnerHoweverThatEnds() kills: writes the ids of its services and waits.
static int holdFleet()
{
    DemoFleet fleet(fleetOptions(0));
    QObject::connect(&fleet, &DemoFleet::ready, &fleet, [&] {
        QStringList ids;
        for (const DemoFleet::Service &service : fleet.services())
            ids += QString::number(service.processId);
        QTextStream(stdout) << ids.join(QLatin1Char(' ')) << Qt::endl;
    });
    QObject::connect(&fleet, &DemoFleet::failed, &fleet, [] { QCoreApplication::exit(1); });
    fleet.start();
    return QCoreApplication::exec();
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    if (QCoreApplication::arguments().contains(QStringLiteral("--hold-fleet")))
        return holdFleet();
    FleetTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_fleet.moc"
