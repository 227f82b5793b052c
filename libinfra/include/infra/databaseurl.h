// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/result.h>

#include <QMap>
#include <QString>

namespace Infra {

// Thread safety: a value; distinct copies may be used from any threads.
//
// Where a database is, parsed from a URL (RFC 3986 syntax, percent-decoded):
//
//   sqlite:///var/lib/app/cache.db          an absolute path; four slashes mean the same
//   sqlite:cache.db                         a path relative to the working directory
//   sqlite::memory:   sqlite:///:memory:    a private database in memory
//   postgresql://user:password@host:5432/database?sslmode=require&connect_timeout=2
//   postgresql:///database?host=/run/postgresql      a Unix socket
//
// Three slashes are an absolute path, as RFC 3986 has it; SQLAlchemy reads them as a relative one.
//
// Options behind the "?":
// - sqlite: mode (ro, rw, rwc; default rwc), busy_timeout (milliseconds, default 5000), journal_mode (default WAL),
//   synchronous (default NORMAL: a crash of the machine may lose the last commits, never the database),
//   foreign_keys (on, off; default on).
// - postgresql: libpq's connection keywords, except those that a URL already has a place for.
//
// A URL is at most 4,096 characters long. Text of errors never holds the password.
class INFRA_EXPORT DatabaseUrl
{
public:
    // Sqlite is reached through Qt's QSQLITE, PostgreSql through QPSQL.
    enum class Driver { Sqlite, PostgreSql };

    // InvalidArgument names what is wrong: the scheme, the port, the option, the escape.
    [[nodiscard]] static Result<DatabaseUrl> parse(const QString &text);
    // The URL of a file; `path` may hold any characters but NUL and is made absolute.
    [[nodiscard]] static DatabaseUrl forSqliteFile(const QString &path);
    // "sqlite::memory:"
    [[nodiscard]] static DatabaseUrl forSqliteMemory();

    // After the scheme; "postgres" means the same as "postgresql".
    [[nodiscard]] Driver driver() const noexcept { return m_driver; }
    // SQLite's file, absolute and cleaned, or ":memory:"; PostgreSQL's database name, empty for the default.
    [[nodiscard]] const QString &database() const noexcept { return m_database; }
    // Decoded, an IPv6 address without its brackets. Empty for SQLite, and where libpq's default or the option `host`
    // counts.
    [[nodiscard]] const QString &host() const noexcept { return m_host; }
    // 0 when the URL has none.
    [[nodiscard]] int port() const noexcept { return m_port; }
    // Decoded; empty when the URL has none.
    [[nodiscard]] const QString &user() const noexcept { return m_user; }
    // In plain text; empty when the URL has none. Never show it.
    [[nodiscard]] const QString &password() const noexcept { return m_password; }
    // What stands behind the "?", decoded; may hold secrets too.
    [[nodiscard]] const QMap<QString, QString> &options() const noexcept { return m_options; }
    // A private SQLite database, which ends with its connection.
    [[nodiscard]] bool isInMemory() const noexcept;

    // For people, logs and telemetry: the URL with the password, and options that hold secrets, as "***".
    [[nodiscard]] QString redacted() const;
    // The whole URL, normalised, password included: equal for URLs that mean the same. Never show it.
    [[nodiscard]] QString canonical() const;
    // `text` with every occurrence of the password and of secret options replaced by "***".
    [[nodiscard]] QString scrub(QString text) const;

    friend bool operator==(const DatabaseUrl &, const DatabaseUrl &) = default;

private:
    DatabaseUrl() = default;
    [[nodiscard]] QString compose(bool hideSecrets) const;

    Driver m_driver = Driver::Sqlite;
    QString m_database;
    QString m_host;
    int m_port = 0;
    QString m_user;
    QString m_password;
    QMap<QString, QString> m_options;
};

} // namespace Infra
