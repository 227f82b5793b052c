// SPDX-License-Identifier: MIT
#include "entrycompression.h"

#include <QtEndian>

#include <algorithm>

namespace Infra::Detail {
namespace {

// Deflate never makes a block longer than this; what claims to be longer is not ours.
constexpr qsizetype LongestBlock = CompressionBlockBytes + 256;

void appendLength(QByteArray &bytes, qsizetype length)
{
    const quint32 little = qToLittleEndian(static_cast<quint32>(length));
    bytes.append(reinterpret_cast<const char *>(&little), sizeof little);
}

// Takes a length off the front; -1 when there is none.
qsizetype takeLength(QByteArrayView &bytes)
{
    if (bytes.size() < qsizetype(sizeof(quint32)))
        return -1;
    const auto length = qFromLittleEndian<quint32>(bytes.data());
    bytes = bytes.sliced(sizeof(quint32));
    return static_cast<qsizetype>(length);
}

} // namespace

// Layout: length of the value, then for each block the length of its deflated bytes and these, as qCompress() makes
// them (with the block's plain length, big-endian, in front).
QByteArray compressedOrNull(const QByteArray &value)
{
    const qsizetype worthwhile = value.size() - value.size() / 8;
    QByteArray bytes;
    appendLength(bytes, value.size());
    for (qsizetype at = 0; at < value.size(); at += CompressionBlockBytes) {
        const qsizetype length = std::min(CompressionBlockBytes, value.size() - at);
        const QByteArray block = qCompress(reinterpret_cast<const uchar *>(value.constData()) + at, length);
        appendLength(bytes, block.size());
        bytes += block;
        if (bytes.size() > worthwhile)
            return {};
    }
    return bytes;
}

Result<QByteArray> decompressed(QByteArrayView bytes, qsizetype maximumBytes)
{
    const auto corrupt = [](const QString &why) {
        return failure(Error::Kind::Corrupt, QStringLiteral("Compressed value: ") + why);
    };
    const qsizetype length = takeLength(bytes);
    if (length < 0)
        return corrupt(QStringLiteral("no length"));
    if (length > maximumBytes)
        return corrupt(QStringLiteral("%1 bytes announced, the limit is %2").arg(length).arg(maximumBytes));
    QByteArray value;
    while (value.size() < length) {
        const qsizetype blockLength = takeLength(bytes);
        const qsizetype expected = std::min(CompressionBlockBytes, length - value.size());
        if (blockLength < qsizetype(sizeof(quint32)) || blockLength > LongestBlock || blockLength > bytes.size())
            return corrupt(QStringLiteral("a block does not fit"));
        const QByteArrayView block = bytes.first(blockLength);
        bytes = bytes.sliced(blockLength);
        if (qFromBigEndian<quint32>(block.data()) != expected)
            return corrupt(QStringLiteral("a block announces a wrong length"));
        const QByteArray plain = qUncompress(reinterpret_cast<const uchar *>(block.data()), block.size());
        if (plain.size() != expected)
            return corrupt(QStringLiteral("a block does not inflate to its length"));
        value += plain;
    }
    if (!bytes.isEmpty())
        return corrupt(QStringLiteral("bytes behind the last block"));
    return value;
}

} // namespace Infra::Detail
