// SPDX-License-Identifier: MIT
#include <infra/serviceclient.h>

#include "clientcore.h"
#include "servicecall.h"
#include "serviceurl.h"

namespace Infra {

using namespace std::chrono_literals;

struct ServiceClient::Private
{
    std::shared_ptr<Detail::NetworkThread> thread;
    std::shared_ptr<Detail::ClientCore> core;
};

namespace {

template<class T>
Result<void> inRange(const char *option, const T &value, const T &minimum, const T &maximum, const QString &range)
{
    if (value >= minimum && value <= maximum)
        return {};
    return failure(Error::Kind::InvalidArgument, QStringLiteral("%1 must be %2").arg(QLatin1String(option), range));
}

Result<void> checkRetry(const RetryOptions &retry)
{
    using std::chrono::milliseconds;
    return inRange<int>("retry.maxAttempts", retry.maxAttempts, 1, 10, QStringLiteral("1 to 10"))
        .and_then([&] { return inRange<milliseconds>("retry.initialBackoff", retry.initialBackoff, 1ms, 1min, QStringLiteral("1 ms to 1 min")); })
        .and_then([&] { return inRange<milliseconds>("retry.maximumBackoff", retry.maximumBackoff, retry.initialBackoff, 10min, QStringLiteral("at least initialBackoff and at most 10 min")); })
        .and_then([&] { return inRange<milliseconds>("retry.maximumRetryAfter", retry.maximumRetryAfter, 0ms, 24h, QStringLiteral("0 to 24 h")); })
        .and_then([&] { return inRange("retry.budgetRatio", retry.budgetRatio, 0.0, 1.0, QStringLiteral("0 to 1")); })
        .and_then([&] { return inRange("retry.budgetReserve", retry.budgetReserve, 0.0, 1000.0, QStringLiteral("0 to 1000")); });
}

Result<void> checkBreaker(const CircuitBreakerOptions &breaker)
{
    using std::chrono::milliseconds;
    return inRange<milliseconds>("breaker.window", breaker.window, 100ms, 10min, QStringLiteral("100 ms to 10 min"))
        .and_then([&] { return inRange<int>("breaker.minimumAttempts", breaker.minimumAttempts, 1, 1'000'000, QStringLiteral("1 to 1000000")); })
        .and_then([&] { return inRange("breaker.failureRatio", breaker.failureRatio, 1e-6, 1.0, QStringLiteral("above 0 and at most 1")); })
        .and_then([&] { return inRange<milliseconds>("breaker.openDuration", breaker.openDuration, 1ms, 1h, QStringLiteral("1 ms to 1 h")); })
        .and_then([&] { return inRange<int>("breaker.trialAttempts", breaker.trialAttempts, 1, 100, QStringLiteral("1 to 100")); });
}

Result<void> checkOptions(const ServiceClientOptions &options)
{
    using std::chrono::milliseconds;
    if (!options.clock)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("clock must not be null"));
    if (!Detail::isHeaderValue(options.bearerToken))
        return failure(Error::Kind::InvalidArgument, QStringLiteral("bearerToken: CR, LF and control characters are not allowed"));
    return inRange<milliseconds>("attemptTimeout", options.attemptTimeout, 1ms, 1h, QStringLiteral("1 ms to 1 h"))
        .and_then([&] { return inRange<milliseconds>("totalTimeout", options.totalTimeout, 1ms, 24h, QStringLiteral("1 ms to 24 h")); })
        .and_then([&] { return inRange("maxConnectionsPerHost", options.maxConnectionsPerHost, 1, 6, QStringLiteral("1 to 6")); })
        .and_then([&] { return inRange("maxQueued", options.maxQueued, 1, 100'000, QStringLiteral("1 to 100000")); })
        .and_then([&] { return inRange<qint64>("maxResponseBytes", options.maxResponseBytes, 1, 1024LL * 1024 * 1024, QStringLiteral("1 byte to 1 GiB")); })
        .and_then([&] { return inRange("maxRedirects", options.maxRedirects, 0, 20, QStringLiteral("0 to 20")); })
        .and_then([&] { return Detail::checkHeaders(options.headers); })
        .and_then([&] { return checkRetry(options.retry); })
        .and_then([&] { return checkBreaker(options.breaker); });
}

Result<void> checkRequest(const ServiceRequest &request)
{
    using std::chrono::milliseconds;
    if (!Detail::isHttpToken(request.method) || request.method.size() > 32)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the method is no HTTP token"));
    if (request.method == "CONNECT" || request.method == "TRACE")
        return failure(Error::Kind::InvalidArgument, QStringLiteral("method %1 is not supported").arg(QString::fromLatin1(request.method)));
    if (request.method == "HEAD" && !request.body.isEmpty())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("HEAD cannot have a body"));
    if (!Detail::isHeaderValue(request.bearerToken) || !Detail::isHeaderValue(request.idempotencyKey)
        || !Detail::isHeaderValue(request.contentType))
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("bearerToken, idempotencyKey and contentType: CR, LF and control characters are not allowed"));
    if (request.context
        && (!Detail::isHeaderValue(request.context->traceState)
            || request.context->traceState.size() > RequestContext::MaximumTraceStateBytes))
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("context.traceState: CR, LF and control characters are not allowed, nor more than %1 bytes")
                           .arg(RequestContext::MaximumTraceStateBytes));
    if (request.sink && !request.sink->isWritable())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("the sink is not open for writing"));
    return Detail::checkHeaders(request.headers)
        .and_then([&] { return inRange<milliseconds>("attemptTimeout", request.attemptTimeout.value_or(1ms), 1ms, 1h, QStringLiteral("1 ms to 1 h")); })
        .and_then([&] { return inRange<int>("maxAttempts", request.maxAttempts.value_or(1), 1, 10, QStringLiteral("1 to 10")); })
        .and_then([&] { return inRange<qint64>("maxResponseBytes", request.maxResponseBytes.value_or(1), 1, 1024LL * 1024 * 1024, QStringLiteral("1 byte to 1 GiB")); });
}

