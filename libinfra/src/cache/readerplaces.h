// SPDX-License-Identifier: MIT
#pragma once

#include "asymmetricfence.h"
#include "threadindex.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace Infra::Detail {

// One thread's cache line in one tier: only that thread writes it, with plain stores.
struct alignas(64) ReaderPlace
{
    // Twice the lookups begun, less one while one is running: odd means that the thread is inside.
    std::atomic<std::uint64_t> sequence{0};
    std::atomic<std::uint64_t> misses{0};
    std::atomic<std::uint64_t> expired{0};
    std::atomic<std::uint64_t> outdated{0};
    std::atomic<std::uint64_t> bypasses{0};
    std::atomic<std::uint64_t> negativeHits{0};

    static void count(std::atomic<std::uint64_t> &counter) noexcept
    {
        counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    // `other` may be in use. A lookup under way counts with its outcome or not at all: outcomes are never older than the
    // lookups, so that what is no hit does not pass for one for a moment.
    void add(const ReaderPlace &other) noexcept;
};

// Thread safety: current() may be called from any thread; the other members belong to the writer.
//
// Who is inside a lookup. A writer that made something unreachable takes readersNow(); once haveLeft() holds
// for it, nobody can still be looking at what was made unreachable.
class ReaderPlaces
{
public:
    using Readers = std::vector<std::pair<int, std::uint64_t>>;

    ReaderPlaces() = default;
    ~ReaderPlaces();
    ReaderPlaces(const ReaderPlaces &) = delete;
    ReaderPlaces &operator=(const ReaderPlaces &) = delete;

    // The calling thread's place; nullptr when it has no index or memory is short: it must use the writer's lock.
    [[nodiscard]] ReaderPlace *current() noexcept
    {
        const int index = currentThreadIndex();
        if (index == NoThreadIndex) [[unlikely]]
            return nullptr;
        ReaderPlace *const place = m_places[static_cast<std::size_t>(index)].load(std::memory_order_relaxed);
        return place ? place : create(index);
    }

    [[nodiscard]] Readers readersNow() const;
    [[nodiscard]] bool haveLeft(const Readers &readers) const noexcept;
    // All places added up.
    void sum(ReaderPlace *total) const noexcept;

private:
    ReaderPlace *create(int index) noexcept;

    // Written by the thread that has the index, read by all; a later owner of the index is ordered after it by the
    // registry's mutex.
    std::array<std::atomic<ReaderPlace *>, MaximumThreadIndices> m_places{};
};

} // namespace Infra::Detail
