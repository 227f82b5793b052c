// SPDX-License-Identifier: MIT
#include "nginxfixture.h"

#include "loopback.h"

#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QThread>

#include <unistd.h>

namespace InfraTest {

namespace {

QString findProgram(const QString &name)
{
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? QStandardPaths::findExecutable(name, {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/local/sbin")}) : found;
}

} // namespace

NginxFixture::NginxFixture() = default;

NginxFixture::~NginxFixture()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(5000)) {
        m_process.kill();
        m_process.waitForFinished(5000);
    }
}

QUrl NginxFixture::url() const
{
    return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(m_port));
}

QString NginxFixture::start(const QString &serverBlock, const QString &listens)
{
    const QString program = findProgram(QStringLiteral("nginx"));
    if (program.isEmpty())
        return QStringLiteral("nginx is not installed");
    // Free a moment ago; nginx binds it next.
    ::close(listenOnLoopback(0, m_port));
    const QString port = QString::number(m_port);
    QString block = serverBlock;
    block.replace(QStringLiteral("PORT"), port);
    QString listen = listens.isEmpty() ? QStringLiteral("listen 127.0.0.1:PORT;") : listens;
    listen.replace(QStringLiteral("PORT"), port);
    const QString directory = m_directory.path();
    // Workers of a root's nginx would be nobody, who may not read the directory.
    const QString user = ::geteuid() == 0 ? QStringLiteral("user root; ") : QString();
    const QString configuration = user + QStringLiteral(
        "daemon off; worker_processes 1; pid %1/pid; error_log %1/error.log;\n"
        "events { worker_connections 4096; }\n"
        "http { access_log off; client_body_temp_path %1/body; proxy_temp_path %1/proxy; fastcgi_temp_path %1/fastcgi;\n"
        "  uwsgi_temp_path %1/uwsgi; scgi_temp_path %1/scgi; keepalive_requests 1000000; root %1;\n"
        "  server { %2\n%3\n }\n}\n").arg(directory, listen, block);
    QFile file(directory + QStringLiteral("/nginx.conf"));
    if (!file.open(QIODevice::WriteOnly) || file.write(configuration.toUtf8()) < 0)
        return file.errorString();
    file.close();
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.start(program, {QStringLiteral("-p"), directory, QStringLiteral("-c"), file.fileName(), QStringLiteral("-e"),
                              directory + QStringLiteral("/error.log")});
    if (!m_process.waitForStarted(5000))
        return m_process.errorString();
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < 10'000 && m_process.state() == QProcess::Running) {
        if (const int socket = connectToLoopback(m_port); socket >= 0) {
            ::close(socket);
            return {};
        }
        QThread::msleep(10);
        m_process.waitForReadyRead(0);
    }
    return QStringLiteral("nginx does not listen: ") + QString::fromUtf8(m_process.readAll());
}

QString NginxFixture::createCertificate(int days)
{
    QProcess openssl;
    openssl.setProcessChannelMode(QProcess::MergedChannels);
    openssl.start(QStringLiteral("openssl"),
                  {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"), QStringLiteral("-pkeyopt"),
                   QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"), QStringLiteral("-keyout"),
                   directory() + QStringLiteral("/server.key"), QStringLiteral("-out"), directory() + QStringLiteral("/server.pem"),
                   QStringLiteral("-days"), QString::number(days), QStringLiteral("-subj"), QStringLiteral("/CN=127.0.0.1"),
                   QStringLiteral("-addext"), QStringLiteral("subjectAltName=IP:127.0.0.1")});
    if (!openssl.waitForFinished(20'000) || openssl.exitCode() != 0)
        return QStringLiteral("openssl cannot make a certificate: ") + QString::fromUtf8(openssl.readAll());
    return {};
}

} // namespace InfraTest
