// SPDX-License-Identifier: MIT
#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>
#include <QUrl>

namespace InfraTest {

// A private nginx with one worker on a free port of 127.0.0.1, in a directory of its own, for as long as the
// object lives. Serves `serverBlock` (nginx configuration) beside what start() adds.
class NginxFixture
{
public:
    NginxFixture();
    ~NginxFixture();
    NginxFixture(const NginxFixture &) = delete;
    NginxFixture &operator=(const NginxFixture &) = delete;

    // `listens` replaces the default listen directives; "PORT" in it, and in the block, becomes the port. Empty, or
    // why nginx cannot run.
    [[nodiscard]] QString start(const QString &serverBlock, const QString &listens = {});
    // Makes a self-signed certificate for 127.0.0.1 in directory(): "server.pem" and "server.key", valid for
    // `days`. Empty, or why not.
    [[nodiscard]] QString createCertificate(int days);

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QUrl url() const;
    [[nodiscard]] QString directory() const { return m_directory.path(); }

private:
    QTemporaryDir m_directory;
    QProcess m_process;
    quint16 m_port = 0;
};

} // namespace InfraTest
