// SPDX-License-Identifier: MIT
#include "networkthread.h"

#include <QCoreApplication>
#include <QHostAddress>
#include <QNetworkProxy>
#include <QNetworkProxyFactory>
#include <QUrl>

#include <algorithm>
#include <future>

namespace Infra::Detail {

namespace {

constexpr std::chrono::milliseconds Heartbeat{10};
// Lanes nobody uses are forgotten from here on; redirects could otherwise name origins without end.
constexpr std::size_t LanesKept = 4096;

class SystemProxies final : public QNetworkProxyFactory
{
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        // The system knows no proxy for Qt's own scheme; a connection that is made first goes where its request will.
        QUrl url = query.url();
        if (url.scheme().startsWith(Preconnect))
            url.setScheme(url.scheme().mid(Preconnect.size()));
        return systemProxyForQuery(QNetworkProxyQuery(url));
    }

private:
    static constexpr QLatin1String Preconnect{"preconnect-"};
};

// None, in either of two words. With "no proxy" Qt takes an unbuffered socket and reads the head of an answer byte by
// byte, a system call each: half of what a small request costs on one machine. The other word, the application's proxy,
// means none for this machine's own addresses by Qt's rule, and its sockets are buffered.
class NoProxies final : public QNetworkProxyFactory
{
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        const QString host = query.peerHostName();
        const bool isThisMachine = host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
        return {QNetworkProxy(isThisMachine ? QNetworkProxy::DefaultProxy : QNetworkProxy::NoProxy)};
    }
};

} // namespace

ConnectionFaults &connectionFaults()
{
    static ConnectionFaults faults;
    return faults;
}

int ConnectionNumbers::take(SteadyTime now)
{
    const auto isSafe = [now](const Use &use) { return use.users == 0 && now - use.freeSince >= Closing; };
    auto chosen = std::find_if(m_uses.begin(), m_uses.end(), isSafe);
    if (chosen == m_uses.end()) {
        chosen = std::min_element(m_uses.begin(), m_uses.end(), [](const Use &left, const Use &right) {
            return std::pair(left.users, left.freeSince) < std::pair(right.users, right.freeSince);
        });
    }
    ++chosen->users;
    return static_cast<int>(chosen - m_uses.begin());
}

void ConnectionNumbers::release(int number, SteadyTime now)
{
    Use &use = m_uses[static_cast<std::size_t>(number)];
    --use.users;
    use.freeSince = now;
}

KeptConnection &OriginLane::takeConnection()
{
    auto chosen = std::find_if(connections.begin(), connections.end(), [](const auto &one) { return !one.isTaken && one.isOpen; });
    if (chosen == connections.end())
        chosen = std::find_if(connections.begin(), connections.end(), [](const auto &one) { return !one.isTaken; });
    // The queue admits no more than there are.
    Q_ASSERT(chosen != connections.end());
    chosen->isTaken = true;
    return *chosen;
}

void OriginLane::forgetConnections()
{
    for (KeptConnection &connection : connections)
        connection.isOpen = false;
}

ConnectionManager::ConnectionManager(const ManagerKey &key) : m_key(key), m_network(makeNetwork())
{
    m_template.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    m_template.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    m_template.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    m_template.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    m_template.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    m_template.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    m_template.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    // Qt must not keep a body to send it again.
    m_template.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
    // Said by us, Qt leaves the unpacking to us: its own takes a body that breaks off for a whole one (GzipReader).
    m_template.setRawHeader(QByteArrayLiteral("Accept-Encoding"), QByteArrayLiteral("gzip"));
    if (key.tls)
        m_template.setSslConfiguration(*key.tls);
}

std::shared_ptr<QNetworkAccessManager> ConnectionManager::makeNetwork() const
{
    auto network = std::make_shared<QNetworkAccessManager>();
    if (m_key.systemProxy)
        network->setProxyFactory(new SystemProxies);
    else
        network->setProxyFactory(new NoProxies);
    network->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    return network;
}

