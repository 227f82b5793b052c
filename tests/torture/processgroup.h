// SPDX-License-Identifier: MIT
#pragma once

#include "workload.h"

#include <sys/types.h>

#include <functional>
#include <vector>

namespace InfraTorture {

// The processes that work on one store, forked from this one, which must have no threads. Ends them with itself.
class ProcessGroup
{
public:
    ProcessGroup(const Workload &workload, OperationLog &log, int count);
    ~ProcessGroup();
    ProcessGroup(const ProcessGroup &) = delete;
    ProcessGroup &operator=(const ProcessGroup &) = delete;

    [[nodiscard]] int count() const noexcept { return static_cast<int>(m_children.size()); }
    [[nodiscard]] pid_t pid(int process) const { return m_children[static_cast<std::size_t>(process)].pid; }
    [[nodiscard]] std::uint32_t incarnation(int process) const { return m_children[static_cast<std::size_t>(process)].incarnation; }
    // A number that no process writes values with.
    [[nodiscard]] std::uint32_t newIncarnation() noexcept { return ++m_incarnation; }

    void start(int process);
    void startAll();
    void kill(int process);
    void killAll();
    // Lets all end by themselves. False when one had to be killed.
    [[nodiscard]] bool endAll();

    // Each waits until its condition holds; false when it does not within a minute. A process that ends by itself
    // meanwhile is counted and started anew.
    [[nodiscard]] bool waitFor(const std::function<bool()> &condition);
    [[nodiscard]] bool waitForProgress(int process, std::uint64_t operations);
    // Every process has written and read since.
    [[nodiscard]] bool waitForService();

    // Processes that ended by themselves; how the first did.
    [[nodiscard]] int deaths() const noexcept { return m_deaths; }
    [[nodiscard]] const QString &firstDeath() const noexcept { return m_firstDeath; }

    // Runs `body` in a process of its own and returns its exit status; -1 when it died.
    [[nodiscard]] static int runApart(const std::function<int()> &body);
    // The same without waiting for it.
    [[nodiscard]] static pid_t startApart(const std::function<int()> &body);

private:
    void look();
    void buried(int process);

    struct Child
    {
        pid_t pid = -1;
        std::uint32_t incarnation = 0;
    };
    const Workload &m_workload;
    OperationLog &m_log;
    std::uint32_t m_incarnation = 0;
    std::vector<Child> m_children;
    int m_deaths = 0;
    QString m_firstDeath;
};

} // namespace InfraTorture
