// SPDX-License-Identifier: MIT
#pragma once

#include "rawhttpserver.h"

#include <infra/healthchecker.h>
#include <infra/manualclock.h>

#include <QTest>

#include <atomic>

namespace InfraTest {

// The system's time, until its end; whoever reads it afterwards would have read a clock that is gone.
class MortalClock final : public Infra::Clock
{
public:
    void end() { m_ended = true; }
    [[nodiscard]] int readsAfterItsEnd() const { return m_readsAfterItsEnd; }

    [[nodiscard]] Infra::SteadyTime steadyNow() const noexcept override
    {
        note();
        return Clock::system().steadyNow();
    }
    [[nodiscard]] Infra::SystemTime systemNow() const noexcept override
    {
        note();
        return Clock::system().systemNow();
    }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, Infra::SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        note();
        return Clock::system().waitUntil(lock, condition, deadline, ready);
    }

private:
    void note() const noexcept
    {
        if (m_ended)
            ++m_readsAfterItsEnd;
    }

    std::atomic<bool> m_ended{false};
    mutable std::atomic<int> m_readsAfterItsEnd{0};
};

// True once the network thread has deleted what was to be deleted, and has looked at every clock that it still knows:
// it ends a check whose time is up on a manual clock when it looks at that one, and twice, because another may be next.
inline bool networkThreadHasLookedAround()
{
    RawHttpServer silent([](const auto &, auto &connection) { connection.delay(std::chrono::seconds(30)); });
    Infra::ManualClock clock;
    Infra::HealthCheckOptions options;
    options.clock = &clock;
    for (int i = 0; i < 2; ++i) {
        const auto future = Infra::HealthChecker::check(QStringLiteral("silent"), silent.url(), options);
        const bool ended = QTest::qWaitFor([&] {
            clock.advance(options.timeout);
            return future.isFinished();
        });
        if (!ended)
            return false;
    }
    return true;
}

} // namespace InfraTest
