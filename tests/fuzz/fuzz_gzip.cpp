// SPDX-License-Identifier: MIT
#include "client/gzipreader.h"
#include "fuzzinput.h"

using namespace Infra::Detail;
using InfraFuzz::require;

namespace {

constexpr qsizetype EnoughBytes = 4 * 1024 * 1024;

struct Unpacked
{
    QByteArray bytes;
    bool isDamaged = false;
    bool isComplete = false;
    bool isCut = false; // There was more.
};

Unpacked unpack(const QByteArray &packed, qsizetype step)
{
    GzipReader reader;
    Unpacked result;
    for (qsizetype at = 0; at < packed.size() && !result.isCut; at += step) {
        reader.feed(packed.mid(at, step));
        for (QByteArray piece = reader.read(); !piece.isEmpty() && !result.isCut; piece = reader.read()) {
            require(piece.size() <= static_cast<qsizetype>(GzipReader::PieceBytes));
            result.bytes += piece;
            result.isCut = result.bytes.size() > EnoughBytes;
        }
        if (reader.isDamaged())
            break;
    }
    result.isDamaged = reader.isDamaged();
    result.isComplete = reader.isComplete();
    return result;
}

} // namespace

// The packed body of an answer. The first byte says in what pieces it arrives, which must make no difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    const qsizetype step = 1 + input.byte();
    const QByteArray packed = input.rest();
    const Unpacked whole = unpack(packed, std::max<qsizetype>(1, packed.size()));
    require(!(whole.isDamaged && whole.isComplete));
    const Unpacked parts = unpack(packed, step);
    if (whole.isCut || parts.isCut)
        return 0;
    require(parts.isDamaged == whole.isDamaged && parts.isComplete == whole.isComplete);
    require(whole.isDamaged || parts.bytes == whole.bytes);
    return 0;
}
