// SPDX-License-Identifier: MIT
#include "postgresfixture.h"

#include <infra/sqlerror.h>

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QHostAddress>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>
#include <QStandardPaths>
#include <QTcpServer>
#include <QThread>

#include <csignal>

#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace InfraTest {

using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

constexpr int StartLimit = 60'000;

// Debian keeps the server's programs out of the PATH.
QString findBinaries()
{
    const QDir versions(QStringLiteral("/usr/lib/postgresql"));
    const QStringList names = versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed);
    for (const QString &name : names) {
        const QString folder = versions.filePath(name + QStringLiteral("/bin"));
        if (QFile::exists(folder + QStringLiteral("/initdb")) && QFile::exists(folder + QStringLiteral("/postgres")))
            return folder;
    }
    const QString found = QStandardPaths::findExecutable(QStringLiteral("initdb"));
    return found.isEmpty() ? QString() : QFileInfo(QFileInfo(found).canonicalFilePath()).path();
}

int freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

// Runs in the child between fork and exec.
void becomeServer(unsigned user, unsigned group)
{
    if (user != 0 && (setgid(group) != 0 || setuid(user) != 0))
        _exit(126);
    // After setuid(), which clears it: the server ends with us even when we are killed.
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

} // namespace

Result<std::unique_ptr<PostgresFixture>> PostgresFixture::create(const QMap<QString, QString> &settings)
{
    std::unique_ptr<PostgresFixture> fixture(new PostgresFixture);
    fixture->m_settings = settings;
    if (const Result<void> done = fixture->initialise(); !done)
        return failure(done.error());
    if (const Result<void> done = fixture->start(); !done)
        return failure(done.error());
    if (const auto done = fixture->scalar(QStringLiteral("CREATE DATABASE infra")); !done)
        return failure(done.error());
    return fixture;
}

PostgresFixture::~PostgresFixture()
{
    static_cast<void>(stop(Stop::Immediate));
}

Result<void> PostgresFixture::initialise()
{
    m_binaries = findBinaries();
    if (m_binaries.isEmpty())
        return failure(Error::Kind::NotFound, QStringLiteral("PostgreSQL's server programs are not installed"));
    m_port = freePort();
    const QByteArray folder = m_folder.path().toLocal8Bit();
    if (geteuid() == 0) {
        const passwd *const account = getpwnam("postgres");
        if (!account)
            return failure(Error::Kind::NotFound, QStringLiteral("there is no user postgres to run the server as"));
        m_user = account->pw_uid;
        m_group = account->pw_gid;
        if (chown(folder.constData(), m_user, m_group) != 0)
            return failure(Error::Kind::PermissionDenied, QStringLiteral("cannot hand the cluster's folder to postgres"));
    }
    const Result<QString> initialised = runTool(QStringLiteral("initdb"),
        {QStringLiteral("-D"), m_folder.filePath(QStringLiteral("data")), QStringLiteral("-U"), QStringLiteral("infra"),
         QStringLiteral("-A"), QStringLiteral("trust"), QStringLiteral("-E"), QStringLiteral("UTF8"),
         QStringLiteral("--locale=C.UTF-8"), QStringLiteral("--no-sync"), QStringLiteral("--no-instructions")});
    if (!initialised)
        return failure(initialised.error());
    return {};
}

Result<QString> PostgresFixture::runTool(const QString &tool, const QStringList &arguments)
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setChildProcessModifier([user = m_user, group = m_group] { becomeServer(user, group); });
    process.start(m_binaries + u'/' + tool, arguments);
    if (!process.waitForFinished(StartLimit) || process.exitCode() != 0) {
        return failure(Error::Kind::Io, tool + QStringLiteral(" failed: ") + process.errorString() + u' '
                           + QString::fromUtf8(process.readAll()));
    }
    return QString::fromUtf8(process.readAll());
}

QString PostgresFixture::url(const QString &applicationName) const
{
    return QStringLiteral("postgresql://infra@127.0.0.1:%1/infra?application_name=%2").arg(m_port).arg(applicationName);
}

