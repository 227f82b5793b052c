// SPDX-License-Identifier: MIT
#pragma once

#include <QSqlDriver>

namespace Infra::Detail {

// Thread safety: pure functions.
//
// The C functions of the database library that a Qt driver plugin itself uses (libpq, SQLite), found without
// linking it: only what QtSql does not offer is called so. Null when the plugin hides its library.
[[nodiscard]] void *driverSymbol(const QSqlDriver *driver, const char *name);

template<class Function>
[[nodiscard]] Function *driverFunction(const QSqlDriver *driver, const char *name)
{
    return reinterpret_cast<Function *>(driverSymbol(driver, name));
}

// The library's handle; null when the driver's handle is not a pointer to that type ("pg_conn", "sqlite3").
[[nodiscard]] void *driverHandle(const QSqlDriver *driver, const char *type);

} // namespace Infra::Detail
