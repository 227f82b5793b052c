// SPDX-License-Identifier: MIT
// What a session makes of the journal, of silence, and of pools that are short of connections.
#include "guitest.h"
#include "pages/eventtable.h"
#include "session/attention.h"
#include "session/eventlog.h"
#include "session/livesession.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/journal.h>
#include <infra/metricregistry.h>
#include <infra/telemetrypublisher.h>

#include <QTemporaryDir>

#include <algorithm>

using namespace InfraConsole;
using namespace std::chrono_literals;

class SessionEventsTest : public InfraTest::GuiTest
{
    Q_OBJECT

private Q_SLOTS:
    void routineNeverPushesOutWhatMatters();
    void bothKindsAreListedInTheOrderOfTime();
    void aProcessThatEndedInGoodOrderAccusesNobody();
    void aProcessThatStartsOrEndsNamesItself();
    void aWriterIsNamedOnceItIsKnown();
    void aPoolThatIsFullForAMomentNeedsNoAttention();
    void aConnectionThatWasSlowOnceIsNoShortage();
};

namespace {

constexpr SystemTime Start(1'790'000'000s);

EventRow eventAt(SystemTime at, EventKind kind, bool routine = false)
{
    EventRow row;
    row.at = at;
    row.kind = kind;
    row.routine = routine;
    return row;
}

template<class Rows>
std::ptrdiff_t count(const Rows &rows, EventKind kind)
{
    return std::count_if(rows.begin(), rows.end(), [kind](const auto &row) { return row.kind == kind; });
}

// A process that publishes a cache, ten times a second.
class Service
{
public:
    Service(const QString &url, const QString &name)
    {
        Infra::StoreOptions opening;
        opening.url = url;
        m_store = Infra::CacheStore::open(opening).value();
        m_cache = Infra::Cache::create(*m_store, "orders").value();
        m_registration = m_registry->add(*m_cache);
        Infra::PublisherOptions publishing;
        publishing.service = name;
        publishing.interval = 100ms;
        m_publisher = Infra::TelemetryPublisher::create(m_store->telemetryChannel(), m_registry, publishing).value();
    }
    // In good order.
    void end() { m_publisher.reset(); }

private:
    std::shared_ptr<Infra::CacheStore> m_store;
    std::shared_ptr<Infra::MetricRegistry> m_registry = std::make_shared<Infra::MetricRegistry>();
    std::unique_ptr<Infra::Cache> m_cache;
    Infra::MetricRegistry::Registration m_registration;
    std::unique_ptr<Infra::TelemetryPublisher> m_publisher;
};

} // namespace

void SessionEventsTest::routineNeverPushesOutWhatMatters()
{
    EventLog log;
    log.add(eventAt(Start, EventKind::HealthChanged));
    log.add(eventAt(Start + 1s, EventKind::Invalidation));
    for (int i = 0; i < 2000; ++i)
        log.add(eventAt(Start + 2s + i * 1ms, EventKind::Other, true));
    const std::vector<EventRow> events = log.events();
    QCOMPARE(count(events, EventKind::HealthChanged), 1);
    QCOMPARE(count(events, EventKind::Invalidation), 1);
    QCOMPARE(events.size(), EventLog::RoutineLimit + 2);
    QCOMPARE(events.front().at, Start + 2s + 1999ms);
    const std::vector<Mark> marks = log.marks(Start - 1s);
    QCOMPARE(marks.size(), std::size_t(2));
    QCOMPARE(marks.front().kind, EventKind::HealthChanged);
    // Nor is the other kind without a bound.
    for (int i = 0; i < 2000; ++i)
        log.add(eventAt(Start + 10s + i * 1ms, EventKind::HealthChanged));
    QCOMPARE(count(log.events(), EventKind::HealthChanged), std::ptrdiff_t(EventLog::Limit));
    QCOMPARE(count(log.events(), EventKind::Other), std::ptrdiff_t(EventLog::RoutineLimit));
}

void SessionEventsTest::bothKindsAreListedInTheOrderOfTime()
{
    EventLog log;
    log.add(eventAt(Start + 3s, EventKind::Other, true));
    log.add(eventAt(Start + 4s, EventKind::HealthChanged));
    log.add(eventAt(Start + 2s, EventKind::Invalidation));
    log.add(eventAt(Start + 3s, EventKind::Invalidation));
    log.add(eventAt(Start + 1s, EventKind::Other, true));
    std::vector<std::uint64_t> ids;
    for (const EventRow &row : log.events())
        ids.push_back(row.id);
    // Of the two at the same time the later arrival first.
    QCOMPARE(ids, std::vector<std::uint64_t>({2, 4, 1, 3, 5}));
}

void SessionEventsTest::aProcessThatEndedInGoodOrderAccusesNobody()
{
    const QTemporaryDir home;
    SessionOptions wanted;
    wanted.storeUrl = QStringLiteral("sqlite://") + home.filePath(QStringLiteral("cache.db"));
    wanted.sourceName = QStringLiteral("cache.db");
    const QString name = QStringLiteral("data-api");
    Service service(wanted.storeUrl, name);
    LiveSession session(wanted);
    session.start();
    QTRY_VERIFY_WITH_TIMEOUT(!session.snapshot()->instances.empty(), 15'000);
    service.end();
    QTRY_VERIFY_WITH_TIMEOUT((session.refresh(), session.snapshot()->instances.front().stale), 15'000);
    const SnapshotPointer last = session.snapshot();
    QVERIFY(last->instances.front().ended);
    for (const Attention &each : last->attention)
        QVERIFY2(each.subject != name, qPrintable(each.sentence));
    QCOMPARE(count(last->events, EventKind::InstanceStopped), 1);
    QCOMPARE(count(last->marks, EventKind::InstanceStopped), 1);
}

void SessionEventsTest::aProcessThatStartsOrEndsNamesItself()
{
    Infra::JournalEvent event;
    event.at = Start;
    event.instanceId = "4711-1";
    event.body = Infra::InstanceEvent{Infra::InstanceEvent::Change::Started, QStringLiteral("data-api"), 4711, {}};
    QCOMPARE(toEventRow(event, {}).actor, QStringLiteral("data-api (pid 4711)"));
}

void SessionEventsTest::aWriterIsNamedOnceItIsKnown()
{
    const auto by = [](const EventLog &log) { return eventRows(log.events(), 1).front().cells.back().value.toString(); };
    Infra::JournalEvent event;
    event.at = Start;
    event.instanceId = "4711-1";
    event.body = Infra::HealthChangeEvent{QStringLiteral("ai-query"), QStringLiteral("up"), QStringLiteral("down"), {}};
    EventLog log;
    log.add(toEventRow(event, {}));
    QCOMPARE(by(log), QStringLiteral("unknown process"));
    InstanceRow writer;
    writer.id = "4712-1";
    writer.service = QStringLiteral("ai-query");
    log.nameWriters({writer});
    QCOMPARE(by(log), QStringLiteral("unknown process"));
    writer.id = event.instanceId;
    writer.service = QStringLiteral("data-api");
    writer.processId = 4711;
    log.nameWriters({writer});
    QCOMPARE(by(log), QStringLiteral("data-api (pid 4711)"));
}

void SessionEventsTest::aPoolThatIsFullForAMomentNeedsNoAttention()
{
    PoolRow row;
    row.pool = "sqlite:///readings.db";
    row.instanceId = "4711-1";
    row.service = QStringLiteral("data-api");
    row.limit = 15;
    const AttentionThresholds thresholds;
    std::vector<PoolRow> before;
    // How many things need attention when so many connections were used at the second of that number.
    const auto found = [&](int used, int second) {
        std::vector<PoolRow> rows{row};
        rows.front().used = used;
        notePressure(rows, before, thresholds, Start + std::chrono::seconds(second));
        before = rows;
        Snapshot snapshot;
        snapshot.at = Start + std::chrono::seconds(second);
        snapshot.pools = rows;
        return findAttention(snapshot, thresholds).size();
    };
    QCOMPARE(found(15, 0), 0U);
    QCOMPARE(found(3, 1), 0U);
    QCOMPARE(found(15, 2), 0U);
    QCOMPARE(found(14, 3), 0U);
    QCOMPARE(found(15, 4), 0U);
    QCOMPARE(found(15, 5), 1U);
    QCOMPARE(found(15, 6), 1U);
    QCOMPARE(found(13, 7), 0U);
    // Whoever gives up waiting has come to harm at once.
    row.timeoutsPerSecond = 0.2;
    QCOMPARE(found(13, 8), 1U);
}

void SessionEventsTest::aConnectionThatWasSlowOnceIsNoShortage()
{
    Snapshot snapshot;
    PoolRow row;
    row.instanceId = "4711-1";
    const auto isShort = [&](double callers, Duration median) {
        row.waitP95 = 400ms;
        row.waitP50 = median;
        row.acquiresPerSecond = callers / 10;
        snapshot.pools = {row};
        return !findAttention(snapshot).empty();
    };
    QVERIFY(isShort(1000, 1ms));
    QVERIFY(!isShort(12, 1ms));
    QVERIFY(isShort(12, 300ms));
    QVERIFY(!isShort(1, 400ms));
}

QTEST_MAIN(SessionEventsTest)
#include "tst_sessionevents.moc"
