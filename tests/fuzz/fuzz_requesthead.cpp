// SPDX-License-Identifier: MIT
#include "endpoint/requesthead.h"
#include "fuzzinput.h"

using namespace Infra::Detail;
using InfraFuzz::require;

// What peers send to an endpoint. That it arrives in pieces must make no difference to where the head ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    const qsizetype step = 1 + input.byte();
    const QByteArray bytes = input.rest();
    const qsizetype headSize = RequestHead::sizeIn(bytes);
    require(headSize >= 0 && headSize <= bytes.size());
    qsizetype inPieces = 0;
    for (qsizetype from = 0; from < bytes.size() && inPieces == 0; from += step)
        inPieces = RequestHead::sizeIn(QByteArrayView(bytes).first(std::min(from + step, bytes.size())), std::max<qsizetype>(from - 2, 0));
    require(inPieces == headSize);
    if (headSize == 0)
        return 0;
    const RequestHead head = RequestHead::parse(QByteArrayView(bytes).first(headSize));
    require(!head.bodyBytes || *head.bodyBytes >= 0);
    for (const QByteArray &host : head.hosts)
        static_cast<void>(isLocalName(host, {"service.example"}));
    return 0;
}
