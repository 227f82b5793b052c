// SPDX-License-Identifier: MIT
#pragma once

#include "leaselog.h"
#include "statementcache.h"
#include "threadtoken.h"

#include <infra/clock.h>

#include <QSqlDatabase>

#include <atomic>
#include <cstdint>
#include <memory>
#include <source_location>

namespace Infra::Detail {

class RunRequest;
struct Lane;

// One place of the pool, from the start of its connect to the end of its close.
//
// Members are guarded by the pool's lock, but for those of the borrower, which belong to the thread (or the
// job) that holds the connection; the pool's lock, or the lane's parking, passes them on.
struct Connection
{
    enum class State : std::uint8_t {
        Connecting, // A worker opens it.
        Idle,     // Parked, or lent from there without the pool's lock: Lane::isLent() knows.
        Checking, // A worker pings it or rolls it back.
        Used,     // A thread or a run holds it, by way of the lock.
        Closing,  // A worker closes it.
        Zombie    // The call of one of the other states hangs. On its return the connection is closed, unless it must stay.
    };
    static constexpr int StateCount = 6;

    // busySince of a connection that nobody uses.
    static constexpr SteadyTime NotBusy = SteadyTime::max();

    Lane *lane = nullptr;
    int slot = 0; // Of the lane's parking.
    State state = State::Connecting;
    bool isRevoked = false; // The lease was taken from a thread that ended; this object only marks it.
    QString name;
    SteadyTime callDeadline = SteadyTime::max(); // When the current call is abandoned.
    SteadyTime leakReportedFor{};                // The busySince of the lease that was reported.
    std::shared_ptr<RunRequest> request; // The run that holds it.

    // Written by whoever holds it, read under the lock.
    std::atomic<SteadyTime> busySince{NotBusy}; // Start of the lease, or of the current call.
    std::atomic<std::source_location> borrower{};
    std::atomic<ThreadToken::Id> owner{nullptr};
    LeaseLog log;

    // The holder's: the lock's while it is idle and taken from the parking, else the borrower's.
    SteadyTime idleSince{};
    SteadyTime verifiedAt{}; // Last time it was known to work.
    std::uint32_t verifiedIn = 0; // The pool's suspicion when it was opened or checked.
    SteadyTime retireAt = SteadyTime::max();
    bool isBroken = false;
    bool isLentFast = false; // Taken from the parking without the lock.
    QSqlDatabase database;
    StatementCache statements;
    bool isAdopted = false; // The driver lives in the borrower's thread.
    bool isInTransaction = false;
    bool isRun = false;      // Lent to a run: runJob() returns it, whoever lets go of the lease.
    bool isReturned = false; // The run's lease has been let go.
};

} // namespace Infra::Detail
