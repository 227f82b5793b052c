// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <functional>
#include <memory>

namespace InfraTest {

// Thread safety: none.
//
// A server that a benchmark is compared with: a process of our own on a loopback port, and one plain blocking
// connection to it that stays open.
class PeerServer
{
public:
    // Null, with the reason in `missing`, when there is no such program or it does not come up within ten seconds.
    // `arguments` are what makes it listen on a port.
    [[nodiscard]] static std::unique_ptr<PeerServer>
    start(const QString &program, const std::function<QStringList(quint16 port)> &arguments, QString *missing);
    ~PeerServer();
    PeerServer(const PeerServer &) = delete;
    PeerServer &operator=(const PeerServer &) = delete;

    // One command, already in the protocol's form, and its answer as far as one read brings it; false when there is
    // none within ten seconds.
    [[nodiscard]] bool exchange(const QByteArray &command, QByteArray *answer);

private:
    PeerServer() = default;
    QTemporaryDir m_directory;
    QProcess m_server;
    int m_socket = -1;
    QByteArray m_buffer;
};

} // namespace InfraTest
