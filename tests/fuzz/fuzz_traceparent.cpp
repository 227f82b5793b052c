// SPDX-License-Identifier: MIT
#include <infra/manualclock.h>
#include <infra/requestcontext.h>

#include <QList>

#include <cstdlib>

// The headers that a server reads of a request. The input is lines of "name: value"; what was understood must be
// fit to be sent on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using Infra::RequestContext;
    using Infra::TraceContext;
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    if (const auto context = TraceContext::parse(input); context && TraceContext::parse(context->toHeader()) != context)
        std::abort();
    RequestContext::Headers headers;
    for (const QByteArray &line : input.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        headers.emplace_back(line.left(colon), line.mid(colon + 1));
    }
    // Whatever the names were, the values are tried as each of them too.
    for (const char *name : {"traceparent", "tracestate", RequestContext::DeadlineHeader, RequestContext::AttemptHeader})
        headers.emplace_back(name, input);
    static const Infra::ManualClock clock;
    const RequestContext context = RequestContext::fromHeaders(headers, clock);
    if (context.attempt < 1 || context.attempt > context.maxAttempts || context.traceState.size() > 512
        || context.traceState.contains('\r') || context.traceState.contains('\n'))
        std::abort();
    if (const auto left = context.remaining(clock); left && (*left < std::chrono::nanoseconds(0) || *left > RequestContext::MaximumDeadline))
        std::abort();
    return 0;
}
