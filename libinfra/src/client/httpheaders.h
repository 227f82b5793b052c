// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QByteArray>

#include <utility>
#include <vector>

namespace Infra::Detail {

using HttpHeaders = std::vector<std::pair<QByteArray, QByteArray>>;

// Whether `text` is a token of RFC 9110, 5.6.2.
[[nodiscard]] bool isHttpToken(QByteArrayView text) noexcept;
// No CR, LF, NUL or other control character but tab.
[[nodiscard]] bool isHeaderValue(QByteArrayView text) noexcept;

// InvalidArgument names the header at fault, never its value.
[[nodiscard]] Result<void> checkHeaders(const HttpHeaders &headers);

// Replaces all headers of that name, compared without case.
void setHeader(HttpHeaders &headers, const QByteArray &name, const QByteArray &value);

// What may follow a redirect to another origin: nothing that could be a credential.
[[nodiscard]] HttpHeaders withoutCredentials(const HttpHeaders &headers);

} // namespace Infra::Detail
