// SPDX-License-Identifier: MIT
#include "rowcodec.h"

#include "keyhash.h"

#include <QtEndian>

#include <array>
#include <utility>

namespace Infra::Detail {

SystemTime decodeTime(const QVariant &value)
{
    return value.isNull() ? SystemTime::max() : SystemTime(std::chrono::milliseconds(value.toLongLong()));
}

QByteArray encodeTags(const QByteArrayList &tags)
{
    QByteArray blob;
    for (const QByteArray &tag : tags) {
        std::array<char, 2> length;
        qToLittleEndian(static_cast<quint16>(tag.size()), length.data());
        blob.append(length.data(), 2);
        blob.append(tag);
    }
    return blob;
}

std::optional<QByteArrayList> decodeTags(const QByteArray &blob)
{
    QByteArrayList tags;
    qsizetype at = 0;
    while (at < blob.size()) {
        if (blob.size() - at < 2)
            return std::nullopt;
        const qsizetype length = qFromLittleEndian<quint16>(blob.constData() + at);
        at += 2;
        if (blob.size() - at < length)
            return std::nullopt;
        tags.append(blob.mid(at, length));
        at += length;
    }
    return tags;
}

std::uint64_t timesChecksum(std::uint64_t keyHash, SystemTime expiresAt, SystemTime staleUntil) noexcept
{
    const std::array<std::int64_t, 2> times{expiresAt.time_since_epoch().count(), staleUntil.time_since_epoch().count()};
    return XXH3_64bits_withSeed(times.data(), sizeof(times), keyHash);
}

std::uint64_t rowChecksum(const RowContent &row, std::uint64_t keyHash) noexcept
{
    const auto chain = [](const QByteArray &bytes, std::uint64_t seed) {
        return XXH3_64bits_withSeed(bytes.constData(), static_cast<std::size_t>(bytes.size()), seed);
    };
    const std::array<std::uint64_t, 5> head{row.regionHash, static_cast<std::uint64_t>(row.value.size()),
                                            static_cast<std::uint64_t>(row.tags.size()), row.flags,
                                            static_cast<std::uint64_t>(row.times.storedAt.time_since_epoch().count())};
    std::uint64_t hash = XXH3_64bits(head.data(), sizeof(head));
    hash = chain(row.key, hash);
    if (!row.tags.isEmpty())
        hash = chain(row.tags, hash);
    hash = chain(row.value, hash);
    return hash ^ timesChecksum(keyHash, row.times.expiresAt, row.times.staleUntil);
}

QByteArray prefixEnd(QByteArray prefix)
{
    while (!prefix.isEmpty()) {
        const auto last = static_cast<unsigned char>(prefix.back());
        if (last != 0xff) {
            prefix.back() = static_cast<char>(last + 1);
            return prefix;
        }
        prefix.chop(1);
    }
    return {};
}

} // namespace Infra::Detail
