// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace InfraBench {

// Thread safety: belongs to the GUI thread.
//
// Measures how long the event loop of its thread does not answer: a thread of its own asks every two milliseconds and
// notes when the answer comes. A question that waits counts for all that could not be asked meanwhile, so that one long
// block weighs as long as it lasted.
class Watchdog : public QObject
{
    Q_OBJECT

public:
    Watchdog();
    ~Watchdog() override;

    struct Report
    {
        double longestMilliseconds = 0;
        double p999Milliseconds = 0;
        std::size_t samples = 0;
    };
    // Of the time since the last call.
    [[nodiscard]] Report take();

protected:
    bool event(QEvent *event) override;

private:
    using Steady = std::chrono::steady_clock;

    std::vector<double> m_samples; // Milliseconds; the GUI thread only.
    std::atomic<Steady::rep> m_askedAt{0};
    std::atomic<bool> m_stop{false};
    std::thread m_thread;
};

} // namespace InfraBench
