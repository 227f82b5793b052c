// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cache.h>

#include <functional>
#include <future>
#include <memory>
#include <utility>

namespace InfraTest {

// A factory that is asked once, and answers when it is released, at the latest by the end of this object.
class HeldFactory
{
public:
    // What it answers with; may throw.
    template<class Answer>
    explicit HeldFactory(Answer answer)
        : m_factory([state = m_state, answer = std::move(answer)]() -> Infra::Result<Infra::Cache::Value> {
              state->asked.set_value();
              state->released.get_future().wait();
              return answer();
          })
    {
    }
    explicit HeldFactory(const char *value) : HeldFactory([value] { return Infra::Cache::Value(QByteArray(value)); }) {}
    HeldFactory(const HeldFactory &) = delete;
    HeldFactory &operator=(const HeldFactory &) = delete;
    ~HeldFactory() { release(); }

    // May outlive this object.
    [[nodiscard]] const std::function<Infra::Result<Infra::Cache::Value>()> &operator*() const { return m_factory; }
    // Nobody else holds the factory any more.
    [[nodiscard]] bool isLetGo() const { return m_state.use_count() == 2; }
    void waitUntilAsked() { m_state->asked.get_future().wait(); }
    void release()
    {
        if (!std::exchange(m_isReleased, true))
            m_state->released.set_value();
    }

private:
    struct State
    {
        std::promise<void> asked;
        std::promise<void> released;
    };
    std::shared_ptr<State> m_state = std::make_shared<State>();
    bool m_isReleased = false;
    std::function<Infra::Result<Infra::Cache::Value>()> m_factory;
};

// The one thread of a cache, kept by a factory until released or destroyed.
class BusyThread
{
public:
    explicit BusyThread(Infra::Cache &cache) : m_load(cache.getOrComputeAsync("busy", *m_factory)) { m_factory.waitUntilAsked(); }
    BusyThread(const BusyThread &) = delete;
    BusyThread &operator=(const BusyThread &) = delete;
    ~BusyThread() { release(); }
    void release()
    {
        m_factory.release();
        m_load.waitForFinished();
    }

private:
    HeldFactory m_factory{"busy"};
    QFuture<Infra::Result<Infra::Cache::Value>> m_load;
};

} // namespace InfraTest
