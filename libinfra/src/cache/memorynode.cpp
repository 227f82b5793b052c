// SPDX-License-Identifier: MIT
#include "memorynode.h"

#include <cstdlib>
#include <new>

namespace Infra::Detail {

// What EntryOverhead in memorytier.h is made of, beside the table's share and the allocator's header.
static_assert(sizeof(MemoryNode) == 96);

namespace {

// An array of its own that holds no more than its bytes: raw data may go away, and spare capacity is not accounted.
QByteArray compact(QByteArray value)
{
    const bool isOwner = value.data_ptr().isMutable();
    if (isOwner && value.capacity() - value.size() <= value.size() / 8)
        return value;
    return QByteArray(value.constData(), value.size());
}

} // namespace

MemoryNode *MemoryNode::create(QByteArrayView key, std::uint64_t keyHash, const MemoryEntry &entry)
{
    const auto keySize = static_cast<std::size_t>(key.size());
    const bool embeds = entry.value.size() <= EmbedAtMost;
    MemoryNode *node = nullptr;
    if (embeds) {
        const qsizetype before = static_cast<qsizetype>(sizeof(MemoryNode)) + key.size();
        const auto [header, data] = QTypedArrayData<char>::allocate(before + entry.value.size() + 1);
        Q_CHECK_PTR(header);
        node = new (data) MemoryNode;
        char *const bytes = data + before;
        if (!entry.value.isEmpty())
            std::memcpy(bytes, entry.value.constData(), static_cast<std::size_t>(entry.value.size()));
        bytes[entry.value.size()] = '\0';
        node->m_value = QByteArray(QByteArray::DataPointer(header, bytes, entry.value.size()));
    } else {
        void *const memory = std::malloc(sizeof(MemoryNode) + keySize);
        Q_CHECK_PTR(memory);
        node = new (memory) MemoryNode;
        node->m_value = compact(entry.value);
    }
    node->m_embedded = embeds;
    node->hash = keyHash;
    node->m_flags = static_cast<std::uint16_t>(entry.flags);
    node->m_expiresAt = entry.times.expiresAt;
    node->m_storedAt = entry.times.storedAt;
    node->m_stamp = compressed(entry.stamp);
    node->m_keySize = static_cast<std::uint32_t>(keySize);
    node->m_staleUntil = entry.times.staleUntil;
    std::memcpy(static_cast<void *>(node + 1), key.data(), keySize);
    return node;
}

void MemoryNode::destroy(MemoryNode *node) noexcept
{
    const bool embedded = node->m_embedded;
    // An embedded node lies in what this holds, and goes with it.
    const QByteArray value = std::move(node->m_value);
    node->~MemoryNode();
    if (!embedded)
        std::free(node);
}

MemoryEntry MemoryNode::entry() const
{
    return {m_value, times(), m_flags, {}};
}

} // namespace Infra::Detail
