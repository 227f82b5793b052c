// SPDX-License-Identifier: MIT
#include "httpheaders.h"

#include <infra/requestcontext.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace Infra::Detail {

namespace {

bool isOneOf(const QByteArray &name, std::initializer_list<const char *> names)
{
    return std::any_of(names.begin(), names.end(),
                       [&](const char *other) { return name.compare(other, Qt::CaseInsensitive) == 0; });
}

} // namespace

bool isHttpToken(QByteArrayView text) noexcept
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
    });
}

bool isHeaderValue(QByteArrayView text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return c == '\t' || (code >= 0x20 && code != 0x7f);
    });
}

Result<void> checkHeaders(const HttpHeaders &headers)
{
    for (const auto &[name, value] : headers) {
        if (!isHttpToken(name))
            return failure(Error::Kind::InvalidArgument, QStringLiteral("a header's name is empty or holds a character that is not allowed there"));
        const QString shown = QString::fromLatin1(name.left(100));
        if (!isHeaderValue(value))
            return failure(Error::Kind::InvalidArgument, QStringLiteral("header %1: CR, LF and control characters are not allowed").arg(shown));
        if (value.size() > 16384)
            return failure(Error::Kind::LimitExceeded, QStringLiteral("header %1 is longer than 16384 bytes").arg(shown));
        if (isOneOf(name, {"Host", "Content-Length", "Connection", "Transfer-Encoding", "Expect", "Upgrade", "TE", "Trailer",
                           "Keep-Alive", "Proxy-Connection"}))
            return failure(Error::Kind::InvalidArgument, QStringLiteral("header %1 belongs to the transport").arg(shown));
    }
    return {};
}

void setHeader(HttpHeaders &headers, const QByteArray &name, const QByteArray &value)
{
    std::erase_if(headers, [&](const auto &header) { return header.first.compare(name, Qt::CaseInsensitive) == 0; });
    headers.emplace_back(name, value);
}

HttpHeaders withoutCredentials(const HttpHeaders &headers)
{
    HttpHeaders kept;
    std::copy_if(headers.begin(), headers.end(), std::back_inserter(kept), [](const auto &header) {
        return isOneOf(header.first, {"Accept", "Accept-Language", "Content-Type", "User-Agent", "traceparent", "tracestate",
                                      RequestContext::DeadlineHeader, RequestContext::AttemptHeader});
    });
    return kept;
}

} // namespace Infra::Detail
