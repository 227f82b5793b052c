// SPDX-License-Identifier: MIT
#include "serviceurl.h"

#include <QStringList>

#include <algorithm>

namespace Infra::Detail {

namespace {

constexpr qsizetype MaximumUrlLength = 8192;
// With its scheme: a host's name has 253 bytes at most.
constexpr qsizetype LongestAuthority = 300;

bool hasDotSegment(const QString &path)
{
    const QStringList segments = path.split(QLatin1Char('/'));
    return std::any_of(segments.begin(), segments.end(), [](const QString &segment) {
        // "%2e" is a dot to every server that decodes.
        QString plain = segment;
        plain.replace(QLatin1String("%2e"), QLatin1String("."), Qt::CaseInsensitive);
        return plain == QLatin1String(".") || plain == QLatin1String("..");
    });
}

bool isHex(QChar c)
{
    return (c >= QLatin1Char('0') && c <= QLatin1Char('9')) || (c >= QLatin1Char('a') && c <= QLatin1Char('f'))
        || (c >= QLatin1Char('A') && c <= QLatin1Char('F'));
}

// pchar and "/" of RFC 3986, 3.3.
bool isEncodedPath(const QString &path)
{
    for (qsizetype i = 0; i < path.size(); ++i) {
        const QChar c = path[i];
        if (c == QLatin1Char('%')) {
            if (i + 2 >= path.size() || !isHex(path[i + 1]) || !isHex(path[i + 2]))
                return false;
            i += 2;
            continue;
        }
        const char16_t code = c.unicode();
        const bool letterOrDigit = (code >= u'0' && code <= u'9') || (code >= u'a' && code <= u'z') || (code >= u'A' && code <= u'Z');
        if (!letterOrDigit && !QStringLiteral("/-._~!$&'()*+,;=:@").contains(c))
            return false;
    }
    return true;
}

tl::unexpected<Error> refused(const QString &what, const QString &why)
{
    return failure(Error::Kind::InvalidArgument, QStringLiteral("%1: %2").arg(what, why));
}

} // namespace

Result<QUrl> checkBaseUrl(const QUrl &url)
{
    const QString what = QStringLiteral("base URL '%1'").arg(displayUrl(url));
    if (!url.isValid())
        return refused(QStringLiteral("base URL"), url.errorString().isEmpty() ? QStringLiteral("is empty") : QStringLiteral("is malformed"));
    if (url.toEncoded().size() > MaximumUrlLength)
        return refused(QStringLiteral("base URL"), QStringLiteral("is longer than %1 bytes").arg(MaximumUrlLength));
    if (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https"))
        return refused(what, QStringLiteral("the scheme must be http or https"));
    if (url.host().isEmpty())
        return refused(what, QStringLiteral("there is no host"));
    if (url.port() == 0)
        return refused(what, QStringLiteral("the port must be 1 to 65535"));
    if (!url.userInfo().isEmpty())
        return refused(what, QStringLiteral("user info is not allowed; use bearerToken or a header"));
    if (url.hasQuery() || url.hasFragment())
        return refused(what, QStringLiteral("a query or fragment is not allowed"));
    QString path = url.path(QUrl::FullyEncoded);
    if (hasDotSegment(path))
        return refused(what, QStringLiteral("'.' and '..' are not allowed in its path"));
    while (path.endsWith(QLatin1Char('/')))
        path.chop(1);
    QUrl checked;
    checked.setScheme(url.scheme());
    checked.setHost(url.host());
    checked.setPort(url.port());
    checked.setPath(path, QUrl::StrictMode);
    if (!checked.isValid() || checked.host().isEmpty())
        return refused(what, QStringLiteral("is malformed"));
    return checked;
}

Result<QUrl> joinUrl(const QUrl &base, const QString &path, const std::vector<std::pair<QString, QString>> &query)
{
    const auto refusedPath = [&path](const QString &why) { return refused(QStringLiteral("path '%1'").arg(path.left(200)), why); };
    if (!isEncodedPath(path))
        return refusedPath(QStringLiteral("holds a character that must be percent-encoded; a query goes into 'query'"));
    if (path.startsWith(QLatin1String("//")))
        return refusedPath(QStringLiteral("must not begin with '//'"));
    if (const qsizetype colon = path.indexOf(QLatin1Char(':')); colon >= 0 && path.lastIndexOf(QLatin1Char('/'), colon) < 0)
        return refusedPath(QStringLiteral("looks like an absolute URL"));
    if (hasDotSegment(path))
        return refusedPath(QStringLiteral("'.' and '..' are not allowed"));
    QString joined = base.path(QUrl::FullyEncoded);
    if (!path.isEmpty() && !path.startsWith(QLatin1Char('/')))
        joined += QLatin1Char('/');
    joined += path;
    if (joined.isEmpty())
        joined = QStringLiteral("/");
    QUrl url = base;
    url.setPath(joined, QUrl::StrictMode);
    if (!query.empty()) {
        // Encoded by hand: QUrlQuery leaves some delimiters ('+' above all) as they are.
        QByteArray encoded;
        for (const auto &[name, value] : query) {
            if (!encoded.isEmpty())
                encoded += '&';
            encoded += QUrl::toPercentEncoding(name) + '=' + QUrl::toPercentEncoding(value);
        }
        url.setQuery(QString::fromLatin1(encoded), QUrl::StrictMode);
    }
    if (!url.isValid())
        return refusedPath(QStringLiteral("gives a malformed URL"));
    // The path is ASCII by now, and writing a URL out to measure it is a third of what joining costs.
    if (joined.size() + url.query(QUrl::FullyEncoded).size() + LongestAuthority > MaximumUrlLength
        && url.toEncoded().size() > MaximumUrlLength)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("the URL is longer than %1 bytes").arg(MaximumUrlLength));
    return url;
}

QByteArray originOf(const QUrl &url)
{
    const int port = url.port(url.scheme() == QLatin1String("https") ? 443 : 80);
    return url.scheme().toLatin1() + "://" + url.host(QUrl::FullyEncoded).toLower().toLatin1() + ':' + QByteArray::number(port);
}

QString displayUrl(const QUrl &url)
{
    return url.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment | QUrl::FullyEncoded);
}

} // namespace Infra::Detail
