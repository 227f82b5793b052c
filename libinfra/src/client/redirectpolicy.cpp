// SPDX-License-Identifier: MIT
#include "redirectpolicy.h"

#include "serviceurl.h"

namespace Infra::Detail {

Result<std::optional<Redirect>> redirectOf(int status, const QByteArray &location, const QUrl &from,
                                           const QByteArray &method, bool repeatable)
{
    const bool sees = method == "GET" || method == "HEAD";
    bool follows = false;
    switch (status) {
    case 301:
    case 302:
        follows = sees;
        break;
    case 303:
        follows = true;
        break;
    case 307:
    case 308:
        follows = sees || repeatable;
        break;
    default:
        break;
    }
    if (!follows || location.isEmpty())
        return std::optional<Redirect>();

    const auto refused = [&](const QString &why) {
        return failure(Error::Kind::Protocol, QStringLiteral("redirect %1 from %2 %3").arg(status).arg(displayUrl(from), why),
                       QString::number(status));
    };
    const QUrl relative = QUrl::fromEncoded(location, QUrl::StrictMode);
    if (!relative.isValid() || location.size() > 8192)
        return refused(QStringLiteral("has a malformed Location"));
    Redirect redirect;
    redirect.url = from.resolved(relative);
    redirect.url.setFragment(QString());
    const QString scheme = redirect.url.scheme();
    if ((scheme != QLatin1String("http") && scheme != QLatin1String("https")) || redirect.url.host().isEmpty()
        || redirect.url.port() == 0)
        return refused(QStringLiteral("does not lead to an http or https URL"));
    if (!redirect.url.userInfo().isEmpty())
        return refused(QStringLiteral("has user info in its Location"));
    if (from.scheme() == QLatin1String("https") && scheme == QLatin1String("http"))
        return refused(QStringLiteral("leads from https to http"));
    redirect.becomesGet = status == 303 && !sees;
    redirect.crossesOrigin = originOf(redirect.url) != originOf(from);
    return std::optional<Redirect>(redirect);
}

} // namespace Infra::Detail
