// SPDX-License-Identifier: MIT
#include "sqlitefunctions.h"

#include "driversymbols.h"

namespace Infra::Detail {

namespace {

struct Resolved
{
    SqliteFunctions functions;
    bool isComplete = true;

    explicit Resolved(const QSqlDriver *driver)
    {
        const auto find = [&]<class Function>(Function *&function, const char *name) {
            function = driverFunction<Function>(driver, name);
            isComplete = isComplete && function;
        };
        find(functions.prepare, "sqlite3_prepare_v2");
        find(functions.finalize, "sqlite3_finalize");
        find(functions.step, "sqlite3_step");
        find(functions.reset, "sqlite3_reset");
        find(functions.bindInteger, "sqlite3_bind_int64");
        find(functions.bindBlob, "sqlite3_bind_blob");
        find(functions.bindText, "sqlite3_bind_text");
        find(functions.bindNull, "sqlite3_bind_null");
        find(functions.columnInteger, "sqlite3_column_int64");
        find(functions.columnBlob, "sqlite3_column_blob");
        find(functions.columnBytes, "sqlite3_column_bytes");
        find(functions.columnType, "sqlite3_column_type");
        find(functions.errorCode, "sqlite3_extended_errcode");
        find(functions.errorMessage, "sqlite3_errmsg");
        find(functions.lastInsertId, "sqlite3_last_insert_rowid");
        find(functions.fileControl, "sqlite3_file_control");
        find(functions.configure, "sqlite3_db_config");
        find(functions.logHook, "sqlite3_wal_hook");
    }
};

} // namespace

const SqliteFunctions *SqliteFunctions::of(const QSqlDriver *driver)
{
    // All connections of a process come from one plugin.
    static const Resolved resolved(driver);
    return resolved.isComplete ? &resolved.functions : nullptr;
}

sqlite3 *SqliteFunctions::handle(const QSqlDriver *driver)
{
    return static_cast<sqlite3 *>(driverHandle(driver, "sqlite3"));
}

} // namespace Infra::Detail
