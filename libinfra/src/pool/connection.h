// SPDX-License-Identifier: MIT
#pragma once

#include "statementcache.h"
#include "threadtoken.h"

#include <infra/clock.h>

#include <QSqlDatabase>

#include <atomic>
#include <memory>
#include <source_location>

namespace Infra::Detail {

class RunRequest;
struct Lane;

// One place of the pool, from the start of its connect to the end of its close.
//
// Members are guarded by the pool's lock, but for those of the borrower, which belong to the thread (or the
// job) that holds the connection; the pool's lock passes them on.
struct Connection
{
    enum class State : std::uint8_t {
        Connecting, // A worker opens it.
        Idle,
        Checking, // A worker pings it or rolls it back.
        Used,     // A thread or a run holds it.
        Closing,  // A worker closes it.
        Zombie    // The call of one of the other states hangs; whoever made it closes it on return.
    };
    static constexpr int StateCount = 6;

    Lane *lane = nullptr;
    State state = State::Connecting;
    bool isBroken = false;       // Also written by the borrower while Used.
    bool isLeakReported = false;
    bool isRevoked = false; // The lease was taken from a thread that ended; this object only marks it.
    QString name;

    SteadyTime busySince{}; // Start of the current state but Idle.
    SteadyTime callDeadline = SteadyTime::max(); // When the current call is abandoned.
    SteadyTime idleSince{};
    SteadyTime verifiedAt{}; // Last time it was known to work.
    SteadyTime retireAt = SteadyTime::max();
    std::source_location borrower;
    std::shared_ptr<RunRequest> request; // The run that holds it.
    std::atomic<ThreadToken::Id> owner{nullptr};

    // The borrower's.
    QSqlDatabase database;
    StatementCache statements;
    bool isAdopted = false; // The driver lives in the borrower's thread.
    bool isInTransaction = false;
};

} // namespace Infra::Detail
