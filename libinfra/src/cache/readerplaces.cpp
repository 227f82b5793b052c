// SPDX-License-Identifier: MIT
#include "readerplaces.h"

#include <array>
#include <new>

namespace Infra::Detail {

namespace {

constexpr int MostAttempts = 16;

} // namespace

void ReaderPlace::add(const ReaderPlace &other) noexcept
{
    using Counter = std::atomic<std::uint64_t>;
    static constexpr std::array<Counter ReaderPlace::*, 5> Outcomes{&ReaderPlace::misses, &ReaderPlace::expired, &ReaderPlace::outdated,
                                                                    &ReaderPlace::bypasses, &ReaderPlace::negativeHits};
    std::array<std::uint64_t, Outcomes.size()> outcomes{};
    std::uint64_t begun = 0;
    // Of one moment, unless its thread is stopped within a lookup, or is too busy.
    for (int attempt = 0; attempt < MostAttempts; ++attempt) {
        begun = other.sequence.load(std::memory_order_acquire);
        for (std::size_t i = 0; i < Outcomes.size(); ++i)
            outcomes[i] = (other.*Outcomes[i]).load(std::memory_order_acquire);
        if ((begun & 1) == 0 && other.sequence.load(std::memory_order_relaxed) == begun)
            break;
    }
    const auto addTo = [](Counter &to, std::uint64_t value) {
        to.store(to.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
    };
    for (std::size_t i = 0; i < Outcomes.size(); ++i)
        addTo(this->*Outcomes[i], outcomes[i]);
    addTo(sequence, begun & ~std::uint64_t{1});
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
