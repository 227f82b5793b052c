// SPDX-License-Identifier: MIT
#pragma once

#include "sqliteconnection.h"

#include <infra/storeoptions.h>

#include <QByteArray>

namespace Infra::Detail {

// The tables of a store, and how a file is recognised as one.
class SqliteSchema
{
public:
    static constexpr int ApplicationId = 0x494e4652; // "INFR"
    static constexpr int Version = 1;

    struct Inspection
    {
        enum class State {
            Empty,   // No tables: may become a store.
            Store,
            Newer,   // A store of a newer schema.
            Foreign  // Somebody else's database.
        };
        State state = State::Empty;
        int version = 0;
        QByteArray storeId;
    };

    [[nodiscard]] static tl::expected<Inspection, SqliteError> inspect(const SqliteConnection &connection);
    // Turns an empty database into a store.
    [[nodiscard]] static tl::expected<QByteArray, SqliteError> create(const SqliteConnection &connection, SystemTime now);
    // What each connection sets.
    [[nodiscard]] static tl::expected<void, SqliteError> configure(const SqliteConnection &connection,
                                                                   StoreOptions::Synchronous synchronous);
};

} // namespace Infra::Detail
