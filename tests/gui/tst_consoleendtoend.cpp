// SPDX-License-Identifier: MIT
#include "guitest.h"
#include "demo/demofleet.h"
#include "pages/servicespage.h"
#include "session/livesession.h"

#include <infra/serviceclient.h>

#include <QPushButton>
#include <QSignalSpy>

#include <map>

using namespace InfraConsole;

// What the console shows and does, over five real processes.
class ConsoleEndToEndTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void fiveLiveInstancesWithRisingCounters();
    void aClickOnCheckYieldsVerdictAndLatency();
    void aRegionInvalidatedHereIsAStoreMissThere();
    void aKilledServiceIsUnreachableWithTheReasonAndStale();
};

namespace {

constexpr int Patience = 30'000;

// A fleet that is up, and the console's session on its store.
struct Scene
{
    explicit Scene(double load)
    {
        DemoFleetOptions options;
        options.executable = QStringLiteral(INFRA_DEMO_SERVICE);
        options.load = load;
        options.startTimeout = std::chrono::milliseconds(Patience);
        fleet = std::make_unique<DemoFleet>(options);
        fleet->start();
        if (!QTest::qWaitFor([this] { return fleet->isReady(); }, Patience))
            return;
        SessionOptions wanted;
        wanted.storeUrl = fleet->storeUrl();
        wanted.sourceName = QStringLiteral("demo");
        wanted.demo = true;
        wanted.health.interval = std::chrono::seconds(60);
        wanted.health.failuresToFlip = 1;
        for (const DemoFleet::Service &service : fleet->services())
            wanted.services.push_back({service.name, service.url});
        session = std::make_unique<LiveSession>(wanted);
        session->start();
    }

    [[nodiscard]] const ServiceRow *service(const QString &name) const
    {
        for (const ServiceRow &row : session->snapshot()->services) {
            if (row.name == name)
                return &row;
        }
        return nullptr;
    }
    [[nodiscard]] std::map<QString, std::uint64_t> liveCounters() const
    {
        std::map<QString, std::uint64_t> result;
        for (const InstanceRow &row : session->snapshot()->instances) {
            if (!row.stale)
                result[row.service] = row.requestsTotal;
        }
        return result;
    }
    [[nodiscard]] QByteArray fetch(const QString &name, const QString &path) const
    {
        const ServiceRow *const row = service(name);
        if (!row)
            return {};
        auto client = Infra::ServiceClient::create(QStringLiteral("test"), QUrl(row->url));
        QFuture<Infra::ServiceResult> answer = (*client)->get(path);
        if (!QTest::qWaitFor([&] { return answer.isFinished(); }, Patience))
            return {};
        const Infra::ServiceResult result = answer.result();
        return result && result->isSuccess() ? result->body : QByteArray();
    }
    // The sum of the matching samples of a service's own /metrics.
    [[nodiscard]] double metric(const QString &name, const QByteArray &family, const QList<QByteArray> &labels) const
    {
        double sum = 0;
        for (const QByteArray &line : fetch(name, QStringLiteral("/metrics")).split('\n')) {
            if (line.startsWith(QByteArray(family + '{'))
                && std::all_of(labels.begin(), labels.end(), [&](const QByteArray &label) { return line.contains(label); }))
                sum += line.mid(line.lastIndexOf(' ') + 1).toDouble();
        }
        return sum;
    }

    std::unique_ptr<DemoFleet> fleet;
    std::unique_ptr<LiveSession> session;
};

} // namespace

void ConsoleEndToEndTest::fiveLiveInstancesWithRisingCounters()
{
    const Scene scene(1);
    QVERIFY(scene.session);
    QTRY_COMPARE_WITH_TIMEOUT(scene.liveCounters().size(), std::size_t{5}, Patience);
    const auto before = scene.liveCounters();
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::all_of(scene.liveCounters(),
                                                 [&](const auto &entry) {
                                                     const auto found = before.find(entry.first);
                                                     return found != before.end() && entry.second > found->second;
                                                 }),
                             Patience);
}

