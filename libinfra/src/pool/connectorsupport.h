// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QSqlDatabase>
#include <QString>

namespace Infra::Detail {

// What the connectors share.

// Executes one statement and drops its rows.
[[nodiscard]] Result<void> executeOn(const QSqlDatabase &database, const QString &sql, const QString &doing);

// Closes and unregisters a connection that could not be opened or configured; returns `error`.
[[nodiscard]] Error dropFailed(QSqlDatabase &database, const QString &name, Error error);

} // namespace Infra::Detail
