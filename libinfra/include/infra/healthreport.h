// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/healthresult.h>

#include <QByteArray>
#include <QString>

#include <chrono>
#include <optional>
#include <vector>

namespace Infra {

// Thread safety: a value; build() is a pure function.
//
// The server's side of a health check: what a service says about itself and its dependencies as
// application/health+json (draft-inadarei-api-health-check-06), in the shape that HealthChecker reads. The
// whole is as bad as its worst required dependency; an optional one makes it at most Degraded.
//
//     Infra::HealthReportBuilder report(QStringLiteral("data-api"), QStringLiteral("1.4.2"));
//     report.setStatus(Infra::HealthVerdict::Up);
//     report.addDependency(QStringLiteral("database"), Infra::HealthVerdict::Up,
//                          Infra::HealthReportBuilder::Importance::Required);
//     reply(report.httpStatus(), QByteArray(Infra::HealthReportBuilder::ContentType), report.build());
class INFRA_EXPORT HealthReportBuilder
{
public:
    // What a dependency that is Down makes of the whole. Required: Down. Optional: Degraded.
    enum class Importance : std::uint8_t { Required, Optional };

    // The Content-Type of build().
    static constexpr const char *ContentType = "application/health+json";

    // An empty `version` is left out of the report.
    HealthReportBuilder(const QString &service, const QString &version);

    // The service's own status, without its dependencies. Up unless set. Verdicts that a service cannot have
    // of itself (Unreachable, NeverChecked, Paused) count as Down.
    void setStatus(HealthVerdict verdict, const QString &message = {});
    // One the service depends on. Unreachable counts as Down; NeverChecked and Paused do not count.
    void addDependency(const QString &name, HealthVerdict verdict, Importance importance, const QString &detail = {},
                       std::optional<std::chrono::nanoseconds> latency = {}, std::optional<SystemTime> checkedAt = {});
    // A dependency as a HealthChecker or HealthMonitor saw it.
    void addDependency(const HealthResult &result, Importance importance);

    // Up, Degraded or Down.
    [[nodiscard]] HealthVerdict verdict() const;
    // 200 for Up and Degraded, 503 for Down, so that load balancers understand it too.
    [[nodiscard]] int httpStatus() const;
    // The report as compact JSON in UTF-8.
    [[nodiscard]] QByteArray build() const;

private:
    struct Dependency
    {
        QString name;
        HealthVerdict verdict = HealthVerdict::NeverChecked;
        Importance importance = Importance::Required;
        QString detail;
        std::optional<std::chrono::nanoseconds> latency;
        std::optional<SystemTime> checkedAt;
    };

    QString m_service;
    QString m_version;
    HealthVerdict m_status = HealthVerdict::Up;
    QString m_message;
    std::vector<Dependency> m_dependencies;
};

} // namespace Infra
