// SPDX-License-Identifier: MIT
#include <infra/metrics.h>
namespace Infra { MetricSource::~MetricSource() = default; }
