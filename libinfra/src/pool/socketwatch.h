// SPDX-License-Identifier: MIT
#pragma once

namespace Infra::Detail {

// Thread safety: none.
//
// A second descriptor of somebody's socket, which stays open when theirs is closed.
class SocketWatch
{
public:
    // -1 makes a watch that ends at once.
    explicit SocketWatch(int socket) noexcept;
    ~SocketWatch();
    SocketWatch(const SocketWatch &) = delete;
    SocketWatch &operator=(const SocketWatch &) = delete;

    // Reads and drops until the peer has closed or the kernel has given it up (TCP keep-alive).
    void waitForEnd() noexcept;

private:
    int m_descriptor;
};

} // namespace Infra::Detail
