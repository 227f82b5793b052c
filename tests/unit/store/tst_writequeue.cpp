// SPDX-License-Identifier: MIT
#include "failonwarning.h"
#include "storefixture.h"

#include "store/writequeue.h"

#include <QtTest>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds Patience{60};

bool eventually(const std::function<bool()> &condition)
{
    return QTest::qWaitFor(condition, static_cast<int>(std::chrono::milliseconds(Patience).count()));
}

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
    void execute(std::span<const std::shared_ptr<WriteRequest>> batch, const WriteRequest *, SteadyTime) override
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

// Who ran which batch, and for whom. Another writer is there whenever a batch ends, until there were enough.
class ObservedTurn final : public WriteTurn
{
public:
    struct Batch
    {
        std::thread::id by;
        bool isForOthers = false;
    };
    static constexpr int Enough = 24;

    ~ObservedTurn() override
    {
        for (std::thread &writer : m_writers)
            writer.join();
    }
    void addWriter()
    {
        m_writers.emplace_back([this] { m_served += queue.write({setOperation(1, "key", "v")}, SteadyTime::max()) ? 1 : 0; });
    }

    Result<void> beginTurn(SteadyTime deadline) override
    {
        if (refusesOthers && deadline != SteadyTime::max()) {
            ++refused;
            return failure(Error::Kind::Busy, QStringLiteral("refused"));
        }
        return {};
    }
    void execute(std::span<const std::shared_ptr<WriteRequest>> batch, const WriteRequest *own, SteadyTime) override
    {
        batches.push_back({std::this_thread::get_id(), !own});
        for (const auto &request : batch) {
            request->isServed = own || !leavesOthers;
            request->result = std::vector<WriteOutcome>(request->operations.size());
        }
    }
    void endTurn() override
    {
        if (m_writers.size() >= Enough)
            return;
        addWriter();
        while (queue.waiting() == 0)
            std::this_thread::yield();
    }

    bool refusesOthers = false;
    bool leavesOthers = false;
    int refused = 0;
    std::vector<Batch> batches;
    WriteQueue queue{Clock::system(), *this};
    [[nodiscard]] int served() const { return m_served; }

private:
    std::vector<std::thread> m_writers; // Of whoever has the turn.
    std::atomic<int> m_served{0};
};

} // namespace

class tst_WriteQueue : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void writersOfOneProcessShareTransactions();
    void aLeaderRunsAFewShortBatches();
    void whoGotNoTurnFromALeaderOfOthersHasHisOwn_data();
    void whoGotNoTurnFromALeaderOfOthersHasHisOwn();
    void whatALeaderLeavesIsTakenAlongByTheNext();
    void whatALeaderLeavesBehindItsCallersDeadlineIsForgotten();
};

void tst_WriteQueue::writersOfOneProcessShareTransactions()
{
    // A turn that does not begin until it is let go.
    class GatedTurn final : public WriteTurn
    {
    public:
        std::atomic<bool> open{false};
        std::vector<std::size_t> batches;

        Result<void> beginTurn(SteadyTime) override
        {
            while (!open)
                std::this_thread::yield();
            return {};
        }
        void execute(std::span<const std::shared_ptr<WriteRequest>> batch, const WriteRequest *, SteadyTime) override
        {
            batches.push_back(batch.size());
            for (const auto &request : batch)
                request->result = std::vector<WriteOutcome>(request->operations.size());
        }
        void endTurn() override {}
    };
    GatedTurn turn;
    WriteQueue queue(Clock::system(), turn);
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&] { QVERIFY(queue.write({setOperation(1, "key", "v")}, SteadyTime::max())); });
    while (queue.waiting() < 15)
        std::this_thread::yield();
    turn.open = true;
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(turn.batches, std::vector<std::size_t>{16});
}

void tst_WriteQueue::aLeaderRunsAFewShortBatches()
{
    // A batch that the machine made long is followed by another leader, so one look may not be enough.
    bool isSeen = false;
    for (int look = 0; look < 50 && !isSeen; ++look) {
        ObservedTurn turn;
        QVERIFY(turn.queue.write({setOperation(1, "key", "v")}, SteadyTime::max()));
        QVERIFY(eventually([&] { return turn.served() == ObservedTurn::Enough; }));
        int inARow = 0;
        std::thread::id last;
        for (const ObservedTurn::Batch &batch : turn.batches) {
            inARow = batch.by == last ? inARow + 1 : 1;
            last = batch.by;
            QVERIFY2(inARow <= 4, "somebody works for the others for long");
            QCOMPARE(batch.isForOthers, inARow > 1);
            isSeen |= inARow == 4;
        }
    }
    QVERIFY(isSeen);
}

void tst_WriteQueue::whoGotNoTurnFromALeaderOfOthersHasHisOwn_data()
{
    QTest::addColumn<bool>("isRefused");
    QTest::newRow("the turn did not begin") << true;
    QTest::newRow("the batch was left") << false;
}

void tst_WriteQueue::whoGotNoTurnFromALeaderOfOthersHasHisOwn()
{
    QFETCH(bool, isRefused);
    bool isSeen = false;
    for (int look = 0; look < 50 && !isSeen; ++look) {
        ObservedTurn turn;
        turn.refusesOthers = isRefused;
        turn.leavesOthers = !isRefused;
        QVERIFY(turn.queue.write({setOperation(1, "key", "v")}, SteadyTime::max()));
        QVERIFY(eventually([&] { return turn.served() == ObservedTurn::Enough; }));
        isSeen = turn.refused > 0
            || std::any_of(turn.batches.begin(), turn.batches.end(), [](const auto &batch) { return batch.isForOthers; });
    }
    QVERIFY2(isSeen, "nobody led for others");
}

void tst_WriteQueue::whatALeaderLeavesIsTakenAlongByTheNext()
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

void tst_WriteQueue::whatALeaderLeavesBehindItsCallersDeadlineIsForgotten()
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
        const auto done = queue.write({setOperation(1, "key", "v")}, std::chrono::steady_clock::now() + 500ms);
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

QTEST_GUILESS_MAIN(tst_WriteQueue)
#include "tst_writequeue.moc"
