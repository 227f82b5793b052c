// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/manualclock.h>

#include <QtTest>

#include <limits>
#include <thread>

using namespace Infra;
using namespace std::chrono_literals;

class ClockTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void relativeDeadlineCountsFromTheCall();
    void hugeRelativeDeadlineSaturates();
    void relativeDeadlinesOfAnyTypeAreConverted();
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

void ClockTest::relativeDeadlinesOfAnyTypeAreConverted()
{
    const ManualClock clock;
    const auto fromNow = [&clock](Deadline deadline) { return deadline.resolve(clock) - clock.steadyNow(); };
    using SmallSeconds = std::chrono::duration<std::int32_t>;
    using SmallMilliseconds = std::chrono::duration<std::int32_t, std::milli>;
    using Hours = std::chrono::duration<std::int64_t, std::ratio<3600>>;
    QVERIFY(fromNow(SmallSeconds(5)) == 5s);
    QVERIFY(fromNow(SmallMilliseconds(5)) == 5ms);
    QVERIFY(fromNow(SmallSeconds::max()) == std::chrono::seconds(std::numeric_limits<std::int32_t>::max()));
    QVERIFY(fromNow(std::chrono::duration<std::uint32_t>(5)) == 5s);
    QVERIFY(fromNow(std::chrono::duration<double>(0.5)) == 500ms);
    QVERIFY(fromNow(std::chrono::duration<std::int64_t, std::pico>(5'000)) == 5ns);
    // None of these may overflow on the way.
    for (const Deadline never : {Deadline(Hours::max()), Deadline(std::chrono::duration<double>(1e300)),
                                 Deadline(std::chrono::duration<std::uint64_t>::max())})
        QVERIFY(never.resolve(clock) == SteadyTime::max());
    for (const Deadline now : {Deadline(Hours::min()), Deadline(SmallSeconds::min()), Deadline(-5s),
                               Deadline(std::chrono::duration<double>(-1e300)), Deadline(std::chrono::nanoseconds::min())})
        QVERIFY(now.resolve(clock) <= clock.steadyNow());
    constexpr Deadline fixed(Hours::min());
    QVERIFY(fixed.resolve(clock) <= clock.steadyNow());
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
