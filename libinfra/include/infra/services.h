// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/result.h>

#include <QProcessEnvironment>
#include <QString>
#include <QUrl>

#include <vector>

namespace Infra {

// Thread safety: a value.
//
// What ServiceClient::create() needs to reach a service.
struct ServiceEndpoint
{
    QString name; // "data-api"
    QUrl baseUrl; // "http://data-api:8006"

    friend bool operator==(const ServiceEndpoint &, const ServiceEndpoint &) = default;
};

// Thread safety: may be called from any thread; reads `environment` only.
//
// The services every installation has: data-api (http://data-api:8006), ai-query-service (:8018),
// ai-automation-service (:8021), ai-training-service (:8015) and ai-pattern-service (:8016), in this order.
// Each is overridden by the variable named after it in upper case with underscores and _URL
// (DATA_API_URL, AI_QUERY_SERVICE_URL, …). InvalidArgument names the variable whose value is no usable base
// URL; an empty one counts as unset.
[[nodiscard]] INFRA_EXPORT Result<std::vector<ServiceEndpoint>>
preconfiguredServices(const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment());

// "data-api" → "DATA_API_URL".
[[nodiscard]] INFRA_EXPORT QString serviceUrlVariable(const QString &service);

} // namespace Infra
