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
    using Attributes = std::vector<std::pair<QByteArray, QByteArray>>;
    using Value = std::variant<std::uint64_t, double, HistogramSnapshot>;

    QByteArray name;
    QByteArray unit;
    Attributes attributes;
    Value value;

    friend bool operator==(const Metric &, const Metric &) = default;
};

// Thread safety: a value.
//
// Everything one component (a cache region, a pool, a service client) measures, at one moment.
struct ComponentSnapshot
{
    enum class Kind : std::uint8_t { Cache, Store, Pool, Client, Health, Process };

    Kind kind = Kind::Process;
    QByteArray name; // The region, the redacted URL, the service name: unique within its kind and process.
    std::vector<Metric> metrics;

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
    [[nodiscard]] virtual ComponentSnapshot snapshot() const = 0;

protected:
    MetricSource() = default;
    MetricSource(const MetricSource &) = default;
    MetricSource &operator=(const MetricSource &) = default;
};

} // namespace Infra
