// SPDX-License-Identifier: MIT
#include "redisfixture.h"

#include <QElapsedTimer>
#include <QStandardPaths>
#include <QThread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace InfraTest {

namespace {

// A port that is free now; Redis cannot be told to choose one.
int freePort()
{
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    int port = 0;
    if (::bind(probe, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0
        && ::getsockname(probe, reinterpret_cast<sockaddr *>(&address), &length) == 0)
        port = ntohs(address.sin_port);
    ::close(probe);
    return port;
}

int connectTo(int port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof(address)) != 0) {
        ::close(descriptor);
        return -1;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return descriptor;
}

} // namespace

std::unique_ptr<RedisFixture> RedisFixture::create(QString *missing)
{
    const QString program = QStandardPaths::findExecutable(QStringLiteral("redis-server"));
    if (program.isEmpty()) {
        *missing = QStringLiteral("redis-server is not installed");
        return nullptr;
    }
    std::unique_ptr<RedisFixture> fixture(new RedisFixture);
    const int port = freePort();
    fixture->m_server.setWorkingDirectory(fixture->m_directory.path());
    fixture->m_server.setStandardOutputFile(QProcess::nullDevice());
    fixture->m_server.start(program, {QStringLiteral("--port"), QString::number(port), QStringLiteral("--bind"), QStringLiteral("127.0.0.1"),
                                      QStringLiteral("--save"), QString(), QStringLiteral("--appendonly"), QStringLiteral("no")});
    QElapsedTimer timer;
    timer.start();
    while (fixture->m_socket < 0 && timer.elapsed() < 10'000) {
        fixture->m_socket = connectTo(port);
        if (fixture->m_socket < 0)
            QThread::msleep(20);
    }
    fixture->m_buffer.resize(64 * 1024);
    if (fixture->m_socket < 0) {
        *missing = QStringLiteral("redis-server did not come up");
        return nullptr;
    }
    return fixture;
}

RedisFixture::~RedisFixture()
{
    if (m_socket >= 0)
        ::close(m_socket);
    m_server.terminate();
    if (!m_server.waitForFinished(5000))
        m_server.kill();
}

bool RedisFixture::exchange(const QByteArray &command, QByteArray *answer)
{
    if (::send(m_socket, command.constData(), static_cast<std::size_t>(command.size()), 0) != command.size())
        return false;
    const ssize_t received = ::recv(m_socket, m_buffer.data(), static_cast<std::size_t>(m_buffer.size()), 0);
    if (received <= 0)
        return false;
    *answer = QByteArray::fromRawData(m_buffer.constData(), received);
    return true;
}

QByteArray RedisFixture::encode(std::initializer_list<QByteArray> words)
{
    QByteArray command = '*' + QByteArray::number(static_cast<int>(words.size())) + "\r\n";
    for (const QByteArray &word : words)
        command += '$' + QByteArray::number(word.size()) + "\r\n" + word + "\r\n";
    return command;
}

} // namespace InfraTest
