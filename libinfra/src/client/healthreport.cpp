// SPDX-License-Identifier: MIT
#include <infra/healthreport.h>

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTimeZone>

namespace Infra {

namespace {

// The draft's word.
QString word(HealthVerdict verdict)
{
    switch (verdict) {
    case HealthVerdict::Up: return QStringLiteral("pass");
    case HealthVerdict::Degraded: return QStringLiteral("warn");
    default: return QStringLiteral("fail");
    }
}

HealthVerdict simplified(HealthVerdict verdict)
{
    return verdict == HealthVerdict::Up || verdict == HealthVerdict::Degraded ? verdict : HealthVerdict::Down;
}

bool counts(HealthVerdict verdict)
{
    return verdict != HealthVerdict::NeverChecked && verdict != HealthVerdict::Paused;
}

QString timestamp(SystemTime time)
{
    return QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count(), Qt::UTC).toString(Qt::ISODateWithMs);
}

} // namespace

HealthReportBuilder::HealthReportBuilder(const QString &service, const QString &version)
    : m_service(service), m_version(version)
{
}

void HealthReportBuilder::setStatus(HealthVerdict verdict, const QString &message)
{
    m_status = simplified(verdict);
    m_message = message;
}

void HealthReportBuilder::addDependency(const QString &name, HealthVerdict verdict, Importance importance, const QString &detail,
                                        std::optional<std::chrono::nanoseconds> latency, std::optional<SystemTime> checkedAt)
{
    m_dependencies.push_back({name, verdict, importance, detail, latency, checkedAt});
}

void HealthReportBuilder::addDependency(const HealthResult &result, Importance importance)
{
    addDependency(result.service, result.verdict, importance, result.message, result.total, result.checkedAt);
}

HealthVerdict HealthReportBuilder::verdict() const
{
    HealthVerdict worst = m_status;
    for (const Dependency &dependency : m_dependencies) {
        if (!counts(dependency.verdict))
            continue;
        HealthVerdict verdict = simplified(dependency.verdict);
        if (verdict == HealthVerdict::Down && dependency.importance == Importance::Optional)
            verdict = HealthVerdict::Degraded;
        if (verdict == HealthVerdict::Down || worst == HealthVerdict::Up)
            worst = verdict;
    }
    return worst;
}

int HealthReportBuilder::httpStatus() const
{
    return verdict() == HealthVerdict::Down ? 503 : 200;
}

QByteArray HealthReportBuilder::build() const
{
    QJsonObject root{{QStringLiteral("status"), word(verdict())}, {QStringLiteral("serviceId"), m_service}};
    if (!m_version.isEmpty())
        root[QStringLiteral("releaseId")] = m_version;
    if (!m_message.isEmpty())
        root[QStringLiteral("output")] = m_message;
    QJsonObject checks;
    for (const Dependency &dependency : m_dependencies) {
        QJsonObject check{{QStringLiteral("componentType"), QStringLiteral("component")}};
        check[QStringLiteral("status")] = counts(dependency.verdict) ? word(simplified(dependency.verdict))
                                                                     : QString::fromLatin1(healthVerdictName(dependency.verdict));
        if (!dependency.detail.isEmpty())
            check[QStringLiteral("output")] = dependency.detail;
        if (dependency.latency) {
            check[QStringLiteral("observedValue")] = std::chrono::duration<double, std::milli>(*dependency.latency).count();
            check[QStringLiteral("observedUnit")] = QStringLiteral("ms");
        }
        if (dependency.checkedAt)
            check[QStringLiteral("time")] = timestamp(*dependency.checkedAt);
        // Two of one name share a list.
        QJsonArray entries = checks.value(dependency.name).toArray();
        entries.append(check);
        checks[dependency.name] = entries;
    }
    if (!checks.isEmpty())
        root[QStringLiteral("checks")] = checks;
    return QJsonDocument(root).toJson(QJsonDocument::Compact);
}

} // namespace Infra
