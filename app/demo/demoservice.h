// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "demooptions.h"
#include "readings.h"
#include "workload.h"

#include <infra/endpoint.h>
#include <infra/infrastructure.h>

#include <memory>

namespace InfraDemo {

// Thread safety: lives in the main thread.
//
// One service of the demo, built as any service would be: an Infrastructure, regions of its own, a pool, an endpoint.
// Members are destroyed from the last to the first, so nothing outlives what it uses.
class DemoService
{
public:
    // Listens when it returns; works after go().
    [[nodiscard]] static Infra::Result<std::unique_ptr<DemoService>> create(const DemoOptions &options);
    ~DemoService();

    [[nodiscard]] quint16 port() const;
    [[nodiscard]] Infra::Result<void> addPeer(const QString &name, const QUrl &url);
    // Begins the work, once.
    void go();

private:
    explicit DemoService(const DemoOptions &options);

    [[nodiscard]] Infra::Result<void> openRegions();
    [[nodiscard]] Infra::Result<void> openDatabase();
    [[nodiscard]] Infra::Result<void> listen();
    [[nodiscard]] Infra::HealthReportBuilder health() const;

    const DemoOptions m_options;
    const Infra::SteadyTime m_started;
    std::unique_ptr<Infra::Infrastructure> m_infrastructure;
    std::shared_ptr<Infra::ConnectionPool> m_pool;
    std::unique_ptr<Readings> m_readings;
    std::unique_ptr<Infra::Cache> m_descriptions;
    std::unique_ptr<Infra::Cache> m_answers;
    std::vector<Infra::MetricRegistry::Registration> m_registrations;
    std::map<QString, Infra::ServiceClient *> m_peers;
    std::unique_ptr<Infra::Endpoint> m_endpoint;
    std::unique_ptr<Workload> m_workload;
    std::unique_ptr<PoolSqueeze> m_squeeze;
};

} // namespace InfraDemo
