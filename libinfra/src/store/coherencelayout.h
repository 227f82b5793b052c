// SPDX-License-Identifier: MIT
#pragma once

#include "coherencefile.h"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace Infra::Detail {

// The bytes of FILE.coherence: header, control page, region words, region load generations, stripes. Host byte
// order: the file never leaves its machine.

inline constexpr char CoherenceMagic[16] = "infra-coherence";
inline constexpr std::uint32_t CoherenceVersion = 1;

struct CoherenceHeader
{
    char magic[16];
    std::uint32_t version;
    std::uint32_t regionCount;
    std::uint64_t stripeCount;
    unsigned char storeId[16];
    unsigned char bootId[16];
    std::uint64_t salt;
    std::uint64_t checksum; // Of everything before.
};

// A CommitRecord at rest.
struct CoherenceRecord
{
    std::uint64_t checksum; // Of everything behind, up to the key's end.
    std::uint64_t rowChecksum;
    std::uint32_t kind;
    std::uint32_t regionId;
    std::uint32_t keyLength;
    char key[CommitRecord::MaximumKey];
};

// Grouped by who touches what: readers poll the first line, writers the others.
struct CoherenceControl
{
    alignas(64) std::atomic<std::uint64_t> commitCounter;
    std::atomic<std::uint64_t> epoch;
    alignas(64) std::atomic<std::uint64_t> writerActive;
    std::atomic<std::int64_t> logBytes;
    std::atomic<std::uint64_t> databaseInode;
    std::atomic<std::uint64_t> databaseCheck;
    std::atomic<std::uint64_t> logFrames; // A word as the others; all ones in its count: not known.
    alignas(64) std::atomic<std::uint32_t> lockIsAwaited;
    std::atomic<std::uint32_t> lockReleases;
    std::atomic<std::int64_t> lastImpatience;
    alignas(64) std::atomic<std::uint32_t> loadWaiters;
    std::atomic<std::uint32_t> loadEnds;
    alignas(64) CoherenceRecord committed;
    alignas(64) CoherenceRecord pending;
};

inline constexpr std::size_t CoherencePage = 4096;
static_assert(sizeof(CoherenceHeader) <= CoherencePage && sizeof(CoherenceControl) <= CoherencePage);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

inline constexpr std::size_t CoherenceControlOffset = CoherencePage;
inline constexpr std::size_t CoherenceRegionOffset = 2 * CoherencePage;
inline constexpr std::size_t CoherenceLoadsOffset = CoherenceRegionOffset + 8 * CoherenceFile::RegionCount;
inline constexpr std::size_t CoherenceStripeOffset = CoherenceLoadsOffset + 8 * CoherenceFile::RegionCount;
inline constexpr std::size_t CoherenceBytes = CoherenceStripeOffset + 8 * CoherenceFile::StripeCount;

} // namespace Infra::Detail
