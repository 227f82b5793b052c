// SPDX-License-Identifier: GPL-3.0-or-later
#include "servicewatch.h"

#include "eventlog.h"
#include "serieswatch.h"

#include <QUrl>

#include <algorithm>
#include <limits>
#include <utility>

namespace InfraConsole {

using Infra::Error;
using Infra::failure;
using Infra::Result;

namespace {

constexpr std::size_t EventLimit = 1000;
constexpr qsizetype BodyLimit = 8 * 1024;
constexpr qsizetype NameLimit = 128;
constexpr int DependencyDepth = 6;

std::vector<DependencyInfo> toDependencies(const std::vector<Infra::HealthDependency> &dependencies, int depth)
{
    std::vector<DependencyInfo> result;
    if (depth == 0)
        return result;
    for (const Infra::HealthDependency &dependency : dependencies)
        result.push_back({dependency.name, toVerdict(dependency.verdict), dependency.detail,
                          toDependencies(dependency.dependencies, depth - 1)});
    return result;
}

std::optional<Duration> positive(std::chrono::nanoseconds duration)
{
    return duration.count() > 0 ? std::optional<Duration>(duration) : std::nullopt;
}

Severity severityOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Down:
    case Verdict::Unreachable: return Severity::Critical;
    case Verdict::Degraded: return Severity::Warning;
    default: return Severity::Information;
    }
}

} // namespace

Verdict toVerdict(Infra::HealthVerdict verdict)
{
    switch (verdict) {
    case Infra::HealthVerdict::Up: return Verdict::Up;
    case Infra::HealthVerdict::Degraded: return Verdict::Degraded;
    case Infra::HealthVerdict::Down: return Verdict::Down;
    case Infra::HealthVerdict::Unreachable: return Verdict::Unreachable;
    case Infra::HealthVerdict::Paused: return Verdict::Paused;
    case Infra::HealthVerdict::NeverChecked: break;
    }
    return Verdict::NeverChecked;
}

ServiceWatch::ServiceWatch(const Infra::HealthMonitorOptions &options, QObject *parent) : QObject(parent)
{
    auto created = Infra::HealthMonitor::create(options);
    Q_ASSERT_X(created, "ServiceWatch", "the console's own monitor options are out of range");
    m_monitor = std::move(*created);
    connect(m_monitor.get(), &Infra::HealthMonitor::checked, this, &ServiceWatch::noteCheck);
    connect(m_monitor.get(), &Infra::HealthMonitor::verdictChanged, this, &ServiceWatch::noteVerdict);
}

ServiceWatch::~ServiceWatch() = default;

ServiceWatch::Entry *ServiceWatch::find(const QString &name)
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&name](const Entry &entry) { return entry.endpoint.name == name; });
    return found == m_entries.end() ? nullptr : &*found;
}

const ServiceWatch::Entry *ServiceWatch::find(const QString &name) const
{
    return const_cast<ServiceWatch *>(this)->find(name);
}

Result<QUrl> ServiceWatch::validate(const QString &name, const QString &url, const QString &replaces) const
{
    if (name.trimmed().isEmpty())
        return failure(Error::Kind::InvalidArgument, tr("The service needs a name."));
    if (name.size() > NameLimit)
        return failure(Error::Kind::LimitExceeded, tr("The name is longer than %1 characters.").arg(NameLimit));
    if (name != replaces && find(name))
        return failure(Error::Kind::Conflict, tr("There is a service named %1 already.").arg(name));
    const QUrl parsed(url.trimmed(), QUrl::StrictMode);
    const QString scheme = parsed.scheme();
    if (!parsed.isValid() || parsed.host().isEmpty()
        || (scheme != QStringLiteral("http") && scheme != QStringLiteral("https")))
        return failure(Error::Kind::InvalidArgument,
                       tr("The address must look like http://host:port or https://host."));
    if (!parsed.userInfo().isEmpty())
        return failure(Error::Kind::InvalidArgument, tr("The address must not hold a user name or a password."));
    return parsed;
}

Result<void> ServiceWatch::add(const QString &name, const QString &url)
{
    const Result<QUrl> parsed = validate(name, url, {});
    if (!parsed)
        return failure(parsed.error());
    {
        const std::lock_guard lock(m_mutex);
        Entry entry;
        entry.endpoint = {name.trimmed(), *parsed};
        m_entries.push_back(std::move(entry));
    }
    if (auto added = m_monitor->add(name.trimmed(), *parsed); !added) {
        const std::lock_guard lock(m_mutex);
        m_entries.pop_back();
        return failure(added.error());
    }
    Q_EMIT edited();
    Q_EMIT changed();
    return {};
}

