// SPDX-License-Identifier: GPL-3.0-or-later
#include "guardedserver.h"

#include <QTcpSocket>
#include <QTimer>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace Infra::Detail {

namespace {

// Of the descriptors that a process may have: the service itself opens files and connections.
constexpr rlim_t KeptDescriptorFraction = 8;
constexpr std::chrono::milliseconds AcceptPause{1000};

bool isScarce(qintptr descriptor)
{
    // The lowest free one is given out: there were as many as its number says.
    struct rlimit limit = {};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY
        && static_cast<rlim_t>(descriptor) >= limit.rlim_cur - limit.rlim_cur / KeptDescriptorFraction;
}

// The next one to be given out.
bool isNextScarce(qintptr descriptor)
{
    const int next = ::fcntl(static_cast<int>(descriptor), F_DUPFD_CLOEXEC, 0);
    if (next < 0)
        return true;
    ::close(next);
    return isScarce(next);
}

} // namespace

GuardedServer::GuardedServer(qsizetype maximumConnections, ConnectionLimits limits)
    : m_maximumConnections(maximumConnections), m_capacity(maximumConnections), m_limits(std::move(limits))
{
    connect(this, &QTcpServer::acceptError, this, [this] {
        // A connection that cannot be accepted keeps the listener readable. Without descriptors that is what Qt is told
        // when there is none, too, so whoever came just now is left alone.
        pauseAccepting();
        dropOldest(std::chrono::steady_clock::now() - AcceptPause);
        QTimer::singleShot(AcceptPause, this, &QTcpServer::resumeAccepting);
    });
}

void GuardedServer::incomingConnection(qintptr descriptor)
{
    // One that is not scarce may be what the last connection to be dropped left, and tell nothing; the one behind it does.
    if (isScarce(descriptor))
        m_capacity = std::clamp<qsizetype>(m_guards.size(), 1, m_capacity);
    else if (m_capacity < m_maximumConnections && !isNextScarce(descriptor))
        m_capacity = m_maximumConnections;
    while (m_guards.size() >= m_capacity && dropOldest()) { }
    auto socket = std::make_unique<QTcpSocket>(this);
    if (!socket->setSocketDescriptor(descriptor)) {
        ::close(static_cast<int>(descriptor));
        return;
    }
    auto *guard = new ConnectionGuard(*socket, m_limits);
    m_guards.append(guard);
    connect(socket.get(), &QTcpSocket::disconnected, this, [this, guard] { m_guards.removeOne(guard); });
    addPendingConnection(socket.release());
}

bool GuardedServer::dropOldest(std::chrono::steady_clock::time_point newest)
{
    const auto oldest = std::min_element(m_guards.begin(), m_guards.end(), [](const auto *left, const auto *right) {
        return left->lastAnswer() < right->lastAnswer();
    });
    if (oldest == m_guards.end() || (*oldest)->lastAnswer() > newest)
        return false;
    (*oldest)->abort();
    return true;
}

} // namespace Infra::Detail
