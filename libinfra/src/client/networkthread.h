// SPDX-License-Identifier: MIT
#pragma once

#include "admissionqueue.h"
#include "mailbox.h"
#include "threadannotations.h"
#include "timerqueue.h"

#include <infra/clock.h>

#include <QByteArray>
#include <QNetworkAccessManager>
#include <QNetworkRequest>
#include <QSslConfiguration>
#include <QThread>
#include <QTimer>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace Infra::Detail {

// Mechanisms that a test switches off for its process, to see that it notices.
struct ConnectionFaults
{
    std::atomic<bool> skipRetirement{false}; // Connections with more to come stay in use.
    std::atomic<bool> skipLooks{false};      // Nobody looks what came on a connection at rest.
};
[[nodiscard]] ConnectionFaults &connectionFaults();

// One connection pool of Qt's: requests and health checks have one each, and so has every TLS configuration
// and the system's proxy, because Qt's own pool does not tell those apart.
struct ManagerKey
{
    enum class Use { Requests, Health };

    Use use = Use::Requests;
    bool systemProxy = false;
    std::optional<QSslConfiguration> tls;

    friend bool operator==(const ManagerKey &, const ManagerKey &) = default;
};

// Keeps connections that are to be used once apart. Qt goes on using one until it sees it closed, and a server that
// closes without having announced it is seen to do so a moment later: another request that Qt puts on such a connection
// meanwhile is lost. So each gets a number, different from those in use and from those that have just been, under which
// Qt keeps it apart.
class ConnectionNumbers
{
public:
    // More than can be closing at a time; the low ones are preferred, because Qt keeps what belongs to each for two minutes.
    static constexpr int Count = 64;

    // The lowest that is safe; the one that has been free for the longest time when there is none.
    [[nodiscard]] int take(SteadyTime now);
    void release(int number, SteadyTime now);

private:
    static constexpr std::chrono::milliseconds Closing{100};

    struct Use
    {
        int users = 0;
        SteadyTime freeSince{};
    };
    std::array<Use, Count> m_uses;
};

// One of the connections for requests to an origin, each under a name of its own: Qt takes any that is free of those with one
// name, and what is wrong with the one could not be told from the others. (Over TLS they have no names.)
struct KeptConnection
{
    bool isTaken = false;
    bool isOpen = false;     // Qt is believed to keep it for us.
    bool isDoubtful = false; // The last answer has no body, which some servers send all the same.
    // Qt 6.4 takes a preconnect that failed for one that is still to come, and opens so many connections more with the next.
    bool isMiscounted = false;
    bool hasAnswered = false; // Since then.
    bool isGivenUp = false;   // The last call ended before an answer was seen, which closes it unless Qt had read one.
    int renewals = 0;         // Of its name, which Qt counts by.
    SteadyTime lastUse{};

    // Leaves what Qt has under its name to nobody.
    void renew()
    {
        ++renewals;
        isMiscounted = isGivenUp = false;
    }
};

// The connections to one origin.
struct OriginLane
{
    AdmissionQueue queue;
    std::unordered_map<AdmissionQueue::Ticket, std::function<void()>> granted;
    ConnectionNumbers numbers;
    // Of this origin alone, once its connections had to be retired; null: the manager's, with all other origins.
    std::shared_ptr<QNetworkAccessManager> network;
    std::uint64_t retirements = 0;
    std::array<KeptConnection, AdmissionQueue::MaximumLimit> connections;
    bool granting = false; // Inside grantWaiting().

    // One that is open and free, or else the first that is free. To be given back.
    [[nodiscard]] KeptConnection &takeConnection();
    // None of them is believed to be open.
    void forgetConnections();
};

// Lives on the network thread.
class ConnectionManager
{
public:
    explicit ConnectionManager(const ManagerKey &key);

    [[nodiscard]] const ManagerKey &key() const { return m_key; }
    // What a new request to the lane's origin goes through. To be held until its reply has been deleted.
    [[nodiscard]] const std::shared_ptr<QNetworkAccessManager> &network(const OriginLane &lane) const
    {
        return lane.network ? lane.network : m_network;
    }
    // No new request goes over a connection that the lane's origin has now, other origins keep theirs. For a connection
    // on which more may arrive than was asked for: Qt takes that for the answer to the next request, and lets nobody
    // close a single connection.
    void retireConnections(OriginLane &lane);
    // What every request through it has in common.
    [[nodiscard]] QNetworkRequest request(const QUrl &url) const;
    // Stays valid while the caller holds the manager and has a ticket or a place in it.
    [[nodiscard]] std::shared_ptr<OriginLane> lane(const QByteArray &origin);

private:
    // Each has a thread of Qt's; beyond so many origins all begin anew together.
    static constexpr std::ptrdiff_t LanesApart = 16;

