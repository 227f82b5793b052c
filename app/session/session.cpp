// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

#include "instancenames.h"

#include <QSet>

#include <algorithm>

namespace InfraConsole {

Session::Session(QObject *parent) : QObject(parent) {}
Session::~Session() = default;

InstancesByService coherentInstances(const Snapshot &snapshot, const QByteArray &region)
{
    // The window waits for it: of hundreds of processes with dozens of regions each, every row is looked at once.
    QSet<QByteArray> ids;
    for (const CacheRow &row : snapshot.caches) {
        if (!row.instanceId.isEmpty() && !row.stale && (region.isEmpty() || row.region == region))
            ids.insert(row.instanceId);
    }
    const InstanceNames names(snapshot.instances);
    InstancesByService result;
    for (const InstanceRow &row : snapshot.instances) {
        if (ids.contains(row.id))
            result[row.service] << names.nameInText(row.id, row.service);
    }
    return result;
}

QByteArrayList regionNames(const Snapshot &snapshot, const QByteArrayList &stored)
{
    QSet<QByteArray> known(stored.begin(), stored.end());
    for (const CacheRow &row : snapshot.caches)
        known.insert(row.region);
    known.remove(QByteArray());
    QByteArrayList names = known.values();
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace InfraConsole
