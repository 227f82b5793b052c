// SPDX-License-Identifier: MIT
#pragma once

#include "store/storebackend.h"

#include <infra/clock.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace InfraTest {

// Thread safety: all members may be called from any thread at once.
//
// A StoreBackend in memory that keeps the contract of storebackend.h and fails on demand. Several caches on one
// FaultyStore are like several processes on one store.
class FaultyStore final : public Infra::Detail::StoreBackend
{
public:
    explicit FaultyStore(const Infra::Clock &clock);
    ~FaultyStore() override;

    // Until cleared with std::nullopt, every such call fails with this; writes fail as if their lock was not granted.
    void failReads(std::optional<Infra::Error> error);
    void failWrites(std::optional<Infra::Error> error);
    // Called in every read before it looks, and in every write before it commits: to act in between.
    void beforeRead(std::function<void()> hook);
    void beforeWrite(std::function<void()> hook);
    // Called by each lockLoad before it waits.
    void beforeLoadLock(std::function<void()> hook);
    // Called by each write before it has the writer's turn: nothing has moved yet.
    void beforeTurn(std::function<void()> hook);
    // While withheld there is no coherence view.
    void withholdCoherence(bool withhold);
    // Puts a row there as another program might have left it.
    void plant(const QByteArray &key, Infra::Detail::StoredEntry entry, const QByteArrayList &tags = {});

    [[nodiscard]] int reads() const;
    [[nodiscard]] int writes() const;
    // Which the last write() was given.
    [[nodiscard]] Infra::SteadyTime writeDeadline() const;
    [[nodiscard]] std::optional<Infra::Detail::StoredEntry> row(const QByteArray &key) const;

    Infra::Result<std::uint32_t> openRegion(const QByteArray &name, Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::RegionInfo>> regions(Infra::Deadline deadline) override;
    const std::atomic<const Infra::Detail::CoherenceView *> &coherence(std::uint32_t regionId) override;
    Infra::Detail::LoadToken captureToken(std::uint32_t regionId, std::uint64_t keyHash) override;
    Infra::Result<std::optional<Infra::Detail::StoredEntry>> read(std::uint32_t regionId, const QByteArray &key,
                                                                  std::uint64_t keyHash,
                                                                  Infra::Deadline deadline) override;
    Infra::Result<std::vector<std::optional<Infra::Detail::StoredEntry>>>
    readMany(std::uint32_t regionId, std::span<const QByteArray> keys, std::span<const std::uint64_t> keyHashes,
             Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::Detail::WriteOutcome>> write(std::vector<Infra::Detail::WriteOperation> operations,
                                                                  Infra::Deadline deadline) override;
    Infra::Result<Infra::InvalidationReport> invalidate(std::uint32_t regionId, const Infra::Target &target,
                                                        const QByteArray &actor, Infra::Deadline deadline) override;
    Infra::Result<Infra::InvalidationPreview> preview(std::uint32_t regionId, const Infra::Target &target,
                                                      const std::atomic<bool> *cancelled,
                                                      Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::EntryInfo>> entries(std::uint32_t regionId, const QByteArray &prefix,
                                                         const QByteArray &after, int limit,
                                                         Infra::Deadline deadline) override;
    Infra::Result<std::unique_ptr<Infra::Detail::LoadLock>> lockLoad(std::uint32_t regionId, std::uint64_t keyHash,
                                                                     Infra::Deadline deadline) override;

private:
    struct Row
    {
        Infra::Detail::StoredEntry entry;
        QByteArrayList tags;
    };
    class HeldLock;
    struct LoadLocks
    {
        std::mutex mutex;
        std::condition_variable released;
        std::set<std::uint64_t> held;
    };

    [[nodiscard]] bool matches(const QByteArray &key, const Row &row, const Infra::Target &target) const;

    static constexpr std::size_t StripeCount = 1024;

    const Infra::Clock &m_clock;
    std::vector<std::atomic<std::uint64_t>> m_stripes;
    std::atomic<std::uint64_t> m_region{2};
    std::atomic<std::uint64_t> m_regionLoads{0};
    Infra::Detail::CoherenceView m_view;
    std::atomic<const Infra::Detail::CoherenceView *> m_coherence;
    const std::shared_ptr<LoadLocks> m_loads = std::make_shared<LoadLocks>();
    mutable std::mutex m_writer; // One transaction at a time, hooks included.
    mutable std::mutex m_mutex;
    std::map<QByteArray, Row> m_rows;
    std::optional<Infra::Error> m_readError;
    std::optional<Infra::Error> m_writeError;
    std::function<void()> m_beforeRead;
    std::function<void()> m_beforeLoadLock;
    std::function<void()> m_beforeTurn;
    std::function<void()> m_beforeWrite;
    int m_reads = 0;
    int m_writes = 0;
    Infra::SteadyTime m_writeDeadline{};
};

} // namespace InfraTest
