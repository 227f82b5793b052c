// SPDX-License-Identifier: MIT
#include "nodetable.h"

namespace Infra::Detail {

NodeTable::NodeTable(std::uint64_t buckets) : m_buckets(std::make_unique<Bucket[]>(buckets)), m_bucketCount(buckets) {}

MemoryNode *NodeTable::findAnywhere(QByteArrayView key, std::uint64_t hash) const noexcept
{
    return search(hash, [&](const MemoryNode *node) { return node->hasKey(key, hash); });
}

void NodeTable::insert(MemoryNode *node) noexcept
{
    for (std::uint64_t at = home(node->hash);; at = following(at)) {
        Bucket &bucket = m_buckets[at];
        std::uint64_t tags = bucket.tags.load(std::memory_order_relaxed);
        for (int slot = 0; slot < SlotsPerBucket; ++slot) {
            if (bucket.nodes[slot].load(std::memory_order_relaxed))
                continue;
            const int shift = slot * 8;
            tags = (tags & ~(std::uint64_t{0xff} << shift)) | (tagOf(node->hash) << shift);
            bucket.nodes[slot].store(node, std::memory_order_release);
            bucket.tags.store(tags, std::memory_order_release);
            ++m_count;
            return;
        }
        // Once at its maximum the count says nothing any more and stays.
        if ((tags >> OverflowShift) < OverflowMaximum)
            bucket.tags.store(tags + (std::uint64_t{1} << OverflowShift), std::memory_order_release);
    }
}

std::atomic<MemoryNode *> &NodeTable::slotOf(const MemoryNode *node, std::uint64_t *bucket, int *slot) noexcept
{
    for (std::uint64_t at = home(node->hash);; at = following(at)) {
        for (int i = 0; i < SlotsPerBucket; ++i) {
            if (m_buckets[at].nodes[i].load(std::memory_order_relaxed) == node) {
                *bucket = at;
                *slot = i;
                return m_buckets[at].nodes[i];
            }
        }
    }
}

void NodeTable::remove(const MemoryNode *node) noexcept
{
    std::uint64_t holder = 0;
    int slot = 0;
    slotOf(node, &holder, &slot).store(nullptr, std::memory_order_release);
    std::atomic<std::uint64_t> &tags = m_buckets[holder].tags;
    tags.store(tags.load(std::memory_order_relaxed) & ~(std::uint64_t{0xff} << (slot * 8)), std::memory_order_release);
    for (std::uint64_t at = home(node->hash); at != holder; at = following(at)) {
        std::atomic<std::uint64_t> &passed = m_buckets[at].tags;
        const std::uint64_t value = passed.load(std::memory_order_relaxed);
        if ((value >> OverflowShift) < OverflowMaximum)
            passed.store(value - (std::uint64_t{1} << OverflowShift), std::memory_order_release);
    }
    --m_count;
}

void NodeTable::replace(const MemoryNode *node, MemoryNode *replacement) noexcept
{
    std::uint64_t bucket = 0;
    int slot = 0;
    slotOf(node, &bucket, &slot).store(replacement, std::memory_order_release);
}

} // namespace Infra::Detail
