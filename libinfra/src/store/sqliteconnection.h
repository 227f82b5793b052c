// SPDX-License-Identifier: MIT
#pragma once

#include "sqliteerror.h"
#include "sqlitestatement.h"

#include <infra/result.h>

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <chrono>
#include <map>
#include <memory>

namespace Infra::Detail {

// Thread safety: one thread at a time, which may change between calls: a copied handle works from any thread, and
// the owner's mutex orders the uses.
//
// One connection to an SQLite file through QtSql, closed with the object. Queries on it must be destroyed before.
class SqliteConnection
{
public:
    enum class Mode { Create, ReadWrite, ReadOnly, Immutable };

    [[nodiscard]] static tl::expected<std::unique_ptr<SqliteConnection>, SqliteError>
    open(const QString &path, Mode mode, std::chrono::milliseconds busyTimeout);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection &) = delete;
    SqliteConnection &operator=(const SqliteConnection &) = delete;

    // A forward-only query, prepared. A failure to prepare shows when it is executed.
    [[nodiscard]] QSqlQuery prepare(const QString &sql) const;
    // For what is done all the time.
    [[nodiscard]] SqliteStatement statement(QLatin1String sql) const;
    // Prepared once and kept with the connection; `sql` must be a literal. Only one use at a time.
    [[nodiscard]] SqliteStatement &keptStatement(QLatin1String sql) const;
    [[nodiscard]] const QSqlDatabase &database() const noexcept { return m_database; }
    // Runs one statement to its end.
    [[nodiscard]] tl::expected<void, SqliteError> execute(const QString &sql) const;
    // The first column of the first row, invalid when there is none.
    [[nodiscard]] tl::expected<QVariant, SqliteError> value(const QString &sql) const;
    // Whether closing it, as the last of all processes, leaves the log where it is. SQLite would else move the log into the
    // database and delete it (SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE), and go by the path and by locks of the process for that: it may
    // be another database's log. Does nothing when the plugin hides SQLite's functions.
    void setLeavesLog(bool leaves) const noexcept;
    // What was written to the database file by anybody is on the disk then. Takes no lock. Does nothing when the plugin hides
    // SQLite's functions. Through SQLite's own file: to open and close another would drop the process's locks
    // (sqlite.org/howtocorrupt.html, 2.2).
    [[nodiscard]] tl::expected<void, SqliteError> syncDatabase() const;

private:
    SqliteConnection() = default;
    QString m_name;
    QSqlDatabase m_database;
    mutable std::map<QLatin1String, SqliteStatement> m_statements;
};

} // namespace Infra::Detail
