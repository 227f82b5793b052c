// SPDX-License-Identifier: MIT
#include <infra/tracecontext.h>

#include <QRandomGenerator>
#include <QStringBuilder>

#include <algorithm>
#include <span>

namespace Infra {

namespace {

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1; // Upper case is not allowed.
}

bool readHex(QByteArrayView text, std::span<std::uint8_t> bytes)
{
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = hexValue(text[static_cast<qsizetype>(2 * i)]);
        const int low = hexValue(text[static_cast<qsizetype>(2 * i + 1)]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

bool isZero(std::span<const std::uint8_t> bytes)
{
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

void fillRandom(std::span<std::uint8_t> bytes)
{
    do {
        for (std::size_t i = 0; i < bytes.size(); i += 4) {
            const quint32 random = QRandomGenerator::global()->generate();
            for (std::size_t j = 0; j < 4 && i + j < bytes.size(); ++j)
                bytes[i + j] = static_cast<std::uint8_t>(random >> (8 * j));
        }
    } while (isZero(bytes));
}

QByteArray toHex(std::span<const std::uint8_t> bytes)
{
    return QByteArray(reinterpret_cast<const char *>(bytes.data()), static_cast<qsizetype>(bytes.size())).toHex();
}

} // namespace

std::optional<TraceContext> TraceContext::parse(QByteArrayView text)
{
    // 00-<32 hex>-<16 hex>-<2 hex>; a later version may append "-…".
    constexpr qsizetype Length = 55;
    if (text.size() < Length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return {};
    std::uint8_t version = 0;
    std::uint8_t flags = 0;
    TraceContext context;
    if (!readHex(text.first(2), {&version, 1}) || !readHex(text.sliced(3, 32), context.traceId)
        || !readHex(text.sliced(36, 16), context.spanId) || !readHex(text.sliced(53, 2), {&flags, 1}))
        return {};
    if (version == 0xff || (version == 0 && text.size() != Length) || (text.size() > Length && text[Length] != '-'))
        return {};
    if (isZero(context.traceId) || isZero(context.spanId))
        return {};
    context.flags = flags & 1U;
    return context;
}

TraceContext TraceContext::create()
{
    TraceContext context;
    fillRandom(context.traceId);
    fillRandom(context.spanId);
    context.flags = 1;
    return context;
}

TraceContext TraceContext::child() const
{
    TraceContext context = *this;
    fillRandom(context.spanId);
    return context;
}

QByteArray TraceContext::toHeader() const
{
    return QByteArrayLiteral("00-") + toHex(traceId) + '-' + toHex(spanId) + (flags & 1U ? "-01" : "-00");
}

} // namespace Infra
