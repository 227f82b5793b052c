// SPDX-License-Identifier: GPL-3.0-or-later
#include "parentwatch.h"

#include <csignal>

#include <sys/prctl.h>
#include <unistd.h>

namespace InfraDemo {

namespace {
constexpr qsizetype MaximumLine = 4096;
}

bool dieWithParent(std::int64_t parentProcess)
{
    // The signal comes with the parent's death from now on; what happened before shows in the parent's id.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return ::getppid() == static_cast<pid_t>(parentProcess);
}

ParentWatch::ParentWatch(QObject *parent) : QObject(parent), m_notifier(STDIN_FILENO, QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &ParentWatch::read);
}

ParentWatch::~ParentWatch() = default;

void ParentWatch::read()
{
    char buffer[1024];
    const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR)
        return;
    if (size > 0)
        m_pending.append(buffer, size);
    if (size <= 0 || m_pending.size() > MaximumLine) {
        m_notifier.setEnabled(false);
        Q_EMIT closed();
        return;
    }
    for (qsizetype end = m_pending.indexOf('\n'); end >= 0; end = m_pending.indexOf('\n')) {
        const QByteArray line = m_pending.first(end);
        m_pending.remove(0, end + 1);
        Q_EMIT lineRead(line);
    }
}

} // namespace InfraDemo
