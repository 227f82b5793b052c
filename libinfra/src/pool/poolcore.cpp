// SPDX-License-Identifier: MIT
#include "poolcore.h"

#include "poollogging.h"

#include <QSqlDriver>
#include <QThread>

#include <algorithm>
#include <random>
#include <system_error>

namespace Infra::Detail {

namespace {

std::uint64_t seedOr(std::uint64_t seed)
{
    if (seed != 0)
        return seed;
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
}

std::unique_ptr<Lane> makeLane(ConnectionAccess access, int size, int limit, int minimum)
{
    auto lane = std::make_unique<Lane>();
    lane->access = access;
    lane->size = size;
    lane->limit = limit;
    lane->minimum = std::min(minimum, limit);
    lane->parking = std::make_shared<Parking>(limit);
    for (int slot = limit - 1; slot >= 0; --slot)
        lane->freeSlots.push_back(slot);
    return lane;
}

} // namespace

PoolCore::PoolCore(DatabaseUrl url, const PoolOptions &options, const ConnectionPool::Environment &environment,
                   std::shared_ptr<Connector> connector)
    : m_url(std::move(url)), m_options(options), m_clock(*environment.clock), m_connector(std::move(connector)),
      m_isImmortal(m_url.isInMemory()), m_workers(m_clock), m_random(seedOr(environment.seed))
{
    const int limit = m_options.poolSize + m_options.maxOverflow;
    if (m_isImmortal) {
        m_lanes.push_back(makeLane(ConnectionAccess::ReadWrite, 1, 1, m_options.minimumIdle));
    } else if (m_url.driver() == DatabaseUrl::Driver::Sqlite && limit > 1) {
        m_lanes.push_back(makeLane(ConnectionAccess::ReadWrite, 1, 1, m_options.minimumIdle));
        m_lanes.push_back(makeLane(ConnectionAccess::ReadOnly, m_options.poolSize - 1, limit - 1,
                                   std::max(0, m_options.minimumIdle - 1)));
    } else {
        m_lanes.push_back(makeLane(ConnectionAccess::ReadWrite, m_options.poolSize, limit, m_options.minimumIdle));
    }
    m_totals = limits();
    ThreadToken::add(this);
}

PoolCore::~PoolCore()
{
    ThreadToken::remove(this);
}

Result<void> PoolCore::start()
{
    try {
        m_scheduler = std::thread([this] { schedule(); });
    } catch (const std::system_error &error) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("the system starts no thread for the pool: ") + QString::fromLocal8Bit(error.what()));
    }
    const MutexLocker locker(m_mutex);
    const SteadyTime now = m_clock.steadyNow();
    for (const std::unique_ptr<Lane> &lane : m_lanes)
        replenish(*lane, now);
    return {};
}

double PoolCore::jitter()
{
    const MutexLocker locker(m_mutex);
    return m_random.unit();
}

Lane &PoolCore::laneFor(ConnectionAccess access) noexcept
{
    return *m_lanes[access == ConnectionAccess::ReadOnly && m_lanes.size() > 1 ? 1 : 0];
}

// Another has broken since this one was opened or checked. That leases came back from it meanwhile is no proof: whether they
// talked to the server after that, nobody knows.
bool PoolCore::isSuspect(const Connection *connection) const noexcept
{
    return connection->verifiedIn != m_suspicion.load(std::memory_order_relaxed);
}

bool PoolCore::isFresh(const Connection *connection, SteadyTime now) const noexcept
{
    return now - connection->verifiedAt <= m_options.validateAfterIdle && !isSuspect(connection);
}

// The connection that this thread returned last, without the lock.
Connection *PoolCore::takeAgain(Lane &lane, SteadyTime now) noexcept
{
    const ParkingHint *const hint = ThreadToken::hint();
    if (!hint || hint->parking != lane.parking || lane.parking->isClosed())
        return nullptr;
    const int slot = hint->slot;
    Connection *const connection = lane.parking->take(slot);
    if (!connection)
        return nullptr;
    // Looked at again: whoever has queued meanwhile must not be overtaken.
    if (isFresh(connection, now) && now < connection->retireAt && !lane.parking->isClosed()) [[likely]]
        return connection;
    lane.parking->put(slot, connection);
    if (lane.parking->isClosed()) {
        // Who queued may have found the slot empty. So may shutdown(), which then takes the connection for lent.
        const MutexLocker locker(m_mutex);
        if (!m_isStopping)
            replenish(lane, now);
        else if (lane.parking->takeBack(slot, connection))
            startClose(connection, now);
    }
    return nullptr;
}

