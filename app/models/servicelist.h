// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/result.h>

#include <QByteArray>
#include <QString>

#include <utility>
#include <vector>

namespace InfraConsole {

// Names and addresses of services, in the operator's order.
using ServiceList = std::vector<std::pair<QString, QString>>;

// As a file that another console imports: [{"name": "data-api", "url": "http://data-api:8006"}, …].
[[nodiscard]] QByteArray writeServiceList(const ServiceList &services);

// Fails with InvalidArgument (no such list; the entry is named) or LimitExceeded (more than a megabyte or 1,000 services).
// Whether an address makes sense is for the session to say.
[[nodiscard]] Infra::Result<ServiceList> readServiceList(const QByteArray &file);

} // namespace InfraConsole