void ConsoleEndToEndTest::aClickOnCheckYieldsVerdictAndLatency()
{
    const Scene scene(0);
    QVERIFY(scene.session);
    ViewContext view;
    ServicesPage page(*scene.session, view);
    connect(scene.session.get(), &Session::snapshotChanged, &page, [&] { page.setSnapshot(scene.session->snapshot()); });
    page.resize(1000, 600);
    page.show();
    QTRY_VERIFY_WITH_TIMEOUT(!page.currentService().isEmpty(), Patience);
    const QString name = page.currentService();
    QTRY_VERIFY_WITH_TIMEOUT(scene.service(name) && scene.service(name)->verdict == Verdict::Up, Patience);
    const auto checksBefore = scene.service(name)->heartbeats.size();
    auto *const button = page.findChild<QPushButton *>(QStringLiteral("checkServiceButton"));
    QVERIFY(button);
    QTRY_VERIFY(button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(scene.service(name)->heartbeats.size() > checksBefore, Patience);
    QCOMPARE(scene.service(name)->verdict, Verdict::Up);
    QVERIFY(scene.service(name)->latency.has_value());
}

void ConsoleEndToEndTest::aRegionInvalidatedHereIsAStoreMissThere()
{
    const Scene scene(0); // Nobody but this test asks for anything.
    QVERIFY(scene.session);
    const QString there = QStringLiteral("data-api");
    QTRY_VERIFY_WITH_TIMEOUT(scene.service(there) && scene.session->isOpen(), Patience);
    const auto misses = [&] {
        return scene.metric(there, "cache_tier_gets_total",
                            {"region=\"descriptions\"", "tier=\"disk\"", "result=\"miss\""});
    };
    const QByteArray item = scene.fetch(there, QStringLiteral("/items/7"));
    QVERIFY(!item.isEmpty());
    QCOMPARE(scene.fetch(there, QStringLiteral("/items/7")), item);
    const double before = misses();

    auto preview = scene.session->preview("descriptions", Infra::Target::region(), {});
    QVERIFY(QTest::qWaitFor([&] { return preview.isFinished(); }, Patience));
    QVERIFY(preview.result().has_value());
    QCOMPARE(preview.result()->entries, 1U);
    auto done = scene.session->invalidate("descriptions", Infra::Target::region());
    QVERIFY(QTest::qWaitFor([&] { return done.isFinished(); }, Patience));
    QVERIFY(done.result().has_value());
    QCOMPARE(done.result()->report.entries, 1U);

    QCOMPARE(scene.fetch(there, QStringLiteral("/items/7")), item);
    QVERIFY(misses() > before);
}

void ConsoleEndToEndTest::aKilledServiceIsUnreachableWithTheReasonAndStale()
{
    const Scene scene(0.2);
    QVERIFY(scene.session);
    const QString name = QStringLiteral("ai-query-service");
    QTRY_COMPARE_WITH_TIMEOUT(scene.liveCounters().size(), std::size_t{5}, Patience);
    QTRY_VERIFY_WITH_TIMEOUT(scene.service(name) && scene.service(name)->verdict == Verdict::Up, Patience);
    scene.fleet->kill(name);
    QTRY_VERIFY_WITH_TIMEOUT(std::ranges::any_of(scene.session->snapshot()->instances,
                                                 [&](const InstanceRow &row) { return row.service == name && row.stale; }),
                             Patience);
    scene.session->checkService(name);
    QTRY_COMPARE_WITH_TIMEOUT(scene.service(name)->verdict, Verdict::Unreachable, Patience);
    QVERIFY(!scene.service(name)->reason.isEmpty());
    QCOMPARE(scene.liveCounters().size(), std::size_t{4});
}

QTEST_MAIN(ConsoleEndToEndTest)
#include "tst_consoleendtoend.moc"