// A clean connection, lent by takeAgain(). When true, this object must not be touched any more.
bool PoolCore::putBack(Connection *connection, const Return &result) noexcept
{
    // The thread remembers it, and so keeps it alive.
    Parking &parking = *connection->lane->parking;
    const int slot = connection->slot;
    const ParkingHint *const hint = ThreadToken::hint();
    if (!hint || hint->parking.get() != &parking || parking.isClosed() || result.at >= connection->retireAt || isSuspect(connection))
        return false;
    if (result.isUsed)
        connection->verifiedAt = result.at;
    connection->idleSince = result.at;
    connection->busySince.store(Connection::NotBusy, std::memory_order_relaxed);
    const ThreadToken::Id owner = connection->owner.exchange(nullptr, std::memory_order_relaxed);
    parking.put(slot, connection);
    if (!parking.isClosed()) [[likely]]
        return true;
    // Somebody has queued, or is ending the pool, and has perhaps not seen it.
    if (!parking.takeBack(slot, connection))
        return true;
    connection->owner.store(owner, std::memory_order_relaxed);
    return false;
}

void PoolCore::remember(const Connection *connection) noexcept
{
    const Lane &lane = *connection->lane;
    // Not while there is overflow: its connections can only be closed when they are left alone.
    if (ParkingHint *hint = ThreadToken::hint(); hint && lane.servingCount() <= lane.size) {
        if (hint->parking != lane.parking)
            hint->parking = lane.parking;
        hint->slot = connection->slot;
    }
}

// Under the lock: from idle, claimed or lent without it, to what the lock knows as lent.
void PoolCore::takeFromIdle(Connection *connection)
{
    connection->lane->removeIdle(connection);
    connection->lane->setState(connection, State::Used);
}

// A connection that needs no check, if the queue lets a newcomer have one: the latest to come back.
Connection *PoolCore::takeFresh(Lane &lane, SteadyTime now)
{
    if (!lane.waiters.isEmpty() || m_isStopping)
        return nullptr;
    for (std::size_t i = lane.idle.size(); i-- > 0;) {
        Connection *const connection = lane.idle[i];
        if (!lane.claim(connection))
            continue;
        if (!isFresh(connection, now)) {
            lane.park(connection);
            continue;
        }
        lane.idle.erase(lane.idle.begin() + static_cast<std::ptrdiff_t>(i));
        if (now < connection->retireAt)
            return connection;
        startClose(connection, now);
    }
    return nullptr;
}

void PoolCore::lend(Connection *connection, SteadyTime now, ThreadToken::Id owner, const std::source_location &borrower)
{
    connection->lane->setState(connection, State::Used);
    connection->busySince.store(now, std::memory_order_relaxed);
    connection->callDeadline = SteadyTime::max();
    connection->isLentFast = false;
    connection->borrower.store(borrower, std::memory_order_relaxed);
    connection->owner.store(owner, std::memory_order_relaxed);
    ++m_totals.acquired;
}

Result<PooledConnection> PoolCore::acquire(const Deadline &deadline, ConnectionAccess access,
                                           const std::source_location &borrower)
{
    if (m_fork.isForkedChild()) {
        return failure(Error::Kind::Unavailable,
                       QStringLiteral("the pool belongs to the process that forked this one; create a new pool"));
    }
    const ThreadToken::Id self = ThreadToken::current();
    const SteadyTime now = m_clock.steadyNow();
    Lane &lane = laneFor(access);
    if (Connection *connection = takeAgain(lane, now)) {
        connection->owner.store(self, std::memory_order_relaxed);
        connection->borrower.store(borrower, std::memory_order_relaxed);
        connection->busySince.store(now, std::memory_order_relaxed);
        connection->isLentFast = true;
        connection->log.countLease();
        return PooledConnection(this, connection);
    }
    MutexLocker locker(m_mutex, SpinFirst());
    if (Connection *connection = takeFresh(lane, now)) {
        lend(connection, now, self, borrower);
        ++m_immediate;
        return PooledConnection(this, connection);
    }
    // Every connection is lent: let their holders run once before this thread queues. Leases are often shorter
    // than a sleep, and threads that hand one connection on from sleeper to sleeper form a convoy that never
    // breaks up by itself (measured: 10 times slower). Whoever is in the queue is still never overtaken.
    if (lane.tally().lent == lane.limit) {
        locker.unlock();
        std::this_thread::yield();
        locker.lock();
        const SteadyTime later = m_clock.steadyNow();
        if (Connection *connection = takeFresh(lane, later)) {
            lend(connection, later, self, borrower);
            record(m_totals.waitTime, later - now);
            return PooledConnection(this, connection);
        }
    }
    const Result<Connection *> connection = waitFor(locker, lane, now, deadline.resolve(m_clock), self, borrower);
    if (!connection)
        return failure(connection.error());
    return PooledConnection(this, *connection);
}

