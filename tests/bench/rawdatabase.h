// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QString>
#include <QtGlobal>

#include <sqlite3.h>

namespace InfraTest {

// SQLite without us, as a peer: the C API, prepared statements, a table of key and value, autocommit reads, WAL.
class RawDatabase
{
public:
    RawDatabase(const QString &path, const char *synchronous)
    {
        sqlite3_open(qPrintable(path), &m_database);
        sqlite3_busy_timeout(m_database, BusyMilliseconds);
        execute("PRAGMA journal_mode=WAL");
        execute(QByteArray("PRAGMA synchronous=") + synchronous);
        execute("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID");
        prepare("SELECT value FROM entries WHERE key = ?", &m_select);
        prepare("INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", &m_upsert);
        prepare("BEGIN IMMEDIATE", &m_begin);
        prepare("COMMIT", &m_commit);
    }
    ~RawDatabase()
    {
        for (sqlite3_stmt *statement : {m_select, m_upsert, m_begin, m_commit})
            sqlite3_finalize(statement);
        sqlite3_close(m_database);
    }
    RawDatabase(const RawDatabase &) = delete;
    RawDatabase &operator=(const RawDatabase &) = delete;

    void execute(const QByteArray &sql) { sqlite3_exec(m_database, sql.constData(), nullptr, nullptr, nullptr); }
    void put(const QByteArray &key, const QByteArray &value)
    {
        sqlite3_bind_blob(m_upsert, 1, key.constData(), static_cast<int>(key.size()), SQLITE_STATIC);
        sqlite3_bind_blob(m_upsert, 2, value.constData(), static_cast<int>(value.size()), SQLITE_STATIC);
        step(m_upsert);
    }
    void commitPut(const QByteArray &key, const QByteArray &value)
    {
        step(m_begin);
        put(key, value);
        step(m_commit);
    }
    [[nodiscard]] QByteArray get(const QByteArray &key)
    {
        sqlite3_bind_blob(m_select, 1, key.constData(), static_cast<int>(key.size()), SQLITE_STATIC);
        QByteArray value;
        if (sqlite3_step(m_select) == SQLITE_ROW)
            value = QByteArray(static_cast<const char *>(sqlite3_column_blob(m_select, 0)),
                               sqlite3_column_bytes(m_select, 0));
        sqlite3_reset(m_select);
        return value;
    }

private:
    // How long a statement waits for another process.
    static constexpr int BusyMilliseconds = 30'000;

    void prepare(const char *sql, sqlite3_stmt **statement)
    {
        sqlite3_prepare_v2(m_database, sql, -1, statement, nullptr);
    }
    static void step(sqlite3_stmt *statement)
    {
        if (sqlite3_step(statement) != SQLITE_DONE)
            qFatal("the raw database refused a statement: %s", sqlite3_errmsg(sqlite3_db_handle(statement)));
        sqlite3_reset(statement);
    }
    sqlite3 *m_database = nullptr;
    sqlite3_stmt *m_select = nullptr;
    sqlite3_stmt *m_upsert = nullptr;
    sqlite3_stmt *m_begin = nullptr;
    sqlite3_stmt *m_commit = nullptr;
};

} // namespace InfraTest
