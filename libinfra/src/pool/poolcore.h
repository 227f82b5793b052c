// SPDX-License-Identifier: MIT
#pragma once

#include "forkguard.h"
#include "lane.h"
#include "random.h"
#include "threadannotations.h"
#include "threadtoken.h"
#include "workers.h"

#include <infra/clock.h>
#include <infra/connectionpool.h>
#include <infra/connector.h>
#include <infra/databaseurl.h>
#include <infra/pooloptions.h>
#include <infra/poolstatistics.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace Infra::Detail {

inline void record(HistogramSnapshot &histogram, std::chrono::nanoseconds duration)
{
    const auto value = static_cast<std::uint64_t>(std::max(duration, std::chrono::nanoseconds::zero()).count());
    histogram.addToBucket(HistogramSnapshot::bucketOf(value), 1);
    histogram.addToSum(value);
}

// Thread safety: all public members may be called from any thread at once.
//
// The pool behind ConnectionPool and its leases.
//
// One lock guards all that is shared. A connection has a place in its lane from before its connect until after
// its close, so that the number of places bounds what the server sees. Whoever frees a connection hands it to
// the first waiter itself (supply), so there is no moment in which a newcomer could take it.
//
// A thread that comes back for the connection it returned last takes it, and puts it back, without the lock while
// nobody waits (parking.h): processors that borrow all the time would otherwise spend it fighting over the lock. To
// the lock's holders such a connection stays State::Idle; Lane::isLent() tells.
//
// Three kinds of threads: borrowers; workers, which make every call that may hang, one connection each; and one
// scheduler, which makes no such call, runs no user code, and abandons what is late. An abandoned connection
// is a Zombie: it is closed, and its place is free, whenever the call returns.
//
// Lock order: ThreadToken's registry, then m_mutex, then Workers.
class PoolCore final : public std::enable_shared_from_this<PoolCore>
{
public:
    PoolCore(DatabaseUrl url, const PoolOptions &options, const ConnectionPool::Environment &environment,
             std::shared_ptr<Connector> connector);
    ~PoolCore();

    // Unavailable when the system starts no thread.
    [[nodiscard]] Result<void> start();
    [[nodiscard]] Result<PooledConnection> acquire(const Deadline &deadline, ConnectionAccess access,
                                                   const std::source_location &borrower);
    void submit(std::shared_ptr<RunRequest> request, const Deadline &deadline, ConnectionAccess access,
                const std::source_location &borrower);
    // Borrower's thread.
    void giveBack(Connection *connection) noexcept;
    // What shutdown() does before it waits, for whoever ends several pools.
    void beginShutdown();
    Result<void> shutdown(const Deadline &deadline);
    // What ~ConnectionPool does: shuts down, then stays alive for as long as leases are out.
    static void retire(std::shared_ptr<PoolCore> core);
    // Called by ThreadToken in the thread that ends.
    void threadEnded(ThreadToken::Id thread) noexcept;

    [[nodiscard]] PoolStatistics statistics() const;
    [[nodiscard]] const DatabaseUrl &url() const noexcept { return m_url; }
    [[nodiscard]] const PoolOptions &options() const noexcept { return m_options; }
    [[nodiscard]] const Clock &clock() const noexcept { return m_clock; }
    [[nodiscard]] Connector &connector() const noexcept { return *m_connector; }
    [[nodiscard]] bool isForkedChild() const noexcept { return m_fork.isForkedChild(); }
    // Uniform in [0, 1).
    [[nodiscard]] double jitter();

private:
    using State = Connection::State;
    enum class Check { Ping, Clean };
    // How a lease has ended.
    struct Return
    {
        SteadyTime at{};
        bool isDirty = false; // It left a transaction.
        bool isUsed = false;  // It took the handle, and so may have talked to the server.
    };
    using Failures = std::vector<std::pair<std::shared_ptr<RunRequest>, Error>>;
    // What must happen after the lock is released.
    struct Expired
    {
        Failures failures;
        QStringList warnings;
    };

