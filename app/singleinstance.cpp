// SPDX-License-Identifier: GPL-3.0-or-later
#include "singleinstance.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>
#include <QLockFile>
#include <QStandardPaths>

namespace InfraConsole {

namespace {

constexpr int AnswerMilliseconds = 1000;

// In a directory of the operator's own; a key may hold anything, so it is hashed.
QString pathFor(const QString &key)
{
    QString directory = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
    if (directory.isEmpty())
        directory = QDir::tempPath();
    const QByteArray hash = QCryptographicHash::hash(key.toUtf8(), QCryptographicHash::Sha256).toHex().left(16);
    return directory + QStringLiteral("/infra-console-") + QString::fromLatin1(hash);
}

bool askToRaise(const QString &path)
{
    QLocalSocket socket;
    socket.connectToServer(path);
    if (!socket.waitForConnected(AnswerMilliseconds))
        return false;
    // To connect is to ask: the first console may have answered, and hung up, before anything could be written.
    return socket.bytesAvailable() > 0 || socket.waitForReadyRead(AnswerMilliseconds);
}

} // namespace

SingleInstance::SingleInstance(QObject *parent) : QObject(parent) {}
SingleInstance::~SingleInstance() = default;

SingleInstance::Outcome SingleInstance::claim(const QString &key)
{
    const QString path = pathFor(key);
    auto lock = std::make_unique<QLockFile>(path + QStringLiteral(".lock"));
    // Held for as long as the console runs; only a dead owner makes it stale.
    lock->setStaleLockTime(0);
    if (m_server && m_server->fullServerName() == path)
        return Outcome::First;
    if (!lock->tryLock(0))
        return askToRaise(path) ? Outcome::Raised : Outcome::Silent;
    m_server.reset();
    m_lock = std::move(lock);
    // What a killed console left behind.
    QLocalServer::removeServer(path);
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    if (!m_server->listen(path))
        qWarning("Cannot listen for later starts: %s", qPrintable(m_server->errorString()));
    connect(m_server.get(), &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *const socket = m_server->nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->write("ok\n");
            socket->flush();
            socket->disconnectFromServer();
            Q_EMIT raiseRequested();
        }
    });
    return Outcome::First;
}

} // namespace InfraConsole
