// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/clock.h>

#include <QByteArray>
#include <QString>

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

// What the pages draw, once a second: plain values, built on the session's thread and never changed after.
// An empty optional is "unknown" and is shown as n/a, never as 0. Times are UTC; rates are per second.

namespace InfraConsole {

using Infra::SystemTime;
using Duration = std::chrono::nanoseconds;

// The pages in the order of the navigation.
enum class PageId : std::uint8_t { Overview, Caches, Keys, Pools, Services, Events };
constexpr int PageCount = 6;

enum class Verdict : std::uint8_t { Up, Degraded, Down, Unreachable, Paused, NeverChecked };

// One value over time. A NaN value is a gap: a restart, or data that never came.
struct Sample
{
    SystemTime at{};
    double value = 0;
};
using Series = std::vector<Sample>;

// What a series measures. Unit: Ratio 0 to 1, Rate per second, Count plain, Bytes, Seconds.
enum class Measure : std::uint8_t {
    HitRatio,           // Cache: hits in any tier over gets.
    CacheRequestRate,   // Cache: gets per second.
    CacheEntries,       // Cache: entries in the memory tier.
    CacheBytes,
    EvictionRate,
    LookupP50,          // Cache, seconds.
    LookupP95,
    LoadP95,            // Cache: the factories, seconds.
    PoolUsed,
    PoolIdle,
    PoolOverflow,
    PoolPending,
    PoolWaitP95,        // Seconds.
    PoolCreateP95,
    PoolTimeoutRate,
    PoolPressure,       // Ratio: used over limit.
    ServiceLatency,     // Health probe, seconds.
    ClientRequestRate,  // Requests of all ServiceClients, per second.
    ClientFailureRate,
    HealthyShare        // Ratio: services up over services checked.
};

// Names one series. An empty `instanceId` merges all instances; an empty `component` merges all components.
struct SeriesId
{
    Measure measure = Measure::HitRatio;
    QByteArray component;  // Region, redacted pool URL or service name.
    QByteArray instanceId;

    friend bool operator==(const SeriesId &, const SeriesId &) = default;
    friend bool operator<(const SeriesId &a, const SeriesId &b)
    {
        if (a.measure != b.measure)
            return a.measure < b.measure;
        const int byComponent = a.component.compare(b.component);
        return byComponent != 0 ? byComponent < 0 : a.instanceId.compare(b.instanceId) < 0;
    }
};

// A process that publishes into the store.
struct InstanceRow
{
    QByteArray id;         // New at every start.
    QString service;
    QString host;
    std::int64_t processId = 0;
    QString version;
    SystemTime startedAt{};
    SystemTime lastSeenAt{};
    bool stale = false;    // Nothing for three intervals.
    bool ended = false;    // In good order, as it wrote itself: then its silence means nothing.
    std::optional<double> requestsPerSecond;
    std::uint64_t requestsTotal = 0;    // Cache gets since the process began: rises while it works.
};

// One region of one instance, or of all of them merged (`instanceId` empty).
struct CacheRow
{
    QByteArray region;
    QByteArray instanceId;
    QString service;       // The instance's service; empty when merged.
    bool stale = false;
    std::optional<double> hitRatio;
    std::optional<double> memoryHitRatio;
    std::optional<double> requestsPerSecond;
    std::optional<double> evictionsPerSecond;
    std::optional<double> loadsPerSecond;
    std::optional<double> storeErrorsPerSecond;
    std::optional<std::uint64_t> entries;
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> entryLimit;
    std::optional<std::uint64_t> byteLimit;
    std::optional<Duration> lookupP50;
    std::optional<Duration> lookupP95;
    std::optional<Duration> loadMean;
    std::optional<Duration> loadP95;
    std::uint64_t requestsTotal = 0;
};

struct BorrowInfo
{
    QString borrower;      // "orders.cpp:84 loadOrders"
    std::chrono::milliseconds age{};
};

// One pool of one instance, or of all instances merged (`instanceId` empty).
struct PoolRow
{
    QByteArray pool;       // The URL without credentials.
    QByteArray instanceId;
    QString service;
    bool stale = false;
    std::optional<int> used;
    std::optional<int> idle;
    std::optional<int> overflow;
    std::optional<int> size;           // Connections kept.
    std::optional<int> limit;          // Size plus allowed overflow.
    std::optional<int> pending;
    std::optional<int> zombies;
    std::optional<Duration> waitP50;
    std::optional<Duration> waitP95;
    std::optional<Duration> useP95;
    std::optional<Duration> createP95;
    std::optional<double> timeoutsPerSecond;
    std::optional<double> acquiresPerSecond;
    std::uint64_t timeoutsTotal = 0;
    std::vector<BorrowInfo> longestBorrows;   // Longest first.
    std::optional<SystemTime> pressedSince;   // From then on every reading was above the threshold, see notePressure().
    std::chrono::milliseconds pressedFor{};   // Up to the last reading.
};

// One answer to a health check, as the heartbeat strip shows it.
struct Heartbeat
{
    SystemTime at{};
    Verdict verdict = Verdict::NeverChecked;
    std::optional<Duration> latency;
    QString reason;
};

struct DependencyInfo
{
    QString name;
    Verdict verdict = Verdict::NeverChecked;
    QString detail;
    std::vector<DependencyInfo> children;
};

struct ServiceRow
{
    QString name;          // Unique: the row's identity.
    QString url;
    Verdict verdict = Verdict::NeverChecked;
    QString reason;        // One sentence; empty when up.
    SystemTime verdictSince{};
    std::optional<SystemTime> lastCheckedAt;
    std::optional<Duration> latency;
    std::optional<Duration> connectTime;
    std::optional<Duration> serverTime;
    std::optional<SystemTime> pausedUntil;    // SystemTime::max(): until resumed.
    std::optional<SystemTime> certificateExpiry;
    bool checking = false;
    std::vector<Heartbeat> heartbeats;        // Oldest first, at most 60.
    std::vector<DependencyInfo> dependencies;
    QByteArray body;       // Of the last answer, at most a few KiB.
    QString breaker;       // Of the services that call it: "closed", "open", "half-open"; empty: unknown.
    int instances = 0;     // Processes of that name seen in the store.
    bool stale = false;    // Had instances, and none is alive.
};

enum class EventKind : std::uint8_t {
    Invalidation, InstanceStarted, InstanceStopped, HealthChanged, StoreLost, StoreRecovered, ServiceEdited, Other
};
enum class Severity : std::uint8_t { Information, Warning, Critical };

struct EventRow
{
    std::uint64_t id = 0;  // Unique while the console runs, rising with time.
    SystemTime at{};
    EventKind kind = EventKind::Other;
    Severity severity = Severity::Information;
    QString subject;       // Region, service or instance.
    QString text;          // One sentence.
    QString actor;         // Who did it or wrote it down; empty: not known, and for a process perhaps later.
    QByteArray instanceId;
    bool routine = false;  // A service at its daily work: listed, and no mark on the charts.
};

// A vertical line on every chart.
struct Mark
{
    SystemTime at{};
    EventKind kind = EventKind::Other;
    QString text;
};

enum class AttentionKind : std::uint8_t {
    Verdict, OpenBreaker, Certificate, SilentInstance, PoolPressure, PoolZombies, StoreErrors, HitRate, Other
};

// One line of "Needs attention", worst first.
struct Attention
{
    Severity severity = Severity::Warning;
    QString sentence;
    PageId page = PageId::Overview;
    QString subject;       // What the page selects.
    SystemTime at{};       // The moment its charts show.
    AttentionKind kind = AttentionKind::Other;
    QByteArray instanceId = {};  // Whose it is, where a subject has several.

