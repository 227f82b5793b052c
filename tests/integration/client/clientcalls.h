// SPDX-License-Identifier: MIT
#pragma once

#include "rawhttpserver.h"

#include <infra/serviceclient.h>

#include <memory>

// What the tests of ServiceClient have in common: a client of a raw server, and waiting for a result.
namespace InfraTest {

inline void echo(const RawHttpServer::Request &request, RawHttpServer::Connection &connection)
{
    connection.write(RawHttpServer::response(200, request.method + ' ' + request.target + ' ' + request.body));
}

inline std::unique_ptr<Infra::ServiceClient> makeClient(const RawHttpServer &server, const Infra::ServiceClientOptions &options = {})
{
    auto client = Infra::ServiceClient::create(QStringLiteral("service"), server.url(), options);
    if (!client)
        qFatal("%s", qPrintable(client.error().message));
    return std::move(*client);
}

// Every call has a deadline, so this ends.
inline Infra::ServiceResult resultOf(QFuture<Infra::ServiceResult> future)
{
    future.waitForFinished();
    return future.takeResult();
}

inline QByteArray explain(const Infra::ServiceResult &result)
{
    return result ? QByteArray() : toString(result.error()).toUtf8();
}

// Options with pauses of next to nothing.
inline Infra::ServiceClientOptions quick()
{
    Infra::ServiceClientOptions options;
    options.retry.initialBackoff = std::chrono::milliseconds(1);
    options.retry.maximumBackoff = std::chrono::milliseconds(2);
    return options;
}

} // namespace InfraTest
