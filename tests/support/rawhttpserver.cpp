// SPDX-License-Identifier: MIT
#include "rawhttpserver.h"

#include "loopback.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace InfraTest {

QByteArray RawHttpServer::Request::header(const QByteArray &name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

bool RawHttpServer::Connection::write(const QByteArray &bytes)
{
    return sendAll(m_socket, bytes);
}

void RawHttpServer::Connection::reset()
{
    m_closing = true;
    closeWithReset(m_socket);
}

void RawHttpServer::Connection::delay(std::chrono::milliseconds time)
{
    std::unique_lock lock(m_server.m_mutex);
    m_server.m_stopped.wait_for(lock, time, [this] { return m_server.m_stopping; });
}

RawHttpServer::RawHttpServer(Handler handler, quint16 port) : m_handler(std::move(handler))
{
    m_listener = listenOnLoopback(port, m_port);
    m_acceptor = std::thread([this] { accept(); });
}

RawHttpServer::~RawHttpServer()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        for (const int socket : m_sockets)
            ::shutdown(socket, SHUT_RDWR);
    }
    m_stopped.notify_all();
    ::shutdown(m_listener, SHUT_RDWR);
    m_acceptor.join();
    ::close(m_listener);
    std::unique_lock lock(m_mutex);
    m_stopped.wait(lock, [this] { return m_active == 0; });
}

QUrl RawHttpServer::url() const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_port));
}

std::vector<RawHttpServer::Request> RawHttpServer::requests() const
{
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

int RawHttpServer::requestCount() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_requests.size());
}

int RawHttpServer::peakConnectionCount() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_peak);
}

QByteArray RawHttpServer::response(int status, const QByteArray &body, const QByteArray &extraHeaders)
{
    QByteArray text = "HTTP/1.1 " + QByteArray::number(status) + " Status\r\n" + extraHeaders;
    if (status != 204 && status != 304)
        text += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    return text + "\r\n" + body;
}

void RawHttpServer::accept()
{
    pthread_setname_np(pthread_self(), "test-http");
    for (;;) {
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(m_mutex);
        if (m_stopping || socket < 0) {
            if (socket >= 0)
                ::close(socket);
            if (m_stopping)
                return;
            continue;
        }
        const int number = ++m_connections;
        m_sockets.push_back(socket);
        m_peak = std::max(m_peak, m_sockets.size());
        ++m_active;
        std::thread([this, socket, number] { serve(socket, number); }).detach();
    }
}

void RawHttpServer::serve(int socket, int number)
{
    pthread_setname_np(pthread_self(), "test-http-conn");
    QByteArray input;
    Connection connection(*this, socket);
    while (!connection.m_closing) {
        qsizetype end = -1;
        while ((end = input.indexOf("\r\n\r\n")) < 0) {
            if (!receiveSome(socket, input))
                break;
        }
        if (end < 0)
            break;
        Request request;
        request.connection = number;
        const QList<QByteArray> lines = input.left(end).split('\n');
        const QList<QByteArray> first = lines.value(0).trimmed().split(' ');
        request.method = first.value(0);
        request.target = first.value(1);
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const QByteArray line = lines[i].trimmed();
            const qsizetype colon = line.indexOf(':');
            request.headers.emplace_back(line.left(colon), line.mid(colon + 1).trimmed());
        }
        {
            const std::lock_guard lock(m_mutex);
            m_requests.push_back(request);
        }
        const qsizetype length = request.header("Content-Length").toLongLong();
        input.remove(0, end + 4);
        bool whole = true;
        while (input.size() < length && (whole = receiveSome(socket, input))) { }
        if (!whole)
            break;
        request.body = input.left(length);
        input.remove(0, length);
        m_handler(request, connection);
        if (request.header("Connection").compare("close", Qt::CaseInsensitive) == 0)
            connection.close();
    }
    const std::lock_guard lock(m_mutex);
    std::erase(m_sockets, socket);
    ::close(socket);
    --m_active;
    m_stopped.notify_all();
}

} // namespace InfraTest
