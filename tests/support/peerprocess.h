// SPDX-License-Identifier: MIT
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>

#include <memory>
#include <optional>
#include <vector>

namespace InfraTest {

// A program that a benchmark is compared with: it stays alive, so that it is as warm as we are, and answers one
// line of numbers for each line it is sent.
class PeerProcess
{
public:
    // Null, with the reason in `missing`, when the program cannot be started or does not answer `probe`.
    [[nodiscard]] static std::unique_ptr<PeerProcess> start(const QString &program, const QStringList &arguments,
                                                            const QString &probe, QString *missing);
    ~PeerProcess();
    PeerProcess(const PeerProcess &) = delete;
    PeerProcess &operator=(const PeerProcess &) = delete;

    // The numbers of the answer; empty when it failed or took longer than two minutes.
    [[nodiscard]] std::vector<double> ask(const QString &line);

private:
    PeerProcess() = default;
    QProcess m_process;
};

} // namespace InfraTest
