// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace Infra::Detail {

// Waiting across processes on a word of a shared mapping (futex(2)). Waiters are woken in the order they came.

// Sleeps until woken, at most `timeout`, unless `word` no longer is `expected`. May return early for no reason.
void waitShared(std::atomic<std::uint32_t> &word, std::uint32_t expected, std::chrono::nanoseconds timeout) noexcept;
// How many were woken.
int wakeShared(std::atomic<std::uint32_t> &word, int waiters) noexcept;

} // namespace Infra::Detail
