// SPDX-License-Identifier: MIT
#include "tcpgate.h"

#include "core/random.h"
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

namespace InfraTest {

namespace {

using Time = std::chrono::steady_clock::time_point;
using namespace std::chrono_literals;

constexpr qint64 MaximumBuffered = 4 * 1024 * 1024;

enum class Fate { Continues, Closes, Resets };

// One direction of a connection.
class Pipe
{
public:
    Pipe(int from, int to, const Toxics &toxics, std::uint64_t seed) : m_from(from), m_to(to), m_toxics(toxics), m_random(seed) {}

    [[nodiscard]] int source() const { return m_from; }
    [[nodiscard]] bool wantsInput() const { return !m_ended && m_buffered < MaximumBuffered; }
    [[nodiscard]] bool isDone() const { return m_ended && m_chunks.empty() && m_endPassed; }

    void receive(Time now)
    {
        QByteArray bytes;
        if (!receiveSome(m_from, bytes)) {
            m_ended = true;
            m_endDue = std::max(now, m_lastDue) + m_toxics.slowClose;
            return;
        }
        if (m_toxics.stalls)
            return;
        const qsizetype step = m_toxics.sliceBytes > 0 ? m_toxics.sliceBytes : bytes.size();
        for (qsizetype at = 0; at < bytes.size(); at += step) {
            const QByteArray piece = bytes.mid(at, step);
            const auto extra = std::chrono::duration_cast<std::chrono::nanoseconds>(m_toxics.jitter) * m_random.unit();
            Time due = std::max(m_lastDue, now + m_toxics.latency + std::chrono::duration_cast<std::chrono::nanoseconds>(extra));
            if (at > 0)
                due += m_toxics.sliceDelay;
            if (m_toxics.bytesPerSecond > 0)
                due += std::chrono::nanoseconds(piece.size() * 1'000'000'000 / m_toxics.bytesPerSecond);
            m_lastDue = due;
            m_buffered += piece.size();
            m_chunks.push_back({piece, due});
        }
    }

    Fate deliver(Time now)
    {
        while (!m_chunks.empty() && m_chunks.front().due <= now) {
            const QByteArray bytes = m_chunks.front().bytes;
            m_chunks.pop_front();
            m_buffered -= bytes.size();
            for (const auto &[limit, fate] : {std::pair(m_toxics.resetAfter, Fate::Resets), std::pair(m_toxics.closeAfter, Fate::Closes)}) {
                if (limit >= 0 && m_passed + bytes.size() >= limit) {
                    sendAll(m_to, bytes.left(limit - m_passed));
                    return fate;
                }
            }
            m_passed += bytes.size();
            if (!sendAll(m_to, bytes))
                return Fate::Closes;
        }
        if (m_ended && m_chunks.empty() && !m_endPassed && !m_toxics.halfOpen && !m_toxics.stalls && m_endDue <= now) {
            ::shutdown(m_to, SHUT_WR);
            m_endPassed = true;
        }
        return Fate::Continues;
    }

    [[nodiscard]] std::optional<Time> nextDue() const
    {
        if (!m_chunks.empty())
            return m_chunks.front().due;
        if (m_ended && !m_endPassed && !m_toxics.halfOpen && !m_toxics.stalls)
            return m_endDue;
        return {};
    }

private:
    struct Chunk
    {
        QByteArray bytes;
        Time due;
    };

    int m_from;
    int m_to;
    Toxics m_toxics;
    Infra::Detail::Random m_random;
    std::deque<Chunk> m_chunks;
    qint64 m_buffered = 0;
    qint64 m_passed = 0;
    Time m_lastDue{};
    Time m_endDue{};
    bool m_ended = false;
    bool m_endPassed = false;
};

} // namespace

TcpGate::TcpGate(quint16 targetPort, std::uint64_t seed) : m_targetPort(targetPort), m_seed(seed)
{
    m_listener = listenOnLoopback(0, m_port);
    m_acceptor = std::thread([this] { accept(); });
}

TcpGate::~TcpGate()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    ::shutdown(m_listener, SHUT_RDWR);
    m_acceptor.join();
    ::close(m_listener);
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [this] { return m_active == 0; });
}

void TcpGate::setToxics(const Toxics &requests, const Toxics &answers)
{
    const std::lock_guard lock(m_mutex);
    m_requests = requests;
    m_answers = answers;
}

void TcpGate::accept()
{
    pthread_setname_np(pthread_self(), "test-gate");
    for (;;) {
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(m_mutex);
        if (m_stopping) {
            if (client >= 0)
                ::close(client);
            return;
        }
        if (client < 0)
            continue;
        const int number = ++m_connections;
        if (m_refusing) {
            closeWithReset(client);
            ::close(client);
            continue;
        }
        ++m_active;
        std::thread([this, client, requests = m_requests, answers = m_answers, number] {
            relay(client, requests, answers, m_seed * 1000003 + static_cast<std::uint64_t>(number));
            const std::lock_guard inner(m_mutex);
            --m_active;
            m_changed.notify_all();
        }).detach();
    }
}

void TcpGate::relay(int client, Toxics requests, Toxics answers, std::uint64_t seed)
{
    pthread_setname_np(pthread_self(), "test-gate-conn");
    const int server = connectToLoopback(m_targetPort);
    Fate fate = server < 0 ? Fate::Resets : Fate::Continues;
    std::array<Pipe, 2> pipes{Pipe(client, server, requests, seed), Pipe(server, client, answers, seed + 1)};
    // A reset "after 0 bytes" happens at once, before anything has been read.
    if (requests.resetAfter == 0)
        fate = Fate::Resets;
    while (fate == Fate::Continues && !(pipes[0].isDone() && pipes[1].isDone())) {
        {
            const std::lock_guard lock(m_mutex);
            if (m_stopping)
                break;
        }
        Time wake = std::chrono::steady_clock::now() + 50ms; // Looks for the end of the gate this often.
        std::array<pollfd, 2> fds{};
        for (std::size_t i = 0; i < 2; ++i) {
            fds[i] = {pipes[i].wantsInput() ? pipes[i].source() : -1, POLLIN, 0};
            if (const auto due = pipes[i].nextDue())
                wake = std::min(wake, *due);
        }
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(wake - std::chrono::steady_clock::now());
        ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
        const Time now = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < 2 && fate == Fate::Continues; ++i) {
            if (fds[i].revents != 0)
                pipes[i].receive(now);
            fate = pipes[i].deliver(now);
        }
    }
    if (fate == Fate::Resets) {
        closeWithReset(client);
        if (server >= 0)
            closeWithReset(server);
    }
    ::close(client);
    if (server >= 0)
        ::close(server);
}

} // namespace InfraTest
