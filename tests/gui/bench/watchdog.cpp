// SPDX-License-Identifier: MIT
#include "watchdog.h"

#include <QCoreApplication>
#include <QEvent>

#include <algorithm>

#include <pthread.h>

namespace InfraBench {

namespace {

constexpr std::chrono::milliseconds Period{2};
const auto Ping = static_cast<QEvent::Type>(QEvent::registerEventType());

} // namespace

Watchdog::Watchdog()
{
    m_thread = std::thread([this] {
        while (!m_stop.load()) {
            Steady::rep none = 0;
            if (m_askedAt.compare_exchange_strong(none, Steady::now().time_since_epoch().count()))
                QCoreApplication::postEvent(this, new QEvent(Ping), Qt::HighEventPriority);
            std::this_thread::sleep_for(Period);
        }
    });
    pthread_setname_np(m_thread.native_handle(), "bench-watchdog");
}

Watchdog::~Watchdog()
{
    m_stop = true;
    m_thread.join();
}

bool Watchdog::event(QEvent *event)
{
    if (event->type() != Ping)
        return QObject::event(event);
    const auto asked = Steady::time_point(Steady::duration(m_askedAt.load()));
    double waited = std::chrono::duration<double, std::milli>(Steady::now() - asked).count();
    for (; waited > 0; waited -= static_cast<double>(Period.count()))
        m_samples.push_back(waited);
    m_askedAt = 0;
    return true;
}

Watchdog::Report Watchdog::take()
{
    Report report;
    std::sort(m_samples.begin(), m_samples.end());
    report.samples = m_samples.size();
    if (!m_samples.empty()) {
        report.longestMilliseconds = m_samples.back();
        report.p999Milliseconds = m_samples[static_cast<std::size_t>(0.999 * static_cast<double>(m_samples.size() - 1))];
    }
    m_samples.clear();
    return report;
}

} // namespace InfraBench
