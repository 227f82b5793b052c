// SPDX-License-Identifier: MIT
#pragma once

#include <QLoggingCategory>
#include <QString>

#include <source_location>

namespace Infra::Detail {

Q_DECLARE_LOGGING_CATEGORY(poolLog) // infra.pool

// "orders.cpp:42 loadOrders": the file without its folders.
[[nodiscard]] QString borrowerText(const std::source_location &location);

} // namespace Infra::Detail
