// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>

#include <QByteArrayView>

#include <chrono>
#include <optional>

namespace Infra::Detail {

// The date of HTTP in its three forms (RFC 9110, 5.6.7): IMF-fixdate, RFC 850, asctime.
[[nodiscard]] std::optional<SystemTime> parseHttpDate(QByteArrayView text);

// A Retry-After header (RFC 9110, 10.2.3), in seconds or as a date, as the time to wait from `now`, at least
// zero and at most `maximum`. Nothing when it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseRetryAfter(QByteArrayView text, SystemTime now,
                                                                       std::chrono::milliseconds maximum);

} // namespace Infra::Detail