    // Whether both speak of the same thing, be it in other words by now.
    [[nodiscard]] bool isAbout(const Attention &other) const
    {
        return page == other.page && kind == other.kind && subject == other.subject && instanceId == other.instanceId;
    }
};

// What watching costs the store that is watched.
struct ConsoleCost
{
    double queriesPerSecond = 0;
    double storeTimePerSecond = 0;   // Seconds of store time in a second: 0.002 is 0.2 %.
    Duration refreshTime{};          // Building the last snapshot.
    std::chrono::milliseconds interval{1000};  // Longer than 1 s: backed off.
};

enum class SourceState : std::uint8_t { Opening, Live, Lost };

struct Snapshot
{
    SystemTime at{};                 // When it was built.
    SourceState source = SourceState::Opening;
    SystemTime lastDataAt{};         // Of the newest data in it: dates what is shown greyed when Lost.
    QString sourceMessage;           // Why it is lost.
    std::uint64_t generation = 0;    // Rises with each snapshot.

    std::vector<InstanceRow> instances;
    std::vector<CacheRow> caches;    // Merged rows first, then per instance.
    std::vector<PoolRow> pools;
    std::vector<ServiceRow> services;            // In the operator's order.
    std::vector<EventRow> events;                // Newest first, at most 1,500.
    std::vector<Mark> marks;                     // Oldest first, of the last 15 minutes.
    std::vector<Attention> attention;            // Worst first.
    ConsoleCost cost;

    [[nodiscard]] bool isLost() const { return source == SourceState::Lost; }
    // The moment that its telemetry is of: where charts of it end.
    [[nodiscard]] SystemTime dataAt() const { return isLost() && lastDataAt != SystemTime{} ? lastDataAt : at; }

    // Only series that the visible page asked for are filled in.
    std::map<SeriesId, std::shared_ptr<const Series>> seriesById;

    // Null until the first snapshot after it was asked for.
    [[nodiscard]] const Series *series(const SeriesId &id) const
    {
        const auto found = seriesById.find(id);
        return found == seriesById.end() ? nullptr : found->second.get();
    }
};

using SnapshotPointer = std::shared_ptr<const Snapshot>;

} // namespace InfraConsole
