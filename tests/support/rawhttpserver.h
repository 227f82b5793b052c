// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QUrl>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace InfraTest {

// A real HTTP/1.1 server on 127.0.0.1 that does exactly what a test tells it to, wrong things included:
// sockets and threads of its own, no HTTP library in between. One thread a connection.
//
//     InfraTest::RawHttpServer server([](const auto &request, auto &connection) {
//         connection.write(InfraTest::RawHttpServer::response(200, "hello"));
//     });
class RawHttpServer
{
public:
    struct Request
    {
        QByteArray method;
        QByteArray target;
        std::vector<std::pair<QByteArray, QByteArray>> headers;
        QByteArray body;
        int connection = 0; // From 1, in the order of accepting.

        [[nodiscard]] QByteArray header(const QByteArray &name) const;
    };

    // The server's end of a connection, for a handler.
    class Connection
    {
    public:
        // False once the peer is gone.
        bool write(const QByteArray &bytes);
        // After the handler returns, the connection is closed in order, or with a TCP reset.
        void close() { m_closing = true; }
        void reset();
        // Sleeps, but not beyond the server's end. For handlers that are slow on purpose.
        void delay(std::chrono::milliseconds time);

    private:
        friend class RawHttpServer;
        Connection(RawHttpServer &server, int socket) : m_server(server), m_socket(socket) {}
        RawHttpServer &m_server;
        int m_socket;
        bool m_closing = false;
    };

    // Runs on the connection's thread once a request has arrived whole. A request with "Connection: close" is
    // the last one on its connection.
    using Handler = std::function<void(const Request &, Connection &)>;

    // `port` 0 takes a free one.
    explicit RawHttpServer(Handler handler, quint16 port = 0);
    ~RawHttpServer();
    RawHttpServer(const RawHttpServer &) = delete;
    RawHttpServer &operator=(const RawHttpServer &) = delete;

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QUrl url() const;

    // Requests whose head has arrived, whole or not, in order; their bodies are not kept.
    [[nodiscard]] std::vector<Request> requests() const;
    [[nodiscard]] int requestCount() const;
    [[nodiscard]] int connectionCount() const { return m_connections; }
    // The most that were open at once.
    [[nodiscard]] int peakConnectionCount() const;

    [[nodiscard]] static QByteArray response(int status, const QByteArray &body, const QByteArray &extraHeaders = {});

private:
    void accept();
    void serve(int socket, int number);

    Handler m_handler;
    int m_listener = -1;
    quint16 m_port = 0;
    std::thread m_acceptor;
    std::atomic<int> m_connections{0};
    mutable std::mutex m_mutex;
    std::condition_variable m_stopped;
    bool m_stopping = false;
    int m_active = 0;
    std::vector<int> m_sockets;
    std::vector<Request> m_requests;
    std::size_t m_peak = 0;
};

} // namespace InfraTest
