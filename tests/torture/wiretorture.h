// SPDX-License-Identifier: MIT
#pragma once

#include "figures.h"

#include <QStringList>

#include <cstdint>

namespace InfraTorture {

// Calls to a server that breaks HTTP in every way that it knows, by callers that give up at any moment. No call may end
// with what was sent for another one, or for none, and none may stay without an end; nor may a
// POST be sent twice. `broken` is a mechanism to be switched off, or empty. Prints what happened; false when it was wrong.
[[nodiscard]] bool wire(InfraTest::Figures &figures, int count, std::uint64_t seed, const QString &broken);

[[nodiscard]] QStringList wireMechanisms();

} // namespace InfraTorture