void ConnectionManager::retireConnections(OriginLane &lane)
{
    if (connectionFaults().skipRetirement)
        return;
    ++lane.retirements;
    lane.forgetConnections();
    const auto apart = std::count_if(m_lanes.begin(), m_lanes.end(), [](const auto &entry) { return entry.second->network != nullptr; });
    if (lane.network || apart < LanesApart) {
        lane.network = makeNetwork();
        return;
    }
    m_network = makeNetwork();
    for (const auto &[origin, other] : m_lanes) {
        other->network.reset();
        other->forgetConnections();
    }
}

QNetworkRequest ConnectionManager::request(const QUrl &url) const
{
    QNetworkRequest request = m_template;
    request.setUrl(url);
    return request;
}

std::shared_ptr<OriginLane> ConnectionManager::lane(const QByteArray &origin)
{
    if (m_lanes.size() >= LanesKept) {
        // One that is apart is kept: what it was taken away from may still be open.
        std::erase_if(m_lanes, [](const auto &entry) {
            return entry.second.use_count() == 1 && !entry.second->network && entry.second->queue.active() == 0
                && entry.second->queue.waiting() == 0;
        });
    }
    std::shared_ptr<OriginLane> &lane = m_lanes[origin.toStdString()];
    if (!lane)
        lane = std::make_shared<OriginLane>();
    return lane;
}

void grantWaiting(std::shared_ptr<OriginLane> lane)
{
    if (lane->granting)
        return;
    lane->granting = true;
    while (const auto ticket = lane->queue.grantNext()) {
        auto found = lane->granted.extract(*ticket);
        if (found.empty())
            lane->queue.release(*ticket);
        else
            found.mapped()();
    }
    lane->granting = false;
}

Operation::~Operation() = default;

NetworkHub::NetworkHub()
{
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_heartbeat.setTimerType(Qt::PreciseTimer);
    m_heartbeat.setInterval(Heartbeat);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { runSystemTimers(); });
    QObject::connect(&m_heartbeat, &QTimer::timeout, &m_heartbeat, [this] { heartbeat(); });
    m_requests = manager({});
}

NetworkHub::~NetworkHub() = default;

std::shared_ptr<ConnectionManager> NetworkHub::manager(const ManagerKey &key)
{
    std::erase_if(m_managers, [](const auto &manager) { return manager.expired(); });
    for (const auto &weak : m_managers) {
        if (auto manager = weak.lock(); manager && manager->key() == key)
            return manager;
    }
    auto manager = std::make_shared<ConnectionManager>(key);
    m_managers.push_back(manager);
    if (key == ManagerKey{ManagerKey::Use::Health, false, {}})
        m_health = manager;
    return manager;
}

void NetworkHub::pin(const void *owner, std::shared_ptr<ConnectionManager> manager)
{
    m_pinned[owner] = std::move(manager);
}

void NetworkHub::unpin(const void *owner)
{
    m_pinned.erase(owner);
}

void NetworkHub::addOperation(const std::shared_ptr<Operation> &operation)
{
    m_operations.emplace(operation.get(), operation);
    ensureHeartbeat();
}

void NetworkHub::removeOperation(const Operation *operation)
{
    m_operations.erase(operation);
}

NetworkHub::Timer NetworkHub::addTimer(const Clock &clock, SteadyTime when, std::function<void()> function)
{
    if (&clock != &Clock::system()) {
        ensureHeartbeat();
        return {&clock, m_otherTimers[&clock].add(when, std::move(function))};
    }
    const TimerQueue::Id id = m_systemTimers.add(when, std::move(function));
    if (!m_armedFor || when < *m_armedFor)
        arm();
    return {&clock, id};
}

void NetworkHub::removeTimer(Timer timer)
{
    if (timer.id == 0)
        return;
    // The event-loop timer may fire once for nothing; that is cheaper than setting it for every call.
    if (timer.clock == &Clock::system())
        m_systemTimers.remove(timer.id);
    else if (const auto found = m_otherTimers.find(timer.clock); found != m_otherTimers.end()) {
        found->second.remove(timer.id);
        // Its clock may be gone before the next heartbeat. (The one whose timers are running is looked at after that.)
        if (found->second.isEmpty() && timer.clock != m_runningClock)
            m_otherTimers.erase(found);
    }
}