void PoolCore::submit(std::shared_ptr<RunRequest> request, const Deadline &deadline, ConnectionAccess access,
                      const std::source_location &borrower)
{
    if (m_fork.isForkedChild()) {
        request->fail(Error{Error::Kind::Unavailable,
                            QStringLiteral("the pool belongs to the process that forked this one; create a new pool"), {}});
        return;
    }
    const SteadyTime until = deadline.resolve(m_clock);
    const SteadyTime now = m_clock.steadyNow();
    // Such a run would be abandoned as it begins, and its connection with it.
    const bool isLate = until <= now;
    std::optional<Error> refused;
    {
        const MutexLocker locker(m_mutex);
        Lane &lane = laneFor(access);
        if (Connection *connection = isLate ? nullptr : takeFresh(lane, now)) {
            lend(connection, now, nullptr, borrower);
            ++m_immediate;
            startRun(connection, std::move(request), until);
            return;
        }
        refused = refusal(lane);
        if (!refused && isLate) {
            ++m_totals.timeouts;
            refused = timeoutError(now, now, "run");
        }
        if (!refused) {
            auto waiter = std::make_unique<Waiter>();
            waiter->since = now;
            waiter->deadline = until;
            waiter->borrower = borrower;
            waiter->request = std::move(request);
            enqueue(lane, waiter.release()); // Owned by the queue; grant() and the scheduler delete it.
            wakeScheduler(until);
            replenish(lane, now);
            return;
        }
    }
    request->fail(std::move(*refused));
}

// The borrower's part of a return, in its thread. Statements that are not kept are dropped here, which asks the server.
// Always inline: threads return leases all the time.
[[gnu::always_inline]] inline PoolCore::Return PoolCore::endUse(Connection *connection) noexcept
{
    Return result;
    result.isUsed = connection->isAdopted;
    if (result.isUsed) {
        const bool isLost = connection->statements.finishUsed(m_options.statementCacheSize);
        const Connector::Condition condition = m_connector->condition(connection->database);
        connection->isBroken = connection->isBroken || isLost || condition == Connector::Condition::Broken;
        result.isDirty = condition == Connector::Condition::Dirty;
        connection->database.driver()->moveToThread(nullptr);
        connection->isAdopted = false;
        connection->isInTransaction = false;
    }
    result.at = m_clock.steadyNow();
    connection->log.recordUse(result.at - connection->busySince.load(std::memory_order_relaxed));
    return result;
}

void PoolCore::giveBack(Connection *connection) noexcept
{
    if (m_fork.isForkedChild())
        return;
    if (connection->owner.load(std::memory_order_relaxed) != ThreadToken::current()) {
        giveBackForeign(connection);
        return;
    }
    if (connection->isRun) {
        connection->isReturned = true;
        return;
    }
    const Return result = endUse(connection);
    if (connection->isLentFast && !result.isDirty && !connection->isBroken && putBack(connection, result))
        return;
    const MutexLocker locker(m_mutex, SpinFirst());
    takeBack(connection, result);
}

// A lease that the function of a run has returned. False when the run had been abandoned.
bool PoolCore::giveBackOfRun(Connection *connection, const RunRequest *request) noexcept
{
    // Before the run is taken for ended: this may hang as the function may.
    const Return result = endUse(connection);
    const MutexLocker locker(m_mutex, SpinFirst());
    const bool isMine = endRun(connection, request);
    takeBack(connection, result);
    return isMine;
}

// The pool's part.
void PoolCore::takeBack(Connection *connection, const Return &result)
{
    if (connection->state == State::Idle)
        takeFromIdle(connection);
    connection->owner.store(nullptr, std::memory_order_relaxed);
    remember(connection);
    settle(connection, result);
}

