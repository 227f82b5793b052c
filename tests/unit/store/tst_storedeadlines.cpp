// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include "store/coherencefile.h"
#include "store/writequeue.h"
#include "telemetry/telemetrychannel.h"

#include <infra/cachestore.h>
#include <infra/manualclock.h>

#include <QtTest>

#include <atomic>
#include <functional>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds Patience{60};

// A program that follows no protocol of ours and has a transaction open.
class ForeignWriter
{
public:
    explicit ForeignWriter(const QString &path) : m_connection(*SqliteConnection::open(path, SqliteConnection::Mode::Create, 1s))
    {
        if (!m_connection->execute(QStringLiteral("BEGIN IMMEDIATE")))
            qFatal("the foreign writer has no lock");
    }
    void end() { static_cast<void>(m_connection->execute(QStringLiteral("ROLLBACK"))); }

private:
    std::unique_ptr<SqliteConnection> m_connection;
};

bool eventually(const std::function<bool()> &condition)
{
    return QTest::qWaitFor(condition, static_cast<int>(std::chrono::milliseconds(Patience).count()));
}

} // namespace

class tst_StoreDeadlines : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void whatALeaderLeavesIsTakenAlongByTheNext();
    void whatALeaderLeavesBehindItsCallersDeadlineIsForgotten();
    void aLeadersDeadlineIsNotThatOfTheOthers();
    void openingGivesUpWhenTheWritersLockIsHeld();
    void telemetryIsOpenedWithinTheDeadline();
    void aSnapshotIsLetGoSoonAfterItWasTaken();
};

namespace {

// Serves the first of a batch and leaves the rest, as a store does whose leader has run out of time.
class HastyTurn final : public WriteTurn
{
public:
    std::atomic<bool> open{false};
    std::atomic<bool> isBegun{false};
    std::function<void()> beforeLeaving = [] {};
    int turns = 0;

    Result<void> beginTurn(SteadyTime) override
    {
        isBegun = true;
        while (!open)
            std::this_thread::yield();
        return {};
    }
    void execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime) override
    {
        ++turns;
        if (batch.size() > 1)
            beforeLeaving();
        for (const auto &request : batch) {
            request->isServed = request == batch.front();
            request->result = std::vector<WriteOutcome>(request->operations.size());
        }
    }
    void endTurn() override {}
};

} // namespace

void tst_StoreDeadlines::whatALeaderLeavesIsTakenAlongByTheNext()
{
    constexpr int Writers = 8;
    HastyTurn turn;
    WriteQueue queue(Clock::system(), turn);
    std::atomic<int> served{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < Writers; ++i) {
        threads.emplace_back([&] {
            if (queue.write({setOperation(1, "key", "v")}, SteadyTime::max()))
                ++served;
        });
    }
    QVERIFY(eventually([&] { return queue.waiting() == Writers - 1; }));
    turn.open = true;
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(served.load(), Writers);
    QCOMPARE(turn.turns, Writers);
}

void tst_StoreDeadlines::whatALeaderLeavesBehindItsCallersDeadlineIsForgotten()
{
    HastyTurn turn;
    WriteQueue queue(Clock::system(), turn);
    std::atomic<bool> hasGivenUp{false};
    // The leader still runs the batch when the other's caller gives up.
    turn.beforeLeaving = [&] {
        while (!hasGivenUp)
            std::this_thread::yield();
    };
    std::thread leader([&] { QVERIFY(queue.write({setOperation(1, "key", "v")}, SteadyTime::max())); });
    QVERIFY(eventually([&] { return turn.isBegun.load(); }));
    std::optional<Error> error;
    std::thread other([&] {
        const auto done = queue.write({setOperation(1, "key", "v")}, std::chrono::steady_clock::now() + 3s);
        if (!done)
            error = done.error();
        hasGivenUp = true;
    });
    QVERIFY(eventually([&] { return queue.waiting() == 1; }));
    turn.open = true;
    leader.join();
    other.join();
    QVERIFY(error);
    QCOMPARE(error->kind, Error::Kind::Timeout);
    QCOMPARE(queue.waiting(), std::size_t{0});
    // Nobody is made to lead who is not there.
    QVERIFY(queue.write({setOperation(1, "key", "v")}, std::chrono::steady_clock::now() + Patience));
}

