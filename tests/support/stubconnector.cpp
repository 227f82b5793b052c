// SPDX-License-Identifier: MIT
#include "stubconnector.h"

#include "stubsqldriver.h"

#include <algorithm>
#include <chrono>

namespace InfraTest {

using Infra::Detail::MutexLocker;

StubConnector::~StubConnector() = default;

void StubConnector::setBehaviour(Call call, std::function<Infra::Result<void>()> behaviour)
{
    const MutexLocker locker(m_mutex);
    m_states[call].behaviour = std::move(behaviour);
}

void StubConnector::hold(Call call)
{
    const MutexLocker locker(m_mutex);
    m_states[call].isHeld = true;
}

void StubConnector::release(Call call)
{
    const MutexLocker locker(m_mutex);
    m_states[call].isHeld = false;
    m_changed.notify_all();
}

int StubConnector::blocked(Call call) const
{
    const MutexLocker locker(m_mutex);
    return m_states[call].blocked;
}

bool StubConnector::waitForBlocked(Call call, int count) const
{
    MutexLocker locker(m_mutex);
    return m_changed.wait_for(locker.unique(), std::chrono::seconds(10), [&] {
        m_mutex.assertHeld();
        return m_states[call].blocked >= count;
    });
}

void StubConnector::setCondition(Condition condition)
{
    m_condition = condition;
}

void StubConnector::setTransactionAborted(bool aborted)
{
    m_isAborted = aborted;
}

int StubConnector::calls(Call call) const
{
    const MutexLocker locker(m_mutex);
    return m_states[call].calls;
}

int StubConnector::openCount() const
{
    const MutexLocker locker(m_mutex);
    return m_open;
}

int StubConnector::highestOpenCount() const
{
    const MutexLocker locker(m_mutex);
    return m_highestOpen;
}

int StubConnector::highestConcurrentOpens() const
{
    const MutexLocker locker(m_mutex);
    return m_highestOpening;
}

Infra::Result<void> StubConnector::perform(Call call)
{
    std::function<Infra::Result<void>()> behaviour;
    {
        MutexLocker locker(m_mutex);
        State &state = m_states[call];
        ++state.calls;
        if (state.isHeld) {
            ++state.blocked;
            m_changed.notify_all();
            m_changed.wait(locker.unique(), [&state] { return !state.isHeld; });
            --state.blocked;
        }
        behaviour = state.behaviour;
    }
    return behaviour ? behaviour() : Infra::Result<void>();
}

Infra::Result<QSqlDatabase> StubConnector::open(const QString &name, Infra::ConnectionAccess)
{
    {
        const MutexLocker locker(m_mutex);
        m_highestOpening = std::max(m_highestOpening, ++m_opening);
        m_highestOpen = std::max(m_highestOpen, ++m_open);
    }
    const Infra::Result<void> outcome = perform(Call::Open);
    {
        const MutexLocker locker(m_mutex);
        --m_opening;
        if (!outcome)
            --m_open;
    }
    if (!outcome)
        return Infra::failure(outcome.error());
    QSqlDatabase database = QSqlDatabase::addDatabase(new StubSqlDriver, name);
    database.open();
    return database;
}

Infra::Result<void> StubConnector::ping(QSqlDatabase &)
{
    return perform(Call::Ping);
}

Infra::Connector::Condition StubConnector::condition(QSqlDatabase &)
{
    return m_condition;
}

Infra::Result<void> StubConnector::clean(QSqlDatabase &)
{
    return perform(Call::Clean);
}

bool StubConnector::isTransactionAborted(QSqlDatabase &)
{
    return m_isAborted;
}

void StubConnector::close(QSqlDatabase &database)
{
    static_cast<void>(perform(Call::Close));
    database.close();
    const MutexLocker locker(m_mutex);
    --m_open;
}

QString StubConnector::beginStatement(Infra::ConnectionAccess) const
{
    return QStringLiteral("BEGIN");
}

} // namespace InfraTest
