// SPDX-License-Identifier: MIT
#pragma once

#include <infra/export.h>
#include <infra/result.h>

#include <QByteArray>
#include <QByteArrayView>
#include <QJsonDocument>
#include <QString>

#include <concepts>
#include <cstdint>

namespace Infra {

// How a type becomes bytes and back; TypedCache<T> uses CacheCodec<T> unless told otherwise. Specialise it for a type
// of your own:
//
//     template<>
//     struct Infra::CacheCodec<Point>
//     {
//         static constexpr std::uint32_t Schema = 0x504f4931; // Change it whenever the bytes change.
//         static Infra::Result<QByteArray> encode(const Point &point);
//         static Infra::Result<Point> decode(QByteArrayView bytes);
//     };
//
// decode() gets bytes that any version of any program may have written: it must check every bound, must not run or
// build anything that the bytes name, and returns Error Corrupt for what it does not understand. TypedCache puts
// Schema in front of the bytes, so a value of another type or version is never handed to decode().
template<class T>
struct CacheCodec;

// What TypedCache asks of a codec for T: the three members above, with exactly these types.
template<class Codec, class T>
concept CacheCodecFor = requires(const T &value, QByteArrayView bytes) {
    { Codec::Schema } -> std::convertible_to<std::uint32_t>;
    { Codec::encode(value) } -> std::same_as<Result<QByteArray>>;
    { Codec::decode(bytes) } -> std::same_as<Result<T>>;
};

// The bytes themselves; every sequence is a value.
template<>
struct INFRA_EXPORT CacheCodec<QByteArray>
{
    static constexpr std::uint32_t Schema = 0x42595431; // "BYT1"
    // Shares the bytes; never fails.
    [[nodiscard]] static Result<QByteArray> encode(const QByteArray &value);
    // A copy; never fails.
    [[nodiscard]] static Result<QByteArray> decode(QByteArrayView bytes);
};

// UTF-8; bytes that are not valid UTF-8 are Corrupt.
template<>
struct INFRA_EXPORT CacheCodec<QString>
{
    static constexpr std::uint32_t Schema = 0x53545231; // "STR1"
    // Never fails; a lone surrogate becomes '?'.
    [[nodiscard]] static Result<QByteArray> encode(const QString &value);
    // Corrupt: not valid UTF-8.
    [[nodiscard]] static Result<QString> decode(QByteArrayView bytes);
};

// Little-endian, eight bytes.
template<>
struct INFRA_EXPORT CacheCodec<std::int64_t>
{
    static constexpr std::uint32_t Schema = 0x49363431; // "I641"
    // Never fails.
    [[nodiscard]] static Result<QByteArray> encode(std::int64_t value);
    // Corrupt: not eight bytes.
    [[nodiscard]] static Result<std::int64_t> decode(QByteArrayView bytes);
};

// IEEE 754, little-endian, eight bytes; every bit pattern is a value.
template<>
struct INFRA_EXPORT CacheCodec<double>
{
    static constexpr std::uint32_t Schema = 0x46363431; // "F641"
    // Never fails; NaN keeps its payload.
    [[nodiscard]] static Result<QByteArray> encode(double value);
    // Corrupt: not eight bytes.
    [[nodiscard]] static Result<double> decode(QByteArrayView bytes);
};

// Compact JSON text. Qt's parser bounds the nesting (1024).
template<>
struct INFRA_EXPORT CacheCodec<QJsonDocument>
{
    static constexpr std::uint32_t Schema = 0x4a534e31; // "JSN1"
    // Never fails. A null document becomes no bytes, which decode() refuses.
    [[nodiscard]] static Result<QByteArray> encode(const QJsonDocument &value);
    // Corrupt: not JSON, or nested too deeply; the message has the parser's reason.
    [[nodiscard]] static Result<QJsonDocument> decode(QByteArrayView bytes);
};

} // namespace Infra
