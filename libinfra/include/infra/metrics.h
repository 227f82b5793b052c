// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/histogram.h>

#include <QByteArray>

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// One measured quantity under its OpenTelemetry or Micrometer name ("db.client.connection.count"), with its
// UCUM unit ("s", "By", "{connection}") and attributes ("state" = "idle"). The alternative held by `value`
// is its type:
//   std::uint64_t      a counter: cumulative since the process began, never decreases
//   double             a gauge: the value now
//   HistogramSnapshot  durations since the process began
struct Metric
{
    // Name and value, as {{"tier", "memory"}, {"result", "hit"}}.
    using Attributes = std::vector<std::pair<QByteArray, QByteArray>>;
    // A counter, a gauge or a histogram, as above.
    using Value = std::variant<std::uint64_t, double, HistogramSnapshot>;

    QByteArray name;       // A MetricName, or one of a source's own.
    QByteArray unit;       // In UCUM; a HistogramSnapshot counts nanoseconds whatever it says.
    Attributes attributes; // What tells metrics of one name apart.
    Value value;           // A gauge of NaN is not known.

    friend bool operator==(const Metric &, const Metric &) = default;
};

// Thread safety: a value.
//
// Everything one component (a cache region, a pool, a service client) measures, at one moment.
struct ComponentSnapshot
{
    // Cache: one region. Store: a cache store. Pool: one of connections. Client: one called service. Health: a monitor.
    // Process: the process itself.
    enum class Kind : std::uint8_t { Cache, Store, Pool, Client, Health, Process };

    Kind kind = Kind::Process; // What it is.
    QByteArray name; // The region, the redacted URL, the service name: unique within its kind and process.
    std::vector<Metric> metrics; // In the source's order.

    friend bool operator==(const ComponentSnapshot &, const ComponentSnapshot &) = default;
};

// Thread safety: snapshot() is called from the telemetry thread while the component is in use; it must not
// block for longer than a mutex held for microseconds.
//
// What a component implements to be published.
class INFRA_EXPORT MetricSource
{
public:
    virtual ~MetricSource();
    // Everything the component measures, now. Called for each publish and each scrape.
    [[nodiscard]] virtual ComponentSnapshot snapshot() const = 0;

protected:
    MetricSource() = default;
    MetricSource(const MetricSource &) = default;
    MetricSource &operator=(const MetricSource &) = default;
};

} // namespace Infra
