// SPDX-License-Identifier: MIT
#pragma once

#include "memorynode.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace Infra::Detail {

// Thread safety: find() may run in any threads beside one writer; the other members belong to the writer. Whoever
// calls find() keeps the table and its nodes from being freed meanwhile.
//
// Hash table of nodes in buckets of one cache line: a word with seven one-byte tags and a count of the entries
// that would have liked to live here but had to go on, then seven pointers (the layout of F14: Bronson, Shi,
// "Open-sourcing F14", 2019). A lookup reads one line of the table, and goes on to the next bucket only while
// that count is not zero. Nodes never move within a table, so a reader beside a writer misses nothing.
class NodeTable
{
public:
    explicit NodeTable(std::uint64_t buckets);

    [[nodiscard]] MemoryNode *find(QByteArrayView key, std::uint64_t hash) const noexcept
    {
        // Nearly always the first node with the right tag is the one.
        const Bucket &bucket = m_buckets[home(hash)];
        const std::uint64_t tags = bucket.tags.load(std::memory_order_acquire);
        const std::uint64_t found = matching(tags, hash);
        if (found) [[likely]] {
            MemoryNode *const node = firstOf(bucket, found);
            if (node && node->hasKey(key, hash)) [[likely]]
                return node;
        } else if ((tags >> OverflowShift) == 0) {
            return nullptr;
        }
        return findAnywhere(key, hash);
    }
    // Any node with this hash: for what tolerates a mix-up.
    [[nodiscard]] MemoryNode *findHash(std::uint64_t hash) const noexcept
    {
        return search(hash, [hash](const MemoryNode *node) { return node->hash == hash; });
    }

    // The node must not be in the table; count() must be below capacity().
    void insert(MemoryNode *node) noexcept;
    // `node` must be in the table.
    void remove(const MemoryNode *node) noexcept;
    void replace(const MemoryNode *node, MemoryNode *replacement) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }
    // Beyond this many nodes lookups would have to go on too often.
    [[nodiscard]] std::uint64_t capacity() const noexcept { return m_bucketCount * 6; }
    [[nodiscard]] std::uint64_t buckets() const noexcept { return m_bucketCount; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return m_bucketCount * sizeof(Bucket); }

    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (std::uint64_t i = 0; i < m_bucketCount; ++i) {
            for (const std::atomic<MemoryNode *> &slot : m_buckets[i].nodes) {
                if (MemoryNode *node = slot.load(std::memory_order_relaxed))
                    visit(node);
            }
        }
    }

private:
    static constexpr int SlotsPerBucket = 7;
    static constexpr int OverflowShift = 56;
    static constexpr std::uint64_t OverflowMaximum = 255;
    static constexpr std::uint64_t LowBits = 0x0101010101010101ULL;
    static constexpr std::uint64_t SlotBytes = 0x00ffffffffffffffULL;

    struct alignas(64) Bucket
    {
        std::atomic<std::uint64_t> tags{0};
        std::atomic<MemoryNode *> nodes[SlotsPerBucket]{};
    };

    // The high bits choose the bucket and the low ones the tag. Zero is the tag of an empty slot.
    [[nodiscard]] std::uint64_t home(std::uint64_t hash) const noexcept
    {
        return ((hash >> 32) * m_bucketCount) >> 32;
    }
    [[nodiscard]] std::uint64_t following(std::uint64_t bucket) const noexcept
    {
        return bucket + 1 == m_bucketCount ? 0 : bucket + 1;
    }
    static constexpr std::uint64_t tagOf(std::uint64_t hash) noexcept { return (hash & 0x7f) | 0x80; }

    // The high bit of every byte that holds the hash's tag, and now and then of one above it: the node decides.
    static constexpr std::uint64_t matching(std::uint64_t tags, std::uint64_t hash) noexcept
    {
        const std::uint64_t difference = tags ^ (tagOf(hash) * LowBits);
        return (difference - LowBits) & ~difference & (LowBits << 7 & SlotBytes);
    }
    static MemoryNode *firstOf(const Bucket &bucket, std::uint64_t found) noexcept
    {
        return bucket.nodes[static_cast<unsigned>(__builtin_ctzll(found)) / 8].load(std::memory_order_acquire);
    }

    [[nodiscard]] MemoryNode *findAnywhere(QByteArrayView key, std::uint64_t hash) const noexcept;

    template <typename Matches>
    [[nodiscard]] MemoryNode *search(std::uint64_t hash, Matches matches) const noexcept
    {
        std::uint64_t at = home(hash);
        for (std::uint64_t probes = 0; probes < m_bucketCount; ++probes, at = following(at)) {
            const Bucket &bucket = m_buckets[at];
            const std::uint64_t tags = bucket.tags.load(std::memory_order_acquire);
            for (std::uint64_t found = matching(tags, hash); found; found &= found - 1) {
                MemoryNode *const node = firstOf(bucket, found);
                if (node && matches(node))
                    return node;
            }
            if ((tags >> OverflowShift) == 0)
                return nullptr;
        }
        return nullptr;
    }
    [[nodiscard]] std::atomic<MemoryNode *> &slotOf(const MemoryNode *node, std::uint64_t *bucket, int *slot) noexcept;

    std::unique_ptr<Bucket[]> m_buckets;
    std::uint64_t m_bucketCount;
    std::uint64_t m_count = 0;
};

} // namespace Infra::Detail
