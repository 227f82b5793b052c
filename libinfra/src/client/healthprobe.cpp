// SPDX-License-Identifier: MIT
#include "healthprobe.h"

#include "serviceurl.h"

namespace Infra::Detail {

namespace {

constexpr int ConnectionsPerHost = 6;

UnreachableReason reasonOf(ExchangeResult::Failure failure)
{
    switch (failure) {
    case ExchangeResult::Failure::NameNotFound: return UnreachableReason::NameNotFound;
    case ExchangeResult::Failure::Refused: return UnreachableReason::Refused;
    case ExchangeResult::Failure::Tls: return UnreachableReason::Tls;
    case ExchangeResult::Failure::ConnectionLost: return UnreachableReason::ConnectionLost;
    default: return UnreachableReason::Other;
    }
}

} // namespace

Result<HealthTarget> checkHealthTarget(const QString &service, const QUrl &baseUrl, const HealthCheckOptions &options)
{
    using namespace std::chrono_literals;
    if (service.isEmpty() || service.size() > 128)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("a service's name must have 1 to 128 characters"));
    if (options.timeout < 1ms || options.timeout > 10min)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("timeout must be 1 ms to 10 min"));
    if (!options.clock)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("clock must not be null"));
    if (!isHeaderValue(options.bearerToken))
        return failure(Error::Kind::InvalidArgument, QStringLiteral("bearerToken: CR, LF and control characters are not allowed"));
    if (!options.path.startsWith(QLatin1Char('/')))
        return failure(Error::Kind::InvalidArgument, QStringLiteral("path must begin with '/'"));
    return checkBaseUrl(baseUrl)
        .and_then([&](const QUrl &base) { return joinUrl(base, options.path, {}); })
        .map([&](const QUrl &url) { return HealthTarget{service, url, options}; });
}

HealthProbe::HealthProbe(HealthTarget target, std::function<bool()> wanted, Done done)
    : m_target(std::move(target)), m_wanted(std::move(wanted)), m_done(std::move(done))
{
    m_result.service = m_target.service;
    m_result.url = m_target.url;
    m_result.checkedAt = m_target.options.clock->systemNow();
}

HealthProbe::~HealthProbe()
{
    if (m_finished)
        return;
    m_end = End::NotBegun;
    finishUnreachable(UnreachableReason::Other, QStringLiteral("the network thread has stopped"));
}

void HealthProbe::start(NetworkHub &hub)
{
    if (hub.isShuttingDown())
        return;
    m_hub = &hub;
    hub.addOperation(shared_from_this());
    m_manager = hub.manager({ManagerKey::Use::Health, false, m_target.options.tls});
    m_lane = m_manager->lane(originOf(m_target.url));
    m_dispatched = m_target.options.clock->steadyNow();
    m_timer = hub.addTimer(*m_target.options.clock, m_dispatched + m_target.options.timeout, [this] { timedOut(); });
    m_waiting = true;
    m_ticket = m_lane->queue.enqueue(ServiceRequest::Priority::High, ConnectionsPerHost);
    m_lane->granted.emplace(m_ticket, [this] { dispatch(); });
    grantWaiting(m_lane);
}

void HealthProbe::dispatch()
{
    m_waiting = false;
    m_dispatched = m_target.options.clock->steadyNow();
    ExchangeRequest request;
    request.url = m_target.url;
    request.method = QByteArrayLiteral("GET");
    setHeader(request.headers, QByteArrayLiteral("Accept"), QByteArrayLiteral("application/health+json, application/json;q=0.9, */*;q=0.1"));
    if (!m_target.options.bearerToken.isEmpty())
        setHeader(request.headers, QByteArrayLiteral("Authorization"), QByteArrayLiteral("Bearer ") + m_target.options.bearerToken);
    request.maxResponseBytes = HealthResult::MaximumBodyBytes;
    request.truncateAtLimit = true;
    request.closeConnection = true;
    m_exchange = std::make_unique<Exchange>(m_manager, m_lane, std::move(request), *m_target.options.clock,
                                            [this](ExchangeResult result) { exchanged(std::move(result)); });
    m_exchange->start();
}

void HealthProbe::takeTimes(const ExchangeResult &result)
{
    m_result.connect = result.connect;
    m_result.response = result.send + result.wait + result.receive;
    m_result.total = m_target.options.clock->steadyNow() - m_dispatched;
    m_result.certificateExpiry = result.certificateExpiry;
}

void HealthProbe::exchanged(ExchangeResult result)
{
    const auto self = shared_from_this();
    m_exchange.release()->deleteLater();
    takeTimes(result);
    if (result.failure != ExchangeResult::Failure::None) {
        finishUnreachable(reasonOf(result.failure), result.message);
        return;
    }
    QByteArray contentType;
    for (const auto &[name, value] : result.headers) {
        if (name.compare("Content-Type", Qt::CaseInsensitive) == 0)
            contentType = value;
    }
    const HealthResult read = HealthChecker::interpret(result.status, contentType, result.body);
    m_result.verdict = read.verdict;
    m_result.message = read.message;
    m_result.version = read.version;
    m_result.dependencies = read.dependencies;
    m_result.httpStatus = read.httpStatus;
    m_result.body = read.body;
    finish();
}

void HealthProbe::timedOut()
{
    const auto self = shared_from_this();
    m_timer = {};
    QString phase = QStringLiteral("queue");
    if (m_exchange) {
        phase = QLatin1String(requestPhaseName(m_exchange->phase()));
        takeTimes(m_exchange->abort());
        m_exchange.release()->deleteLater();
    }
    finishUnreachable(UnreachableReason::Timeout,
                      QStringLiteral("no answer within %1 ms (phase %2)").arg(m_target.options.timeout.count()).arg(phase));
}

void HealthProbe::finishUnreachable(UnreachableReason reason, const QString &message)
{
    m_result.verdict = HealthVerdict::Unreachable;
    m_result.reason = reason;
    m_result.message = message;
    finish();
}

void HealthProbe::finish()
{
    const auto self = weak_from_this().lock();
    m_finished = true;
    if (m_hub) {
        m_hub->removeTimer(m_timer);
        m_hub->removeOperation(this);
    }
    if (m_lane) {
        if (m_waiting) {
            m_lane->queue.withdraw(m_ticket);
            m_lane->granted.erase(m_ticket);
        } else {
            m_lane->queue.release(m_ticket);
        }
        grantWaiting(std::move(m_lane));
    }
    const auto done = std::move(m_done);
    done(std::move(m_result), m_end);
}

void HealthProbe::tick()
{
    if (m_wanted())
        return;
    shutDown();
}

void HealthProbe::shutDown()
{
    if (m_finished)
        return;
    if (m_exchange) {
        takeTimes(m_exchange->abort());
        m_exchange.release()->deleteLater();
    }
    m_end = End::Abandoned;
    finishUnreachable(UnreachableReason::Other, QStringLiteral("the check was given up"));
}

} // namespace Infra::Detail
