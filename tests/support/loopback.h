// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

namespace InfraTest {

// Plain socket calls that the test servers share. IPv4 loopback only.

// Listens on `port`, or on a free one for 0; sets `actualPort`. Ends the program when it cannot.
[[nodiscard]] int listenOnLoopback(quint16 port, quint16 &actualPort);
// A connected socket, or -1.
[[nodiscard]] int connectToLoopback(quint16 port);
// All bytes, without SIGPIPE; false once the peer is gone.
bool sendAll(int socket, const QByteArray &bytes);
// Appends what has arrived, waiting for at least a byte; false at the end or on an error.
bool receiveSome(int socket, QByteArray &bytes);
// Makes the coming close() send a reset, and stops the traffic at once.
void closeWithReset(int socket);

} // namespace InfraTest