Result<void> ServiceWatch::edit(const QString &name, const QString &newName, const QString &url)
{
    const Result<QUrl> parsed = validate(newName, url, name);
    if (!parsed)
        return failure(parsed.error());
    Entry *entry = find(name);
    if (!entry)
        return failure(Error::Kind::NotFound, tr("There is no service named %1.").arg(name));
    const Infra::ServiceEndpoint before = entry->endpoint;
    const Infra::ServiceEndpoint after{newName.trimmed(), *parsed};
    if (before == after)
        return {};
    m_monitor->remove(before.name);
    if (auto added = m_monitor->add(after.name, after.baseUrl); !added) {
        // The old one was fine a moment ago and is watched again.
        [[maybe_unused]] const auto restored = m_monitor->add(before.name, before.baseUrl);
        return failure(added.error());
    }
    {
        const std::lock_guard lock(m_mutex);
        Entry fresh;
        fresh.endpoint = after;
        *entry = std::move(fresh);
    }
    Q_EMIT edited();
    Q_EMIT changed();
    return {};
}

void ServiceWatch::remove(const QString &name)
{
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_entries, [&name](const Entry &entry) { return entry.endpoint.name == name; });
    }
    m_monitor->remove(name);
    Q_EMIT edited();
    Q_EMIT changed();
}

void ServiceWatch::move(const QString &name, int position)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto from = std::find_if(m_entries.begin(), m_entries.end(),
                                       [&name](const Entry &entry) { return entry.endpoint.name == name; });
        if (from == m_entries.end() || position < 0 || position >= static_cast<int>(m_entries.size()))
            return;
        const auto to = m_entries.begin() + position;
        if (from < to)
            std::rotate(from, from + 1, to + 1);
        else
            std::rotate(to, from, from + 1);
    }
    Q_EMIT edited();
    Q_EMIT changed();
}

void ServiceWatch::check(const QString &name)
{
    const auto health = m_monitor->health(name);
    {
        const std::lock_guard lock(m_mutex);
        Entry *entry = find(name);
        if (!entry)
            return;
        entry->asked = true;
        entry->checksBefore = health ? health->checks : 0;
    }
    m_monitor->checkNow(name);
    Q_EMIT changed();
}

void ServiceWatch::checkAll()
{
    for (const Infra::ServiceEndpoint &endpoint : endpoints())
        check(endpoint.name);
}

void ServiceWatch::pause(const QString &name, std::chrono::milliseconds duration)
{
    const bool pausing = duration.count() > 0;
    {
        const std::lock_guard lock(m_mutex);
        Entry *entry = find(name);
        if (!entry)
            return;
        entry->pausedUntil.reset();
        if (pausing) {
            const SystemTime now = Infra::Clock::system().systemNow();
            entry->pausedUntil = duration >= SystemTime::max() - now ? SystemTime::max() : now + duration;
        }
    }
    if (pausing)
        m_monitor->pause(name);
    else
        m_monitor->resume(name);
    Q_EMIT changed();
}

void ServiceWatch::resumeExpired(SystemTime now)
{
    std::vector<QString> expired;
    {
        const std::lock_guard lock(m_mutex);
        for (Entry &entry : m_entries) {
            if (entry.pausedUntil && *entry.pausedUntil <= now) {
                entry.pausedUntil.reset();
                expired.push_back(entry.endpoint.name);
            }
        }
    }
    for (const QString &name : expired)
        m_monitor->resume(name);
}

std::vector<Infra::ServiceEndpoint> ServiceWatch::endpoints() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Infra::ServiceEndpoint> result;
    for (const Entry &entry : m_entries)
        result.push_back(entry.endpoint);
    return result;
}

void ServiceWatch::noteCheck(const Infra::ServiceHealth &health)
{
    {
        const std::lock_guard lock(m_mutex);
        if (Entry *entry = find(health.service)) {
            entry->asked = false;
            const bool answered = health.last.verdict != Infra::HealthVerdict::Unreachable;
            appendOwn(entry->latency, {health.last.checkedAt,
                                       answered ? std::chrono::duration<double>(health.last.total).count()
                                                : std::numeric_limits<double>::quiet_NaN()});
        }
    }
    Q_EMIT changed();
}

