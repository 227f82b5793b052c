// SPDX-License-Identifier: MIT
#include <infra/cachecodec.h>

#include <QJsonParseError>
#include <QStringDecoder>
#include <QtEndian>

#include <bit>

namespace Infra {
namespace {

QByteArray eightBytes(quint64 bits)
{
    QByteArray bytes(sizeof bits, Qt::Uninitialized);
    qToLittleEndian(bits, bytes.data());
    return bytes;
}

Result<quint64> fromEightBytes(QByteArrayView bytes)
{
    if (bytes.size() != qsizetype(sizeof(quint64)))
        return failure(Error::Kind::Corrupt, QStringLiteral("A number takes 8 bytes, not %1").arg(bytes.size()));
    return qFromLittleEndian<quint64>(bytes.data());
}

} // namespace

Result<QByteArray> CacheCodec<QByteArray>::encode(const QByteArray &value)
{
    return value;
}

Result<QByteArray> CacheCodec<QByteArray>::decode(QByteArrayView bytes)
{
    return bytes.toByteArray();
}

Result<QByteArray> CacheCodec<QString>::encode(const QString &value)
{
    return value.toUtf8();
}

Result<QString> CacheCodec<QString>::decode(QByteArrayView bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder(bytes);
    if (decoder.hasError())
        return failure(Error::Kind::Corrupt, QStringLiteral("The text is not valid UTF-8"));
    return text;
}

Result<QByteArray> CacheCodec<std::int64_t>::encode(std::int64_t value)
{
    return eightBytes(std::bit_cast<quint64>(value));
}

Result<std::int64_t> CacheCodec<std::int64_t>::decode(QByteArrayView bytes)
{
    return fromEightBytes(bytes).map([](quint64 bits) { return std::bit_cast<std::int64_t>(bits); });
}

Result<QByteArray> CacheCodec<double>::encode(double value)
{
    return eightBytes(std::bit_cast<quint64>(value));
}

Result<double> CacheCodec<double>::decode(QByteArrayView bytes)
{
    return fromEightBytes(bytes).map([](quint64 bits) { return std::bit_cast<double>(bits); });
}

Result<QByteArray> CacheCodec<QJsonDocument>::encode(const QJsonDocument &value)
{
    return value.toJson(QJsonDocument::Compact);
}

Result<QJsonDocument> CacheCodec<QJsonDocument>::decode(QByteArrayView bytes)
{
    QJsonParseError error;
    QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromRawData(bytes.data(), bytes.size()), &error);
    if (error.error != QJsonParseError::NoError)
        return failure(Error::Kind::Corrupt, QStringLiteral("Not JSON: ") + error.errorString());
    return document;
}

} // namespace Infra
