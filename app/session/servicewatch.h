// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

#include <infra/healthmonitor.h>
#include <infra/services.h>

#include <QObject>

#include <map>
#include <memory>
#include <mutex>

namespace InfraConsole {

// Thread safety: edits belong to the GUI thread; rows(), takeEvents() and latency() may be called from any thread
// at once.
//
// The services of the console in the operator's order, checked by an Infra::HealthMonitor. Keeps what the monitor
// does not: the order, pauses with an end, a 15-minute history and the changes of verdict since the last call.
class ServiceWatch : public QObject
{
    Q_OBJECT

public:
    static constexpr int HeartbeatLimit = 60;

    explicit ServiceWatch(const Infra::HealthMonitorOptions &options, QObject *parent = nullptr);
    ~ServiceWatch() override;

    // Errors: an empty or taken name, a URL that is not http or https. Nothing changes then.
    [[nodiscard]] Infra::Result<void> add(const QString &name, const QString &url);
    [[nodiscard]] Infra::Result<void> edit(const QString &name, const QString &newName, const QString &url);
    void remove(const QString &name);
    void move(const QString &name, int position);
    void check(const QString &name);
    void checkAll();
    void pause(const QString &name, std::chrono::milliseconds duration);
    // Ends pauses that have run out.
    void resumeExpired(SystemTime now);

    [[nodiscard]] std::vector<Infra::ServiceEndpoint> endpoints() const;

    // Without what only telemetry knows: instances, breaker, stale.
    [[nodiscard]] std::vector<ServiceRow> rows() const;
    // Changes of verdict that nobody took yet, oldest first.
    [[nodiscard]] std::vector<EventRow> takeEvents();
    // Seconds per check over the last 15 minutes; NaN where a check had no answer.
    [[nodiscard]] Series latency(const QString &name) const;

Q_SIGNALS:
    // A check ended, or the list was edited.
    void changed();
    // Only the list: worth saving.
    void edited();
    void verdictChanged(const QString &name, InfraConsole::Verdict verdict, const QString &reason);

private:
    struct Entry
    {
        Infra::ServiceEndpoint endpoint;
        std::optional<SystemTime> pausedUntil;
        std::uint64_t checksBefore = 0;  // Checks that had ended when the last one was asked for.
        bool asked = false;
        Verdict lastVerdict = Verdict::NeverChecked;
        Series latency;
    };

    void noteCheck(const Infra::ServiceHealth &health);
    void noteVerdict(const Infra::ServiceHealth &health);
    [[nodiscard]] Infra::Result<QUrl> validate(const QString &name, const QString &url, const QString &replaces) const;
    [[nodiscard]] Entry *find(const QString &name);
    [[nodiscard]] const Entry *find(const QString &name) const;

    std::unique_ptr<Infra::HealthMonitor> m_monitor;
    mutable std::mutex m_mutex;
    std::vector<Entry> m_entries;    // Guarded by m_mutex; changed by the GUI thread only.
    std::vector<EventRow> m_events;  // Guarded by m_mutex.
};

[[nodiscard]] Verdict toVerdict(Infra::HealthVerdict verdict);

} // namespace InfraConsole
