// SPDX-License-Identifier: MIT
#pragma once

#include "regionregistry.h"
#include "storebackend.h"
#include "threadannotations.h"

#include <array>
#include <memory>
#include <set>

namespace Infra::Detail {

// Thread safety: every member may be called from any thread at once.
//
// A store without rows: the words of coherence in this process's memory, so that memory tiers on it work as on any
// other. Reads miss, writes move words.
class MemoryBackend final : public StoreBackend
{
public:
    explicit MemoryBackend(const Clock &clock);
    ~MemoryBackend() override;

    [[nodiscard]] Result<std::uint32_t> openRegion(const QByteArray &name, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<RegionInfo>> regions(Deadline deadline) override;
    [[nodiscard]] const std::atomic<const CoherenceView *> &coherence(std::uint32_t regionId) override;
    [[nodiscard]] bool keepsEntries() const noexcept override { return false; }
    [[nodiscard]] LoadToken captureToken(std::uint32_t regionId, std::uint64_t keyHash) override;
    [[nodiscard]] Result<std::optional<StoredEntry>> read(std::uint32_t regionId, const QByteArray &key,
                                                          std::uint64_t keyHash, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<std::optional<StoredEntry>>>
    readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
             Deadline deadline) override;
    [[nodiscard]] Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations, Deadline deadline) override;
    [[nodiscard]] Result<InvalidationReport> invalidate(std::uint32_t regionId, const Target &target, const QByteArray &actor,
                                                        Deadline deadline) override;
    [[nodiscard]] Result<InvalidationPreview> preview(std::uint32_t regionId, const Target &target,
                                                      const std::atomic<bool> *cancelled, Deadline deadline) override;
    [[nodiscard]] Result<std::vector<EntryInfo>> entries(std::uint32_t regionId, const QByteArray &prefix, const QByteArray &after,
                                                         int limit, Deadline deadline) override;
    [[nodiscard]] Result<std::unique_ptr<LoadLock>> lockLoad(std::uint32_t regionId, std::uint64_t keyHash,
                                                             Deadline deadline) override;

private:
    static constexpr std::uint64_t StripeCount = 4096;
    struct Region
    {
        std::atomic<std::uint64_t> word{2};
        std::atomic<std::uint64_t> loads{0};
        CoherenceView view;
        std::atomic<const CoherenceView *> published{nullptr};
        QByteArray name;
    };
    [[nodiscard]] Region *find(std::uint32_t regionId) const;

    const Clock &m_clock;
    std::unique_ptr<std::array<std::atomic<std::uint64_t>, StripeCount>> m_stripes;
    mutable Mutex m_mutex;
    std::vector<std::unique_ptr<Region>> m_regions INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
