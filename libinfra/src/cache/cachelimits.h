// SPDX-License-Identifier: MIT
#pragma once

#include <infra/cacheoptions.h>
#include <infra/entryoptions.h>
#include <infra/result.h>
#include <infra/target.h>

#include <QByteArrayView>

// The rules for what callers pass in. Each check names the limit that was broken.
namespace Infra::Detail {

[[nodiscard]] Result<void> checkRegionName(QByteArrayView name);
[[nodiscard]] Result<void> checkOptions(const CacheOptions &options);
[[nodiscard]] Result<void> checkEntryOptions(const EntryOptions &options);
[[nodiscard]] Result<void> checkKey(QByteArrayView key, const CacheOptions &options);
[[nodiscard]] Result<void> checkValue(QByteArrayView value, const CacheOptions &options);
[[nodiscard]] Result<void> checkTarget(const Target &target, const CacheOptions &options);
[[nodiscard]] Result<void> checkLifetime(std::chrono::milliseconds duration, const char *name);

} // namespace Infra::Detail