    [[nodiscard]] std::shared_ptr<QNetworkAccessManager> makeNetwork() const;

    ManagerKey m_key;
    std::shared_ptr<QNetworkAccessManager> m_network;
    QNetworkRequest m_template; // Its attributes are shared by all requests until one changes them.
    std::unordered_map<std::string, std::shared_ptr<OriginLane>> m_lanes;
};

// Hands out freed connections. Each function runs at once, on this thread. One of them may give its connection back and
// call this again, as all do that an open breaker refuses: that returns at once and leaves the next one to the call that
// is under way, so that a long line costs no stack.
void grantWaiting(std::shared_ptr<OriginLane> lane);

// Something under way on the network thread that wants to look around every few milliseconds.
class Operation
{
public:
    virtual ~Operation();
    // Ends itself when nobody wants it any more.
    virtual void tick() = 0;
    // Ends because the thread ends.
    virtual void shutDown() = 0;
};

// What lives on the network thread. All members belong to it.
class NetworkHub
{
public:
    NetworkHub();
    ~NetworkHub();
    NetworkHub(const NetworkHub &) = delete;
    NetworkHub &operator=(const NetworkHub &) = delete;

    [[nodiscard]] std::shared_ptr<ConnectionManager> manager(const ManagerKey &key);
    // Keeps a manager, and so its connections, until `owner` lets go of it or the thread ends.
    void pin(const void *owner, std::shared_ptr<ConnectionManager> manager);
    void unpin(const void *owner);

    // Kept alive until removed.
    void addOperation(const std::shared_ptr<Operation> &operation);
    void removeOperation(const Operation *operation);

    struct Timer
    {
        const Clock *clock = nullptr;
        TimerQueue::Id id = 0;
    };
    // Runs `function` on this thread when `clock` shows `when`; exact on the system clock, within a heartbeat
    // on any other.
    Timer addTimer(const Clock &clock, SteadyTime when, std::function<void()> function);
    // Does nothing for a timer that has run.
    void removeTimer(Timer timer);

    // Ends every operation. What is begun from then on, by somebody who is told of such an end, must not begin.
    void shutDown();
    [[nodiscard]] bool isShuttingDown() const { return m_isShuttingDown; }

private:
    void heartbeat();
    void runSystemTimers();
    void arm();
    void ensureHeartbeat();

    std::vector<std::weak_ptr<ConnectionManager>> m_managers;
    std::shared_ptr<ConnectionManager> m_requests; // Kept for the thread's lifetime.
    std::shared_ptr<ConnectionManager> m_health;
    std::unordered_map<const void *, std::shared_ptr<ConnectionManager>> m_pinned;
    std::unordered_map<const Operation *, std::shared_ptr<Operation>> m_operations;
    TimerQueue m_systemTimers;
    std::unordered_map<const Clock *, TimerQueue> m_otherTimers;
    const Clock *m_runningClock = nullptr; // Of m_otherTimers, while its timers run.
    std::optional<SteadyTime> m_armedFor;
    QTimer m_timer;
    QTimer m_heartbeat;
    bool m_isShuttingDown = false;
};

// Thread safety: instance(), run() and isCurrent() may be called from any thread.
//
// The process's one network thread, "infra-network". Started with the first use, stopped with the
// QCoreApplication.
class NetworkThread
{
public:
    // Null without a QCoreApplication; the one that is ending while it is being destroyed.
    [[nodiscard]] static std::shared_ptr<NetworkThread> instance();

    NetworkThread();
    ~NetworkThread();
    NetworkThread(const NetworkThread &) = delete;
    NetworkThread &operator=(const NetworkThread &) = delete;

    // Runs `function` on the thread; at once when called there. Destroyed without being run when the thread
    // has stopped or stops first.
    void run(std::function<void(NetworkHub &)> function);
    [[nodiscard]] bool isCurrent() const { return QThread::currentThread() == m_thread.get(); }
    // Ends every operation and the thread. Never on the thread itself.
    void stop();

private:
    std::unique_ptr<QThread> m_thread;
    std::unique_ptr<NetworkHub> m_hub; // Of the thread.
    Mutex m_mutex;
    std::unique_ptr<Mailbox> m_mailbox INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