void tst_StoreDeadlines::aLeadersDeadlineIsNotThatOfTheOthers()
{
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    // While another process has the writer's lock the two meet in the queue; then a foreign program is in the way, until
    // the first has run out of time.
    const auto lock = CoherenceFile::open(store.context().paths.coherenceFile);
    QVERIFY(lock && *(*lock)->lockWriter(Clock::system(), SteadyTime::max()));
    ForeignWriter foreign(fixture.path());
    Result<std::vector<WriteOutcome>> first;
    Result<std::vector<WriteOutcome>> second;
    std::thread leader([&] { first = store.write({setOperation(region, "first", "v")}, 500ms); });
    QVERIFY(eventually([&] { return store.statistics().writes == 1; }));
    std::thread other([&] { second = store.write({setOperation(region, "second", "v")}, Patience); });
    QVERIFY(eventually([&] { return store.statistics().writes == 2; }));
    (*lock)->unlockWriter();
    leader.join();
    foreign.end();
    other.join();
    QVERIFY(!first);
    QCOMPARE(first.error().kind, Error::Kind::Busy);
    QVERIFY2(second, second ? "" : qPrintable(toString(second.error())));
    QVERIFY(get(store, region, "second"));
    QVERIFY(!get(store, region, "first"));
}

void tst_StoreDeadlines::openingGivesUpWhenTheWritersLockIsHeld()
{
    ManualClock clock;
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const auto lock = CoherenceFile::open(store.context().paths.coherenceFile);
    QVERIFY(lock && *(*lock)->lockWriter(Clock::system(), SteadyTime::max()));
    fixture.changed.clock = &clock;
    std::atomic<bool> isDone{false};
    std::optional<Error> error;
    std::thread opening([&] {
        const auto opened = SqliteStore::open(fixture.options(), fixture.path());
        if (!opened)
            error = opened.error();
        isDone = true;
    });
    const bool hasEnded = eventually([&] {
        clock.advance(100ms);
        return isDone.load();
    });
    (*lock)->unlockWriter();
    opening.join();
    QVERIFY(hasEnded);
    QVERIFY(error);
    QCOMPARE(error->kind, Error::Kind::Busy);
    QVERIFY(fixture.openAnother() != nullptr);
}

void tst_StoreDeadlines::telemetryIsOpenedWithinTheDeadline()
{
    StoreFixture fixture;
    fixture.changed.busyTimeout = Patience;
    InstanceRow instance;
    instance.id = "one";
    FrameRow frame;
    frame.instanceId = "one";
    const auto first = CacheStore::open(fixture.options());
    QVERIFY(first);
    QVERIFY((*first)->telemetryChannel()->publish(instance, frame, Patience));
    ForeignWriter foreign(fixture.path() + QStringLiteral(".telemetry"));
    const auto store = CacheStore::open(fixture.options());
    QVERIFY(store);
    const auto before = std::chrono::steady_clock::now();
    const auto published = (*store)->telemetryChannel()->publish(instance, frame, 100ms);
    QVERIFY(!published);
    QVERIFY(std::chrono::steady_clock::now() - before < Patience / 4);
}

void tst_StoreDeadlines::aSnapshotIsLetGoSoonAfterItWasTaken()
{
    ManualClock clock;
    StoreFixture fixture;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    static_cast<void>(put(store, region, "key", "value"));
    fixture.changed.clock = &clock;
    const auto idle = fixture.openAnother();
    static_cast<void>(regionOf(*idle));
    // Its housekeeper is asleep, for longer than the snapshot may live.
    QVERIFY(eventually([&] { return clock.waiterCount() == 1; }));
    for (int i = 0; i < 3; ++i)
        QVERIFY(get(*idle, region, "key"));
    QVERIFY(idle->statistics().snapshotReads > 0);
    static_cast<void>(put(store, region, "key", "newer"));
    const auto connection = SqliteConnection::open(fixture.path(), SqliteConnection::Mode::ReadWrite, 0ms);
    QVERIFY(connection);
    const auto isInTheWay = [&] { return (*connection)->value(QStringLiteral("PRAGMA wal_checkpoint(RESTART)"))->toInt() != 0; };
    // Less than the housekeeper would sleep if nobody had told it of the snapshot.
    int advanced = 0;
    QVERIFY(eventually([&] {
        if (advanced < 12) {
            clock.advance(10ms);
            ++advanced;
        }
        return !isInTheWay();
    }));
}

QTEST_GUILESS_MAIN(tst_StoreDeadlines)
#include "tst_storedeadlines.moc"
