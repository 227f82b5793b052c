// SPDX-License-Identifier: MIT
#include "client/retryafter.h"

#include <cstdlib>

// A Retry-After header: within its bounds, or nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace std::chrono_literals;
    const QByteArrayView text(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    const Infra::SystemTime now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6);
    const auto wait = Infra::Detail::parseRetryAfter(text, now, 10s);
    if (wait && (*wait < 0ms || *wait > 10s))
        std::abort();
    static_cast<void>(Infra::Detail::parseHttpDate(text));
    return 0;
}
