// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QUrl>

#include <utility>
#include <vector>

namespace Infra::Detail {

// http or https, a host, a port in range, no user info, no query, no fragment; the path without its last
// slash and without dot segments. The message shows the URL without its user info.
[[nodiscard]] Result<QUrl> checkBaseUrl(const QUrl &url);

// `base` (checked) with `path` appended and `query` encoded. The result always has the base's origin.
[[nodiscard]] Result<QUrl> joinUrl(const QUrl &base, const QString &path,
                                   const std::vector<std::pair<QString, QString>> &query);

// "http://host:80": scheme, host and effective port, lower case.
[[nodiscard]] QByteArray originOf(const QUrl &url);

// For messages and ledgers: no user info, no query, no fragment.
[[nodiscard]] QString displayUrl(const QUrl &url);

} // namespace Infra::Detail
