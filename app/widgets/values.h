// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/snapshot.h"
#include "widgets/format.h"

#include <QDateTime>

namespace InfraConsole {

// From the snapshot's optional values to the numbers that format.h shows; empty becomes Unknown.
[[nodiscard]] inline double toValue(const std::optional<double> &value)
{
    return value.value_or(Unknown);
}

[[nodiscard]] inline double toValue(const std::optional<std::uint64_t> &value)
{
    return value ? static_cast<double>(*value) : Unknown;
}

[[nodiscard]] inline double toValue(const std::optional<int> &value)
{
    return value ? static_cast<double>(*value) : Unknown;
}

[[nodiscard]] inline double toValue(const std::optional<Duration> &value)
{
    return value ? std::chrono::duration<double>(*value).count() : Unknown;
}

[[nodiscard]] inline QDateTime toDateTime(SystemTime moment)
{
    return QDateTime::fromMSecsSinceEpoch(moment.time_since_epoch().count());
}

} // namespace InfraConsole
