// SPDX-License-Identifier: MIT
#pragma once

#include "rawdatabase.h"
#include "store/sqlitestore.h"

#include <chrono>

namespace InfraTest {

// Ours and a plain table with the same rows, for one to be measured beside the other.
struct FilledStores
{
    Infra::Detail::SqliteStore &store;
    std::uint32_t region;
    RawDatabase &raw;

    // The key of a row: rows are in the order of their numbers.
    [[nodiscard]] static QByteArray keyOf(const QByteArray &prefix, int number);
    // Rows `from` to `to` with values of 100 bytes, all in the databases and none in a log. False when ours refused some.
    [[nodiscard]] bool fill(const QByteArray &prefix, int from, int to);
};

} // namespace InfraTest