// A lease in the wrong hands: returned by another thread than its own, or after its own thread has ended.
void PoolCore::giveBackForeign(Connection *connection) noexcept
{
    std::unique_ptr<Connection> revoked;
    std::shared_ptr<PoolCore> last;
    QString borrower;
    {
        const MutexLocker locker(m_mutex);
        if (connection->isRevoked) {
            last = m_self;
            const auto entry = std::find_if(m_revoked.begin(), m_revoked.end(),
                                            [connection](const auto &other) { return other.get() == connection; });
            revoked = std::move(*entry);
            m_revoked.erase(entry);
            letGo();
            return;
        }
        borrower = borrowerText(connection->borrower);
        if (connection->isRun)
            connection->isReturned = true;
        else
            takeFromStranger(connection);
    }
    qCWarning(poolLog).noquote() << "a lease was returned by another thread than the one that acquired it at" << borrower;
}

// Its driver belongs to a thread that lives, and cannot be moved from here.
void PoolCore::takeFromStranger(Connection *connection)
{
    const SteadyTime now = m_clock.steadyNow();
    if (connection->state == State::Idle)
        takeFromIdle(connection);
    connection->log.recordUse(now - connection->busySince.load());
    connection->owner.store(nullptr, std::memory_order_relaxed);
    if (connection->isAdopted)
        quarantine(connection, now);
    else
        settle(connection, {now});
}

// A connection comes back from its borrower.
void PoolCore::settle(Connection *connection, const Return &result)
{
    const SteadyTime now = result.at;
    if (connection->state == State::Zombie) {
        if (mustStay())
            startCheck(connection, Check::Clean, now);
        else
            startClose(connection, now);
    } else if (connection->isBroken && !m_isImmortal) {
        quarantine(connection, now);
    } else if (m_isStopping) {
        startClose(connection, now);
    } else if (result.isDirty) {
        startCheck(connection, Check::Clean, now);
    } else {
        connection->idleSince = now;
        if (result.isUsed)
            connection->verifiedAt = now;
        // Who waits gets it as it is; an idle one is looked at again when it is taken.
        const bool isAwaited = !connection->lane->waiters.isEmpty();
        if (isSuspect(connection) || (isAwaited && !isFresh(connection, now)))
            startCheck(connection, Check::Ping, now);
        else
            supply(connection, now);
    }
}

// A working connection goes to whoever waits longest, or becomes idle.
void PoolCore::supply(Connection *connection, SteadyTime now)
{
    Lane &lane = *connection->lane;
    if (m_isStopping || now >= connection->retireAt) {
        startClose(connection, now);
        return;
    }
    Failures unwanted;
    bool isLent = false;
    while (!isLent && !lane.waiters.isEmpty()) {
        Waiter *const waiter = lane.waiters.first();
        dequeue(lane, waiter);
        isLent = grant(waiter, connection, now, unwanted);
    }
    if (!unwanted.empty())
        post(answerJob(std::move(unwanted)));
    if (isLent)
        return;
    lane.setState(connection, State::Idle);
    connection->callDeadline = SteadyTime::max();
    connection->busySince.store(Connection::NotBusy, std::memory_order_relaxed);
    connection->isLentFast = false;
    lane.idle.push_back(connection);
    lane.park(connection);
}

// False when the waiter no longer wants it: a run, added to `unwanted`. However many there are, they cost one job.
bool PoolCore::grant(Waiter *waiter, Connection *connection, SteadyTime now, Failures &unwanted)
{
    std::unique_ptr<Waiter> run(waiter->request ? waiter : nullptr);
    if (run && run->request->isCanceled()) {
        unwanted.emplace_back(std::move(run->request), cancelledError());
        return false;
    }
    // The scheduler has not been there yet. Lent to it, the connection would be abandoned, and closed for nothing.
    if (run && run->deadline <= now) {
        ++m_totals.timeouts;
        unwanted.emplace_back(std::move(run->request), timeoutError(run->since, now, "run"));
        return false;
    }
    lend(connection, now, waiter->owner, waiter->borrower);
    record(m_totals.waitTime, now - waiter->since);
    if (run) {
        startRun(connection, std::move(run->request), run->deadline);
    } else {
        waiter->granted = connection;
        // Under the lock: the waiter lives on the stack of a thread that may leave as soon as it is set.
        waiter->condition.notify_one();
    }
    return true;
}