    // borrowing (poolcore.cpp)
    [[nodiscard]] Lane &laneFor(ConnectionAccess access) noexcept;
    [[nodiscard]] Connection *takeAgain(Lane &lane, SteadyTime now) noexcept;
    [[nodiscard]] bool putBack(Connection *connection, const Return &result) noexcept;
    void remember(const Connection *connection) noexcept INFRA_REQUIRES(m_mutex);
    [[nodiscard]] bool isSuspect(const Connection *connection) const noexcept;
    [[nodiscard]] bool isFresh(const Connection *connection, SteadyTime now) const noexcept;
    [[nodiscard]] Connection *takeFresh(Lane &lane, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void lend(Connection *connection, SteadyTime now, ThreadToken::Id owner, const std::source_location &borrower)
        INFRA_REQUIRES(m_mutex);
    void giveBackForeign(Connection *connection) noexcept;
    void takeFromStranger(Connection *connection) INFRA_REQUIRES(m_mutex);
    void takeFromIdle(Connection *connection) INFRA_REQUIRES(m_mutex);
    [[nodiscard]] inline Return endUse(Connection *connection) noexcept; // For that file only.
    [[nodiscard]] bool giveBackOfRun(Connection *connection, const RunRequest *request) noexcept;
    void takeBack(Connection *connection, const Return &result) INFRA_REQUIRES(m_mutex);
    void settle(Connection *connection, const Return &result) INFRA_REQUIRES(m_mutex);
    void supply(Connection *connection, SteadyTime now) INFRA_REQUIRES(m_mutex);
    // Ends the life that leases gave the pool beyond its owner's, when the last is back.
    void letGo() INFRA_REQUIRES(m_mutex);
    [[nodiscard]] PoolStatistics limits() const;
    void keepLog(const Connection &connection) INFRA_REQUIRES(m_mutex);
    // Whatever has happened to a connection that can be moved between threads: closing it would lose the database.
    [[nodiscard]] bool mustStay() const noexcept INFRA_REQUIRES(m_mutex) { return m_isImmortal && !m_isStopping; }
    [[nodiscard]] bool grant(Waiter *waiter, Connection *connection, SteadyTime now, Failures &unwanted)
        INFRA_REQUIRES(m_mutex);

    // the queue (poolcore_queue.cpp)
    void enqueue(Lane &lane, Waiter *waiter) INFRA_REQUIRES(m_mutex);
    void dequeue(Lane &lane, Waiter *waiter) INFRA_REQUIRES(m_mutex);
    [[nodiscard]] std::optional<Error> refusal(const Lane &lane) INFRA_REQUIRES(m_mutex);
    [[nodiscard]] bool dropCancelled() INFRA_REQUIRES(m_mutex);
    [[nodiscard]] Result<Connection *> waitFor(MutexLocker &locker, Lane &lane, SteadyTime since, SteadyTime deadline,
                                               ThreadToken::Id self, const std::source_location &borrower)
        INFRA_REQUIRES(m_mutex);
    [[nodiscard]] bool wouldDeadlock(const Lane &lane, ThreadToken::Id self) const INFRA_REQUIRES(m_mutex);
    [[nodiscard]] static Error cancelledError();
    [[nodiscard]] static Error shutDownError();
    [[nodiscard]] Error timeoutError(SteadyTime since, SteadyTime now, const char *what) const INFRA_REQUIRES(m_mutex);

    // connections (poolcore_connections.cpp)
    void replenish(Lane &lane, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void startConnect(Lane &lane, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void startCheck(Connection *connection, Check check, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void startRun(Connection *connection, std::shared_ptr<RunRequest> request, SteadyTime deadline)
        INFRA_REQUIRES(m_mutex);
    void startClose(Connection *connection, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void connectJob(Connection *connection);
    void checkJob(Connection *connection, Check check);
    void runJob(Connection *connection);
    [[nodiscard]] bool endRun(Connection *connection, const RunRequest *request) INFRA_REQUIRES(m_mutex);
    void closeJob(Connection *connection);
    [[nodiscard]] Result<QSqlDatabase> open(const QString &name, ConnectionAccess access);
    void connectFailed(const Error &error, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void closeDatabase(Connection *connection);
    [[nodiscard]] std::unique_ptr<Connection> removePlace(Connection *connection) INFRA_REQUIRES(m_mutex);
    void quarantine(Connection *connection, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void post(std::function<void()> job);
    [[nodiscard]] static std::function<void()> answerJob(Failures failures);

    // time (poolcore_schedule.cpp)
    void schedule();
    void wakeScheduler(SteadyTime moment) INFRA_REQUIRES(m_mutex);
    [[nodiscard]] SteadyTime tick(SteadyTime now, Expired &expired) INFRA_REQUIRES(m_mutex);
    void expireWaiters(Lane &lane, SteadyTime now, Expired &expired) INFRA_REQUIRES(m_mutex);
    void abandonLate(Lane &lane, SteadyTime now, Expired &expired) INFRA_REQUIRES(m_mutex);
    void tendIdle(Lane &lane, SteadyTime now) INFRA_REQUIRES(m_mutex);
    void report(Expired &expired);
    [[nodiscard]] QStringList borrowers() const INFRA_REQUIRES(m_mutex);

    const DatabaseUrl m_url;
    const PoolOptions m_options;
    const Clock &m_clock;
    const std::shared_ptr<Connector> m_connector;
    const ForkGuard m_fork;
    const bool m_isImmortal; // A database in memory: closing its connection would lose it.
    Workers m_workers;

    mutable Mutex m_mutex;
    std::vector<std::unique_ptr<Lane>> m_lanes; // Fixed after construction; what they hold is guarded.
    std::vector<std::unique_ptr<Connection>> m_revoked INFRA_GUARDED_BY(m_mutex);
    Random m_random INFRA_GUARDED_BY(m_mutex);
    int m_waiterCount INFRA_GUARDED_BY(m_mutex) = 0;
    int m_connectFailuresInRow INFRA_GUARDED_BY(m_mutex) = 0;
    SteadyTime m_nextConnectAt INFRA_GUARDED_BY(m_mutex){};
    std::atomic<std::uint32_t> m_suspicion{0}; // Advanced when a connection breaks. Written under the lock.
    bool m_isStopping INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isTerminated INFRA_GUARDED_BY(m_mutex) = false; // Scheduler and workers have ended.
    bool m_isShutdownRunning INFRA_GUARDED_BY(m_mutex) = false;
    std::condition_variable m_drained;
    std::shared_ptr<PoolCore> m_self INFRA_GUARDED_BY(m_mutex); // Set while leases outlive the pool.

    std::thread m_scheduler;
    std::condition_variable m_schedulerWake;
    SteadyTime m_nextTick INFRA_GUARDED_BY(m_mutex){};
    bool m_isTickDue INFRA_GUARDED_BY(m_mutex) = false;
    bool m_isSchedulerStopping INFRA_GUARDED_BY(m_mutex) = false;

    PoolStatistics m_totals INFRA_GUARDED_BY(m_mutex); // Counters, histograms and the last error.
    std::uint64_t m_immediate INFRA_GUARDED_BY(m_mutex) = 0; // Acquires under the lock that did not wait.
    quint64 m_nextName INFRA_GUARDED_BY(m_mutex) = 0;
};

} // namespace Infra::Detail
