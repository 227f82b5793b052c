// SPDX-License-Identifier: MIT
#include "regionregistry.h"

#include "keyhash.h"

namespace Infra::Detail {

std::uint32_t RegionRegistry::idOf(const QByteArray &name) noexcept
{
    return static_cast<std::uint32_t>(keyHash(name) % 0x7fffffffU) + 1;
}

Result<RegionSlot *> RegionRegistry::add(const QByteArray &name)
{
    const std::uint32_t id = idOf(name);
    const MutexLocker locker(m_mutex);
    std::size_t at = id % TableSize;
    while (RegionSlot *slot = m_table[at].load(std::memory_order_acquire)) {
        if (slot->id == id) {
            if (slot->name == name)
                return slot;
            return failure(Error::Kind::Conflict, QStringLiteral("the regions '%1' and '%2' have the same number; rename one")
                                                      .arg(QString::fromUtf8(slot->name), QString::fromUtf8(name)));
        }
        at = (at + 1) % TableSize;
    }
    if (m_slots.size() >= MaximumRegions)
        return failure(Error::Kind::LimitExceeded, QStringLiteral("more than %1 regions in one store").arg(MaximumRegions));
    auto slot = std::make_unique<RegionSlot>();
    slot->id = id;
    slot->name = name;
    slot->nameHash = keyHash(name);
    slot->view.store(makeView(id), std::memory_order_release);
    RegionSlot *added = slot.get();
    m_slots.push_back(std::move(slot));
    m_table[at].store(added, std::memory_order_release);
    return added;
}

RegionSlot *RegionRegistry::find(std::uint32_t id) const noexcept
{
    std::size_t at = id % TableSize;
    while (RegionSlot *slot = m_table[at].load(std::memory_order_acquire)) {
        if (slot->id == id)
            return slot;
        at = (at + 1) % TableSize;
    }
    return nullptr;
}

std::vector<RegionSlot *> RegionRegistry::all() const
{
    const MutexLocker locker(m_mutex);
    std::vector<RegionSlot *> slots;
    slots.reserve(m_slots.size());
    for (const auto &slot : m_slots)
        slots.push_back(slot.get());
    return slots;
}

const CoherenceView *RegionRegistry::makeView(std::uint32_t id)
{
    if (!m_current)
        return nullptr;
    m_views.push_back(std::make_unique<const CoherenceView>(m_current->view(id)));
    return m_views.back().get();
}

void RegionRegistry::publish(const std::shared_ptr<CoherenceFile> &file)
{
    const MutexLocker locker(m_mutex);
    if (m_current == file)
        return;
    m_current = file;
    if (file)
        m_files.push_back(file);
    for (const auto &slot : m_slots)
        slot->view.store(makeView(slot->id), std::memory_order_release);
}

} // namespace Infra::Detail
