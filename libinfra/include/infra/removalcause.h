// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <QByteArray>

#include <cstdint>
#include <functional>

namespace Infra {

// Why an entry left the memory tier of a cache in this process.
enum class RemovalCause : std::uint8_t {
    Invalidated, // Removed by key, prefix, tag or any other target in this process.
    Replaced,    // A newer value was put in its place.
    Outdated,    // Another writer changed the key or its region; noticed when the copy was next touched.
    Expired,     // Its time was over (and its fail-safe limit, when it had one).
    Capacity     // Evicted, or refused admission, to stay within the capacity.
};
// How many values RemovalCause has.
inline constexpr int RemovalCauseCount = 5;

// The cause's name as in the source ("Capacity"). Never null, static lifetime.
[[nodiscard]] INFRA_EXPORT const char *removalCauseName(RemovalCause cause) noexcept;

// Called after the entry is gone, in the thread whose call removed it, with no lock of the cache held: it may call
// the cache. Two removals of one key in different threads may be reported in either order. Must not throw.
using RemovalListener = std::function<void(const QByteArray &key, const QByteArray &value, RemovalCause cause)>;

} // namespace Infra
