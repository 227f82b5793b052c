// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace InfraTest {

enum class TraceFormat {
    Keys,  // One key a line: its first word; lines that do not begin with an integer are skipped.
    Ranges // "start count …": a request for each of the keys start, start + 1, …
};

// The requests of a trace file, gzip or plain; nothing when it cannot be read or is damaged.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> readTrace(const QString &path, TraceFormat format);

} // namespace InfraTest
