// SPDX-License-Identifier: MIT
#include "processgroup.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace InfraTorture {

namespace {

constexpr std::chrono::seconds Patience{60};
constexpr std::chrono::seconds EndPatience{30};

QString describe(int status)
{
    return WIFSIGNALED(status) ? QStringLiteral("died of signal %1 (%2)").arg(WTERMSIG(status)).arg(QString::fromLatin1(::strsignal(WTERMSIG(status))))
                               : QStringLiteral("exited with status %1").arg(WEXITSTATUS(status));
}

} // namespace

ProcessGroup::ProcessGroup(const Workload &workload, OperationLog &log, int count)
    : m_workload(workload), m_log(log), m_children(static_cast<std::size_t>(count))
{
}

ProcessGroup::~ProcessGroup()
{
    killAll();
}

void ProcessGroup::start(int process)
{
    const std::uint32_t incarnation = newIncarnation();
    // Not before the child knows what to do with it.
    sigset_t terminate;
    ::sigemptyset(&terminate);
    ::sigaddset(&terminate, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &terminate, nullptr);
    const pid_t child = ::fork();
    if (child == 0)
        m_workload.run(m_log, process, incarnation);
    ::sigprocmask(SIG_UNBLOCK, &terminate, nullptr);
    m_children[static_cast<std::size_t>(process)] = {child, incarnation};
}

void ProcessGroup::startAll()
{
    for (int process = 0; process < count(); ++process)
        start(process);
}

void ProcessGroup::buried(int process)
{
    Child &child = m_children[static_cast<std::size_t>(process)];
    if (Operation *death = m_log.begin(Operation::Kind::Death, child.incarnation, 0))
        death->end = OperationLog::now();
    child.pid = -1;
}

void ProcessGroup::kill(int process)
{
    const pid_t child = pid(process);
    if (child <= 0)
        return;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    buried(process);
}

void ProcessGroup::killAll()
{
    for (int process = 0; process < count(); ++process)
        kill(process);
}

bool ProcessGroup::endAll()
{
    for (int process = 0; process < count(); ++process) {
        if (pid(process) > 0)
            ::kill(pid(process), SIGTERM);
    }
    bool ended = true;
    const auto deadline = std::chrono::steady_clock::now() + EndPatience;
    for (int process = 0; process < count(); ++process) {
        int status = 0;
        while (pid(process) > 0) {
            if (::waitpid(pid(process), &status, WNOHANG) > 0) {
                if (status != 0 && m_deaths++ == 0)
                    m_firstDeath = QStringLiteral("process %1, ending, %2").arg(process).arg(describe(status));
                buried(process);
            } else if (std::chrono::steady_clock::now() > deadline) {
                kill(process);
                ended = false;
            } else {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        }
    }
    return ended;
}

void ProcessGroup::look()
{
    for (int process = 0; process < count(); ++process) {
        int status = 0;
        if (pid(process) <= 0 || ::waitpid(pid(process), &status, WNOHANG) <= 0)
            continue;
        if (m_deaths++ == 0)
            m_firstDeath = QStringLiteral("process %1 %2").arg(process).arg(describe(status));
        buried(process);
        start(process);
    }
}

bool ProcessGroup::waitFor(const std::function<bool()> &condition)
{
    const auto deadline = std::chrono::steady_clock::now() + Patience;
    while (!condition()) {
        look();
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
}

bool ProcessGroup::waitForProgress(int process, std::uint64_t operations)
{
    const ProcessState &state = m_log.state(process);
    const std::uint64_t before = state.progress.load();
    return waitFor([&] { return state.progress.load() >= before + operations; });
}

bool ProcessGroup::waitForService()
{
    struct Before
    {
        std::uint64_t writes;
        std::uint64_t hits;
    };
    std::vector<Before> before;
    for (int process = 0; process < count(); ++process)
        before.push_back({m_log.state(process).writes.load(), m_log.state(process).hits.load()});
    return waitFor([&] {
        for (int process = 0; process < count(); ++process) {
            const Before &then = before[static_cast<std::size_t>(process)];
            const ProcessState &state = m_log.state(process);
            if (state.hits.load() <= then.hits || (process < m_workload.firstReadOnly && state.writes.load() <= then.writes))
                return false;
        }
        return true;
    });
}

pid_t ProcessGroup::startApart(const std::function<int()> &body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::_exit(body());
    }
    return child;
}

int ProcessGroup::runApart(const std::function<int()> &body)
{
    int status = 0;
    const pid_t child = startApart(body);
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

} // namespace InfraTorture
