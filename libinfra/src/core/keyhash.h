// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArrayView>

#include <cstdint>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace Infra::Detail {

// The hash of a key everywhere: memory tier, coherence stripes, store. The same in every process and on every
// machine, so it has no seed.
[[nodiscard]] inline std::uint64_t keyHash(QByteArrayView key) noexcept
{
    return XXH3_64bits(key.data(), static_cast<std::size_t>(key.size()));
}

} // namespace Infra::Detail
