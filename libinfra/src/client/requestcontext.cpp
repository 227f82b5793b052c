// SPDX-License-Identifier: MIT
#include <infra/requestcontext.h>

#include <algorithm>

namespace Infra {

namespace {

// Digits only, at most `maximum`; nothing otherwise.
std::optional<std::int64_t> readNumber(QByteArrayView text, std::int64_t maximum)
{
    if (text.isEmpty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    std::int64_t value = 0;
    for (const char c : text)
        value = std::min(value * 10 + (c - '0'), maximum);
    return value;
}

} // namespace

std::optional<std::chrono::nanoseconds> RequestContext::remaining(const Clock &clock) const
{
    if (!deadline)
        return {};
    return std::max<std::chrono::nanoseconds>(*deadline - clock.steadyNow(), std::chrono::nanoseconds(0));
}

RequestContext RequestContext::fromHeaders(const Headers &headers, const Clock &clock)
{
    RequestContext context;
    for (const auto &[name, untrimmed] : headers) {
        const QByteArray value = untrimmed.trimmed();
        if (name.compare("traceparent", Qt::CaseInsensitive) == 0) {
            context.trace = TraceContext::parse(value);
        } else if (name.compare("tracestate", Qt::CaseInsensitive) == 0) {
            // Printable ASCII only: it is sent on as a header.
            if (value.size() <= MaximumTraceStateBytes && std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
                context.traceState = value;
        } else if (name.compare(DeadlineHeader, Qt::CaseInsensitive) == 0) {
            constexpr auto limit = std::chrono::milliseconds(MaximumDeadline);
            if (const auto left = readNumber(value, limit.count()))
                context.deadline = clock.steadyNow() + std::chrono::milliseconds(*left);
        } else if (name.compare(AttemptHeader, Qt::CaseInsensitive) == 0) {
            const qsizetype slash = value.indexOf('/');
            if (slash < 0)
                continue;
            const auto number = readNumber(QByteArrayView(value).first(slash), 1000);
            const auto of = readNumber(QByteArrayView(value).sliced(slash + 1), 1000);
            if (number && of && *number >= 1 && *number <= *of) {
                context.attempt = static_cast<int>(*number);
                context.maxAttempts = static_cast<int>(*of);
            }
        }
    }
    // W3C Trace Context, 3.3: one without a valid traceparent is not to be read.
    if (!context.trace)
        context.traceState.clear();
    return context;
}

} // namespace Infra
