// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/databaseurl.h>

namespace InfraConsole {

// For the window: "cache.db", or host and database; never a password. Text that is no URL: nothing of it.
[[nodiscard]] QString storeDisplayName(const QString &url);

// Equal for all URLs of one store, however they are spelled: without options and credentials, and for a file that exists
// without the links on its path. Text that is no URL: that text. For comparing, not for opening or showing.
[[nodiscard]] QString storeKey(const QString &url);

// The URL of a file with its absolute path, so that it means the same in every working directory; other text unchanged.
[[nodiscard]] QString absoluteStoreUrl(const QString &url);

// Whether a file store is missing, no file or unreadable, found without opening it: to close a file drops the locks that
// SQLite has on it for this process (fcntl(2)). Stores of other kinds always pass.
[[nodiscard]] Infra::Result<void> checkStoreFile(const Infra::DatabaseUrl &url);
// The same, and by its first bytes whether it is a database. Only of a file that this process has not opened.
[[nodiscard]] Infra::Result<void> checkUnopenedStoreFile(const Infra::DatabaseUrl &url);

} // namespace InfraConsole
