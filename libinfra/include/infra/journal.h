// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/result.h>
#include <infra/target.h>

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace Infra {

namespace Detail {
class TelemetryChannel;
}

// Thread safety: values, all of them.

// Entries were invalidated. Written by the store in the transaction that removed them.
struct InvalidationEvent
{
    QString actor;                           // Who: a service's name or the operator.
    QByteArray region;                       // Empty for everything.
    Target::Kind target = Target::Kind::Key; // What kind of target it was.
    QByteArray text;                         // Key, keys, prefix, pattern or tag; at most 256 bytes.
    std::uint64_t entries = 0;               // Removed.
    std::uint64_t bytes = 0;                 // Of these: keys and values as stored.

    friend bool operator==(const InvalidationEvent &, const InvalidationEvent &) = default;
};

// A process began to publish, or ended in good order; one that was killed leaves no end.
struct InstanceEvent
{
    // Started with the first frame that reached the store; Stopped by the publisher's destructor.
    enum class Change : std::uint8_t { Started, Stopped };

    Change change = Change::Started; // Which of the two.
    QString service;                 // PublisherOptions::service.
    std::int64_t processId = 0;      // On the machine that it ran on.
    QString version;                 // PublisherOptions::version; may be empty.

    friend bool operator==(const InstanceEvent &, const InstanceEvent &) = default;
};

// A service's verdict flipped. The verdicts are the words shown to an operator: "up", "degraded", "down",
// "unreachable", "paused", "never checked".
struct HealthChangeEvent
{
    QString service; // Whose.
    QString from;    // The verdict before.
    QString to;      // The verdict since.
    QString reason;  // One sentence for a person; may be empty.

    friend bool operator==(const HealthChangeEvent &, const HealthChangeEvent &) = default;
};

// Anything else worth a line: a store rebuilt, a pool squeezed, an operator's remark.
struct NoteEvent
{
    // How much it matters, from Information over Warning to Problem; the console colours its line by it.
    enum class Severity : std::uint8_t { Information, Warning, Problem };

    Severity severity = Severity::Information; // How much it matters.
    QString subject;                           // What it is about: a store, a pool, a job.
    QString text;                              // One sentence for a person.

    friend bool operator==(const NoteEvent &, const NoteEvent &) = default;
};

// One line of the journal: what happened, when, and who wrote it.
struct JournalEvent
{
    // What happened.
    using Body = std::variant<InvalidationEvent, InstanceEvent, HealthChangeEvent, NoteEvent>;

    std::uint64_t position = 0; // In the store's order; set by read().
    SystemTime at{};            // Set by append() when left at zero.
    QByteArray instanceId;      // Who wrote it; empty when nobody publishes.
    Body body;                  // Which kind of event it is, and its details.

    friend bool operator==(const JournalEvent &, const JournalEvent &) = default;
};

// Some consecutive events, oldest first.
struct JournalPage
{
    std::vector<JournalEvent> events; // In the store's order.
    std::uint64_t next = 0;        // Pass as `after` to continue; unchanged when there was nothing new.
    std::uint64_t unreadable = 0;  // Rows that failed their checks and were left out.
    bool more = false;             // The page was full.
};

// Thread safety: every member may be called from any thread at once.
//
// The events that all processes of a store write. The store keeps the newest: as many as take about a sixteenth of
// StoreOptions::maximumBytes, at least 256 and at most 100,000. A store in memory keeps none: Unavailable.
//
//     Infra::Journal journal(channel);
//     Infra::JournalEvent event;
//     event.body = Infra::NoteEvent{Infra::NoteEvent::Severity::Information, QStringLiteral("import"),
//                                   QStringLiteral("nightly import finished")};
//     if (auto written = journal.append(event, std::chrono::seconds(1)); !written)
//         qWarning("%s", qPrintable(toString(written.error())));
class INFRA_EXPORT Journal
{
public:
    // Text in an event may be this long, in bytes of UTF-8; longer is cut off.
    static constexpr int MaximumText = 4096;

    // `channel` is CacheStore::telemetryChannel(). `clock` must outlive the journal.
    explicit Journal(std::shared_ptr<Detail::TelemetryChannel> channel, const Clock &clock = Clock::system());
    ~Journal();
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    // Blocks until the store has it. Returns its position.
    [[nodiscard]] Result<std::uint64_t> append(JournalEvent event, Deadline deadline);
    // Blocks while the store is read. At most `limit` events (1 to 10,000) behind position `after`.
    [[nodiscard]] Result<JournalPage> read(std::uint64_t after, int limit, Deadline deadline) const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Infra
