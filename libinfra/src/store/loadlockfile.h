// SPDX-License-Identifier: MIT
#pragma once

#include "coherencefile.h"
#include "storebackend.h"
#include "storecontext.h"

#include <memory>

namespace Infra::Detail {

// An exclusive lock on the byte of FILE.loads that stands for a key: one load of it at a time on this machine. Two
// keys that share a byte wait for each other, which is rare and harmless. Null when `deadline` passed first.
[[nodiscard]] Result<std::unique_ptr<LoadLock>> lockLoadRange(const StoreContext &context, CoherenceFile &coherence,
                                                              std::uint32_t regionId, std::uint64_t keyHash, SteadyTime deadline);

} // namespace Infra::Detail
