// SPDX-License-Identifier: MIT
#include "sqliteschema.h"

#include <QRandomGenerator>
#include <QSqlError>
#include <QVariant>

#include <array>

namespace Infra::Detail {

tl::expected<SqliteSchema::Inspection, SqliteError> SqliteSchema::inspect(const SqliteConnection &connection)
{
    Inspection inspection;
    const auto tables = connection.value(QStringLiteral("SELECT count(*) FROM sqlite_master"));
    if (!tables)
        return tl::unexpected(tables.error());
    const auto application = connection.value(QStringLiteral("PRAGMA application_id"));
    if (!application)
        return tl::unexpected(application.error());
    const auto version = connection.value(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return tl::unexpected(version.error());
    inspection.version = version->toInt();
    if (application->toInt() != ApplicationId) {
        const bool empty = tables->toInt() == 0 && application->toInt() == 0;
        inspection.state = empty ? Inspection::State::Empty : Inspection::State::Foreign;
        return inspection;
    }
    if (inspection.version > Version) {
        inspection.state = Inspection::State::Newer;
        return inspection;
    }
    const auto id = connection.value(QStringLiteral("SELECT value FROM meta WHERE name = 'store_id'"));
    if (!id)
        return tl::unexpected(id.error());
    inspection.state = Inspection::State::Store;
    inspection.storeId = id->toByteArray();
    return inspection;
}

tl::expected<QByteArray, SqliteError> SqliteSchema::create(const SqliteConnection &connection, SystemTime now)
{
    QByteArray storeId(16, '\0');
    QRandomGenerator::system()->generate(reinterpret_cast<quint32 *>(storeId.data()),
                                         reinterpret_cast<quint32 *>(storeId.data() + storeId.size()));
    // Before the first table; incremental, so that culling can give pages back to the file system.
    const std::array<QString, 2> first{QStringLiteral("PRAGMA auto_vacuum = INCREMENTAL"),
                                       QStringLiteral("PRAGMA journal_mode = WAL")};
    const std::array<QString, 11> statements{
        QStringLiteral("BEGIN IMMEDIATE"),
        QStringLiteral("CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE regions (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE)"),
        // Clustered by key: one descent a lookup, and pages of keys in order.
        QStringLiteral("CREATE TABLE entries (region INTEGER NOT NULL, key BLOB NOT NULL, stored INTEGER NOT NULL, "
                       "expires INTEGER, stale INTEGER, flags INTEGER NOT NULL, checksum INTEGER NOT NULL, "
                       "accessed INTEGER NOT NULL, tags BLOB, value BLOB NOT NULL, PRIMARY KEY (region, key)) WITHOUT ROWID"),
        QStringLiteral("CREATE INDEX entries_stale ON entries (stale) WHERE stale IS NOT NULL"),
        // May name rows that are gone or have other tags now: the row decides.
        QStringLiteral("CREATE TABLE tags (region INTEGER NOT NULL, tag BLOB NOT NULL, key BLOB NOT NULL, "
                       "PRIMARY KEY (region, tag, key)) WITHOUT ROWID"),
        QStringLiteral("CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, "
                       "instance BLOB NOT NULL, payload BLOB NOT NULL)"),
        // Positions go on growing over a rebuild, so that a reader's bookmark stays behind what is new.
        QStringLiteral("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', %1)").arg(now.time_since_epoch().count()),
        QStringLiteral("INSERT INTO meta VALUES ('store_id', X'%1')").arg(QString::fromLatin1(storeId.toHex())),
        QStringLiteral("PRAGMA user_version = %1").arg(Version),
        QStringLiteral("PRAGMA application_id = %1").arg(ApplicationId)};
    for (const QString &sql : first) {
        if (auto done = connection.execute(sql); !done)
            return tl::unexpected(done.error());
    }
    for (const QString &sql : statements) {
        if (auto done = connection.execute(sql); !done) {
            static_cast<void>(connection.execute(QStringLiteral("ROLLBACK")));
            return tl::unexpected(done.error());
        }
    }
    if (auto done = connection.execute(QStringLiteral("COMMIT")); !done)
        return tl::unexpected(done.error());
    return storeId;
}

tl::expected<void, SqliteError> SqliteSchema::configure(const SqliteConnection &connection,
                                                        StoreOptions::Synchronous synchronous)
{
    const QString level = synchronous == StoreOptions::Synchronous::Full ? QStringLiteral("FULL") : QStringLiteral("NORMAL");
    // Checkpoints are the housekeeper's: one in the middle of a commit would cost its caller milliseconds.
    const std::array<QString, 4> statements{QStringLiteral("PRAGMA synchronous = ") + level,
                                            QStringLiteral("PRAGMA wal_autocheckpoint = 0"),
                                            QStringLiteral("PRAGMA cache_size = -2000"),
                                            QStringLiteral("PRAGMA temp_store = MEMORY")};
    for (const QString &sql : statements) {
        if (auto done = connection.execute(sql); !done)
            return tl::unexpected(done.error());
    }
    return {};
}

} // namespace Infra::Detail
