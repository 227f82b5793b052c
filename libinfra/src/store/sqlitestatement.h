// SPDX-License-Identifier: MIT
#pragma once

#include "sqliteerror.h"
#include "sqlitefunctions.h"

#include <infra/clock.h>

#include <QByteArray>
#include <QLatin1String>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <cstdint>
#include <optional>

namespace Infra::Detail {

// Thread safety: one thread at a time, as its connection.
//
// A prepared statement for the store's everyday work, executed many times. Must be gone before its connection closes,
// and leaves no cursor open: execute() ends the statement, step() does when there are no more rows, finish() at
// any time. Parameters and columns count from 0.
class SqliteStatement
{
public:
    // Query: through QtSql, as if the plugin hid its library.
    enum class Through { Functions, Query };

    SqliteStatement() = default;
    // A failure shows when it is executed.
    SqliteStatement(const QSqlDatabase &database, QLatin1String sql, Through through = Through::Functions);
    SqliteStatement(SqliteStatement &&other) noexcept;
    SqliteStatement &operator=(SqliteStatement &&other) noexcept;
    ~SqliteStatement();

    [[nodiscard]] bool isReady() const noexcept { return m_statement || (m_query && !m_problem); }
    [[nodiscard]] SqliteError problem() const { return m_problem.value_or(SqliteError()); }

    void bind(int parameter, std::int64_t value);
    // Not copied: the bytes must stay until the statement has ended. Null bytes are an empty blob.
    void bind(int parameter, const QByteArray &bytes);
    // As text rather than as a blob; UTF-8, and not copied either.
    void bindText(int parameter, const QByteArray &text);
    // SystemTime::max() is NULL.
    void bind(int parameter, SystemTime time);
    void bindNull(int parameter);

    // Runs it to its end; `doing` begins the message of an error.
    [[nodiscard]] tl::expected<void, SqliteError> execute(const char *doing);
    // The next row, false when there is none.
    [[nodiscard]] tl::expected<bool, SqliteError> step(const char *doing);
    void finish() noexcept;

    // Of the row that step() found.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] SystemTime time(int column) const;
    [[nodiscard]] QByteArray bytes(int column) const;
    // Without a copy: valid until the next step() or finish().
    [[nodiscard]] QByteArray view(int column) const;

    [[nodiscard]] std::int64_t lastInsertId() const;

private:
    [[nodiscard]] SqliteError failureOf(const char *doing) const;

    const SqliteFunctions *m_functions = nullptr;
    sqlite3 *m_connection = nullptr;
    sqlite3_stmt *m_statement = nullptr;
    std::optional<QSqlQuery> m_query; // When there are no functions.
    std::optional<SqliteError> m_problem;
    // Of m_query.
    std::int64_t m_lastInsertId = 0;
    bool m_isRunning = false;
};

} // namespace Infra::Detail
