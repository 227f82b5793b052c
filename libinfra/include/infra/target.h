// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>

#include <QByteArray>
#include <QByteArrayList>
#include <QList>

#include <atomic>
#include <cstdint>

namespace Infra {

// Thread safety: a value.
//
// Which entries of a region (of every region for everything()) an invalidation or a preview means.
//
//     auto removed = cache.invalidate(Infra::Target::prefix("user:7:"));
class INFRA_EXPORT Target
{
public:
    // Named after the functions that make one. Key: one key. Keys: a list of them. Prefix and Glob: the keys that
    // match. Tag: the entries that carry it. Expired, Region, Everything: no text.
    enum class Kind : std::uint8_t { Key, Keys, Prefix, Glob, Tag, Expired, Region, Everything };

    // The entry of exactly this key; an empty one is refused.
    [[nodiscard]] static Target key(QByteArray key);
    // The entries of exactly these keys; an empty list, and an empty key in it, are refused.
    [[nodiscard]] static Target keys(QByteArrayList keys);
    // Keys that begin with these bytes; an empty prefix is refused, use region().
    [[nodiscard]] static Target prefix(QByteArray prefix);
    // SQLite's GLOB over the key's bytes: * any run, ? one byte, [a-z] one of a set. At most 4,096 bytes.
    [[nodiscard]] static Target glob(QByteArray pattern);
    // Entries that carry this tag (EntryOptions::tags); an empty one is refused.
    [[nodiscard]] static Target tag(QByteArray tag);
    // Entries past their expiry (and past their fail-safe limit). What lives is left alone, its copies in memory included.
    [[nodiscard]] static Target expired();
    // Every entry of the region that is invalidated or previewed.
    [[nodiscard]] static Target region();
    // Every entry of every region of the store, whichever region the call is made on.
    [[nodiscard]] static Target everything();

    // Which function made it.
    [[nodiscard]] Kind kind() const noexcept { return m_kind; }
    // The key, prefix, pattern or tag; empty for the other kinds.
    [[nodiscard]] const QByteArray &text() const noexcept { return m_text; }
    // The keys of Keys, and the one of Key: it is a list of one. Empty for the other kinds.
    [[nodiscard]] const QByteArrayList &keyList() const noexcept { return m_keys; }

    friend bool operator==(const Target &, const Target &) = default;

private:
    explicit Target(Kind kind, QByteArray text = {}, QByteArrayList keys = {});
    Kind m_kind;
    QByteArray m_text;
    QByteArrayList m_keys;
};

// What invalidate() would remove, counted in one read transaction: exact at that moment.
struct InvalidationPreview
{
    std::uint64_t entries = 0;    // That match.
    std::uint64_t bytes = 0;      // Keys and values as stored.
    QByteArrayList examples;      // The first few keys in key order.
};

// What invalidate() removed.
struct InvalidationReport
{
    std::uint64_t entries = 0;    // Removed.
    std::uint64_t bytes = 0;      // Of these: keys and values as stored.
    SystemTime at{};              // When, by the store's clock.
    bool complete = true;         // False: cancelled in between, and these went before.
};

// Thread safety: every member may be used from any thread at once.
//
// Watches one invalidation under way, and ends it: what was removed by then stays removed.
struct InvalidationControl
{
    std::atomic<bool> cancelled{false};       // Set by whoever wants it to end; looked at every few milliseconds.
    std::atomic<std::uint64_t> removed{0};    // Entries, by now.
};

// One key of a region, as listed by pages.
struct EntryInfo
{
    QByteArray key;               // Within its region.
    std::uint64_t bytes = 0;      // Size of the value as stored.
    SystemTime storedAt{};        // When its value was set, or the load that made it began; touch() leaves it.
    SystemTime expiresAt = SystemTime::max(); // max: never.
    QByteArrayList tags;          // EntryOptions::tags.
    bool negative = false;        // Remembers that there is no value.
};

} // namespace Infra
