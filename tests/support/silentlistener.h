// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <thread>
#include <vector>

namespace InfraTest {

// A TCP server on a loopback port that accepts, reads nothing, answers nothing and keeps the connection until it
// is destroyed.
class SilentListener
{
public:
    SilentListener();
    ~SilentListener();
    SilentListener(const SilentListener &) = delete;
    SilentListener &operator=(const SilentListener &) = delete;

    [[nodiscard]] int port() const noexcept { return m_port; }

private:
    void acceptAll();

    int m_listener = -1;
    int m_port = 0;
    std::vector<int> m_accepted;
    std::atomic<bool> m_isStopping{false};
    std::thread m_thread;
};

} // namespace InfraTest
