// SPDX-License-Identifier: MIT
#pragma once

#include <QSqlDriver>

#include <cstdint>

struct sqlite3;
struct sqlite3_stmt;

namespace Infra::Detail {

// The beginning of an open file as SQLite has it (sqlite3_file, sqlite.org/c3ref/file.html), which is the same in all of its
// versions.
struct SqliteFile
{
    static constexpr int OfDatabase = 7;         // SQLITE_FCNTL_FILE_POINTER
    static constexpr int SyncDataOnly = 2 | 0x10; // SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY

    struct Methods
    {
        int version;
        int (*close)(SqliteFile *);
        int (*read)(SqliteFile *, void *, int, std::int64_t);
        int (*write)(SqliteFile *, const void *, int, std::int64_t);
        int (*truncate)(SqliteFile *, std::int64_t);
        int (*sync)(SqliteFile *, int);
    };
    const Methods *methods; // Null while it is closed.
};

// Thread safety: constant.
//
// Functions of the SQLite library that the QSQLITE plugin itself uses. Through QSqlQuery a lookup of one row costs
// several times what SQLite needs for it (a QVariant a column, a copy a binding), and neither the length of the log nor the
// open file is to be had at all.
struct SqliteFunctions
{
    int (*prepare)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **) = nullptr;
    int (*finalize)(sqlite3_stmt *) = nullptr;
    int (*step)(sqlite3_stmt *) = nullptr;
    int (*reset)(sqlite3_stmt *) = nullptr;
    int (*bindInteger)(sqlite3_stmt *, int, std::int64_t) = nullptr;
    int (*bindBlob)(sqlite3_stmt *, int, const void *, int, void (*)(void *)) = nullptr;
    int (*bindText)(sqlite3_stmt *, int, const char *, int, void (*)(void *)) = nullptr;
    int (*bindNull)(sqlite3_stmt *, int) = nullptr;
    std::int64_t (*columnInteger)(sqlite3_stmt *, int) = nullptr;
    const void *(*columnBlob)(sqlite3_stmt *, int) = nullptr;
    int (*columnBytes)(sqlite3_stmt *, int) = nullptr;
    int (*columnType)(sqlite3_stmt *, int) = nullptr;
    int (*errorCode)(sqlite3 *) = nullptr;
    const char *(*errorMessage)(sqlite3 *) = nullptr;
    std::int64_t (*lastInsertId)(sqlite3 *) = nullptr;
    int (*fileControl)(sqlite3 *, const char *, int, void *) = nullptr;
    static constexpr int NoCheckpointOnClose = 1006; // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE
    int (*configure)(sqlite3 *, int, ...) = nullptr;
    void *(*logHook)(sqlite3 *, int (*)(void *, sqlite3 *, const char *, int), void *) = nullptr;

    // Null when the plugin hides its library; QSqlQuery does then.
    [[nodiscard]] static const SqliteFunctions *of(const QSqlDriver *driver);
    // The connection; null when the driver is not SQLite's.
    [[nodiscard]] static sqlite3 *handle(const QSqlDriver *driver);
};

} // namespace Infra::Detail
