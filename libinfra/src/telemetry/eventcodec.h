// SPDX-License-Identifier: MIT
#pragma once

#include "telemetrychannel.h"

#include <infra/journal.h>

#include <optional>

namespace Infra::Detail {

// The payload of a journal row: 'J', version, the kind of event, its fields, checksum. Texts are cut off at
// Journal::MaximumText. The store uses it to journal an invalidation in the transaction that does it.
[[nodiscard]] QByteArray encodeEvent(const JournalEvent::Body &body);

// Empty when the payload fails a check: nothing in a row is trusted.
[[nodiscard]] std::optional<JournalEvent::Body> decodeEvent(QByteArrayView payload);

} // namespace Infra::Detail
