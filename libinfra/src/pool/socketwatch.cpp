// SPDX-License-Identifier: MIT
#include "socketwatch.h"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace Infra::Detail {

SocketWatch::SocketWatch(int socket) noexcept : m_descriptor(socket < 0 ? -1 : fcntl(socket, F_DUPFD_CLOEXEC, 0)) {}

SocketWatch::~SocketWatch()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void SocketWatch::waitForEnd() noexcept
{
    char dropped[4096];
    while (m_descriptor >= 0) {
        pollfd entry{m_descriptor, POLLIN, 0};
        if (poll(&entry, 1, -1) < 0 && errno != EINTR)
            return;
        const ssize_t count = recv(m_descriptor, dropped, sizeof dropped, MSG_DONTWAIT);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
            return;
    }
}

} // namespace Infra::Detail
