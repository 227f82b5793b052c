// SPDX-License-Identifier: MIT
#pragma once

#include <infra/healthmonitor.h>

#include <deque>
#include <optional>

namespace Infra::Detail {

// Thread safety: none; under its owner's lock.
//
// What a monitor has to tell its thread and has not told it yet, in its order. Bounded, because a thread without an event
// loop never listens, and the monitor goes on checking.
class HealthNotices
{
public:
    // Of one service, beside its removals. Enough for a thread that is late; each may hold an answer's body.
    static constexpr std::size_t Limit = 16;

    struct Notice
    {
        ServiceHealth health; // Of one that was removed only the name.
        bool checked = false;
        bool changed = false; // Its verdict.
        bool removed = false;
    };

    // Over the limit the service's oldest makes way, one without a change before one with it.
    void add(Notice notice);
    // The oldest.
    [[nodiscard]] std::optional<Notice> take();
    [[nodiscard]] std::size_t count() const noexcept { return m_notices.size(); }

private:
    std::deque<Notice> m_notices;
};

} // namespace Infra::Detail
