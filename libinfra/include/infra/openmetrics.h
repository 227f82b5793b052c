// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/metrics.h>

#include <QByteArray>
#include <QByteArrayView>

#include <cstdint>
#include <utility>
#include <vector>

namespace Infra {

// Thread safety: everything here is a value or a function of its arguments.

// What a scraper may be answered with.
enum class MetricsFormat : std::uint8_t {
    OpenMetrics,   // OpenMetrics 1.0: families named without _total, units, # EOF.
    PrometheusText // Prometheus text format 0.0.4: what `promtool check metrics` and old scrapers read.
};

// The format to answer an HTTP Accept header with: OpenMetrics only for a client that names it.
[[nodiscard]] INFRA_EXPORT MetricsFormat negotiateMetricsFormat(QByteArrayView acceptHeader) noexcept;
// The Content-Type of that answer.
[[nodiscard]] INFRA_EXPORT QByteArray metricsContentType(MetricsFormat format);

// The snapshots as text for a scraper. Names become snake_case with their base unit (seconds, bytes), counters end in
// _total, a gauge's trailing .count becomes a plural s, durations are histograms with bounds at powers of two
// nanoseconds from 1 µs to 69 s; a bound counts the durations below it. The component's name is the label `region`,
// `store`, `pool` or `service`, after its kind. `labels` are put on every sample. A gauge of NaN is left out.
[[nodiscard]] INFRA_EXPORT QByteArray renderMetrics(const std::vector<ComponentSnapshot> &components, MetricsFormat format,
                                                    const Metric::Attributes &labels = {});

} // namespace Infra
