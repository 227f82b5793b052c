// SPDX-License-Identifier: MIT
#pragma once

#include "storebackend.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QVariant>

#include <cstdint>
#include <optional>

namespace Infra::Detail {

// How entries are written into rows. "Never" is NULL, so that an entry without a TTL costs no index.

[[nodiscard]] SystemTime decodeTime(const QVariant &value);

// Tags as one blob: a 16-bit length before each. Nullopt for one that is not whole.
[[nodiscard]] QByteArray encodeTags(const QByteArrayList &tags);
[[nodiscard]] std::optional<QByteArrayList> decodeTags(const QByteArray &blob);

// Everything that the checksum of a row covers.
struct RowContent
{
    std::uint64_t regionHash = 0; // keyHash() of the region's name, and the salt of the store.
    const QByteArray &key;
    const QByteArray &value;
    const QByteArray &tags;       // Encoded.
    EntryTimes times;
    std::uint32_t flags = 0;
};

// XXH3 over all of it; `keyHash` is keyHash() of the key. The times enter by exclusive or, so that touch() can exchange
// them without the value.
[[nodiscard]] std::uint64_t rowChecksum(const RowContent &row, std::uint64_t keyHash) noexcept;
[[nodiscard]] std::uint64_t timesChecksum(std::uint64_t keyHash, SystemTime expiresAt, SystemTime staleUntil) noexcept;

// SQLite takes null bytes for NULL, which no comparison finds.
[[nodiscard]] inline QByteArray notNull(const QByteArray &bytes)
{
    return bytes.isNull() ? QByteArray("") : bytes;
}

// The smallest byte string that is greater than every one that begins with `prefix`; null when there is none.
[[nodiscard]] QByteArray prefixEnd(QByteArray prefix);

} // namespace Infra::Detail
