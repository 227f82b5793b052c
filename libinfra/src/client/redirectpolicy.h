// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QByteArray>
#include <QUrl>

#include <optional>

namespace Infra::Detail {

// Where an answer sends the client.
struct Redirect
{
    QUrl url;
    bool becomesGet = false;   // The method and body are dropped.
    bool crossesOrigin = false; // Credentials stay behind.
};

// What to do about a 3xx. Nothing: it is the answer (not a redirect, no Location, or one this request must not
// follow). Protocol: a Location that leads nowhere, holds user info, or from https to http.
[[nodiscard]] Result<std::optional<Redirect>> redirectOf(int status, const QByteArray &location, const QUrl &from,
                                                         const QByteArray &method, bool repeatable);

} // namespace Infra::Detail
