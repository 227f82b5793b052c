// SPDX-License-Identifier: MIT
#pragma once

#include <infra/target.h>

#include <QByteArray>

#include <cstdint>

namespace Infra::Detail {

// The journal's line of an invalidation, as Journal reads it.
[[nodiscard]] QByteArray encodeInvalidation(const QByteArray &actor, const QByteArray &region, const Target &target,
                                            std::uint64_t entries, std::uint64_t bytes);

} // namespace Infra::Detail
