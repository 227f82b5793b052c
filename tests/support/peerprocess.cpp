// SPDX-License-Identifier: MIT
#include "peerprocess.h"

#include <QDeadlineTimer>

namespace InfraTest {

std::unique_ptr<PeerProcess> PeerProcess::start(const QString &program, const QStringList &arguments,
                                                const QString &probe, QString *missing)
{
    std::unique_ptr<PeerProcess> peer(new PeerProcess);
    peer->m_process.setProcessChannelMode(QProcess::SeparateChannels);
    peer->m_process.start(program, arguments);
    if (!peer->m_process.waitForStarted()) {
        *missing = program + QStringLiteral(": ") + peer->m_process.errorString();
        return nullptr;
    }
    if (peer->ask(probe).empty()) {
        const QString text = QString::fromUtf8(peer->m_process.readAllStandardError()).trimmed();
        *missing = program + QStringLiteral(": ") + text.mid(text.lastIndexOf(u'\n') + 1);
        return nullptr;
    }
    return peer;
}

PeerProcess::~PeerProcess()
{
    m_process.closeWriteChannel();
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(5000)) {
        m_process.kill();
        m_process.waitForFinished(5000);
    }
}

std::vector<double> PeerProcess::ask(const QString &line)
{
    m_process.write(line.toUtf8() + '\n');
    const QDeadlineTimer deadline(120'000);
    while (!m_process.canReadLine()) {
        if (deadline.hasExpired() || !m_process.waitForReadyRead(static_cast<int>(deadline.remainingTime())))
            return {};
    }
    std::vector<double> numbers;
    for (const QByteArray &word : m_process.readLine().trimmed().split(' ')) {
        bool isNumber = false;
        numbers.push_back(word.toDouble(&isNumber));
        if (!isNumber)
            return {};
    }
    return numbers;
}

} // namespace InfraTest
