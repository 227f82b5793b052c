// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QMap>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <QVariant>

#include <chrono>
#include <memory>
#include <vector>

namespace InfraTest {

// Thread safety: none; one thread, the one that created it, which must outlive the server.
//
// A real PostgreSQL server of our own: a cluster in a temporary directory, on a loopback port, with fsync off.
// The server runs as "postgres" when the tests run as root, which PostgreSQL refuses to do. It ends with the
// fixture, or with the process that created it. The database, the role (a superuser without a password) and
// the application's name of the fixture's own connection are called "infra", "infra" and "fixture".
class PostgresFixture
{
public:
    enum class Stop {
        Fast,     // Ends sessions in an orderly way (SIGINT).
        Immediate // As after a crash (SIGQUIT).
    };

    // Initialises and starts; `settings` are server parameters. The error says which program is missing.
    [[nodiscard]] static Infra::Result<std::unique_ptr<PostgresFixture>> create(const QMap<QString, QString> &settings = {});
    ~PostgresFixture();
    PostgresFixture(const PostgresFixture &) = delete;
    PostgresFixture &operator=(const PostgresFixture &) = delete;

    [[nodiscard]] int port() const noexcept { return m_port; }
    // "postgresql://infra@127.0.0.1:port/infra?application_name=…".
    [[nodiscard]] QString url(const QString &applicationName = QStringLiteral("test")) const;

    // Waits until all processes of the server have ended, or accept connections again.
    Infra::Result<void> stop(Stop how = Stop::Fast);
    Infra::Result<void> start();

    // The first column of the first row, over a connection of the fixture's own that survives restarts.
    [[nodiscard]] Infra::Result<QVariant> scalar(const QString &sql);
    // Server processes of the sessions with this application name, and how many sessions there are.
    [[nodiscard]] std::vector<qint64> backends(const QString &applicationName = QStringLiteral("test"));
    // SIGSTOP or SIGCONT to each.
    static void freeze(const std::vector<qint64> &processes);
    static void thaw(const std::vector<qint64> &processes);

private:
    PostgresFixture() = default;
    [[nodiscard]] Infra::Result<void> initialise();
    [[nodiscard]] Infra::Result<QString> runTool(const QString &tool, const QStringList &arguments);
    void disconnect();

    QTemporaryDir m_folder;
    QString m_binaries;
    QMap<QString, QString> m_settings;
    QProcess m_server;
    QString m_connection;
    int m_port = 0;
    unsigned m_user = 0; // 0: our own.
    unsigned m_group = 0;
};

} // namespace InfraTest
