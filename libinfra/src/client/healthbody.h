// SPDX-License-Identifier: MIT
#pragma once

#include <infra/healthresult.h>

#include <QByteArray>

#include <optional>

namespace Infra::Detail {

// What the body of a health answer says.
struct HealthBody
{
    HealthVerdict verdict = HealthVerdict::NeverChecked; // NeverChecked: it does not say.
    QString status;
    QString message;
    QString version;
    std::vector<HealthDependency> dependencies;
};

// Reads application/health+json, Spring Boot's actuator and {"status": …} with dependencies; nothing when the
// body is none of them. Inert: at most 1,000 dependencies, 8 levels deep, texts of 1,000 characters.
[[nodiscard]] std::optional<HealthBody> parseHealthBody(const QByteArray &body);

// "ok", "UP", "warn", "unhealthy", … without case; NeverChecked for anything else.
[[nodiscard]] HealthVerdict verdictOfStatus(const QString &status);

} // namespace Infra::Detail
