// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

#include <atomic>
#include <thread>

namespace Infra {
class ConnectionPool;
}

namespace InfraTest {

// Looks at the server and at the pool, as often as it can, from a thread and a connection of its own: how many
// sessions an application has in pg_stat_activity, how many connects the pool has in flight.
class ServerWatch
{
public:
    ServerWatch(int port, QString applicationName, const Infra::ConnectionPool &pool);
    ~ServerWatch();
    ServerWatch(const ServerWatch &) = delete;
    ServerWatch &operator=(const ServerWatch &) = delete;

    void stop();
    [[nodiscard]] int highestSessions() const noexcept { return m_highestSessions; }
    [[nodiscard]] int highestConnecting() const noexcept { return m_highestConnecting; }

private:
    void watch(int port);

    const QString m_applicationName;
    const Infra::ConnectionPool &m_pool;
    std::atomic<bool> m_isStopping{false};
    std::atomic<int> m_highestSessions{0};
    std::atomic<int> m_highestConnecting{0};
    std::thread m_thread;
};

} // namespace InfraTest
