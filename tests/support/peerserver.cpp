// SPDX-License-Identifier: MIT
#include "peerserver.h"

#include "loopback.h"

#include <QDeadlineTimer>
#include <QStandardPaths>
#include <QThread>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace InfraTest {

namespace {

constexpr int PatienceSeconds = 10;

// A port that is free now; neither server can be told to choose one.
quint16 freePort()
{
    quint16 port = 0;
    ::close(listenOnLoopback(0, port));
    return port;
}

} // namespace

std::unique_ptr<PeerServer>
PeerServer::start(const QString &program, const std::function<QStringList(quint16 port)> &arguments, QString *missing)
{
    const QString path = QStandardPaths::findExecutable(program);
    if (path.isEmpty()) {
        *missing = QStringLiteral("there is no program %1").arg(program);
        return nullptr;
    }
    std::unique_ptr<PeerServer> server(new PeerServer);
    const quint16 port = freePort();
    server->m_server.setWorkingDirectory(server->m_directory.path());
    server->m_server.setStandardOutputFile(QProcess::nullDevice());
    server->m_server.start(path, arguments(port));
    const QDeadlineTimer deadline(PatienceSeconds * 1000);
    while (server->m_socket < 0 && !deadline.hasExpired()) {
        server->m_socket = connectToLoopback(port);
        if (server->m_socket < 0)
            QThread::msleep(20);
    }
    if (server->m_socket < 0) {
        *missing = QStringLiteral("%1 did not come up").arg(program);
        return nullptr;
    }
    const timeval patience{PatienceSeconds, 0};
    ::setsockopt(server->m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    server->m_buffer.resize(64 * 1024);
    return server;
}

PeerServer::~PeerServer()
{
    if (m_socket >= 0)
        ::close(m_socket);
    m_server.terminate();
    if (!m_server.waitForFinished(5000)) {
        m_server.kill();
        m_server.waitForFinished(5000);
    }
}

bool PeerServer::exchange(const QByteArray &command, QByteArray *answer)
{
    if (!sendAll(m_socket, command))
        return false;
    const ssize_t received = ::recv(m_socket, m_buffer.data(), static_cast<std::size_t>(m_buffer.size()), 0);
    if (received <= 0)
        return false;
    *answer = QByteArray::fromRawData(m_buffer.constData(), received);
    return true;
}

} // namespace InfraTest
