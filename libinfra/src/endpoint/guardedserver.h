// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "connectionguard.h"

#include <QList>
#include <QTcpServer>

#include <chrono>

namespace Infra::Detail {

// Thread safety: none; lives in one thread.
//
// A listener that holds so many connections at most, each under a guard: one more takes the place of the one that has
// waited longest for an answer, so that silent peers cannot keep others out. It leaves the process descriptors, too.
class GuardedServer : public QTcpServer
{
public:
    GuardedServer(qsizetype maximumConnections, ConnectionLimits limits);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    // False: there is none, or it was answered behind newest.
    bool dropOldest(std::chrono::steady_clock::time_point newest = std::chrono::steady_clock::time_point::max());

    const qsizetype m_maximumConnections;
    qsizetype m_capacity; // Less than the maximum while descriptors are scarce.
    const ConnectionLimits m_limits;
    QList<ConnectionGuard *> m_guards; // Of connections that are open; owned by their sockets.
};

} // namespace Infra::Detail
