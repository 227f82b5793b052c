// SPDX-License-Identifier: GPL-3.0-or-later
#include "session.h"

#include <QSet>

#include <algorithm>

namespace InfraConsole {

Session::Session(QObject *parent) : QObject(parent) {}
Session::~Session() = default;

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
