// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <cstdint>
#include <optional>

namespace Infra {

// Thread safety: a value.
//
// The identity of one request in a distributed trace: W3C Trace Context, version 00 (traceparent header).
// A ServiceClient sends one with every attempt: the trace id is the caller's, or a new one; the span id is
// new for every attempt.
struct INFRA_EXPORT TraceContext
{
    std::array<std::uint8_t, 16> traceId{}; // Never all zero in a valid context.
    std::array<std::uint8_t, 8> spanId{};   // Never all zero in a valid context.
    std::uint8_t flags = 0;                 // Bit 0: sampled. Other bits are sent as 0.

    // Reads a traceparent header. Higher versions are read as version 00 when their first four fields are
    // valid, as the standard asks; anything else (version ff, upper case, zero ids, other lengths) is
    // nothing, and a new trace must be started.
    [[nodiscard]] static std::optional<TraceContext> parse(QByteArrayView traceparent);
    // A new trace with random ids, sampled.
    [[nodiscard]] static TraceContext create();

    // The same trace with a new random span id.
    [[nodiscard]] TraceContext child() const;
    // "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    [[nodiscard]] QByteArray toHeader() const;

    friend bool operator==(const TraceContext &, const TraceContext &) = default;
};

} // namespace Infra