Detail::HttpHeaders mergedHeaders(const ServiceClientOptions &options, const ServiceRequest &request)
{
    Detail::HttpHeaders headers;
    for (const auto &[name, value] : options.headers)
        Detail::setHeader(headers, name, value);
    const QByteArray &token = request.bearerToken.isEmpty() ? options.bearerToken : request.bearerToken;
    if (!token.isEmpty())
        Detail::setHeader(headers, QByteArrayLiteral("Authorization"), QByteArrayLiteral("Bearer ") + token);
    if (!request.body.isEmpty() && !request.contentType.isEmpty())
        Detail::setHeader(headers, QByteArrayLiteral("Content-Type"), request.contentType);
    if (!request.idempotencyKey.isEmpty())
        Detail::setHeader(headers, QByteArrayLiteral("Idempotency-Key"), request.idempotencyKey);
    for (const auto &[name, value] : request.headers)
        Detail::setHeader(headers, name, value);
    return headers;
}

QFuture<ServiceResult> refusedCall(const Error &error)
{
    Detail::CallPromise<ServiceResult> promise;
    auto future = promise.future();
    ServiceError refused;
    static_cast<Error &>(refused) = error;
    promise.finish(tl::unexpected(std::move(refused)));
    return future;
}

ServiceRequest bodyRequest(const char *method, const QString &path, const QByteArray &body, const QByteArray &contentType)
{
    ServiceRequest request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.contentType = contentType;
    return request;
}

ServiceRequest jsonRequest(const char *method, const QString &path, const QJsonDocument &json)
{
    ServiceRequest request;
    request.method = method;
    request.path = path;
    request.setJson(json);
    return request;
}

} // namespace

Result<std::unique_ptr<ServiceClient>> ServiceClient::create(const QString &name, const QUrl &baseUrl,
                                                             const ServiceClientOptions &options)
{
    if (name.isEmpty() || name.size() > 128)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("a service's name must have 1 to 128 characters"));
    const Result<QUrl> url = Detail::checkBaseUrl(baseUrl);
    if (!url)
        return failure(url.error());
    if (const Result<void> checked = checkOptions(options); !checked)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("service client '%1': %2").arg(name, checked.error().message));
    auto d = std::make_unique<Private>();
    d->thread = Detail::NetworkThread::instance();
    if (!d->thread)
        return failure(Error::Kind::Unavailable, QStringLiteral("a service client needs a QCoreApplication"));
    d->core = std::make_shared<Detail::ClientCore>(name, *url, options);
    return std::unique_ptr<ServiceClient>(new ServiceClient(std::move(d)));
}

ServiceClient::ServiceClient(std::unique_ptr<Private> data) : d(std::move(data)) {}

ServiceClient::~ServiceClient()
{
    d->core->closed = true;
    d->thread->run([core = d->core](Detail::NetworkHub &hub) { hub.unpin(core.get()); });
}

QFuture<ServiceResult> ServiceClient::request(const ServiceRequest &request)
{
    if (const Result<void> checked = checkRequest(request); !checked)
        return refusedCall(checked.error());
    const Result<QUrl> url = Detail::joinUrl(d->core->baseUrl, request.path, request.query);
    if (!url)
        return refusedCall(url.error());
    auto call = std::make_shared<Detail::ServiceCall>(d->core, request, *url, mergedHeaders(d->core->options, request));
    auto future = call->future();
    d->thread->run([call = std::move(call)](Detail::NetworkHub &hub) { call->start(hub); });
    return future;
}

QFuture<ServiceResult> ServiceClient::get(const QString &path, const Query &query)
{
    ServiceRequest get;
    get.path = path;
    get.query = query;
    return request(get);
}

QFuture<ServiceResult> ServiceClient::del(const QString &path, const Query &query)
{
    ServiceRequest del;
    del.method = QByteArrayLiteral("DELETE");
    del.path = path;
    del.query = query;
    return request(del);
}

QFuture<ServiceResult> ServiceClient::post(const QString &path, const QJsonDocument &json)
{
    return request(jsonRequest("POST", path, json));
}

QFuture<ServiceResult> ServiceClient::post(const QString &path, const QByteArray &body, const QByteArray &contentType)
{
    return request(bodyRequest("POST", path, body, contentType));
}

QFuture<ServiceResult> ServiceClient::put(const QString &path, const QJsonDocument &json)
{
    return request(jsonRequest("PUT", path, json));
}

QFuture<ServiceResult> ServiceClient::put(const QString &path, const QByteArray &body, const QByteArray &contentType)
{
    return request(bodyRequest("PUT", path, body, contentType));
}

QFuture<ServiceResult> ServiceClient::patch(const QString &path, const QJsonDocument &json)
{
    return request(jsonRequest("PATCH", path, json));
}

QFuture<ServiceResult> ServiceClient::patch(const QString &path, const QByteArray &body, const QByteArray &contentType)
{
    return request(bodyRequest("PATCH", path, body, contentType));
}

QString ServiceClient::name() const
{
    return d->core->name;
}

QUrl ServiceClient::baseUrl() const
{
    return d->core->baseUrl;
}

ServiceClientOptions ServiceClient::options() const
{
    return d->core->options;
}

ClientStatistics ServiceClient::statistics() const
{
    return d->core->statistics();
}

ComponentSnapshot ServiceClient::snapshot() const
{
    return {ComponentSnapshot::Kind::Client, d->core->name.toUtf8(), d->core->statistics().toMetrics()};
}

} // namespace Infra
