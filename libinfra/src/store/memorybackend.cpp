// SPDX-License-Identifier: MIT
#include "memorybackend.h"

#include "filelock.h"
#include "keyhash.h"
#include "targetscan.h"

#include <sys/mman.h>

#include <cerrno>
#include <map>
#include <utility>

namespace Infra::Detail {

namespace {

const std::atomic<const CoherenceView *> s_noView{nullptr};

// Loads are single in this process already; across processes there is nothing to share.
class NoLoadLock final : public LoadLock
{
};

} // namespace

MemoryBackend::MemoryBackend(const Clock &clock) : m_clock(clock) {}

MemoryBackend::~MemoryBackend() = default;

void MemoryBackend::Unmap::operator()(std::atomic<std::uint64_t> *words) const noexcept
{
    ::munmap(words, StripeBytes);
}

Result<MemoryBackend::Stripes> MemoryBackend::makeStripes()
{
    // Zeros, thus at rest. From the system and not from the heap, which may have to write them: pages that no write has
    // touched take no memory, so that a region of few keys is cheap.
    void *words = ::mmap(nullptr, StripeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (words == MAP_FAILED)
        return failure(errorFromErrno(errno, QStringLiteral("making room for a region's words of coherence")));
    // A huge page would be all of them at the first write.
    static_cast<void>(::madvise(words, StripeBytes, MADV_NOHUGEPAGE));
    return Stripes(static_cast<std::atomic<std::uint64_t> *>(words));
}

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
    auto stripes = makeStripes();
    if (!stripes)
        return failure(stripes.error());
    auto region = std::make_unique<Region>();
    region->name = name;
    region->stripes = *std::move(stripes);
    region->view = CoherenceView(region->stripes.get(), StripeCount - 1, &region->word);
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
    // Before the first word moves: a batch that moves the stripe of one key has not overtaken the others on it.
    std::vector<const Region *> written(operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const WriteOperation &operation = operations[i];
        if (operation.regionId < 1 || operation.regionId > m_regions.size())
            return failure(Error::Kind::NotFound, QStringLiteral("there is no region %1").arg(operation.regionId));
        const Region *region = m_regions[operation.regionId - 1].get();
        if (!operation.onlyIfUnchanged
            || (operation.onlyIfUnchanged->regionLoads == region->loads.load(std::memory_order_relaxed)
                && region->view.isCurrent(operation.keyHash, operation.onlyIfUnchanged->stamp)))
            written[i] = region;
    }
    std::vector<WriteOutcome> outcomes(operations.size());
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> last; // By region and hash of the key.
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const WriteOperation &operation = operations[i];
        if (!written[i]) {
            // There are no times here to tell what is older, but copies of that may be in anybody's memory.
            if (operation.removesOlder)
                m_regions[operation.regionId - 1]->stripe(operation.keyHash).fetch_add(2, std::memory_order_acq_rel);
            continue;
        }
        const auto [place, isFirst] = last.try_emplace({operation.regionId, operation.keyHash}, i);
        if (!isFirst && operation.onlyIfUnchanged)
            continue; // The batch itself has changed this very key.
        place->second = i;
        written[i]->stripe(operation.keyHash).fetch_add(2, std::memory_order_acq_rel);
        outcomes[i].applied = operation.kind == WriteOperation::Kind::Set;
    }
    // Behind the last move, so that keys of one stripe do not outdate each other; of what is written twice, the earlier
    // must not pass for current.
    for (const auto &[entry, i] : last)
        outcomes[i].stamp = written[i]->view.capture(entry.second);
    return outcomes;
}

Result<InvalidationReport> MemoryBackend::invalidate(std::uint32_t regionId, const Target &target, const QByteArray &, Deadline)
{
    if (auto checked = checkTarget(target); !checked)
        return failure(checked.error());
    const QByteArrayList &keys = target.keyList();
    const MutexLocker locker(m_mutex);
    for (std::size_t i = 0; i < m_regions.size(); ++i) {
        if (regionId != 0 && target.kind() != Target::Kind::Everything && regionId != i + 1)
            continue;
        Region &region = *m_regions[i];
        for (const QByteArray &key : keys)
            region.stripe(keyHash(key)).fetch_add(2, std::memory_order_acq_rel);
        // A target of keys has some, or was refused above. Copies of what has expired are not served by anybody.
        if (keys.isEmpty() && target.kind() != Target::Kind::Expired) {
            region.loads.fetch_add(1, std::memory_order_acq_rel);
            region.word.fetch_add(2, std::memory_order_acq_rel);
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
