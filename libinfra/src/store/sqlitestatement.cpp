// SPDX-License-Identifier: MIT
#include "sqlitestatement.h"

#include "rowcodec.h"

#include <QSqlError>
#include <QVariant>

#include <chrono>
#include <utility>

namespace Infra::Detail {

namespace {

// sqlite.org/rescode.html, sqlite.org/c3ref/c_blob.html
constexpr int Row = 100;
constexpr int Finished = 101;
constexpr int NullType = 5;

} // namespace

SqliteStatement::SqliteStatement(const QSqlDatabase &database, QLatin1String sql, Through through)
{
    if (through == Through::Functions) {
        m_functions = SqliteFunctions::of(database.driver());
        m_connection = m_functions ? SqliteFunctions::handle(database.driver()) : nullptr;
    }
    if (m_connection) {
        if (m_functions->prepare(m_connection, sql.data(), static_cast<int>(sql.size()), &m_statement, nullptr) != 0)
            m_problem = failureOf("preparing a statement");
        return;
    }
    m_query.emplace(database);
    m_query->setForwardOnly(true);
    if (!m_query->prepare(QString(sql)))
        m_problem = failureOf("preparing a statement");
}

SqliteStatement::SqliteStatement(SqliteStatement &&other) noexcept
    : m_functions(other.m_functions), m_connection(other.m_connection), m_statement(std::exchange(other.m_statement, nullptr)),
      m_query(std::exchange(other.m_query, std::nullopt)), m_problem(std::exchange(other.m_problem, std::nullopt)),
      m_lastInsertId(other.m_lastInsertId), m_isRunning(other.m_isRunning)
{
}

SqliteStatement &SqliteStatement::operator=(SqliteStatement &&other) noexcept
{
    std::swap(m_functions, other.m_functions);
    std::swap(m_connection, other.m_connection);
    std::swap(m_statement, other.m_statement);
    std::swap(m_query, other.m_query);
    std::swap(m_problem, other.m_problem);
    std::swap(m_lastInsertId, other.m_lastInsertId);
    std::swap(m_isRunning, other.m_isRunning);
    return *this;
}

SqliteStatement::~SqliteStatement()
{
    if (m_statement)
        m_functions->finalize(m_statement);
}

SqliteError SqliteStatement::failureOf(const char *doing) const
{
    const QString what = QString::fromLatin1(doing);
    if (m_connection)
        return sqliteError(m_functions->errorCode(m_connection), QString::fromUtf8(m_functions->errorMessage(m_connection)), what);
    return sqliteError(m_query ? m_query->lastError() : QSqlError(), what);
}

void SqliteStatement::bind(int parameter, std::int64_t value)
{
    if (m_statement)
        m_functions->bindInteger(m_statement, parameter + 1, value);
    else if (m_query)
        m_query->bindValue(parameter, static_cast<qlonglong>(value));
}

void SqliteStatement::bind(int parameter, const QByteArray &bytes)
{
    if (m_statement)
        m_functions->bindBlob(m_statement, parameter + 1, bytes.constData(), static_cast<int>(bytes.size()), nullptr);
    else if (m_query)
        m_query->bindValue(parameter, notNull(bytes));
}

void SqliteStatement::bindText(int parameter, const QByteArray &text)
{
    if (m_statement)
        m_functions->bindText(m_statement, parameter + 1, text.constData(), static_cast<int>(text.size()), nullptr);
    else if (m_query)
        m_query->bindValue(parameter, QString::fromUtf8(notNull(text)));
}

void SqliteStatement::bind(int parameter, SystemTime time)
{
    if (time == SystemTime::max())
        bindNull(parameter);
    else
        bind(parameter, static_cast<std::int64_t>(time.time_since_epoch().count()));
}

void SqliteStatement::bindNull(int parameter)
{
    if (m_statement)
        m_functions->bindNull(m_statement, parameter + 1);
    else if (m_query)
        m_query->bindValue(parameter, QVariant());
}

tl::expected<void, SqliteError> SqliteStatement::execute(const char *doing)
{
    for (;;) {
        auto row = step(doing);
        if (!row)
            return tl::unexpected(std::move(row.error()));
        if (!*row)
            return {};
    }
}

tl::expected<bool, SqliteError> SqliteStatement::step(const char *doing)
{
    if (m_problem)
        return tl::unexpected(*m_problem);
    if (m_statement) {
        const int code = m_functions->step(m_statement);
        if (code == Row)
            return true;
        std::optional<SqliteError> problem;
        if (code != Finished)
            problem = failureOf(doing);
        m_functions->reset(m_statement);
        if (problem)
            return tl::unexpected(*std::move(problem));
        return false;
    }
    if (!std::exchange(m_isRunning, true) && !m_query->exec()) {
        m_isRunning = false;
        return tl::unexpected(failureOf(doing));
    }
    if (m_query->next())
        return true;
    std::optional<SqliteError> problem;
    if (m_query->isSelect() && m_query->lastError().isValid())
        problem = failureOf(doing);
    else if (!m_query->isSelect())
        m_lastInsertId = m_query->lastInsertId().toLongLong();
    finish();
    if (problem)
        return tl::unexpected(*std::move(problem));
    return false;
}

void SqliteStatement::finish() noexcept
{
    if (m_statement)
        m_functions->reset(m_statement);
    else if (std::exchange(m_isRunning, false))
        m_query->finish();
}

std::int64_t SqliteStatement::integer(int column) const
{
    return m_statement ? m_functions->columnInteger(m_statement, column) : m_query->value(column).toLongLong();
}

SystemTime SqliteStatement::time(int column) const
{
    if (!m_statement)
        return decodeTime(m_query->value(column));
    if (m_functions->columnType(m_statement, column) == NullType)
        return SystemTime::max();
    return SystemTime(std::chrono::milliseconds(m_functions->columnInteger(m_statement, column)));
}

QByteArray SqliteStatement::bytes(int column) const
{
    if (!m_statement)
        return m_query->value(column).toByteArray();
    const void *data = m_functions->columnBlob(m_statement, column);
    return QByteArray(static_cast<const char *>(data), m_functions->columnBytes(m_statement, column));
}

QByteArray SqliteStatement::view(int column) const
{
    if (!m_statement)
        return m_query->value(column).toByteArray();
    const void *data = m_functions->columnBlob(m_statement, column);
    return QByteArray::fromRawData(static_cast<const char *>(data), m_functions->columnBytes(m_statement, column));
}

std::int64_t SqliteStatement::lastInsertId() const
{
    return m_statement ? m_functions->lastInsertId(m_connection) : m_lastInsertId;
}

} // namespace Infra::Detail
