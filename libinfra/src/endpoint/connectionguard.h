// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requesthead.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

class QTcpSocket;

namespace Infra::Detail {

// Thread safety: a value.
struct ConnectionLimits
{
    qint64 maximumRequestBytes = 0;
    std::chrono::milliseconds requestTimeout{};
    std::chrono::milliseconds idleTimeout{};
    // Requests must name one of these, or this machine; none: any name will do.
    std::optional<QByteArrayList> hosts;
    // Whether the service takes WebSockets. QHttpServer answers an upgrade twice where it does not.
    std::function<bool()> takesUpgrades;
};

// Thread safety: none; lives in its socket's thread.
//
// Refuses what a peer must not do to a service, before QHttpServer sees it: QHttpServer of Qt 6.4 has no limits. A
// child of the socket, made before anybody else is connected to it.
class ConnectionGuard : public QObject
{
public:
    ConnectionGuard(QTcpSocket &socket, const ConnectionLimits &limits);

    // When it last connected or was sent something; what a peer sends keeps no connection open.
    [[nodiscard]] std::chrono::steady_clock::time_point lastAnswer() const noexcept { return m_lastAnswer; }
    // Closes it at once, whatever is under way.
    void abort();

private:
    enum class State { Idle, Receiving, Answering, Upgraded, Refused };

    void receive();
    void judge(const QByteArray &fresh);
    void answered();
    void refuse(const QByteArray &status);

    QTcpSocket &m_socket;
    const ConnectionLimits &m_limits;
    QTimer m_timer;
    State m_state = State::Idle;
    QByteArray m_bytes;                 // Of the request's head, while it is not complete.
    qint64 m_received = 0;              // Of this request.
    qint64 m_expected = 0;              // Bytes of this request; 0 while unknown.
    bool m_wantsClose = false;
    std::chrono::steady_clock::time_point m_lastAnswer;
};

} // namespace Infra::Detail
