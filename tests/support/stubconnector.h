// SPDX-License-Identifier: MIT
#pragma once

#include "core/threadannotations.h"

#include <infra/connector.h>

#include <condition_variable>
#include <functional>
#include <map>

namespace InfraTest {

// Thread safety: all members may be called from any thread at once.
//
// A connector over StubSqlDriver whose calls can be told to fail, to block and to take their time.
class StubConnector final : public Infra::Connector
{
public:
    enum class Call { Open, Ping, Clean, Close };

    StubConnector() = default;
    ~StubConnector() override;

    // What `call` does from now on, in the calling thread, before it succeeds. An error makes it fail.
    void setBehaviour(Call call, std::function<Infra::Result<void>()> behaviour);
    // From now on `call` blocks until release(); blocked(call) tells how many are inside.
    void hold(Call call);
    void release(Call call);
    [[nodiscard]] int blocked(Call call) const;
    // Waits until `count` calls are inside a held `call`; false after ten seconds.
    [[nodiscard]] bool waitForBlocked(Call call, int count) const;

    // What condition() answers; Clean at first.
    void setCondition(Condition condition);
    void setTransactionAborted(bool aborted);

    [[nodiscard]] int calls(Call call) const;
    [[nodiscard]] int openCount() const;
    [[nodiscard]] int highestOpenCount() const;
    // The most calls of Open that were in progress together.
    [[nodiscard]] int highestConcurrentOpens() const;

    [[nodiscard]] Infra::Result<QSqlDatabase> open(const QString &name, Infra::ConnectionAccess access) override;
    [[nodiscard]] Infra::Result<void> ping(QSqlDatabase &database) override;
    [[nodiscard]] Condition condition(QSqlDatabase &database) override;
    [[nodiscard]] Infra::Result<void> clean(QSqlDatabase &database) override;
    [[nodiscard]] bool isTransactionAborted(QSqlDatabase &database) override;
    void close(QSqlDatabase &database) override;
    [[nodiscard]] QString beginStatement(Infra::ConnectionAccess access) const override;

private:
    struct State
    {
        std::function<Infra::Result<void>()> behaviour;
        bool isHeld = false;
        int blocked = 0;
        int calls = 0;
    };

    [[nodiscard]] Infra::Result<void> perform(Call call);

    mutable Infra::Detail::Mutex m_mutex;
    mutable std::condition_variable m_changed;
    mutable std::map<Call, State> m_states INFRA_GUARDED_BY(m_mutex);
    int m_open INFRA_GUARDED_BY(m_mutex) = 0;
    int m_highestOpen INFRA_GUARDED_BY(m_mutex) = 0;
    int m_opening INFRA_GUARDED_BY(m_mutex) = 0;
    int m_highestOpening INFRA_GUARDED_BY(m_mutex) = 0;
    std::atomic<Condition> m_condition{Condition::Clean};
    std::atomic<bool> m_isAborted{false};
};

} // namespace InfraTest
