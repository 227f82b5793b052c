// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "snapshot.h"

namespace Infra {
struct JournalEvent;
}

namespace InfraConsole {

// "data-api (pid 4711)".
[[nodiscard]] QString writerName(const QString &service, std::int64_t processId);

// Who saw what no process wrote down.
[[nodiscard]] QString thisConsole();

// One sentence, a kind and a severity for what a process wrote into the journal. `writer` is "data-api (pid 4711)"
// or empty.
[[nodiscard]] EventRow toEventRow(const Infra::JournalEvent &event, const QString &writer);

// Thread safety: belongs to one thread.
//
// What happened, from the store's journal and from the console itself, in the order of time. Services at their daily work
// write hundreds of events a minute, operators a few a week: each kind has a limit of its own, so that the one never pushes
// the other out.
class EventLog
{
public:
    static constexpr std::size_t RoutineLimit = 500;
    static constexpr std::size_t Limit = 1000; // Of all others.

    void add(EventRow event);
    // Those whose writer was not known when they were added, for some are read before the first telemetry of their process.
    void nameWriters(const std::vector<InstanceRow> &instances);
    // Newest first, both kinds.
    [[nodiscard]] std::vector<EventRow> events() const;
    // Oldest first, not older than `from`.
    [[nodiscard]] std::vector<Mark> marks(SystemTime from) const;

private:
    std::vector<EventRow> m_routine; // Newest first, like the others:
    std::vector<EventRow> m_events;
    std::uint64_t m_lastId = 0;
};

} // namespace InfraConsole
