// SPDX-License-Identifier: MIT
#include "bytecodec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace Infra::Detail {

QByteArray sealed(QByteArray bytes)
{
    const std::uint64_t checksum = XXH3_64bits(bytes.constData(), static_cast<std::size_t>(bytes.size()));
    ByteWriter(bytes).fixed(checksum);
    return bytes;
}

std::optional<QByteArrayView> unsealed(QByteArrayView bytes) noexcept
{
    if (bytes.size() < 8)
        return std::nullopt;
    const QByteArrayView content = bytes.first(bytes.size() - 8);
    ByteReader trailer(bytes.last(8));
    if (trailer.fixed() != XXH3_64bits(content.data(), static_cast<std::size_t>(content.size())))
        return std::nullopt;
    return content;
}

} // namespace Infra::Detail
