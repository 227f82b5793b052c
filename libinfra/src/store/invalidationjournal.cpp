// SPDX-License-Identifier: MIT
#include "invalidationjournal.h"

#include "eventcodec.h"

namespace Infra::Detail {

QByteArray encodeInvalidation(const QByteArray &actor, const QByteArray &region, const Target &target, std::uint64_t entries,
                              std::uint64_t bytes)
{
    constexpr qsizetype MaximumText = 256;
    InvalidationEvent event;
    event.actor = QString::fromUtf8(actor);
    event.region = region;
    event.target = target.kind();
    event.text = target.kind() == Target::Kind::Keys ? target.keyList().join(' ').left(MaximumText) : target.text().left(MaximumText);
    event.entries = entries;
    event.bytes = bytes;
    return encodeEvent(JournalEvent::Body(event));
}

} // namespace Infra::Detail
