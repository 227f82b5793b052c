// SPDX-License-Identifier: MIT
#include "memorybackend.h"

#include "keyhash.h"
#include "targetscan.h"

#include <algorithm>

namespace Infra::Detail {

namespace {

const std::atomic<const CoherenceView *> s_noView{nullptr};

// Loads are single in this process already; across processes there is nothing to share.
class NoLoadLock final : public LoadLock
{
};

} // namespace

MemoryBackend::MemoryBackend(const Clock &clock)
    : m_clock(clock), m_stripes(std::make_unique<std::array<std::atomic<std::uint64_t>, StripeCount>>())
{
    for (auto &stripe : *m_stripes)
        stripe.store(2, std::memory_order_relaxed);
}

MemoryBackend::~MemoryBackend() = default;

Result<std::uint32_t> MemoryBackend::openRegion(const QByteArray &name, Deadline)
{
    if (name.isEmpty())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the region's name is empty"));
    const MutexLocker locker(m_mutex);
    for (std::size_t i = 0; i < m_regions.size(); ++i) {
        if (m_regions[i]->name == name)
            return static_cast<std::uint32_t>(i + 1);
    }
    if (m_regions.size() >= RegionRegistry::MaximumRegions)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("more than %1 regions in one store").arg(RegionRegistry::MaximumRegions));
    auto region = std::make_unique<Region>();
    region->name = name;
    region->view = CoherenceView(m_stripes->data(), StripeCount - 1, &region->word);
    region->published.store(&region->view, std::memory_order_release);
    m_regions.push_back(std::move(region));
    return static_cast<std::uint32_t>(m_regions.size());
}

MemoryBackend::Region *MemoryBackend::find(std::uint32_t regionId) const
{
    const MutexLocker locker(m_mutex);
    return regionId >= 1 && regionId <= m_regions.size() ? m_regions[regionId - 1].get() : nullptr;
}

Result<std::vector<RegionInfo>> MemoryBackend::regions(Deadline)
{
    const MutexLocker locker(m_mutex);
    std::vector<RegionInfo> regions;
    for (std::size_t i = 0; i < m_regions.size(); ++i)
        regions.push_back({static_cast<std::uint32_t>(i + 1), m_regions[i]->name, 0, 0});
    return regions;
}

const std::atomic<const CoherenceView *> &MemoryBackend::coherence(std::uint32_t regionId)
{
    const Region *region = find(regionId);
    return region ? region->published : s_noView;
}

LoadToken MemoryBackend::captureToken(std::uint32_t regionId, std::uint64_t keyHash)
{
    const Region *region = find(regionId);
    if (!region)
        return {{1, 1}, 0};
    LoadToken token;
    token.regionLoads = region->loads.load(std::memory_order_acquire);
    token.stamp = region->view.capture(keyHash);
    return token;
}

Result<std::optional<StoredEntry>> MemoryBackend::read(std::uint32_t, const QByteArray &, std::uint64_t, Deadline)
{
    return std::optional<StoredEntry>();
}

Result<std::vector<std::optional<StoredEntry>>>
MemoryBackend::readMany(std::uint32_t, std::span<const QByteArray> keys, std::span<const std::uint64_t>, Deadline)
{
    return std::vector<std::optional<StoredEntry>>(keys.size());
}

Result<std::vector<WriteOutcome>> MemoryBackend::write(std::vector<WriteOperation> operations, Deadline)
{
    const MutexLocker locker(m_mutex);
    std::vector<WriteOutcome> outcomes(operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const WriteOperation &operation = operations[i];
        if (operation.regionId < 1 || operation.regionId > m_regions.size())
            return failure(Error::Kind::NotFound, QStringLiteral("there is no region %1").arg(operation.regionId));
        const Region &region = *m_regions[operation.regionId - 1];
        if (operation.onlyIfUnchanged
            && (operation.onlyIfUnchanged->regionLoads != region.loads.load(std::memory_order_relaxed)
                || !region.view.isCurrent(operation.keyHash, operation.onlyIfUnchanged->stamp)))
            continue;
        (*m_stripes)[operation.keyHash & (StripeCount - 1)].fetch_add(2, std::memory_order_acq_rel);
        outcomes[i] = {operation.kind == WriteOperation::Kind::Set, region.view.capture(operation.keyHash)};
    }
    return outcomes;
}

Result<InvalidationReport> MemoryBackend::invalidate(std::uint32_t regionId, const Target &target, const QByteArray &, Deadline)
{
    if (auto checked = checkTarget(target); !checked)
        return failure(checked.error());
    const MutexLocker locker(m_mutex);
    if (target.kind() == Target::Kind::Key || target.kind() == Target::Kind::Keys) {
        const QByteArrayList keys = target.kind() == Target::Kind::Key ? QByteArrayList{target.text()} : target.keyList();
        for (const QByteArray &key : keys)
            (*m_stripes)[keyHash(key) & (StripeCount - 1)].fetch_add(2, std::memory_order_acq_rel);
    } else {
        for (std::size_t i = 0; i < m_regions.size(); ++i) {
            if (regionId != 0 && target.kind() != Target::Kind::Everything && regionId != i + 1)
                continue;
            m_regions[i]->loads.fetch_add(1, std::memory_order_acq_rel);
            m_regions[i]->word.fetch_add(2, std::memory_order_acq_rel);
        }
    }
    return InvalidationReport{0, 0, m_clock.systemNow()};
}

Result<InvalidationPreview> MemoryBackend::preview(std::uint32_t, const Target &target, const std::atomic<bool> *, Deadline)
{
    if (auto checked = checkTarget(target); !checked)
        return failure(checked.error());
    return InvalidationPreview();
}

Result<std::vector<EntryInfo>> MemoryBackend::entries(std::uint32_t, const QByteArray &, const QByteArray &, int, Deadline)
{
    return std::vector<EntryInfo>();
}

Result<std::unique_ptr<LoadLock>> MemoryBackend::lockLoad(std::uint32_t, std::uint64_t, Deadline)
{
    return std::make_unique<NoLoadLock>();
}

} // namespace Infra::Detail
