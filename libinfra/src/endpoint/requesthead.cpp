// SPDX-License-Identifier: GPL-3.0-or-later
#include "requesthead.h"

#include <QHostAddress>

#include <algorithm>

namespace Infra::Detail {

namespace {

bool isField(QByteArrayView name, QByteArrayView field)
{
    return name.compare(field, Qt::CaseInsensitive) == 0;
}

// A token (RFC 9110, 5.6.2).
bool isName(QByteArrayView name)
{
    return !name.isEmpty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || QByteArrayView("!#$%&'*+-.^_`|~").contains(c);
    });
}

bool lists(const QByteArray &value, QByteArrayView token)
{
    const QByteArrayList tokens = value.split(',');
    return std::any_of(tokens.begin(), tokens.end(),
                       [token](const QByteArray &each) { return isField(each.trimmed(), token); });
}

QByteArray withoutPort(const QByteArray &value)
{
    const qsizetype bracket = value.startsWith('[') ? value.indexOf(']') : -1;
    const qsizetype colon = value.indexOf(':', bracket + 1);
    QByteArray name = colon < 0 ? value : value.first(colon);
    if (bracket > 0)
        name = name.mid(1, bracket - 1);
    if (name.endsWith('.'))
        name.chop(1);
    return name;
}

// Digits only (RFC 9110, 8.6): QByteArray's own conversion takes signs and spaces.
std::optional<qint64> contentLength(const QByteArray &value)
{
    const bool isDigits = !value.isEmpty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    bool isNumber = false;
    const qint64 length = value.toLongLong(&isNumber);
    return isDigits && isNumber ? std::optional(length) : std::nullopt;
}

} // namespace

qsizetype RequestHead::sizeIn(QByteArrayView bytes, qsizetype from)
{
    // Lines may end in a line feed alone (RFC 9112, 2.2).
    const qsizetype strict = bytes.indexOf("\n\r\n", from);
    const qsizetype lax = bytes.indexOf("\n\n", from);
    if (strict >= 0 && (lax < 0 || strict < lax))
        return strict + 3;
    return lax >= 0 ? lax + 2 : 0;
}

RequestHead RequestHead::parse(QByteArrayView head)
{
    RequestHead result;
    result.bodyBytes = 0;
    bool hasLength = false;
    bool keepsAlive = false;
    bool switches = false;
    bool namesWebSocket = false;
    const QByteArrayList lines = head.toByteArray().split('\n');
    const bool isFirstVersion = lines.first().trimmed().endsWith("HTTP/1.0");
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
        if (line->isEmpty() || *line == "\r")
            continue;
        const qsizetype colon = line->indexOf(':');
        const QByteArray name = line->first(std::max<qsizetype>(colon, 0));
        const QByteArray value = line->mid(colon + 1).trimmed();
        if (!isName(name) || value.contains('\r')) {
            result.hasOnlyFields = false;
            continue;
        }
        if (isField(name, "host")) {
            result.hosts.append(withoutPort(value));
        } else if (isField(name, "content-length")) {
            result.bodyBytes = hasLength ? std::nullopt : contentLength(value);
            hasLength = true;
        } else if (isField(name, "transfer-encoding")) {
            result.isTransferCoded = true;
        } else if (isField(name, "upgrade")) {
            namesWebSocket |= isField(value, "websocket");
        } else if (isField(name, "connection")) {
            result.wantsClose |= lists(value, "close");
            keepsAlive |= lists(value, "keep-alive");
            // A part of a word will do for QHttpServer.
            switches |= value.toLower().contains("upgrade");
        }
    }
    result.isUpgrade = switches && namesWebSocket;
    result.wantsClose |= isFirstVersion && !keepsAlive;
    return result;
}

bool isLocalName(const QByteArray &host, const QByteArrayList &hosts)
{
    if (isField(host, "localhost") || QHostAddress(QString::fromLatin1(host)).isLoopback())
        return true;
    return std::any_of(hosts.begin(), hosts.end(), [&host](const QByteArray &each) { return isField(each, host); });
}

} // namespace Infra::Detail
