// SPDX-License-Identifier: MIT
#pragma once

#include <infra/attemptledger.h>
#include <infra/export.h>
#include <infra/result.h>

#include <QByteArray>
#include <QJsonDocument>

#include <utility>
#include <vector>

namespace Infra {

// Thread safety: a value.
//
// An answer, whatever its status: a 404 or a 503 is an answer too (see isSuccess()). Only a call that got
// none is a ServiceError.
struct INFRA_EXPORT ServiceResponse
{
    int status = 0; // HTTP's.
    // As received, in order; names keep their case.
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    // Decompressed, if it was gzip (or x-gzip, the same) and the request did not name an Accept-Encoding. Into a sink, more than 10 MiB and more
    // than 100 times what arrived are an error (Protocol). Empty when the request had a sink.
    QByteArray body;
    qint64 bytesReceived = 0; // Of the body, decompressed; also when it went into a sink.
    AttemptLedger ledger;     // How it came about.

    // A 2xx; a 304 or another 3xx is none.
    [[nodiscard]] bool isSuccess() const noexcept { return status >= 200 && status < 300; }
    // The first header of that name, compared without case; empty when there is none.
    [[nodiscard]] QByteArray header(QByteArrayView name) const;
    // The body as JSON. Protocol: it is not JSON, with the parser's reason and offset.
    [[nodiscard]] Result<QJsonDocument> json() const;
};

// Thread safety: a value.
//
// Why a call got no answer. Timeout and Cancelled are different kinds; Rejected means that the circuit breaker refused
// it, LimitExceeded that the queue was full (maxQueued, phase Queue) or a size over its limit, and nothing was sent of a
// call that breaker or queue refused: one that has been tried, or answered by a redirect, ends with what that brought
// when the next attempt is refused (RetryDecision::BreakerOpened, QueueFull). Io means that the sink could
// not be written; Tls, Protocol and InvalidArgument say what their name says; Unavailable is everything else below
// HTTP. An interim answer (1xx) but 100 is a Protocol error too, with the status as native code: Qt reads no further.
struct INFRA_EXPORT ServiceError : Error
{
    // The phase in which the call ended; for a Timeout also AttemptLedger::longestPhase() is worth a look.
    RequestPhase phase = RequestPhase::Queue;
    // What was tried until then.
    AttemptLedger ledger;

    friend bool operator==(const ServiceError &, const ServiceError &) = default;
};

// Converts to Result<ServiceResponse>, which drops phase and ledger of an error.
using ServiceResult = tl::expected<ServiceResponse, ServiceError>;

} // namespace Infra
