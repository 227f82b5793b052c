// SPDX-License-Identifier: GPL-3.0-or-later
#include "connectionguard.h"

#include <QTcpSocket>

#include <sys/socket.h>

#include <algorithm>

namespace Infra::Detail {

namespace {

// For a peer that reads until the end, and for one that has not read yet why it was refused.
constexpr std::chrono::milliseconds LingerTime{1000};

// In front of a request.
bool isBlank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\v') || c == '\r';
}

} // namespace

ConnectionGuard::ConnectionGuard(QTcpSocket &socket, const ConnectionLimits &limits)
    : QObject(&socket), m_socket(socket), m_limits(limits), m_lastAnswer(std::chrono::steady_clock::now())
{
    // What QHttpServer has read of a request stays in the buffer until it is complete.
    socket.setReadBufferSize(limits.maximumRequestBytes + 1);
    socket.setSocketOption(QAbstractSocket::KeepAliveOption, 1);
    m_timer.setSingleShot(true);
    m_timer.callOnTimeout(this, &ConnectionGuard::abort);
    m_timer.start(limits.requestTimeout);
    connect(&socket, &QTcpSocket::readyRead, this, &ConnectionGuard::receive);
    connect(&socket, &QTcpSocket::bytesWritten, this, &ConnectionGuard::answered);
}

void ConnectionGuard::abort()
{
    m_timer.stop();
    m_socket.abort();
}

void ConnectionGuard::receive()
{
    const qint64 fresh = m_socket.bytesAvailable();
    if (m_state == State::Upgraded || fresh <= 0)
        return;
    if (m_state == State::Answering) {
        // Each would be answered at once, whatever of it the peer reads.
        refuse("400 Bad Request");
        return;
    }
    if (m_state == State::Idle) {
        m_state = State::Receiving;
        m_timer.start(m_limits.requestTimeout);
    }
    m_received += fresh;
    if (m_expected == 0)
        judge(m_socket.peek(fresh));
    if (m_state != State::Receiving)
        return;
    if (m_received > m_limits.maximumRequestBytes) {
        refuse("413 Content Too Large");
    } else if (m_expected > 0 && m_received > m_expected) {
        refuse("400 Bad Request");
    } else if (m_received == m_expected) {
        m_state = State::Answering;
        // How long a route takes is its own business; how long the peer takes to read is not.
        m_timer.stop();
        QTimer::singleShot(0, this, [this] {
            if (m_state == State::Answering && m_socket.bytesToWrite() > 0)
                m_timer.start(m_limits.requestTimeout);
        });
    }
}

void ConnectionGuard::judge(const QByteArray &fresh)
{
    // Peers may send the head byte by byte.
    const qsizetype from = std::max<qsizetype>(m_bytes.size() - 2, 0);
    m_bytes += fresh;
    // QHttpServer passes over them: with a line's end they are no request either, to which it would never send an answer.
    m_bytes.remove(0, std::find_if_not(m_bytes.cbegin(), m_bytes.cend(), isBlank) - m_bytes.cbegin());
    const qsizetype size = RequestHead::sizeIn(m_bytes, from);
    if (size == 0)
        return;
    const RequestHead head = RequestHead::parse(QByteArrayView(m_bytes).first(size));
    const qint64 headEnd = m_received - m_bytes.size() + size;
    m_bytes.clear();
    m_wantsClose = head.wantsClose;
    // For one line that is no field QHttpServer drops all of them, and takes the body for the next request.
    if (!head.hasOnlyFields || head.hosts.size() > 1 || !head.bodyBytes) {
        refuse("400 Bad Request");
    } else if (m_limits.hosts && !head.hosts.isEmpty() && !isLocalName(head.hosts.first(), *m_limits.hosts)) {
        refuse("421 Misdirected Request");
    } else if (head.isTransferCoded) {
        refuse("411 Length Required");
    } else if (*head.bodyBytes > m_limits.maximumRequestBytes - headEnd) {
        refuse("413 Content Too Large");
    } else if (head.isUpgrade && !m_limits.takesUpgrades()) {
        refuse("501 Not Implemented");
    } else if (head.isUpgrade) {
        m_state = State::Upgraded;
        m_timer.stop();
    } else {
        m_expected = headEnd + *head.bodyBytes;
    }
}

void ConnectionGuard::answered()
{
    m_lastAnswer = std::chrono::steady_clock::now();
    if (m_state != State::Answering && m_state != State::Idle)
        return;
    if (m_socket.bytesToWrite() > 0) {
        m_timer.start(m_limits.requestTimeout);
        return;
    }
    m_state = State::Idle;
    m_received = 0;
    m_expected = 0;
    // A route may send the rest of its answer later.
    m_timer.start(m_wantsClose ? LingerTime : m_limits.idleTimeout);
}

void ConnectionGuard::refuse(const QByteArray &status)
{
    m_state = State::Refused;
    disconnect(&m_socket, &QTcpSocket::readyRead, nullptr, nullptr);
    m_socket.write("HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n");
    m_socket.flush();
    // Closed with bytes unread the kernel resets the connection, and the peer may never see the answer.
    ::shutdown(static_cast<int>(m_socket.socketDescriptor()), SHUT_WR);
    if (m_socket.isTransactionStarted())
        m_socket.commitTransaction();
    m_socket.readAll();
    connect(&m_socket, &QTcpSocket::readyRead, this, [this] { m_socket.readAll(); });
    m_timer.start(LingerTime);
}

} // namespace Infra::Detail
