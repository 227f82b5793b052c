// SPDX-License-Identifier: MIT
#include "readerplaces.h"

#include <new>

namespace Infra::Detail {

void ReaderPlace::add(const ReaderPlace &other) noexcept
{
    const auto addTo = [](std::atomic<std::uint64_t> &to, const std::atomic<std::uint64_t> &from) {
        to.store(to.load(std::memory_order_relaxed) + from.load(std::memory_order_relaxed), std::memory_order_relaxed);
    };
    addTo(misses, other.misses);
    addTo(expired, other.expired);
    addTo(outdated, other.outdated);
    addTo(bypasses, other.bypasses);
    addTo(negativeHits, other.negativeHits);
    // A lookup that is running counts: it may have counted its outcome already.
    const std::uint64_t begun = (other.sequence.load(std::memory_order_acquire) + 1) & ~std::uint64_t{1};
    sequence.store(sequence.load(std::memory_order_relaxed) + begun, std::memory_order_relaxed);
}

ReaderPlaces::~ReaderPlaces()
{
    for (std::atomic<ReaderPlace *> &place : m_places)
        delete place.load(std::memory_order_acquire);
}

ReaderPlace *ReaderPlaces::create(int index) noexcept
{
    auto *const place = new (std::nothrow) ReaderPlace;
    m_places[static_cast<std::size_t>(index)].store(place, std::memory_order_release);
    return place;
}

ReaderPlaces::Readers ReaderPlaces::readersNow() const
{
    AsymmetricFence::barrier();
    Readers readers;
    for (int i = 0; i < MaximumThreadIndices; ++i) {
        const ReaderPlace *const place = m_places[static_cast<std::size_t>(i)].load(std::memory_order_acquire);
        if (!place)
            continue;
        const std::uint64_t sequence = place->sequence.load(std::memory_order_acquire);
        if (sequence & 1)
            readers.emplace_back(i, sequence);
    }
    return readers;
}

bool ReaderPlaces::haveLeft(const Readers &readers) const noexcept
{
    for (const auto &[index, sequence] : readers) {
        const ReaderPlace *const place = m_places[static_cast<std::size_t>(index)].load(std::memory_order_acquire);
        if (place->sequence.load(std::memory_order_acquire) == sequence)
            return false;
    }
    return true;
}

void ReaderPlaces::sum(ReaderPlace *total) const noexcept
{
    for (const std::atomic<ReaderPlace *> &entry : m_places) {
        if (const ReaderPlace *const place = entry.load(std::memory_order_acquire))
            total->add(*place);
    }
}

} // namespace Infra::Detail
