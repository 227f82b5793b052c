// SPDX-License-Identifier: MIT
#pragma once

#include "regionregistry.h"
#include "storebackend.h"
#include "threadannotations.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

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
    // A copy in memory that a write to its stripe outdates is lost: there is no row to read it from again. Of n keys that
    // are set one after another n² / (2 StripeCount) are, 190 of 10,000; more stripes would take more memory than such a region's entries.
    static constexpr std::uint64_t StripeCount = std::uint64_t{1} << 18;
    static constexpr std::size_t StripeBytes = StripeCount * sizeof(std::atomic<std::uint64_t>);
    struct Unmap
    {
        void operator()(std::atomic<std::uint64_t> *words) const noexcept;
    };
    using Stripes = std::unique_ptr<std::atomic<std::uint64_t>[], Unmap>;
    struct Region
    {
        [[nodiscard]] std::atomic<std::uint64_t> &stripe(std::uint64_t keyHash) const
        {
            return stripes[keyHash & (StripeCount - 1)];
        }

        std::atomic<std::uint64_t> word{2};
        std::atomic<std::uint64_t> loads{0};
        // Its own: the same key of another region would be on the same stripe.
        Stripes stripes;
        CoherenceView view;
        std::atomic<const CoherenceView *> published{nullptr};
        QByteArray name;
    };
    [[nodiscard]] static Result<Stripes> makeStripes();
    [[nodiscard]] Region *find(std::uint32_t regionId) const;

    const Clock &m_clock;
    mutable Mutex m_mutex;
    std::vector<std::unique_ptr<Region>> m_regions INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
