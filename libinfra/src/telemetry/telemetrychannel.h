// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/result.h>

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <vector>

namespace Infra::Detail {

// One process that publishes into a store.
struct InstanceRow
{
    QByteArray id;          // Random, new at every start: a restart is another instance.
    QString service;
    QString host;
    std::int64_t processId = 0;
    QString version;
    SystemTime startedAt{};
    SystemTime lastSeenAt{};
};

// One published second of one instance; `payload` is opaque to the store.
struct FrameRow
{
    std::uint64_t position = 0; // The store's own order: what a reader continues from.
    QByteArray instanceId;
    SystemTime at{};
    QByteArray payload;
};

// One line of the journal.
struct EventRow
{
    std::uint64_t position = 0;
    SystemTime at{};
    QByteArray instanceId;
    QByteArray payload;
};

// Thread safety: every member may be called from any thread at once.
//
// Where telemetry lives, without saying in what: implemented by the stores. Reads and writes are bounded by their
// deadlines; rows older than the ring are deleted by the writer.
class TelemetryChannel
{
public:
    virtual ~TelemetryChannel() = default;

    [[nodiscard]] virtual Result<void> publish(const InstanceRow &instance, const FrameRow &frame,
                                               Deadline deadline) = 0;
    [[nodiscard]] virtual Result<std::vector<InstanceRow>> instances(Deadline deadline) = 0;
    // At most `limit` frames with a position above `after`, in that order.
    [[nodiscard]] virtual Result<std::vector<FrameRow>> frames(std::uint64_t after, int limit, Deadline deadline) = 0;

    [[nodiscard]] virtual Result<std::uint64_t> appendEvent(const EventRow &event, Deadline deadline) = 0;
    [[nodiscard]] virtual Result<std::vector<EventRow>> events(std::uint64_t after, int limit, Deadline deadline) = 0;
};

} // namespace Infra::Detail
