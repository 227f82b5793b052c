// SPDX-License-Identifier: MIT
#include "keyvalueserver.h"

#include <unistd.h>

namespace InfraTest {

namespace {

QByteArray redisCommand(std::initializer_list<QByteArray> words)
{
    QByteArray command = '*' + QByteArray::number(static_cast<int>(words.size())) + "\r\n";
    for (const QByteArray &word : words)
        command += '$' + QByteArray::number(word.size()) + "\r\n" + word + "\r\n";
    return command;
}

QStringList redisArguments(quint16 port)
{
    return {QStringLiteral("--port"),       QString::number(port),    QStringLiteral("--bind"),
            QStringLiteral("127.0.0.1"),    QStringLiteral("--save"), QString(),
            QStringLiteral("--appendonly"), QStringLiteral("no")};
}

QStringList memcachedArguments(quint16 port)
{
    QStringList arguments{QStringLiteral("-l"),  QStringLiteral("127.0.0.1"), QStringLiteral("-p"),
                          QString::number(port), QStringLiteral("-U"),        QStringLiteral("0"),
                          QStringLiteral("-m"),  QStringLiteral("256")};
    if (::geteuid() == 0)
        arguments += {QStringLiteral("-u"), QStringLiteral("nobody")}; // It refuses to run as root.
    return arguments;
}

} // namespace

std::unique_ptr<KeyValueServer> KeyValueServer::start(Kind kind, QString *missing)
{
    auto server = kind == Kind::Redis ? PeerServer::start(QStringLiteral("redis-server"), redisArguments, missing)
                                      : PeerServer::start(QStringLiteral("memcached"), memcachedArguments, missing);
    return server ? std::unique_ptr<KeyValueServer>(new KeyValueServer(kind, std::move(server))) : nullptr;
}

bool KeyValueServer::set(const QByteArray &key, const QByteArray &value)
{
    QByteArray answer;
    if (m_kind == Kind::Redis)
        return m_server->exchange(redisCommand({"SET", key, value}), &answer) && answer == "+OK\r\n";
    const QByteArray command = "set " + key + " 0 0 " + QByteArray::number(value.size()) + "\r\n" + value + "\r\n";
    return m_server->exchange(command, &answer) && answer == "STORED\r\n";
}

bool KeyValueServer::get(const QByteArray &key, qsizetype size)
{
    QByteArray answer;
    if (m_kind == Kind::Redis)
        return m_server->exchange(redisCommand({"GET", key}), &answer) && answer.startsWith('$')
            && answer.size() > size;
    return m_server->exchange("get " + key + "\r\n", &answer) && answer.startsWith("VALUE ") && answer.size() > size;
}

} // namespace InfraTest
