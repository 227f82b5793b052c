// SPDX-License-Identifier: MIT
#include <infra/services.h>

#include "serviceurl.h"

#include <array>

namespace Infra {

QString serviceUrlVariable(const QString &service)
{
    QString variable = service.toUpper();
    variable.replace(QLatin1Char('-'), QLatin1Char('_'));
    return variable + QStringLiteral("_URL");
}

Result<std::vector<ServiceEndpoint>> preconfiguredServices(const QProcessEnvironment &environment)
{
    struct Default
    {
        const char *name;
        int port;
    };
    constexpr std::array<Default, 5> defaults{{{"data-api", 8006},
                                               {"ai-query-service", 8018},
                                               {"ai-automation-service", 8021},
                                               {"ai-training-service", 8015},
                                               {"ai-pattern-service", 8016}}};
    std::vector<ServiceEndpoint> services;
    for (const Default &entry : defaults) {
        const QString name = QString::fromLatin1(entry.name);
        const QString variable = serviceUrlVariable(name);
        const QString overridden = environment.value(variable).trimmed();
        if (overridden.isEmpty()) {
            services.push_back({name, QUrl(QStringLiteral("http://%1:%2").arg(name).arg(entry.port))});
            continue;
        }
        const Result<QUrl> url = Detail::checkBaseUrl(QUrl(overridden, QUrl::StrictMode));
        if (!url)
            return failure(Error::Kind::InvalidArgument, QStringLiteral("environment variable %1: %2").arg(variable, url.error().message));
        services.push_back({name, *url});
    }
    return services;
}

} // namespace Infra
