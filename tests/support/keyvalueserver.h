// SPDX-License-Identifier: MIT
#pragma once

#include "peerserver.h"

namespace InfraTest {

// Thread safety: none.
//
// A server that keeps bytes under keys, without persistence: Redis or memcached, each spoken to in its own protocol.
class KeyValueServer
{
public:
    enum class Kind {
        Redis,
        Memcached
    };

    // Null, with the reason in `missing`, when its program is not there or does not come up.
    [[nodiscard]] static std::unique_ptr<KeyValueServer> start(Kind kind, QString *missing);

    [[nodiscard]] bool set(const QByteArray &key, const QByteArray &value);
    // Whether the whole value came; `size` is what it must be.
    [[nodiscard]] bool get(const QByteArray &key, qsizetype size);

private:
    KeyValueServer(Kind kind, std::unique_ptr<PeerServer> server) : m_kind(kind), m_server(std::move(server)) {}

    const Kind m_kind;
    const std::unique_ptr<PeerServer> m_server;
};

} // namespace InfraTest
