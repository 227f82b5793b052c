// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/manualclock.h>

#include <QtTest>

#include <thread>

using namespace Infra;
using namespace std::chrono_literals;

class ClockTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void relativeDeadlineCountsFromTheCall();
    void hugeRelativeDeadlineSaturates();
    void waitEndsWhenTheManualClockPassesTheDeadline();
    void waitEndsWhenTheConditionHolds();
    void steppingTheWallClockLeavesSteadyTimeAlone();
};

void ClockTest::relativeDeadlineCountsFromTheCall()
{
    ManualClock clock;
    const Deadline deadline(5s);
    clock.advance(1s);
    QCOMPARE(deadline.resolve(clock) - clock.steadyNow(), SteadyTime::duration(5s));
}

void ClockTest::hugeRelativeDeadlineSaturates()
{
    const ManualClock clock;
    QVERIFY(Deadline(std::chrono::nanoseconds::max()).resolve(clock) == SteadyTime::max());
    QVERIFY(Deadline::never().resolve(clock) == SteadyTime::max());
}

void ClockTest::waitEndsWhenTheManualClockPassesTheDeadline()
{
    ManualClock clock;
    std::mutex mutex;
    std::condition_variable condition;
    bool result = true;
    std::thread waiter([&] {
        std::unique_lock lock(mutex);
        result = clock.waitUntil(lock, condition, clock.steadyNow() + 10s, [] { return false; });
    });
    while (clock.waiterCount() == 0)
        std::this_thread::yield();
    clock.advance(9s);
    QCOMPARE(clock.waiterCount(), 1);
    clock.advance(1s);
    waiter.join();
    QVERIFY(!result);
}

void ClockTest::waitEndsWhenTheConditionHolds()
{
    const ManualClock clock;
    std::mutex mutex;
    std::condition_variable condition;
    bool ready = false;
    bool result = false;
    std::thread waiter([&] {
        std::unique_lock lock(mutex);
        result = clock.waitUntil(lock, condition, SteadyTime::max(), [&] { return ready; });
    });
    {
        const std::lock_guard lock(mutex);
        ready = true;
    }
    condition.notify_all();
    waiter.join();
    QVERIFY(result);
}

void ClockTest::steppingTheWallClockLeavesSteadyTimeAlone()
{
    ManualClock clock;
    const SteadyTime steady = clock.steadyNow();
    const SystemTime system = clock.systemNow();
    clock.stepSystemClock(-24h);
    QVERIFY(clock.steadyNow() == steady);
    QVERIFY(clock.systemNow() == system - 24h);
}

QTEST_GUILESS_MAIN(ClockTest)
#include "tst_clock.moc"