void ServiceWatch::noteVerdict(const Infra::ServiceHealth &health)
{
    const Verdict verdict = toVerdict(health.verdict);
    {
        const std::lock_guard lock(m_mutex);
        Entry *entry = find(health.service);
        if (!entry)
            return;
        const Verdict before = std::exchange(entry->lastVerdict, verdict);
        // The first verdict is news only when it is bad.
        if (before == Verdict::NeverChecked && verdict == Verdict::Up)
            return;
        EventRow event;
        event.at = health.verdictSince;
        event.kind = EventKind::HealthChanged;
        event.severity = severityOf(verdict);
        event.subject = health.service;
        event.actor = thisConsole();
        switch (verdict) {
        case Verdict::Up: event.text = tr("%1 is up.").arg(health.service); break;
        case Verdict::Degraded: event.text = tr("%1 is degraded: %2").arg(health.service, health.last.message); break;
        case Verdict::Down: event.text = tr("%1 is down: %2").arg(health.service, health.last.message); break;
        case Verdict::Unreachable:
            event.text = tr("%1 is unreachable: %2").arg(health.service, health.last.message);
            break;
        case Verdict::Paused: event.text = tr("Checks of %1 are paused.").arg(health.service); break;
        case Verdict::NeverChecked: event.text = tr("%1 was never checked.").arg(health.service); break;
        }
        if (m_events.size() < EventLimit)
            m_events.push_back(std::move(event));
    }
    Q_EMIT verdictChanged(health.service, verdict, health.last.message);
}

std::vector<ServiceRow> ServiceWatch::rows() const
{
    // The monitor has a lock of its own: asked before ours is taken.
    std::map<QString, Infra::ServiceHealth> healthByName;
    for (Infra::ServiceHealth &health : m_monitor->services())
        healthByName.emplace(health.service, std::move(health));
    std::map<QString, std::vector<Infra::HealthSample>> historyByName;
    for (const auto &[name, health] : healthByName)
        historyByName.emplace(name, m_monitor->history(name));

    const std::lock_guard lock(m_mutex);
    std::vector<ServiceRow> result;
    result.reserve(m_entries.size());
    for (const Entry &entry : m_entries) {
        ServiceRow row;
        row.name = entry.endpoint.name;
        row.url = entry.endpoint.baseUrl.toString(QUrl::RemoveUserInfo);
        row.pausedUntil = entry.pausedUntil;
        const auto found = healthByName.find(row.name);
        if (found == healthByName.end()) {
            result.push_back(std::move(row));
            continue;
        }
        const Infra::ServiceHealth &health = found->second;
        row.verdict = toVerdict(health.verdict);
        row.verdictSince = health.verdictSince;
        row.checking = entry.asked && health.checks == entry.checksBefore;
        if (health.checks > 0) {
            const Infra::HealthResult &last = health.last;
            row.lastCheckedAt = last.checkedAt;
            if (last.verdict != Infra::HealthVerdict::Up)
                row.reason = last.message;
            row.latency = positive(last.total);
            row.connectTime = positive(last.connect);
            row.serverTime = positive(last.response);
            row.certificateExpiry = last.certificateExpiry;
            row.body = last.body.left(BodyLimit);
            row.dependencies = toDependencies(last.dependencies, DependencyDepth);
        }
        const std::vector<Infra::HealthSample> &history = historyByName[row.name];
        const std::size_t first = history.size() > HeartbeatLimit ? history.size() - HeartbeatLimit : 0;
        for (std::size_t index = first; index < history.size(); ++index) {
            const Infra::HealthSample &sample = history[index];
            Heartbeat beat{sample.at, toVerdict(sample.verdict), positive(sample.total), {}};
            if (sample.reason != Infra::UnreachableReason::None)
                beat.reason = QString::fromLatin1(Infra::unreachableReasonName(sample.reason));
            row.heartbeats.push_back(std::move(beat));
        }
        result.push_back(std::move(row));
    }
    return result;
}

std::vector<EventRow> ServiceWatch::takeEvents()
{
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_events, {});
}

Series ServiceWatch::latency(const QString &name) const
{
    const std::lock_guard lock(m_mutex);
    const Entry *entry = find(name);
    return entry ? entry->latency : Series{};
}

} // namespace InfraConsole
