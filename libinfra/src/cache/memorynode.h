// SPDX-License-Identifier: MIT
#pragma once

#include "memorytier.h"
#include "windowedqueues.h"

#include <QByteArray>
#include <QByteArrayView>

#include <cstring>

namespace Infra::Detail {

// An entry as the tier stores it, followed by the key's bytes. Once in the table nothing in it changes except
// the members of PolicyNode, so readers need no lock.
//
// A small value shares one allocation with its node: header of the QByteArray, node, key, value. A hit then
// touches one run of memory, and an entry costs one allocation less. The array handed to callers simply begins
// in the middle of that allocation; it keeps all of it alive, and nobody reads the node any more by then.
class MemoryNode : public PolicyNode
{
public:
    static constexpr qsizetype EmbedAtMost = 1024;

    static MemoryNode *create(QByteArrayView key, std::uint64_t keyHash, const MemoryEntry &entry);
    static void destroy(MemoryNode *node) noexcept;

    MemoryNode(const MemoryNode &) = delete;
    MemoryNode &operator=(const MemoryNode &) = delete;

    [[nodiscard]] bool hasKey(QByteArrayView wanted, std::uint64_t keyHash) const noexcept
    {
        return hash == keyHash && m_keySize == static_cast<std::uint32_t>(wanted.size())
            && sameBytes(keyData(), wanted.data(), m_keySize);
    }
    [[nodiscard]] QByteArrayView key() const noexcept { return {keyData(), static_cast<qsizetype>(m_keySize)}; }
    [[nodiscard]] const QByteArray &value() const noexcept { return m_value; }
    [[nodiscard]] MemoryEntry entry() const;
    [[nodiscard]] EntryTimes times() const noexcept { return {m_storedAt, m_expiresAt, m_staleUntil}; }

    [[nodiscard]] bool isStampedWith(CoherenceStamp now) const noexcept { return m_stamp == compressed(now); }
    [[nodiscard]] SystemTime expiresAt() const noexcept { return m_expiresAt; }
    [[nodiscard]] SystemTime storedAt() const noexcept { return m_storedAt; }
    [[nodiscard]] SystemTime staleUntil() const noexcept { return m_staleUntil; }
    [[nodiscard]] std::uint32_t flags() const noexcept { return m_flags; }

private:
    MemoryNode() = default;
    ~MemoryNode() = default;
    [[nodiscard]] const char *keyData() const noexcept { return reinterpret_cast<const char *>(this + 1); }

    // std::memcmp without the call, which would cost a lookup its registers.
    static bool sameBytes(const char *a, const char *b, std::size_t size) noexcept
    {
        if (size < 16) [[unlikely]]
            return std::memcmp(a, b, size) == 0;
        const auto differ = [a, b](std::size_t at) {
            std::uint64_t left[2];
            std::uint64_t right[2];
            std::memcpy(left, a + at, sizeof left);
            std::memcpy(right, b + at, sizeof right);
            return (left[0] ^ right[0]) | (left[1] ^ right[1]);
        };
        // The last step overlaps the one before it.
        std::uint64_t difference = differ(size - 16);
        for (std::size_t at = 0; at + 16 < size; at += 16)
            difference |= differ(at);
        return difference == 0;
    }

    // Words only grow, so their sum is the same only while both are.
    static constexpr std::uint64_t compressed(CoherenceStamp stamp) noexcept { return stamp.stripe + stamp.region; }

    // In the order in which a hit reads them; what it does not read comes last.
    std::uint16_t m_flags = 0;
    SystemTime m_expiresAt;
    SystemTime m_storedAt;
    std::uint64_t m_stamp = 0;
    QByteArray m_value;
    std::uint32_t m_keySize = 0;
    bool m_embedded = false;
    SystemTime m_staleUntil;
};

} // namespace Infra::Detail