void PoolCore::threadEnded(ThreadToken::Id thread) noexcept
{
    Expired expired;
    {
        const MutexLocker locker(m_mutex);
        for (const std::unique_ptr<Lane> &lane : m_lanes) {
            for (std::unique_ptr<Connection> &place : lane->places) {
                if (place->owner.load(std::memory_order_relaxed) != thread)
                    continue;
                if (place->state == State::Idle)
                    takeFromIdle(place.get());
                // The lease keeps its object, marked; the database goes on in a new one.
                auto successor = std::make_unique<Connection>();
                successor->lane = lane.get();
                successor->slot = place->slot;
                successor->state = place->state;
                successor->name = place->name;
                successor->database = std::exchange(place->database, QSqlDatabase());
                successor->statements = std::move(place->statements);
                successor->callDeadline = place->callDeadline;
                if (place->isAdopted) {
                    // What stays open must not stay locked by a statement; the others' closes finish theirs.
                    if (mustStay())
                        static_cast<void>(successor->statements.finishUsed(m_options.statementCacheSize));
                    successor->database.driver()->moveToThread(nullptr);
                }
                place->isRevoked = true;
                place->owner.store(nullptr, std::memory_order_relaxed);
                ++m_totals.reclaimed;
                place->log.recordUse(m_clock.steadyNow() - place->busySince.load());
                keepLog(*place);
                expired.warnings.append(QStringLiteral("a thread ended without returning the lease it acquired at ")
                                        + borrowerText(place->borrower) + QStringLiteral("; it was taken back"));
                std::swap(place, successor);
                m_revoked.push_back(std::move(successor));
                if (mustStay())
                    startCheck(place.get(), Check::Clean, m_clock.steadyNow());
                else
                    startClose(place.get(), m_clock.steadyNow());
            }
        }
    }
    // The pool may be at its end by now, but cannot be destroyed before ThreadToken has told them all.
    report(expired);
}

// What borrowers did with a connection that is about to go.
void PoolCore::keepLog(const Connection &connection)
{
    connection.log.addUseTo(m_totals.useTime);
    m_totals.acquired += connection.log.leases();
    m_immediate += connection.log.leases();
}

// What never changes.
PoolStatistics PoolCore::limits() const
{
    PoolStatistics result;
    result.name = m_url.redacted().toUtf8();
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        result.maximum += lane->limit;
        result.idleMaximum += lane->size;
        result.idleMinimum += lane->minimum;
    }
    result.waiterLimit = m_options.maxWaiters;
    return result;
}

PoolStatistics PoolCore::statistics() const
{
    // A thread that the child does not have may hold the lock for ever.
    if (m_fork.isForkedChild())
        return limits();
    const MutexLocker locker(m_mutex);
    PoolStatistics result = m_totals;
    const SteadyTime now = m_clock.steadyNow();
    for (const std::unique_ptr<Lane> &lane : m_lanes) {
        const Lane::Tally tally = lane->tally();
        result.idle += tally.idle;
        result.used += tally.lent + lane->count(State::Checking);
        result.zombies += lane->count(State::Zombie);
        result.connecting += lane->count(State::Connecting);
        result.closing += lane->count(State::Closing);
        const int open = lane->placeCount() - lane->count(State::Connecting) - lane->count(State::Closing);
        result.count += open;
        result.overflow += std::max(0, open - lane->size);
        for (const std::unique_ptr<Connection> &place : lane->places) {
            place->log.addUseTo(result.useTime);
            const std::uint64_t leases = place->log.leases();
            result.acquired += leases;
            result.waitTime.addToBucket(0, leases);
            // A thread that has just taken it has not said since when.
            const SteadyTime since = place->busySince.load(std::memory_order_relaxed);
            if (lane->isLent(place.get()) && since != Connection::NotBusy)
                result.longestBorrows.push_back({borrowerText(place->borrower), std::max<std::chrono::nanoseconds>(now - since, {})});
        }
    }
    result.waiters = m_waiterCount;
    result.waitTime.addToBucket(0, m_immediate);
    constexpr std::size_t shown = 5;
    const std::size_t kept = std::min(shown, result.longestBorrows.size());
    std::partial_sort(result.longestBorrows.begin(), result.longestBorrows.begin() + static_cast<std::ptrdiff_t>(kept),
                      result.longestBorrows.end(), [](const auto &left, const auto &right) { return left.held > right.held; });
    result.longestBorrows.resize(kept);
    return result;
}

} // namespace Infra::Detail
