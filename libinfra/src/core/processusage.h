// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace Infra::Detail {

// What this process takes of the machine, as the kernel counts it. A figure that cannot be read is empty.
struct ProcessUsage
{
    std::optional<std::chrono::microseconds> processorTime; // User and system.
    std::optional<std::uint64_t> residentBytes;
    std::optional<std::uint64_t> threads;
    std::optional<std::uint64_t> openDescriptors;
};

// Thread safety: may be called from any thread at once. Takes some ten microseconds.
[[nodiscard]] ProcessUsage processUsage() noexcept;

// Of the calling thread since it began.
[[nodiscard]] std::chrono::nanoseconds threadProcessorTime() noexcept;

// At most 15 bytes, as the kernel has it.
void nameThisThread(const char *name) noexcept;

} // namespace Infra::Detail
