// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <chrono>
#include <memory>

namespace Infra::Detail {

// What an SQLite failure means for the store.
enum class SqliteFault {
    None,
    Busy,       // A lock of a foreign program; trying again helps.
    Space,      // Disk full, or the page limit.
    ReadOnly,
    Damage,     // The file is not what it was: corrupt, not a database, gone, truncated, without its tables.
    Other
};

// An error with what it means; kept apart from Error so that callers need not parse codes.
struct SqliteError
{
    SqliteFault fault = SqliteFault::None;
    Error error;
};

[[nodiscard]] SqliteError sqliteError(const QSqlError &error, const QString &doing);

// Thread safety: one thread at a time, which may change between calls: a copied handle works from any thread, and
// the owner's mutex orders the uses.
//
// One connection to an SQLite file through QtSql, closed with the object. Queries on it must be destroyed before.
class SqliteConnection
{
public:
    enum class Mode { Create, ReadWrite, ReadOnly };

    [[nodiscard]] static tl::expected<std::unique_ptr<SqliteConnection>, SqliteError>
    open(const QString &path, Mode mode, std::chrono::milliseconds busyTimeout);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection &) = delete;
    SqliteConnection &operator=(const SqliteConnection &) = delete;

    // A forward-only query, prepared. A failure to prepare shows when it is executed.
    [[nodiscard]] QSqlQuery prepare(const QString &sql) const;
    // Runs one statement to its end.
    [[nodiscard]] tl::expected<void, SqliteError> execute(const QString &sql) const;
    // The first column of the first row, invalid when there is none.
    [[nodiscard]] tl::expected<QVariant, SqliteError> value(const QString &sql) const;

private:
    SqliteConnection() = default;
    QString m_name;
    QSqlDatabase m_database;
};

} // namespace Infra::Detail
