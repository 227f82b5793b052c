// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

#include <optional>

namespace Infra::Detail {

// Thread safety: a value.
//
// What the head of an HTTP/1.1 request (RFC 9112) says about its framing, its connection and whom it is meant for.
struct RequestHead
{
    // 0 while the head is not complete; no part of its end may lie before from.
    static qsizetype sizeIn(QByteArrayView bytes, qsizetype from = 0);
    // Of a complete one. Lines that are no header fields are passed over, but told.
    static RequestHead parse(QByteArrayView head);

    QByteArrayList hosts;             // Each Host field's name without its port; more than one is an error.
    std::optional<qint64> bodyBytes;  // Content-Length, 0 without one; none: not a number, or two of them.
    bool hasOnlyFields = true;        // No line but the first is anything else than a header field.
    bool isTransferCoded = false;     // Has a Transfer-Encoding.
    bool isUpgrade = false;           // Asks for a WebSocket. What asks for another protocol goes on without it, as by QHttpServer.
    bool wantsClose = false;          // Asks that the connection be closed behind the answer, as HTTP/1.0 does.
};

// True for localhost, the loopback addresses and what hosts names, whatever the case.
bool isLocalName(const QByteArray &host, const QByteArrayList &hosts);

} // namespace Infra::Detail
