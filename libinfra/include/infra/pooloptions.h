// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/result.h>

#include <QStringList>

#include <chrono>

namespace Infra {

// Thread safety: a value.
//
// How a ConnectionPool behaves. Every default is a trade-off, told at the member.
struct INFRA_EXPORT PoolOptions
{
    // Connections that the pool keeps for long (1 to 1000). More serve more borrowers at once; each costs the
    // server a process. SQLite: one of them is the writer, the others read.
    int poolSize = 10;
    // Connections beyond poolSize that a burst may add (0 to 1000), closed when idle for overflowIdleTimeout.
    // poolSize + maxOverflow is never exceeded on the server, zombies and half-closed connections included.
    int maxOverflow = 5;
    // Connections kept open without demand (0 to poolSize). 1: the first acquire seldom waits for a connect
    // and an outage shows in the statistics at once, for one idle connection.
    int minimumIdle = 1;

    // What acquire() without a deadline waits at most.
    std::chrono::milliseconds acquireTimeout{30'000};
    // Acquires and runs that wait for a borrower to return a connection (0 to 100,000); beyond it they are refused at
    // once with Rejected. As many as can be served by a connect or a check wait besides. A longer queue only delays
    // the failure of those who will time out anyway.
    int maxWaiters = 256;

    // Connects in flight at once (1 to 100). 2: a burst that is over before a connect finishes costs two
    // connections, and a server that comes back is not stormed; a cold pool of 15 fills in 8 connect times.
    int concurrentConnects = 2;
    // One connect attempt; libpq knows whole seconds and no less than 2. An attempt that outlives it by a
    // second is abandoned.
    std::chrono::milliseconds connectTimeout{5'000};
    // Pause after the first failed connect; doubles up to maxConnectBackoff, each time spread over its upper half;
    // only one connect at a time until one succeeds. Shorter presses harder on a server that is down.
    std::chrono::milliseconds connectBackoff{50};
    // The longest such pause. Bounds how late a returning server is noticed.
    std::chrono::milliseconds maxConnectBackoff{1'000};

    // A connection that nobody has used for longer is pinged before it is lent. Shorter finds more dead connections and
    // costs a round trip more often; 0 pings always. Whatever it is, one that was out when another broke is pinged on return.
    std::chrono::milliseconds validateAfterIdle{500};
    // A ping, a rollback on return or a close that takes longer is abandoned and its connection is a zombie.
    std::chrono::milliseconds pingTimeout{1'000};

    // A connection is closed at this age, less a random part of up to lifetimeJitter (0 to 0.5), so that they
    // do not all go at once. 0: never.
    std::chrono::milliseconds maxLifetime{std::chrono::minutes(30)};
    // That part as a fraction of maxLifetime. Higher spreads reconnects more.
    double lifetimeJitter = 0.1;
    // An idle connection above minimumIdle is closed after this. 0: never.
    std::chrono::milliseconds idleTimeout{std::chrono::minutes(10)};
    // The same for connections above poolSize. Longer spares reconnects between bursts.
    std::chrono::milliseconds overflowIdleTimeout{5'000};
    // An idle connection is pinged this often, so that no firewall forgets it. 0: never.
    std::chrono::milliseconds keepAliveInterval{std::chrono::minutes(2)};

    // A lease held for longer is reported once, by a warning that names its borrower. 0: never.
    std::chrono::milliseconds leakThreshold{60'000};
    // Prepared statements kept per connection, least recently used out first (0 to 10,000).
    int statementCacheSize = 64;
    // How long the destructor waits for leases to come back.
    std::chrono::milliseconds shutdownTimeout{5'000};
    // Executed on every new connection, for example "SET search_path TO app" or "PRAGMA mmap_size=268435456".
    QStringList initStatements;

    // InvalidArgument naming the option, its value and its range.
    [[nodiscard]] Result<void> validate() const;

    friend bool operator==(const PoolOptions &, const PoolOptions &) = default;
};

} // namespace Infra
