// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/metricregistry.h>
#include <infra/result.h>

#include <QByteArray>
#include <QString>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace Infra {

namespace Detail {
class TelemetryChannel;
}

// Thread safety: a value.
//
// Who publishes, and how often. Checked by TelemetryPublisher::create().
struct PublisherOptions
{
    // The name under which an operator sees this process. Must not be empty; at most 128 bytes of UTF-8.
    QString service;
    // The service's own version, at most 128 bytes of UTF-8; empty is shown as n/a.
    QString version;
    // Between two snapshots, 100 ms to 60 s. Shorter gives finer charts and costs the store more.
    std::chrono::milliseconds interval{1000};
    // How long one publish may wait for the store before this second is given up; at least 1 ms. Longer bridges
    // a slow writer, shorter keeps the thread responsive to stop().
    std::chrono::milliseconds deadline{500};
    // Every process starts at a random phase of the interval, and each publish moves by up to this fraction of it,
    // 0 to 0.5, so that many processes do not write in step.
    double jitter = 0.1;
    // A frame that stands on its own is published this often, 1 to 600, and after two minutes; the others carry changes
    // only. Lower makes a reader that joins late see a process sooner, higher makes the ring smaller.
    int framesPerKeyframe = 60;
    // Of the jitter and of the instance id; 0 draws one from the operating system.
    std::uint64_t seed = 0;
};

// Thread safety: a value.
//
// What one publisher did since it was created.
struct PublisherStatistics
{
    std::uint64_t published = 0;       // Frames that the store took.
    std::uint64_t failed = 0;          // The store did not take the frame by the deadline.
    std::uint64_t bytes = 0;           // Of all published frames.
    std::chrono::nanoseconds processorTime{}; // Of the publishing thread since it began.
    std::optional<Error> lastError;    // Empty after a success.
};

// Thread safety: every member may be called from any thread at once; the destructor, as always, only once.
//
// Publishes every component of a registry, and the process itself, into a store: once an interval, in one write,
// from one thread of its own ("infra-telemetry"). A failing or slow store costs the seconds it fails and nothing
// else: nothing is queued, and the next frame that gets through stands on its own. Costs less than 0.1 % of
// a core for twenty regions and a pool.
class INFRA_EXPORT TelemetryPublisher
{
public:
    // Starts publishing at once. `channel` is CacheStore::telemetryChannel(). Fails with InvalidArgument when an
    // option is outside its range. `clock` must outlive the publisher.
    [[nodiscard]] static Result<std::unique_ptr<TelemetryPublisher>>
    create(std::shared_ptr<Detail::TelemetryChannel> channel, std::shared_ptr<const MetricRegistry> registry,
           PublisherOptions options, const Clock &clock = Clock::system());
    // Journals the end of this instance within one deadline, then joins the thread.
    ~TelemetryPublisher();
    TelemetryPublisher(const TelemetryPublisher &) = delete;
    TelemetryPublisher &operator=(const TelemetryPublisher &) = delete;

    // Random and new at every start: sixteen bytes as hexadecimal text.
    [[nodiscard]] QByteArray instanceId() const;
    // What the next publish would carry: every registered component and the process itself. For /metrics.
    [[nodiscard]] std::vector<ComponentSnapshot> collect() const;
    // Publishes now, in the calling thread, besides the regular seconds.
    [[nodiscard]] Result<void> publish(Deadline deadline);
    // Since create(). `published` and `failed` are metrics of the process, too.
    [[nodiscard]] PublisherStatistics statistics() const;

private:
    struct Private;
    explicit TelemetryPublisher(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace Infra
