// SPDX-License-Identifier: MIT
#include <infra/healthchecker.h>

#include "callpromise.h"
#include "healthbody.h"
#include "healthprobe.h"

#include <algorithm>

namespace Infra {

const char *healthVerdictName(HealthVerdict verdict) noexcept
{
    switch (verdict) {
    case HealthVerdict::NeverChecked: return "never checked";
    case HealthVerdict::Up: return "up";
    case HealthVerdict::Degraded: return "degraded";
    case HealthVerdict::Down: return "down";
    case HealthVerdict::Unreachable: return "unreachable";
    case HealthVerdict::Paused: return "paused";
    }
    return "never checked";
}

const char *unreachableReasonName(UnreachableReason reason) noexcept
{
    switch (reason) {
    case UnreachableReason::None: return "none";
    case UnreachableReason::NameNotFound: return "dns";
    case UnreachableReason::Refused: return "refused";
    case UnreachableReason::Timeout: return "timeout";
    case UnreachableReason::Tls: return "tls";
    case UnreachableReason::ConnectionLost: return "connection lost";
    case UnreachableReason::Other: return "other";
    }
    return "other";
}

QFuture<HealthResult> HealthChecker::check(const QString &service, const QUrl &baseUrl, const HealthCheckOptions &options)
{
    auto promise = std::make_shared<Detail::CallPromise<HealthResult>>();
    auto future = promise->future();
    const auto refuse = [&](const QString &why) {
        HealthResult result;
        result.service = service;
        result.url = baseUrl.adjusted(QUrl::RemoveUserInfo);
        result.verdict = HealthVerdict::Unreachable;
        result.reason = UnreachableReason::Other;
        result.message = why;
        promise->finish(std::move(result));
        return future;
    };
    Result<Detail::HealthTarget> target = Detail::checkHealthTarget(service, baseUrl, options);
    if (!target)
        return refuse(target.error().message);
    const auto thread = Detail::NetworkThread::instance();
    if (!thread)
        return refuse(QStringLiteral("a health check needs a QCoreApplication"));
    auto probe = std::make_shared<Detail::HealthProbe>(
        std::move(*target), [promise] { return promise->isWanted(); },
        [promise](HealthResult result, Detail::HealthProbe::End end) {
            // As a call that is not begun: a continuation that checks again would do so for ever.
            if (end == Detail::HealthProbe::End::NotBegun)
                promise->cancel();
            else
                promise->finish(std::move(result));
        });
    thread->run([probe](Detail::NetworkHub &hub) { probe->start(hub); });
    return future;
}

HealthResult HealthChecker::interpret(int httpStatus, const QByteArray &contentType, const QByteArray &body)
{
    HealthResult result;
    result.httpStatus = httpStatus;
    result.body = body.left(HealthResult::MaximumBodyBytes);

    const bool success = httpStatus >= 200 && httpStatus < 300;
    const bool html = contentType.startsWith("text/html");
    const auto said = html ? std::nullopt : Detail::parseHealthBody(result.body);
    if (said) {
        result.version = said->version;
        result.dependencies = said->dependencies;
        result.message = said->message;
    }
    HealthVerdict spoken = said ? said->verdict : HealthVerdict::NeverChecked;
    // One bare word, as simple services answer.
    if (!said && result.body.size() <= 32)
        spoken = Detail::verdictOfStatus(QString::fromUtf8(result.body));
    if (spoken == HealthVerdict::NeverChecked) {
        result.verdict = success ? HealthVerdict::Up : HealthVerdict::Down;
        // A 200 with bad parts and no word about the whole.
        if (success && std::any_of(result.dependencies.begin(), result.dependencies.end(), [](const HealthDependency &dependency) {
                return dependency.verdict == HealthVerdict::Down || dependency.verdict == HealthVerdict::Degraded;
            }))
            result.verdict = HealthVerdict::Degraded;
    } else if (success) {
        result.verdict = spoken;
    } else {
        const bool mayBeDegraded = httpStatus == 503 || httpStatus == 429;
        result.verdict = mayBeDegraded && spoken == HealthVerdict::Degraded ? HealthVerdict::Degraded : HealthVerdict::Down;
    }
    if (result.verdict == HealthVerdict::Up) {
        result.message.clear();
        return result;
    }
    if (result.message.isEmpty()) {
        const QString status = said && !said->status.isEmpty() ? said->status : QString();
        result.message = status.isEmpty() ? QStringLiteral("it answered with HTTP status %1").arg(httpStatus)
                                          : QStringLiteral("it says \"%1\" (HTTP status %2)").arg(status).arg(httpStatus);
        for (const HealthDependency &dependency : result.dependencies) {
            if (dependency.verdict == HealthVerdict::Down || dependency.verdict == HealthVerdict::Degraded)
                result.message += QStringLiteral("; %1 is %2").arg(dependency.name, dependency.status);
        }
        result.message.truncate(1000);
    }
    return result;
}

} // namespace Infra
