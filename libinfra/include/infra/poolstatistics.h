// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/histogram.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <QString>

#include <chrono>
#include <cstdint>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// What one pool holds and has done, at one moment: idle + used + zombies == count in every snapshot.
// Counters are cumulative since the pool was created.
struct INFRA_EXPORT PoolStatistics
{
    // A lease that is out at the moment.
    struct Borrow
    {
        QString borrower; // "file.cpp:42 function"
        std::chrono::nanoseconds held{}; // Until now.

        friend bool operator==(const Borrow &, const Borrow &) = default;
    };

    QByteArray name; // The redacted URL.

    // Gauges.
    int maximum = 0;     // poolSize + maxOverflow (db.client.connection.max).
    int idleMaximum = 0; // poolSize (db.client.connection.idle.max).
    int idleMinimum = 0; // minimumIdle (db.client.connection.idle.min).
    int count = 0;       // Open connections, zombies included.
    int idle = 0;        // db.client.connection.count{state=idle}
    int used = 0;        // Lent, or being checked: db.client.connection.count{state=used}.
    int zombies = 0;     // Abandoned in a call that did not return; each holds its place until it does.
    int overflow = 0;    // How far count is above poolSize.
    int connecting = 0;  // Connects in flight; each holds a place.
    int closing = 0;     // Closes in flight; each holds a place until the server has let go.
    int waiters = 0;     // Acquires and runs in the queue (db.client.connection.pending_requests).
    int waiterLimit = 0; // maxWaiters: of those whom no connect and no check will serve.

    // Counters.
    std::uint64_t acquired = 0;        // Leases lent, runs included.
    std::uint64_t timeouts = 0;        // Acquires and runs that reached their deadline (db.client.connection.timeouts).
    std::uint64_t rejected = 0;        // Refused because the queue was full.
    std::uint64_t deadlocks = 0;       // Nested acquires refused because they could never have been served.
    std::uint64_t created = 0;         // Connects that succeeded, behind their time included.
    std::uint64_t connectFailures = 0; // Connects that failed, or were abandoned.
    std::uint64_t closed = 0;          // Connections closed, for any reason.
    std::uint64_t quarantined = 0;     // Of these: broken, found by a ping, on return, or by an SQLSTATE.
    std::uint64_t abandoned = 0;       // Connections that became zombies.
    std::uint64_t leaks = 0;           // Leases reported by the leak detector.
    std::uint64_t reclaimed = 0;       // Leases taken back because their thread ended.

    // Durations.
    HistogramSnapshot createTime; // db.client.connection.create_time
    HistogramSnapshot waitTime;   // Of successful acquires (db.client.connection.wait_time).
    HistogramSnapshot useTime;    // From lending to return (db.client.connection.use_time).

    QString lastConnectError;              // Empty when none ever failed; holds no credential.
    SystemTime lastConnectErrorTime{};     // Meaningful when lastConnectError is not empty.
    std::vector<Borrow> longestBorrows;    // At most five, the longest first.

    // Under the names of the catalogue (infra/metriccatalogue.h): OpenTelemetry's where it has one.
    [[nodiscard]] ComponentSnapshot toSnapshot() const;
    // The inverse: what is absent from the snapshot stays at its default. InvalidArgument when the snapshot
    // is not of a pool.
    [[nodiscard]] static Result<PoolStatistics> fromSnapshot(const ComponentSnapshot &snapshot);

    friend bool operator==(const PoolStatistics &, const PoolStatistics &) = default;
};

} // namespace Infra