void NetworkHub::runSystemTimers()
{
    m_armedFor.reset();
    m_systemTimers.runDue(Clock::system().steadyNow());
    arm();
}

void NetworkHub::arm()
{
    const auto next = m_systemTimers.next();
    if (!next || *next == SteadyTime::max())
        return;
    if (m_armedFor && *m_armedFor <= *next)
        return;
    m_armedFor = next;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::system().steadyNow());
    m_timer.start(std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), std::chrono::hours(24)));
}

void NetworkHub::ensureHeartbeat()
{
    if (!m_heartbeat.isActive())
        m_heartbeat.start();
}

void NetworkHub::heartbeat()
{
    std::vector<std::shared_ptr<Operation>> operations;
    operations.reserve(m_operations.size());
    for (const auto &[key, operation] : m_operations)
        operations.push_back(operation);
    for (const auto &operation : operations)
        operation->tick();
    std::vector<const Clock *> clocks;
    for (const auto &[clock, queue] : m_otherTimers)
        clocks.push_back(clock);
    for (const Clock *clock : clocks) {
        const auto found = m_otherTimers.find(clock);
        if (found == m_otherTimers.end())
            continue;
        m_runningClock = clock;
        found->second.runDue(clock->steadyNow());
        m_runningClock = nullptr;
    }
    std::erase_if(m_otherTimers, [](const auto &entry) { return entry.second.isEmpty(); });
    if (m_operations.empty() && m_otherTimers.empty())
        m_heartbeat.stop();
}

void NetworkHub::shutDown()
{
    m_isShuttingDown = true;
    while (!m_operations.empty()) {
        const std::shared_ptr<Operation> operation = m_operations.begin()->second;
        operation->shutDown();
        m_operations.erase(operation.get());
    }
}

namespace {

Mutex s_instanceMutex;
std::shared_ptr<NetworkThread> s_instance INFRA_GUARDED_BY(s_instanceMutex);

void stopInstance()
{
    std::shared_ptr<NetworkThread> instance;
    {
        const MutexLocker locker(s_instanceMutex);
        instance = s_instance;
    }
    if (!instance)
        return;
    // Whoever asks for the thread meanwhile gets the one that ends: another would have to be ended in its turn.
    instance->stop();
    const MutexLocker locker(s_instanceMutex);
    s_instance.reset();
}

} // namespace

std::shared_ptr<NetworkThread> NetworkThread::instance()
{
    if (!QCoreApplication::instance() || QCoreApplication::closingDown())
        return {};
    const MutexLocker locker(s_instanceMutex);
    if (!s_instance) {
        s_instance = std::make_shared<NetworkThread>();
        qAddPostRoutine(&stopInstance);
    }
    return s_instance;
}

NetworkThread::NetworkThread() : m_thread(std::make_unique<QThread>())
{
    auto mailbox = std::make_unique<Mailbox>();
    mailbox->moveToThread(m_thread.get());
    mailbox->post([this] { m_hub = std::make_unique<NetworkHub>(); });
    {
        const MutexLocker locker(m_mutex);
        m_mailbox = std::move(mailbox);
    }
    m_thread->setObjectName(QStringLiteral("infra-network"));
    m_thread->start();
}

NetworkThread::~NetworkThread()
{
    stop();
}

void NetworkThread::run(std::function<void(NetworkHub &)> function)
{
    if (isCurrent()) {
        if (m_hub)
            function(*m_hub);
        return;
    }
    const MutexLocker locker(m_mutex);
    if (m_mailbox)
        m_mailbox->post([this, function = std::move(function)] { function(*m_hub); });
}

void NetworkThread::stop()
{
    std::promise<void> stopped;
    std::unique_ptr<Mailbox> mailbox;
    {
        const MutexLocker locker(m_mutex);
        mailbox = std::move(m_mailbox);
        if (!mailbox)
            return;
        mailbox->post([this, &stopped] {
            m_hub->shutDown();
            m_hub.reset();
            m_thread->quit();
            stopped.set_value();
        });
    }
    stopped.get_future().wait();
    m_thread->wait();
}

} // namespace Infra::Detail
