// SPDX-License-Identifier: MIT
#pragma once

#include <QtGlobal>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace InfraTest {

// What happens to the bytes of one direction of a connection. All off by default; they combine.
struct Toxics
{
    std::chrono::milliseconds latency{0};
    std::chrono::milliseconds jitter{0};     // Up to this much more, at random.
    qint64 bytesPerSecond = 0;               // 0: no limit.
    int sliceBytes = 0;                      // Pieces of at most this size, 0: as they come …
    std::chrono::milliseconds sliceDelay{0}; // … and this far apart.
    qint64 resetAfter = -1;                  // Both ends get a TCP reset once so many bytes have passed.
    qint64 closeAfter = -1;                  // Both ends are closed in order once so many bytes have passed.
    bool stalls = false;                     // Nothing passes, and nobody is told.
    std::chrono::milliseconds slowClose{0};  // The end of the stream is passed on this much later.
    bool halfOpen = false;                   // The end of the stream is never passed on.
};

// A TCP proxy on 127.0.0.1 that does harm: latency, jitter, bandwidth, slicing, resets at a byte, stalls, slow
// closes, limits and half-open connections, as Toxiproxy has them. One thread a connection.
//
//     InfraTest::TcpGate gate(server.port());
//     gate.setToxics({.latency = 50ms}, {.resetAfter = 100});
class TcpGate
{
public:
    explicit TcpGate(quint16 targetPort, std::uint64_t seed = 1);
    ~TcpGate();
    TcpGate(const TcpGate &) = delete;
    TcpGate &operator=(const TcpGate &) = delete;

    [[nodiscard]] quint16 port() const { return m_port; }
    // For connections from now on: requests go to the target, answers come from it.
    void setToxics(const Toxics &requests, const Toxics &answers);
    // Connections refused at once from now on: accepted and reset.
    void setRefusing(bool refusing) { m_refusing = refusing; }
    // Connections accepted so far.
    [[nodiscard]] int connectionCount() const { return m_connections; }

private:
    void accept();
    void relay(int client, Toxics requests, Toxics answers, std::uint64_t seed);

    const quint16 m_targetPort;
    const std::uint64_t m_seed;
    int m_listener = -1;
    quint16 m_port = 0;
    std::thread m_acceptor;
    std::atomic<int> m_connections{0};
    std::atomic<bool> m_refusing{false};
    std::mutex m_mutex;
    std::condition_variable m_changed;
    Toxics m_requests;
    Toxics m_answers;
    bool m_stopping = false;
    int m_active = 0;
};

} // namespace InfraTest
