// SPDX-License-Identifier: MIT
#include "scratchtable.h"

#include <store/globpattern.h>
#include <store/previewcount.h>
#include <store/rowcodec.h>
#include <store/targetscan.h>

#include <QSqlQuery>
#include <QVariant>

using namespace Infra;
using namespace Infra::Detail;
using InfraFuzz::require;

namespace {

constexpr std::uint32_t Region = 1;

void insert(const SqliteConnection &connection, const QByteArrayList &keys)
{
    require(connection.execute(QStringLiteral("DELETE FROM entries")).has_value());
    SqliteStatement &statement = connection.keptStatement(QLatin1String(
        "INSERT OR IGNORE INTO entries (region, key, stored, flags, checksum, accessed, value) VALUES (?, ?, 0, 0, 0, 0, X'00')"));
    for (const QByteArray &key : keys) {
        statement.bind(0, std::int64_t{Region});
        statement.bind(1, key);
        require(statement.execute("filling").has_value());
    }
}

bool isText(const QByteArray &bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c > 0; });
}

// What SQLite itself says, which knows text only.
bool matchesInSqlite(const SqliteConnection &connection, const QByteArray &key, const QByteArray &pattern)
{
    QSqlQuery query = connection.prepare(QStringLiteral("SELECT ? GLOB ?"));
    query.bindValue(0, QString::fromLatin1(key));
    query.bindValue(1, QString::fromLatin1(pattern));
    require(query.exec() && query.next());
    return query.value(0).toInt() != 0;
}

} // namespace

// A pattern and some keys: whatever the pattern is, what it matches begins with its literal prefix and holds its longest
// literal, which the store relies upon to leave rows out; the two ways the store looks for keys, one of them in SQL, agree;
// and so does SQLite's GLOB.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    const Target target = Target::glob(input.shortBytes());
    if (!checkTarget(target))
        return 0;
    const int ranges = 1 + input.byte() % 4;
    const int step = 1 + input.byte() % 4;
    QByteArrayList keys;
    while (!input.isEmpty() && keys.size() < 16)
        keys.append(input.shortBytes());
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());

    static auto *const table = new InfraFuzz::ScratchTable;
    const GlobPattern pattern(target.text());
    const QByteArray prefix = pattern.literalPrefix();
    const QByteArray end = prefixEnd(prefix);
    QByteArrayList matching;
    for (const QByteArray &key : keys) {
        if (isText(key) && isText(target.text()))
            require(pattern.matches(key) == matchesInSqlite(table->connection(), key, target.text()));
        if (!pattern.matches(key))
            continue;
        require(key.startsWith(prefix) && key.contains(pattern.longestLiteral()));
        require(key >= prefix && (end.isNull() || key < end));
        matching.append(key);
    }

    insert(table->connection(), keys);
    QByteArrayList found;
    for (TargetScan scan(Region, target); !scan.isAtEnd();) {
        const auto rows = scan.next(table->connection(), step);
        require(rows.has_value());
        for (const MatchedRow &row : *rows)
            found.append(row.key);
    }
    require(found == matching);
    constexpr std::uint32_t Regions[] = {Region};
    PreviewCount counting(Clock::system(), {}, {ranges, 0});
    const auto counted = counting.run(Regions, target, {}, table->connection(), nullptr);
    require(counted.has_value());
    require(counted->entries == static_cast<std::uint64_t>(matching.size()) && counted->examples == matching.first(counted->examples.size()));
    return 0;
}
