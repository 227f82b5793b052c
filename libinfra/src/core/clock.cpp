// SPDX-License-Identifier: MIT
#include <infra/clock.h>

namespace Infra {

namespace {

class SystemClock final : public Clock
{
public:
    SteadyTime steadyNow() const noexcept override { return std::chrono::steady_clock::now(); }

    SystemTime systemNow() const noexcept override
    {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime deadline,
                   const std::function<bool()> &ready) const override
    {
        // wait_until(max) overflows inside some standard libraries.
        if (deadline == SteadyTime::max()) {
            condition.wait(lock, ready);
            return true;
        }
        return condition.wait_until(lock, deadline, ready);
    }
};

} // namespace

Clock::~Clock() = default;

const Clock &Clock::system() noexcept
{
    static const SystemClock clock;
    return clock;
}

} // namespace Infra
