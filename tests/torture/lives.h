// SPDX-License-Identifier: MIT
#pragma once

#include "history.h"

#include <limits>

namespace InfraTorture {

inline constexpr std::uint64_t Never = std::numeric_limits<std::uint64_t>::max();

// Until when the entries of one key may be alive: who writes one gives it a life, and each touch another.
class Lives
{
public:
    // A touch that happened, or may have.
    struct Touch
    {
        const Operation *operation;
        std::uint64_t latestEnd; // It did not happen later.
        std::uint64_t expiry;    // Of the life that it gave, at the latest.
        bool isCertain;          // It found an entry.
    };
    // What was written between two moments.
    struct Entry
    {
        std::uint64_t begin;
        std::uint64_t latestEnd;
        std::uint64_t expiry; // Of the life that it was written with, at the latest.
    };

    explicit Lives(std::vector<Touch> touches);

    // When `entry` is over at the latest, as long as nobody but those who began before `call` ended touched it. A touch
    // does not prolong what it finds for itself.
    [[nodiscard]] std::uint64_t latestExpiry(const Entry &entry, const Operation &call) const;

private:
    std::vector<Touch> m_touches;            // In the order in which they began.
    std::vector<std::uint64_t> m_latestEnds; // The latest of each and all before it.
};

} // namespace InfraTorture
