// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/services.h>

#include <QString>

#include <vector>

namespace InfraConsole {

// The commands without a window. Each needs a QCoreApplication, prints to stdout, problems to stderr, and returns
// the exit status.

// --check: 0 when all are up, 1 when not, 2 for an unknown name. `name` may be "all".
[[nodiscard]] int checkServices(const std::vector<Infra::ServiceEndpoint> &services, const QString &name, bool json);
// --stats: what the processes of a store published last, as JSON; 2 when it cannot be opened.
[[nodiscard]] int printStatistics(const QString &storeUrl);

} // namespace InfraConsole
