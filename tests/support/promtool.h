// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

namespace InfraTest {

// What `promtool check metrics` has to say about an exposition in Prometheus' text format: empty when it is content.
[[nodiscard]] QByteArray promtoolFindings(const QByteArray &text);

} // namespace InfraTest