Result<void> PostgresFixture::start()
{
    QStringList arguments{QStringLiteral("-D"), m_folder.filePath(QStringLiteral("data")), QStringLiteral("-p"),
                          QString::number(m_port)};
    QMap<QString, QString> settings{{QStringLiteral("listen_addresses"), QStringLiteral("127.0.0.1")},
                                    {QStringLiteral("unix_socket_directories"), m_folder.path()},
                                    {QStringLiteral("fsync"), QStringLiteral("off")},
                                    {QStringLiteral("full_page_writes"), QStringLiteral("off")},
                                    {QStringLiteral("synchronous_commit"), QStringLiteral("off")},
                                    {QStringLiteral("autovacuum"), QStringLiteral("off")},
                                    {QStringLiteral("shared_buffers"), QStringLiteral("16MB")},
                                    {QStringLiteral("max_connections"), QStringLiteral("100")}};
    settings.insert(m_settings);
    for (auto setting = settings.cbegin(); setting != settings.cend(); ++setting)
        arguments << QStringLiteral("-c") << setting.key() + u'=' + setting.value();
    m_server.setWorkingDirectory(m_folder.path());
    m_server.setStandardOutputFile(QProcess::nullDevice());
    m_server.setStandardErrorFile(m_folder.filePath(QStringLiteral("log")), QIODevice::Append);
    m_server.setChildProcessModifier([user = m_user, group = m_group] { becomeServer(user, group); });
    m_server.start(m_binaries + QStringLiteral("/postgres"), arguments);
    if (!m_server.waitForStarted())
        return failure(Error::Kind::Io, QStringLiteral("postgres: ") + m_server.errorString());
    QElapsedTimer timer;
    timer.start();
    while (!timer.hasExpired(StartLimit)) {
        // The last line of this file tells the server's state.
        QFile state(m_folder.filePath(QStringLiteral("data/postmaster.pid")));
        if (state.open(QIODevice::ReadOnly)) {
            const QByteArray text = state.readAll();
            if (text.startsWith(QByteArray::number(m_server.processId())) && text.trimmed().endsWith("ready"))
                return {};
        }
        if (m_server.waitForFinished(5))
            break;
    }
    QFile log(m_folder.filePath(QStringLiteral("log")));
    static_cast<void>(log.open(QIODevice::ReadOnly));
    return failure(Error::Kind::Io, QStringLiteral("postgres did not start: ") + QString::fromUtf8(log.readAll().right(2000)));
}

Result<void> PostgresFixture::stop(Stop how)
{
    disconnect();
    if (m_server.state() == QProcess::NotRunning)
        return {};
    ::kill(static_cast<pid_t>(m_server.processId()), how == Stop::Fast ? SIGINT : SIGQUIT);
    if (m_server.waitForFinished(StartLimit))
        return {};
    m_server.kill();
    m_server.waitForFinished(5000);
    return failure(Error::Kind::Timeout, QStringLiteral("postgres did not stop"));
}

Result<QVariant> PostgresFixture::scalar(const QString &sql)
{
    for (int attempt = 0;; ++attempt) {
        if (m_connection.isEmpty()) {
            m_connection = QStringLiteral("infra-test-fixture-%1").arg(m_port);
            QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), m_connection);
            database.setHostName(QStringLiteral("127.0.0.1"));
            database.setPort(m_port);
            database.setUserName(QStringLiteral("infra"));
            database.setDatabaseName(QStringLiteral("postgres"));
            database.setConnectOptions(QStringLiteral("application_name=fixture"));
            if (!database.open()) {
                const Error error = Infra::errorFromSql(database.lastError(), QStringLiteral("fixture"));
                database = QSqlDatabase();
                disconnect();
                return failure(error);
            }
        }
        QSqlQuery query(QSqlDatabase::database(m_connection));
        if (query.exec(sql))
            return query.next() ? query.value(0) : QVariant();
        const Error error = Infra::errorFromSql(query.lastError(), QStringLiteral("fixture"));
        if (attempt > 0 || !Infra::isConnectionLost(error.nativeCode))
            return failure(error);
        query = QSqlQuery();
        disconnect();
    }
}

std::vector<qint64> PostgresFixture::backends(const QString &applicationName)
{
    const Result<QVariant> list = scalar(
        QStringLiteral("SELECT coalesce(string_agg(pid::text, ','), '') FROM pg_stat_activity WHERE application_name = '%1'")
            .arg(applicationName));
    std::vector<qint64> result;
    const QStringList processes = list ? list->toString().split(u',', Qt::SkipEmptyParts) : QStringList();
    for (const QString &process : processes)
        result.push_back(process.toLongLong());
    return result;
}

void PostgresFixture::freeze(const std::vector<qint64> &processes)
{
    for (const qint64 process : processes)
        ::kill(static_cast<pid_t>(process), SIGSTOP);
}

void PostgresFixture::thaw(const std::vector<qint64> &processes)
{
    for (const qint64 process : processes)
        ::kill(static_cast<pid_t>(process), SIGCONT);
}

void PostgresFixture::disconnect()
{
    if (m_connection.isEmpty())
        return;
    QSqlDatabase::removeDatabase(m_connection);
    m_connection.clear();
}

} // namespace InfraTest
