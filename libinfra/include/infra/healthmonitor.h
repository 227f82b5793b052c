// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/healthchecker.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <QObject>

#include <memory>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// How often a HealthMonitor checks, and how soon it believes what it sees.
struct INFRA_EXPORT HealthMonitorOptions
{
    // Between the starts of two checks of one service. 10 ms to 1 day. Shorter notices sooner and costs both
    // sides more.
    std::chrono::milliseconds interval{10000};
    // Each pause varies by up to this fraction either way, so that many monitors do not beat in step; first
    // checks are spread over one interval if `spreadFirst` is set. 0 to 0.5.
    double jitter = 0.1;
    bool spreadFirst = false; // Off: a new service is checked at once.
    // Consecutive results worse than the verdict before it changes (from good to bad: Up, Degraded, Down,
    // Unreachable). 1 to 100. Higher is steadier and later. The very first result counts at once, and so does the first
    // after a pause.
    int failuresToFlip = 2;
    // The same for results better than the verdict.
    int successesToFlip = 2;
    // Results kept per service. 1 to 10000.
    int historyLength = 60;
    // For services added without options of their own. Its clock is the monitor's for everything.
    HealthCheckOptions check;
    std::uint64_t seed = 0; // Of the jitter; 0 takes a random one.
};

// Thread safety: a value.
//
// What the monitor knows about one service.
struct INFRA_EXPORT ServiceHealth
{
    QString service;                                     // The name given to HealthMonitor::add().
    QUrl baseUrl;                                        // Without user info.
    HealthVerdict verdict = HealthVerdict::NeverChecked; // Flap-proof; Paused while paused.
    SystemTime verdictSince{};                           // When it last changed.
    HealthResult last;                                   // The newest check, flap or not.
    std::uint64_t checks = 0;                            // Finished ones; those that a pause cut off do not count.
    std::uint64_t flips = 0;                             // Changes of verdict, without the first and pauses.
    std::chrono::nanoseconds lateness{};                 // How late the newest check started.
};

// Thread safety: a value. One point of a service's history.
struct INFRA_EXPORT HealthSample
{
    SystemTime at{};                                     // When the check began.
    HealthVerdict verdict = HealthVerdict::NeverChecked; // Of this check.
    UnreachableReason reason = UnreachableReason::None;  // Of Unreachable, else None.
    std::chrono::nanoseconds total{};                    // How long the check took, queue excluded.

    friend bool operator==(const HealthSample &, const HealthSample &) = default;
};

// Thread safety: all members may be called from any thread at once, except the constructor's and
// destructor's thread rules of QObject. Signals are emitted in the thread this object lives in, which needs
// an event loop; the queries work without one. Of each service at most 16 checks and changes wait for that thread: beyond
// them the oldest are not signalled, checks before changes of verdict.
//
// Checks services over and over. Checks run on the network thread; nothing here blocks.
//
//     auto monitor = Infra::HealthMonitor::create();
//     if (!monitor)
//         return Infra::failure(monitor.error());
//     QObject::connect(monitor->get(), &Infra::HealthMonitor::verdictChanged, &page, &Page::showHealth);
//     if (auto added = (*monitor)->add(QStringLiteral("data-api"), QUrl(QStringLiteral("http://data-api:8006"))); !added)
//         return Infra::failure(added.error());
class INFRA_EXPORT HealthMonitor : public QObject, public MetricSource
{
    Q_OBJECT

public:
    // InvalidArgument names the option that is out of its range; Unavailable: there is no QCoreApplication.
    [[nodiscard]] static Result<std::unique_ptr<HealthMonitor>> create(const HealthMonitorOptions &options = {});
    // Running checks are abandoned; does not wait for them, unless a clock is not the system's: nothing reads that one
    // any more afterwards.
    ~HealthMonitor() override;

    // As given to create().
    [[nodiscard]] HealthMonitorOptions options() const;

    // InvalidArgument: a bad URL or an empty name. Conflict: the name is being monitored at another URL.
    // Adding the same service again does nothing.
    [[nodiscard]] Result<void> add(const QString &service, const QUrl &baseUrl);
    // The same with options of its own for this service; a service that is known already keeps the ones it has.
    [[nodiscard]] Result<void> add(const QString &service, const QUrl &baseUrl, const HealthCheckOptions &check);
    // Forgets the service and its history; the result of a running check is dropped. This and the next three do nothing
    // for an unknown name.
    void remove(const QString &service);
    // Sets the verdict to Paused and stops checking; the result of a running check is dropped.
    void pause(const QString &service);
    // Checks at once; the verdict is NeverChecked until then, and whatever that check says afterwards.
    void resume(const QString &service);
    // Checks now, out of turn, unless a check is running already or the service is paused.
    void checkNow(const QString &service);

    // Sorted by name.
    [[nodiscard]] std::vector<ServiceHealth> services() const;
    // NotFound for an unknown name.
    [[nodiscard]] Result<ServiceHealth> health(const QString &service) const;
    // Oldest first; empty for an unknown name.
    [[nodiscard]] std::vector<HealthSample> history(const QString &service) const;

    // ComponentSnapshot::Kind::Health, name "monitor", one set of metrics a service.
    [[nodiscard]] ComponentSnapshot snapshot() const override;

Q_SIGNALS:
    // After every check, but for those that this thread is too late for.
    void checked(const Infra::ServiceHealth &health);
    // After the first check, and when the flap-proof verdict changed, pausing and resuming included.
    void verdictChanged(const Infra::ServiceHealth &health);
    // After remove() of a known name.
    void removed(const QString &service);

private:
    struct Private;
    explicit HealthMonitor(const HealthMonitorOptions &options);
    std::shared_ptr<Private> d; // Shared with running checks.
};

} // namespace Infra
