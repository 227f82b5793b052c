// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <QByteArray>
#include <QByteArrayList>
#include <QString>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace Infra {

namespace Detail {
class TelemetryChannel;
}

// Thread safety: a value.
//
// How much a TelemetryReader remembers.
struct ReaderOptions
{
    // How much of the past is kept; the store keeps 15 minutes. Shorter needs less memory.
    std::chrono::seconds window{15 * 60};
    // The most that frames may take in memory; beyond it the oldest are dropped before their time. One busy
    // process of twenty regions takes about half a megabyte for 15 minutes.
    std::size_t maximumBytes = std::size_t{128} << 20;
    // An instance is stale when this many of its intervals passed without a frame. Lower notices a dead process
    // sooner, higher forgives a slow store.
    int staleAfterIntervals = 3;
};

// Thread safety: a value.
//
// One process that publishes, or did within the window.
struct InstanceInfo
{
    QByteArray id;              // New at every start of the process.
    QString service;            // PublisherOptions::service.
    QString host;               // The machine's name.
    std::int64_t processId = 0; // On that machine.
    QString version;            // PublisherOptions::version; may be empty.
    SystemTime startedAt{};     // When its publisher was created, on its own clock.
    SystemTime lastSeenAt{};    // Of its last frame, on the publisher's clock.
    std::chrono::milliseconds interval{1000}; // Between its frames.
    bool stale = false;         // No frame for ReaderOptions::staleAfterIntervals of these.
};

// Thread safety: a value.
//
// What names a component within an instance.
struct ComponentId
{
    ComponentSnapshot::Kind kind = ComponentSnapshot::Kind::Process; // ComponentSnapshot::kind.
    QByteArray name;                                                 // ComponentSnapshot::name.

    friend bool operator==(const ComponentId &, const ComponentId &) = default;
    // By kind, then by the bytes of the name.
    friend bool operator<(const ComponentId &left, const ComponentId &right) noexcept
    {
        return left.kind != right.kind ? left.kind < right.kind : left.name < right.name;
    }
};

// Thread safety: a value.
//
// Which measurements are meant; everything that matches is added up (gauges and rates) or merged (histograms).
struct MetricSelector
{
    ComponentSnapshot::Kind kind = ComponentSnapshot::Kind::Process; // Of the components that are asked.
    QByteArray component;          // Empty: every component of the kind.
    QByteArray metric;             // A MetricName.
    Metric::Attributes attributes; // Must be among the metric's; others are free.
    QByteArrayList instances;      // Ids; empty: every instance.
};

// Thread safety: a value.
//
// No value means n/a: the process did not run or publish then, has restarted, or does not know.
struct SeriesPoint
{
    SystemTime at{};             // By the publisher's clock.
    std::optional<double> value; // In the metric's unit, or that per second; see the function that made it.

    friend bool operator==(const SeriesPoint &, const SeriesPoint &) = default;
};
// Points in the order of time.
using Series = std::vector<SeriesPoint>;

// Thread safety: valid and used inside the visitor of TelemetryReader::visit() only.
//
// The newest readings of one component of one live or stale instance.
class INFRA_EXPORT ComponentReading
{
public:
    // Who publishes it.
    [[nodiscard]] const InstanceInfo &instance() const noexcept;
    // Which of its components it is.
    [[nodiscard]] const ComponentId &component() const noexcept;

    // The sum over the matching gauges.
    [[nodiscard]] std::optional<double> value(const char *metric, const Metric::Attributes &attributes = {}) const;
    // The sum over the matching counters, since the process began.
    [[nodiscard]] std::optional<std::uint64_t> total(const char *metric,
                                                     const Metric::Attributes &attributes = {}) const;
    // Per second, over the last few frames (five, when the instance is that old).
    [[nodiscard]] std::optional<double> rate(const char *metric, const Metric::Attributes &attributes = {}) const;
    // The samples of about the last ten seconds. Empty when there were none.
    [[nodiscard]] HistogramSnapshot recent(const char *metric, const Metric::Attributes &attributes = {}) const;
    // Everything it published last; histograms hold the recent samples only.
    [[nodiscard]] ComponentSnapshot snapshot() const;

private:
    friend class TelemetryReader;
    struct Private;
    explicit ComponentReading(const Private &reading) noexcept : d(reading) {}
    const Private &d;
};

