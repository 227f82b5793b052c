// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>

#include <QString>

#include <chrono>
#include <cstdint>

namespace Infra {

// Thread safety: a value.
//
// How CacheStore::open() opens a store. Every process of one store should use the same maximumBytes and
// synchronous; nothing breaks when they differ, each process keeps its own.
struct StoreOptions
{
    // What opening may do to the files, and whether changes are taken.
    enum class AccessMode : std::uint8_t {
        // Services: the file is created when missing; a damaged store is moved aside and rebuilt.
        Create,
        // The console: an existing store only; nothing is created or moved aside by open().
        Existing,
        // As Existing, and every change is refused with ReadOnly. Needs no permission to write as long as a process that
        // has it keeps the store open; at rest SQLite would have to create files beside it, and open() fails.
        ReadOnly
    };

    // What a write that has returned survives; SQLite's PRAGMA synchronous.
    enum class Synchronous : std::uint8_t {
        // A write is safe from the death of every process when it returns; a crash of the machine may lose the last
        // ones, never the database. 10 to 20 µs a write.
        Normal,
        // A write is on the disk when it returns. Costs an fsync a transaction; concurrent writers share it.
        Full
    };

    // "sqlite:///absolute/path" or "sqlite:relative/path", see DatabaseUrl; no options behind "?". Beside the file
    // appear FILE-wal and FILE-shm (SQLite's), FILE.coherence, FILE.loads and FILE.telemetry. The directory must
    // exist, be writable and on a local file system.
    QString url;
    // Create (the default) is for services; a tool that looks at their store takes one of the others.
    AccessMode accessMode = AccessMode::Create;
    // Normal (the default): what is cached can be computed again, so a crash of the machine may cost the last writes.
    Synchronous synchronous = Synchronous::Normal;
    // The most that the database and its write-ahead log may take on disk together, at least 1 MiB; a quarter of it is
    // the log's, but no more than 128 MiB. From nine tenths of the rest on entries are culled: expired ones first, then
    // the coldest. Lower saves disk and costs hits. One transaction that is larger than the log's part (a large value, or
    // many in one call; half of the rest is refused with LimitExceeded) has the log exceed it until the next.
    // FILE.telemetry is bounded on its own and does not count.
    std::uint64_t maximumBytes = std::uint64_t{1} << 30;
    // Connections for reading, 1 to 64: so many threads read the disk tier at once, others queue; a preview may
    // take two. Each costs three file descriptors and up to 2 MB of page cache. (The one connection that writes takes
    // up to 16 MB.)
    int readers = 4;
    // How long opening and a reader's statement wait for a lock that a foreign SQLite program holds. A write waits
    // until its deadline.
    std::chrono::milliseconds busyTimeout{1000};
    // How often the housekeeper repairs, checkpoints, culls and looks for foreign changes; 10 ms to 60 s. It is the
    // bound on how long a foreign writer's change goes unseen.
    std::chrono::milliseconds housekeepingInterval{1000};
    // Damaged files that are kept for inspection, 0 to 100; older ones are deleted.
    int keptQuarantines = 3;
    // How long published frames are kept for readers that join late.
    std::chrono::seconds telemetryWindow{15 * 60};
    // Must outlive the store.
    const Clock *clock = &Clock::system();
};

} // namespace Infra
