// SPDX-License-Identifier: MIT
#pragma once

#include <infra/clock.h>
#include <infra/export.h>
#include <infra/requestcontext.h>

#include <QByteArray>
#include <QIODevice>
#include <QJsonDocument>
#include <QString>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace Infra {

// Thread safety: a value; `sink` and `progress` are used on the network thread.
//
// One call of ServiceClient::request(). Everything has a usable default except `path`.
//
//     Infra::ServiceRequest request;
//     request.method = QByteArrayLiteral("POST");
//     request.path = QStringLiteral("/orders");
//     request.setJson(document);
//     request.idempotencyKey = QByteArrayLiteral("order-4711"); // makes the POST retryable
struct INFRA_EXPORT ServiceRequest
{
    // The order of calls that wait for a connection; within one value first come, first served.
    enum class Priority : std::uint8_t {
        Normal, // Waits behind every High one.
        High // Overtakes Normal requests in the admission queue: health probes, control traffic.
    };

    // An HTTP token. CONNECT, TRACE and upgrades are refused.
    QByteArray method = QByteArrayLiteral("GET");
    // Percent-encoded, appended to the base URL's path; "/items/7". An absolute URL, "..", "?" or "#" is
    // refused. QUrl::toPercentEncoding() encodes one segment.
    QString path;
    // Unencoded names and values, sent in order.
    std::vector<std::pair<QString, QString>> query;
    // Sent besides those of the options, which they replace name by name. CR, LF or NUL in a name or value,
    // names that are no token, and headers that belong to the transport (Host, Content-Length, Connection,
    // Transfer-Encoding, Expect, Upgrade, TE, Trailer) are refused. Accept-Encoding is gzip unless given here; the
    // body then comes as the server packed it.
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    // Sent as it is, with its Content-Length. Refused with HEAD.
    QByteArray body;
    // Sent when there is a body.
    QByteArray contentType = QByteArrayLiteral("application/octet-stream");
    // Replaces the options' token. Sent to the base URL's origin only.
    QByteArray bearerToken;

    // Whether sending the request twice does no more than sending it once. By default GET, HEAD, OPTIONS,
    // PUT and DELETE are (RFC 9110, 9.2.2), POST, PATCH and any other are not.
    std::optional<bool> idempotent;
    // Sent as Idempotency-Key, the same for every attempt; the request counts as idempotent then. The server
    // must know the header. Not sent to another origin, where a redirect may lead.
    QByteArray idempotencyKey;

    // Replaces ServiceClientOptions::attemptTimeout for this call; the same range.
    std::optional<std::chrono::milliseconds> attemptTimeout;
    // Replaces ServiceClientOptions::totalTimeout; an earlier deadline of `context` counts all the same.
    std::optional<Deadline> deadline;
    // Replaces RetryOptions::maxAttempts; the same range.
    std::optional<int> maxAttempts;
    // Replaces ServiceClientOptions::maxResponseBytes; the same range.
    std::optional<qint64> maxResponseBytes;

    // Who goes first when every connection to the host is taken.
    Priority priority = Priority::Normal;
    // The answer must be JSON: anything else with a 2xx status is an Error::Kind::Protocol.
    bool expectJson = false;

    // The request this call is made for; its deadline, trace and attempt bind this call.
    std::optional<RequestContext> context;

    // Streaming download: the body of a 2xx answer is written here as it arrives, and ServiceResponse::body
    // stays empty; maxResponseBytes does not apply. Open for writing, shared with the call until its future
    // has finished, and used on the network thread only meanwhile: a slow device slows every call down. A
    // call is not retried once a byte has been written.
    std::shared_ptr<QIODevice> sink;
    // Called on the network thread with the bytes received and the total (-1 when unknown). Must be quick.
    std::function<void(qint64 received, qint64 total)> progress;

    // Sets body, as compact JSON, and contentType.
    void setJson(const QJsonDocument &document);
};

} // namespace Infra
