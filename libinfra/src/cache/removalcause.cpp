// SPDX-License-Identifier: MIT
#include <infra/removalcause.h>

namespace Infra {

const char *removalCauseName(RemovalCause cause) noexcept
{
    switch (cause) {
    case RemovalCause::Invalidated:
        return "Invalidated";
    case RemovalCause::Replaced:
        return "Replaced";
    case RemovalCause::Outdated:
        return "Outdated";
    case RemovalCause::Expired:
        return "Expired";
    case RemovalCause::Capacity:
        return "Capacity";
    }
    return "Unknown";
}

} // namespace Infra
