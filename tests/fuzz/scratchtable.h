// SPDX-License-Identifier: MIT
#pragma once

#include "fuzzinput.h"

#include <infra/clock.h>

#include <store/sqlitereader.h>
#include <store/sqliteschema.h>

#include <QTemporaryDir>

namespace InfraFuzz {

// Thread safety: none; one per target, never destroyed.
//
// A store's database with a reader on it, and nothing of the store around them: rows are put in as the input says, in a
// transaction that never ends, and nobody notices, repairs or rebuilds.
class ScratchTable
{
public:
    ScratchTable() : m_context(options(), m_directory.filePath(QStringLiteral("fuzz.db")), {})
    {
        using namespace Infra::Detail;
        auto database = SqliteConnection::open(m_context.paths.database, SqliteConnection::Mode::Create, {});
        require(database.has_value());
        require(SqliteSchema::create(**database, m_context.clock.systemNow()).has_value());
        auto session = std::make_shared<StoreSession>();
        session->database = FileIdentity::of(m_context.paths.databaseFile);
        session->rowSalt = 7;
        auto reader = SqliteReader::open(m_context, session);
        require(reader.has_value());
        m_reader = std::move(*reader);
        require(connection().execute(QStringLiteral("BEGIN")).has_value());
    }

    [[nodiscard]] Infra::Detail::SqliteReader &reader() noexcept { return *m_reader; }
    [[nodiscard]] const Infra::Detail::SqliteConnection &connection() const noexcept { return m_reader->connection(); }
    [[nodiscard]] std::uint64_t rowSalt() const noexcept { return m_reader->session()->rowSalt; }

private:
    static Infra::StoreOptions options()
    {
        Infra::StoreOptions options;
        options.clock = &Infra::Clock::system();
        return options;
    }

    QTemporaryDir m_directory;
    Infra::Detail::StoreContext m_context;
    std::unique_ptr<Infra::Detail::SqliteReader> m_reader;
};

} // namespace InfraFuzz
