// SPDX-License-Identifier: MIT
#pragma once

#include <infra/entryoptions.h>
#include <infra/removalcause.h>

#include <QByteArray>

#include <chrono>
#include <cstdint>

namespace Infra {

// Thread safety: a value.
//
// One cache region as this process uses it. Sealed by Cache::create(): a value out of its range is refused there
// with Error InvalidArgument, never corrected.
struct CacheOptions
{
    // When set() returns.
    enum class WritePolicy : std::uint8_t {
        // The store has committed: the value survives the death of this process at any instant, and no process
        // of the store reads an older one.
        WriteThrough,
        // The value is in this process only, and is committed with others within writeBehindDelay. set() then costs
        // no disk access, and this is given up for it:
        // - The loss window: what was set during the last writeBehindDelay (or since a commit that failed) is lost
        //   when the process dies. flush() closes the window; the destructor flushes, bounded by operationTimeout.
        //   What a commit that failed was to write is tried again, and dropped when that cannot be told from a change by others.
        // - Other processes read the older value until the commit. In this process reads see the set at once.
        // - An invalidation, or a write of any process, that comes before the commit wins: the set is dropped,
        //   never applied late, and what is about as old (3 ms) or older goes with it; what was loaded is as old as the
        //   beginning of its load. Changes are tracked by stripes of keys, so a change of another key that shares the
        //   stripe may drop it too: a miss later, never a wrong value. (Age is told by the time: who sets the machine's
        //   clock back by less than 2 s meanwhile may keep an older value.)
        // - setMany(), touch(), invalidate(), preview() and entries() commit first, and so do a get() and a getMany() of a set that
        //   was overtaken or has expired before its commit: they wait for other writers, and fail when these take too long.
        WriteBehind
    };

    // What a read does while the store does not answer (see Cache::isDegraded()).
    enum class DegradedReads : std::uint8_t {
        // Memory serves only entries that are provably current; anything else is the store's error.
        CurrentOnly,
        // Memory serves what it has, until it expires, although another process may have changed it: guarantee 1
        // is given up while degraded. Each such answer is counted in CacheStatistics::degradedHits.
        ServeMemory
    };

    // Capacity of the memory tier in entries; 0: no limit of that kind. With both limits 0 there is no memory
    // tier and every get() reads the store.
    std::int64_t memoryEntries = 10'000;
    // The same in bytes: keys, values and about 152 bytes of bookkeeping an entry. 0 (the default): no limit. An entry of
    // more than an eighth of it is not kept in memory.
    std::int64_t memoryBytes = 0;

    // Longest key that is accepted; a longer one is Error LimitExceeded. 1 byte to 64 KiB.
    qsizetype maximumKeyBytes = 1024;
    // Largest value (before compression) that is accepted; a larger one is Error LimitExceeded. 1 byte to 512 MiB.
    // Larger values make every tier less even; store big things as files.
    qsizetype maximumValueBytes = 8 * 1024 * 1024;

    // Values at least this large are deflated in the store when that saves an eighth or more; memory keeps them
    // plain. 0 (the default): never. Costs about 20 ns a byte on set, 3 ns a byte when a disk hit is promoted.
    qsizetype compressionThreshold = 0;

    // What a set(), or a computed value, uses when the call names no options of its own.
    EntryOptions entry;

    // WriteThrough (the default) loses nothing when a process dies; WriteBehind costs no disk access in set().
    WritePolicy writePolicy = WritePolicy::WriteThrough;
    // WriteBehind only: a set waits at most so long for its commit. 1 ms to 1 h. Longer makes larger batches and a
    // larger loss window.
    std::chrono::milliseconds writeBehindDelay{100};
    // Uncommitted sets that are held at most, 1 to 1,000,000, and 4 MiB of them, uncompressed (a quarter of what a store below
    // 16 MiB has for entries); one more makes set() commit them first. A larger set is written through.
    int writeBehindEntries = 10'000;

    // How long one call may wait for the store, 1 ms to 1 h. Longer rides out a busy store; shorter degrades sooner.
    std::chrono::milliseconds operationTimeout{1000};
    // CurrentOnly (the default) rather fails than serve what may be old; ServeMemory rather serves it.
    DegradedReads degradedReads = DegradedReads::CurrentOnly;
    // After the store failed it is left alone for so long, then one call tries it again. 1 ms to 1 h.
    std::chrono::milliseconds retryInterval{250};

    // Threads for asynchronous calls, eager refresh and factories with a timeout, 1 to 64; started when first needed.
    // While all are busy one more may run, for the commits of WriteBehind and what is looked after once a second.
    int backgroundThreads = 2;
    // Work that may wait for those threads; more is refused: Error Rejected for asynchronous calls, no refresh.
    int backgroundQueue = 1024;

    // Told about every entry that leaves the memory tier of this process. See RemovalListener.
    RemovalListener removalListener;

    // Who invalidations are journalled as; empty: the name of the executable.
    QByteArray actor;
    // Seeds jitter and the admission policy; 0 (the default): drawn at random. For tests.
    std::uint64_t seed = 0;
};

} // namespace Infra
