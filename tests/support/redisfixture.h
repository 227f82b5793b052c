// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <memory>

namespace InfraTest {

// Thread safety: none.
//
// A Redis server of our own on a loopback port, without persistence, and one plain blocking connection to it.
class RedisFixture
{
public:
    // Null, with the reason in `missing`, when there is no redis-server.
    [[nodiscard]] static std::unique_ptr<RedisFixture> create(QString *missing);
    ~RedisFixture();
    RedisFixture(const RedisFixture &) = delete;
    RedisFixture &operator=(const RedisFixture &) = delete;

    // One command, already in the protocol's form, and its answer as far as one read brings it.
    [[nodiscard]] bool exchange(const QByteArray &command, QByteArray *answer);
    [[nodiscard]] static QByteArray encode(std::initializer_list<QByteArray> words);

private:
    RedisFixture() = default;
    QTemporaryDir m_directory;
    QProcess m_server;
    int m_socket = -1;
    QByteArray m_buffer;
};

} // namespace InfraTest
