// SPDX-License-Identifier: MIT
#pragma once

#include "core/random.h"

#include <QString>

namespace InfraTest {

// What may happen to a file behind its user's back.
enum class Damage { BitFlips, Truncation, ZeroedPages, ForeignBytes, Deletion, Replacement };
inline constexpr int DamageCount = 6;

[[nodiscard]] const char *damageName(Damage damage) noexcept;

// The bytes that bit flips and zeroed pages may hit.
struct DamageRange
{
    qint64 begin = 0;
    qint64 end = -1; // -1: the file's.
};

// Does it; where exactly, `random` decides. False when there is no such file or nothing in it to damage.
[[nodiscard]] bool inflict(Damage damage, const QString &path, Infra::Detail::Random &random, DamageRange range = {});

} // namespace InfraTest
