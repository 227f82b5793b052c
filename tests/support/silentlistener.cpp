// SPDX-License-Identifier: MIT
#include "silentlistener.h"

#include <QtGlobal>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace InfraTest {

SilentListener::SilentListener()
{
    m_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    sockaddr *const generic = reinterpret_cast<sockaddr *>(&address);
    if (m_listener < 0 || bind(m_listener, generic, length) != 0 || listen(m_listener, 64) != 0
        || getsockname(m_listener, generic, &length) != 0)
        qFatal("cannot listen on a loopback port");
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { acceptAll(); });
}

SilentListener::~SilentListener()
{
    m_isStopping = true;
    m_thread.join();
    for (const int accepted : m_accepted)
        ::close(accepted);
    ::close(m_listener);
}

void SilentListener::acceptAll()
{
    while (!m_isStopping) {
        pollfd entry{m_listener, POLLIN, 0};
        if (poll(&entry, 1, 50) <= 0)
            continue;
        const int accepted = accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted >= 0)
            m_accepted.push_back(accepted);
    }
}

} // namespace InfraTest
