// SPDX-License-Identifier: GPL-3.0-or-later
#include "instancenames.h"

#include <algorithm>

namespace InfraConsole {

InstanceNames::InstanceNames(const std::vector<InstanceRow> &instances)
{
    const bool isOneHost = std::all_of(instances.begin(), instances.end(),
                                       [&instances](const InstanceRow &row) { return row.host == instances.front().host; });
    m_details.reserve(static_cast<qsizetype>(instances.size()));
    for (const InstanceRow &row : instances) {
        const QString process = QStringLiteral("pid %1").arg(row.processId);
        m_details.insert(row.id, isOneHost ? process : QString(row.host + QStringLiteral(", ") + process));
    }
}

QString InstanceNames::name(const QByteArray &instanceId, const QString &service) const
{
    const auto detail = m_details.constFind(instanceId);
    return detail == m_details.constEnd() ? service : QString(service + QStringLiteral(" · ") + *detail);
}

QString InstanceNames::nameInText(const QByteArray &instanceId, const QString &service) const
{
    const auto detail = m_details.constFind(instanceId);
    return detail == m_details.constEnd() ? service : QString(service + QStringLiteral(" (") + *detail + QLatin1Char(')'));
}

} // namespace InfraConsole
