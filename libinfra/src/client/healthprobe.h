// SPDX-License-Identifier: MIT
#pragma once

#include "exchange.h"
#include "networkthread.h"

#include <infra/healthchecker.h>
#include <infra/result.h>

#include <functional>
#include <memory>

namespace Infra::Detail {

// A service to ask, checked.
struct HealthTarget
{
    QString service;
    QUrl url;
    HealthCheckOptions options;
};

// InvalidArgument: empty name, bad base URL, path, token or timeout.
[[nodiscard]] Result<HealthTarget> checkHealthTarget(const QString &service, const QUrl &baseUrl,
                                                     const HealthCheckOptions &options);

// Thread safety: made on any thread, then lives on the network thread.
//
// One health check from its start to its result.
class HealthProbe final : public Operation, public std::enable_shared_from_this<HealthProbe>
{
public:
    // Only the first says something about the service.
    enum class End {
        Checked,
        Abandoned, // Given up.
        NotBegun   // The network thread is ending or has ended.
    };
    // `done` gets the result exactly once, on the network thread, or on the thread that destroys the probe when
    // it was not begun. `wanted` is asked every few milliseconds; false abandons.
    using Done = std::function<void(HealthResult result, End end)>;
    HealthProbe(HealthTarget target, std::function<bool()> wanted, Done done);
    ~HealthProbe() override;

    // Does nothing when the thread is ending.
    void start(NetworkHub &hub);

    void tick() override;
    void shutDown() override;

private:
    void dispatch();
    void exchanged(ExchangeResult result);
    void timedOut();
    void finishUnreachable(UnreachableReason reason, const QString &message);
    void finish();
    void takeTimes(const ExchangeResult &result);

    const HealthTarget m_target;
    std::function<bool()> m_wanted;
    Done m_done;
    HealthResult m_result;
    NetworkHub *m_hub = nullptr;
    std::shared_ptr<ConnectionManager> m_manager;
    std::shared_ptr<OriginLane> m_lane;
    AdmissionQueue::Ticket m_ticket = 0;
    std::unique_ptr<Exchange> m_exchange;
    NetworkHub::Timer m_timer;
    SteadyTime m_dispatched{};
    bool m_waiting = false; // In the lane's queue.
    bool m_finished = false;
    End m_end = End::Checked;
};

} // namespace Infra::Detail
