// SPDX-License-Identifier: MIT
#include "serverwatch.h"

#include <infra/connectionpool.h>

#include <QSqlDatabase>
#include <QSqlQuery>

#include <algorithm>
#include <chrono>

namespace InfraTest {

ServerWatch::ServerWatch(int port, QString applicationName, const Infra::ConnectionPool &pool)
    : m_applicationName(std::move(applicationName)), m_pool(pool), m_thread([this, port] { watch(port); })
{}

ServerWatch::~ServerWatch()
{
    stop();
}

void ServerWatch::stop()
{
    m_isStopping = true;
    if (m_thread.joinable())
        m_thread.join();
}

void ServerWatch::watch(int port)
{
    const QString name = QStringLiteral("infra-server-watch-%1").arg(port);
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QPSQL"), name);
        database.setHostName(QStringLiteral("127.0.0.1"));
        database.setPort(port);
        database.setUserName(QStringLiteral("infra"));
        database.setDatabaseName(QStringLiteral("postgres"));
        const QString sql = QStringLiteral("SELECT count(*) FROM pg_stat_activity WHERE application_name = '%1'").arg(m_applicationName);
        while (!m_isStopping) {
            m_highestConnecting = std::max(m_highestConnecting.load(), m_pool.statistics().connecting);
            if (database.isOpen() || database.open()) {
                QSqlQuery query(database);
                if (query.exec(sql) && query.next())
                    m_highestSessions = std::max(m_highestSessions.load(), query.value(0).toInt());
                else
                    database.close();
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    QSqlDatabase::removeDatabase(name);
}

} // namespace InfraTest
