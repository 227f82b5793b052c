// SPDX-License-Identifier: MIT
#pragma once

#include "coherencefile.h"
#include "threadannotations.h"

#include <infra/result.h>

#include <QByteArray>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace Infra::Detail {

// A region that this process uses. Never destroyed before its registry.
struct RegionSlot
{
    std::uint32_t id = 0;
    QByteArray name;
    std::uint64_t nameHash = 0;
    std::atomic<const CoherenceView *> view{nullptr};
};

// Thread safety: every member may be called from any thread at once; find() takes no lock.
//
// The regions by id. The id is a hash of the name, so that every process and every rebuilt database agrees on it.
class RegionRegistry
{
public:
    static constexpr std::size_t MaximumRegions = 1024;

    // In 1 to 2^31 - 1.
    [[nodiscard]] static std::uint32_t idOf(const QByteArray &name) noexcept;

    [[nodiscard]] Result<RegionSlot *> add(const QByteArray &name);
    [[nodiscard]] RegionSlot *find(std::uint32_t id) const noexcept;
    [[nodiscard]] std::vector<RegionSlot *> all() const;
    // Points every region's view into `file`, nullptr: no coherence. Views handed out before stay readable for as
    // long as the files they lie in, which are kept here.
    void publish(const std::shared_ptr<CoherenceFile> &file);

private:
    [[nodiscard]] const CoherenceView *makeView(std::uint32_t id) INFRA_REQUIRES(m_mutex);

    static constexpr std::size_t TableSize = 4 * MaximumRegions;
    std::array<std::atomic<RegionSlot *>, TableSize> m_table{};
    mutable Mutex m_mutex;
    std::vector<std::unique_ptr<RegionSlot>> m_slots INFRA_GUARDED_BY(m_mutex);
    std::vector<std::unique_ptr<const CoherenceView>> m_views INFRA_GUARDED_BY(m_mutex);
    std::vector<std::shared_ptr<CoherenceFile>> m_files INFRA_GUARDED_BY(m_mutex);
    std::shared_ptr<CoherenceFile> m_current INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
