// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

namespace Infra {
class TelemetryReader;
}

namespace InfraConsole {

// The newest readings of all processes as rows: per instance, and merged over the instances that are alive.
// Thread safety: pure functions of what the reader holds.
[[nodiscard]] std::vector<InstanceRow> readInstances(const Infra::TelemetryReader &reader);
[[nodiscard]] std::vector<CacheRow> readCaches(const Infra::TelemetryReader &reader);
[[nodiscard]] std::vector<PoolRow> readPools(const Infra::TelemetryReader &reader);

// What the processes say of the services that they call: breaker state by service name, worst first.
[[nodiscard]] std::map<QString, QString> readBreakers(const Infra::TelemetryReader &reader);

} // namespace InfraConsole
