// SPDX-License-Identifier: MIT
#pragma once

#include <infra/result.h>

#include <QByteArray>
#include <QByteArrayView>

namespace Infra::Detail {

// Deflates in blocks of BlockBytes, each with its own length. qUncompress() grows its buffer for as long as the stream
// yields, whatever length was announced: only a bound on each piece's input bounds its output. A hostile block
// can so cost 1032 (deflate's limit) times its at most BlockBytes and a little, and is refused then.
inline constexpr qsizetype CompressionBlockBytes = 32 * 1024;

// Nothing when that saves less than an eighth.
[[nodiscard]] QByteArray compressedOrNull(const QByteArray &value);
// The value, if it is whole and at most `maximumBytes`; else Error Corrupt.
[[nodiscard]] Result<QByteArray> decompressed(QByteArrayView bytes, qsizetype maximumBytes);

} // namespace Infra::Detail