// Thread safety: a value.
//
// What one poll() brought.
struct PollReport
{
    std::size_t frames = 0;      // Taken in by this poll.
    std::size_t unreadable = 0;  // Rows that failed their checks; their instance is a gap until its next whole frame.
    bool caughtUp = true;        // False: the deadline passed first; poll again.
};

// Thread safety: a value.
//
// What one reader did since it was created, and what that cost.
struct ReaderStatistics
{
    std::uint64_t frames = 0;        // Taken in, unreadable ones included.
    std::uint64_t unreadable = 0;    // Rows that failed their checks.
    std::uint64_t gaps = 0;          // Frames that did not continue what was known.
    std::uint64_t dropped = 0;       // Frames dropped because of maximumBytes.
    std::size_t bytes = 0;           // Held now.
    std::chrono::nanoseconds storeTime{}; // Spent waiting for the store.
    std::chrono::nanoseconds decodeTime{}; // Spent in poll() on checking and keeping what was read.
};

// Thread safety: every member may be called from any thread at once; poll() blocks on the store, the others never.
//
// What the processes that share a store publish: the last 15 minutes, from the first poll on. Rates are computed
// here, from the differences of counters and of the publisher's steady time, so that a lost second, a late poll or a
// jump of the wall clock bends nothing. A restart is another instance; a counter that fell is a gap. What is not known
// is an empty optional, never 0. Nothing read from the store is trusted: what fails its checks is counted and left out.
//
//     Infra::TelemetryReader reader(channel);
//     if (auto report = reader.poll(std::chrono::milliseconds(500)); report) {
//         Infra::MetricSelector hits;
//         hits.kind = Infra::ComponentSnapshot::Kind::Cache;
//         hits.metric = Infra::MetricName::CacheGets;
//         hits.attributes = {{"result", "hit"}};
//         const Infra::Series perSecond = reader.rates(hits, {});
//     }
//
// Memory: frames stay as compact as they are in the store (changes only) and are decoded again by each query of
// the past; a query of one instance over 15 minutes takes about a millisecond, the newest readings are at hand.
class INFRA_EXPORT TelemetryReader
{
public:
    // `channel` is CacheStore::telemetryChannel(). `clock` must outlive the reader.
    explicit TelemetryReader(std::shared_ptr<Detail::TelemetryChannel> channel, ReaderOptions options = {},
                             const Clock &clock = Clock::system());
    ~TelemetryReader();
    TelemetryReader(const TelemetryReader &) = delete;
    TelemetryReader &operator=(const TelemetryReader &) = delete;

    // Takes in what is new. One caller at a time; a second one waits. What was known stays when it fails.
    [[nodiscard]] Result<PollReport> poll(Deadline deadline);

    // By service, then start.
    [[nodiscard]] std::vector<InstanceInfo> instances() const;
    // Of one instance, or of all when `instanceId` is empty, sorted.
    [[nodiscard]] std::vector<ComponentId> components(const QByteArray &instanceId = {}) const;
    // Calls `visitor` for each component of a kind in each instance, without copying. The visitor must not call
    // the reader.
    void visit(ComponentSnapshot::Kind kind, const std::function<void(const ComponentReading &)> &visitor) const;

    // Time series from `from` on (its default: all that is kept), one point an interval, with a point without value
    // at each end of a gap. Of several instances: on a common grid of one second, and a second is n/a only when it is
    // for all of them.
    //
    // Counters, and the number of samples of histograms, per second.
    [[nodiscard]] Series rates(const MetricSelector &selector, SystemTime from = {}) const;
    // Gauges.
    [[nodiscard]] Series values(const MetricSelector &selector, SystemTime from = {}) const;
    // Of the histograms' samples of each interval, in seconds; `quantile` is 0 to 1. No value where no sample was.
    [[nodiscard]] Series quantiles(const MetricSelector &selector, double quantile, SystemTime from = {}) const;

    // All samples since `from`, merged.
    [[nodiscard]] HistogramSnapshot histogram(const MetricSelector &selector, SystemTime from = {}) const;
    // By how much the counters grew since `from`; no value when no frame matched.
    [[nodiscard]] std::optional<std::uint64_t> increase(const MetricSelector &selector, SystemTime from = {}) const;

    // Since construction.
    [[nodiscard]] ReaderStatistics statistics() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace Infra
