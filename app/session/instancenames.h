// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

#include <QHash>

namespace InfraConsole {

// Thread safety: a value.
//
// What tells the processes of one service apart: the process id, and the host where there are several.
class InstanceNames
{
public:
    explicit InstanceNames(const std::vector<InstanceRow> &instances);

    // "data-api · pid 4711", or "data-api · edge-1, pid 4711"; `service` alone when the process is not known.
    [[nodiscard]] QString name(const QByteArray &instanceId, const QString &service) const;
    // The same as part of a sentence: "data-api (pid 4711)".
    [[nodiscard]] QString nameInText(const QByteArray &instanceId, const QString &service) const;

private:
    QHash<QByteArray, QString> m_details;
};

} // namespace InfraConsole
